//! Tokens under keys that were swapped: a public key for a secret, a token for a signature.

use hookgate::VerifyError;

use super::{BODY, HEADER, HS256, SECRET, claims, judge, keyed, token, verdict};
use crate::samples::{NOW, by_name, verifier};
use crate::test;

/// Public keys, as everybody may have them.
const PUBLIC: [&str; 3] = [
    include_str!("../asymmetric/fixtures/rsa-spki.pem"),
    include_str!("../asymmetric/fixtures/p256-spki.pem"),
    "whpk_6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=",
];

#[test]
fn a_token_that_is_keyed_with_a_public_key_is_refused_by_every_scheme_of_tokens() {
    let mismatch = VerifyError::SignatureMismatch {
        signatures: 1,
        secrets: 1,
    };
    let vonage = format!(r#"{{"iss":"Vonage","iat":{NOW},"jti":"j"}}"#);
    for (name, header, start, claims) in [
        ("messagebird", HEADER, "", claims()),
        ("vonage", "Authorization", "Bearer ", vonage),
    ] {
        let judged = |secret: &str, token: String| {
            let value = format!("{start}{token}");
            let body = if name == "vonage" { "" } else { BODY };
            judge(&verifier(by_name(name), &[secret]), header, &value, body)
        };
        assert!(
            judged(SECRET, keyed(HS256, &claims, SECRET)).is_ok(),
            "{name}"
        );
        for key in PUBLIC {
            let key = key.trim();
            let forged = keyed(HS256, &claims, key);
            assert_eq!(judged(SECRET, forged), Err(mismatch.clone()), "{name}");
            // Nor does the name of the public key's algorithm choose what is done with a secret.
            for alg in ["RS256", "ES256", "EdDSA"] {
                let forged = keyed(&HS256.replace("HS256", alg), &claims, key);
                let error = judged(key, forged).expect_err(alg);
                assert_eq!(error.code(), "unsupported_algorithm", "{name} {alg}");
            }
        }
    }
}

#[test]
fn a_token_that_names_another_length_than_it_was_made_with_is_a_mismatch() {
    for alg in ["HS384", "HS512"] {
        let renamed = token(&HS256.replace("HS256", alg), &claims());
        let expected = VerifyError::SignatureMismatch {
            signatures: 1,
            secrets: 1,
        };
        assert_eq!(verdict(&renamed), Err(expected), "{alg}");
    }
}

#[cfg(all(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
#[test]
fn a_token_is_no_signature_to_a_scheme_of_public_keys_whatever_keys_it() {
    use base64::Engine as _;
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use hookgate::{Malformed, Request, Verifier};
    use sha2::Sha256;

    use super::URL;
    const ED25519: &str = "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c";
    let p256: String = PUBLIC[1]
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    for (name, key, header, time, reason) in [
        (
            "discord",
            ED25519,
            "X-Signature-Ed25519",
            "X-Signature-Timestamp",
            Malformed::NotHex,
        ),
        (
            "sendgrid",
            p256.as_str(),
            "X-Twilio-Email-Event-Webhook-Signature",
            "X-Twilio-Email-Event-Webhook-Timestamp",
            Malformed::NotBase64,
        ),
        (
            "wise",
            PUBLIC[0],
            "X-Signature-SHA256",
            "x-time",
            Malformed::NotBase64,
        ),
    ] {
        let verifier = Verifier::new(by_name(name), &[key]).expect(name);
        let judged = |value: &str| {
            let now = NOW.to_string();
            let request = Request {
                method: "POST",
                url: URL,
                headers: &[(header, value.as_bytes()), (time, now.as_bytes())],
                body: BODY.as_bytes(),
            };
            verifier.verify(&request, NOW)
        };
        for keyed in [
            keyed(HS256, &claims(), key),
            keyed(r#"{"alg":"none"}"#, &claims(), key),
        ] {
            let expected = VerifyError::MalformedHeader {
                name: header.into(),
                reason: reason.clone(),
            };
            assert_eq!(judged(&keyed), Err(expected), "{name}");
        }
        // The bare HMAC under the public key, written as the scheme writes signatures.
        let signed = if name == "wise" {
            BODY.into()
        } else {
            format!("{NOW}{BODY}")
        };
        let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any length");
        let tag = mac.chain_update(signed).finalize().into_bytes();
        let written = match reason {
            Malformed::NotHex => tag.iter().map(|byte| format!("{byte:02x}")).collect(),
            _ => base64::engine::general_purpose::STANDARD.encode(tag),
        };
        let expected = VerifyError::SignatureMismatch {
            signatures: 1,
            secrets: 1,
        };
        assert_eq!(judged(&written), Err(expected), "{name}");
    }
}

#[test]
fn a_scheme_of_ones_own_has_no_tokens_of_public_keys() {
    for algorithm in [
        r#"["rs256"]"#,
        r#"["es256"]"#,
        r#"["none"]"#,
        r#"["rsa-pkcs1-sha256"]"#,
    ] {
        let json = format!(
            r#"{{"name":"x","algorithm":{{"jwt":{algorithm}}},"signature":{{"header":"X"}},"encoding":"text",
                "claims":{{"issuer":"x","body_digest":"d"}}}}"#
        );
        let error = hookgate::Scheme::from_json(&json).expect_err(algorithm);
        assert!(
            error
                .to_string()
                .contains("`/algorithm/jwt/0`: unknown word"),
            "{error}"
        );
        let known = json.replace(algorithm, r#"["sha256"]"#);
        assert!(hookgate::Scheme::from_json(&known).is_ok(), "{known}");
    }
}
