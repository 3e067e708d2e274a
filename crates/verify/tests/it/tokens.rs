//! JSON Web Tokens that break their form or their promises, each refused for its own cause.

mod keys;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hookgate::{Malformed, Request, SchemeOptions, Verified, Verifier, VerifyError};
use sha2::{Digest as _, Sha256};

use crate::samples::{NOW, by_name, verifier};
use crate::test;

const SECRET: &str = "signature-secret";
const URL: &str = "https://example.com/in?a=1";
const BODY: &str = r#"{"status":"sent"}"#;
const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const HEADER: &str = "MessageBird-Signature-JWT";

fn hex(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn claims() -> String {
    let (url, body, until) = (hex(URL), hex(BODY), NOW + 60);
    format!(
        r#"{{"iss":"MessageBird","nbf":{NOW},"exp":{until},"jti":"j1","url_hash":"{url}","payload_hash":"{body}"}}"#
    )
}

fn token(header: &str, claims: &str) -> String {
    keyed(header, claims, SECRET)
}

fn keyed(header: &str, claims: &str, secret: &str) -> String {
    let [header, claims] = [header, claims].map(|json| URL_SAFE_NO_PAD.encode(json));
    let signed = format!("{header}.{claims}");
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    let tag = mac.chain_update(&signed).finalize().into_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn judge(
    verifier: &Verifier,
    header: &str,
    value: &str,
    body: &str,
) -> Result<Verified, VerifyError> {
    let headers = [(header, value.as_bytes())];
    let request = Request {
        method: "POST",
        url: URL,
        headers: &headers,
        body: body.as_bytes(),
    };
    verifier.verify(&request, NOW)
}

fn verdict(token: &str) -> Result<Verified, VerifyError> {
    judge(
        &verifier(by_name("messagebird"), &[SECRET]),
        HEADER,
        token,
        BODY,
    )
}

fn malformed(reason: Malformed) -> Result<Verified, VerifyError> {
    Err(VerifyError::MalformedHeader {
        name: HEADER.into(),
        reason,
    })
}

#[test]
fn a_sound_token_verifies() {
    let event = verdict(&token(HS256, &claims())).expect("sound");
    assert_eq!(event.id.as_deref(), Some("j1"));
    assert!(event.id_signed && event.replay_protected);
    assert_eq!(event.timestamp, Some(NOW));
}

#[test]
fn a_token_is_three_parts_of_url_safe_base64() {
    let sound = token(HS256, &claims());
    let (signed, tag) = sound.rsplit_once('.').expect("three parts");
    for wrong in ["a", "asdf", "a.b", "a.b.c.d", ".", "...."] {
        assert_eq!(verdict(wrong), malformed(Malformed::NotToken), "{wrong}");
    }
    assert_eq!(verdict(""), malformed(Malformed::Empty));
    for wrong in [
        format!("{sound}="),
        format!("{sound} "),
        format!(" {sound}"),
        format!("{signed}.{tag}+/"),
        format!("{signed}.!"),
        "a.b.c".into(),
        format!("é.{tag}.x").replace('é', "%"),
    ] {
        assert_eq!(
            verdict(&wrong),
            malformed(Malformed::NotBase64Url),
            "{wrong}"
        );
    }
}

#[test]
fn a_token_without_its_signature_is_a_mismatch() {
    let sound = token(HS256, &claims());
    let (signed, _) = sound.rsplit_once('.').expect("three parts");
    let expected = VerifyError::SignatureMismatch {
        signatures: 1,
        secrets: 1,
    };
    assert_eq!(verdict(&format!("{signed}.")), Err(expected));
}

#[test]
fn the_algorithm_is_the_schemes_and_never_the_tokens() {
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":"NONE","typ":"JWT"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"ES256"}"#,
        r#"{"alg":"EdDSA"}"#,
        r#"{"alg":"PS256"}"#,
        r#"{"alg":"ES256K"}"#,
        r#"{"alg":"HS1"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS256 "}"#,
        r#"{"alg":""}"#,
        r#"{"alg":null}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":"HS256","alg":"none"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","crit":["exp"]}"#,
        r#"{"typ":"JWT"}"#,
        "{}",
        "",
        "HS256",
        "{\"alg\":\"HS256\"",
    ] {
        let expected = VerifyError::UnsupportedAlgorithm {
            name: HEADER.into(),
            expected: "HS256 or HS384 or HS512".into(),
        };
        let signed = token(header, &claims());
        assert_eq!(verdict(&signed), Err(expected.clone()), "{header}");
        let (unsigned, _) = signed.rsplit_once('.').expect("three parts");
        assert_eq!(verdict(&format!("{unsigned}.")), Err(expected), "{header}");
    }
}

#[test]
fn claims_with_a_nul_or_no_text_are_read_strictly() {
    let nul = claims().replace("\"j1\"", "\"j\\u0000\"");
    let event = verdict(&token(HS256, &nul)).expect("an id is not needed");
    assert_eq!((event.id, event.id_signed), (None, false));
    let [header, body] = [HS256.as_bytes(), b"{\"iss\":\"MessageBird\xff\"}"]
        .map(|json| URL_SAFE_NO_PAD.encode(json));
    let signed = format!("{header}.{body}");
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length");
    let tag = mac.chain_update(&signed).finalize().into_bytes();
    let expected = VerifyError::MissingClaim {
        claim: "iss".into(),
    };
    assert_eq!(
        verdict(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))),
        Err(expected)
    );
    let header = "{\"alg\":\"HS256\",\"x\":\"\0\"}";
    let error = verdict(&token(header, &claims())).expect_err("a bare NUL");
    assert_eq!(error.code(), "unsupported_algorithm");
}

#[test]
fn a_configured_algorithm_is_the_only_one() {
    let options = SchemeOptions {
        algorithm: Some("HS512"),
        ..SchemeOptions::default()
    };
    let scheme = by_name("messagebird")
        .with_options(&options)
        .expect("an option");
    let verdict = judge(
        &verifier(&scheme, &[SECRET]),
        HEADER,
        &token(HS256, &claims()),
        BODY,
    );
    let expected = VerifyError::UnsupportedAlgorithm {
        name: HEADER.into(),
        expected: "HS512".into(),
    };
    assert_eq!(verdict, Err(expected));
}

#[test]
fn every_claim_must_be_what_it_must_be() {
    let missing = |claim: &'static str| VerifyError::MissingClaim {
        claim: claim.into(),
    };
    let mismatch = |claim: &'static str| VerifyError::ClaimMismatch {
        claim: claim.into(),
    };
    let digest = |name: &'static str| VerifyError::DigestMismatch { name: name.into() };
    let (url, body, until) = (hex(URL), hex(BODY), NOW + 60);
    let changed = |from: &str, to: &str| {
        let changed = claims().replace(from, to);
        assert_ne!(changed, claims(), "{from}");
        changed
    };
    let renamed = |claim: &str| changed(&format!("\"{claim}\""), "\"other\"");
    for (claims, expected) in [
        (renamed("iss"), missing("iss")),
        (changed("MessageBird", "Vonage"), mismatch("iss")),
        (changed("MessageBird", "messagebird"), mismatch("iss")),
        (
            changed("{\"iss\"", "{\"iss\":\"MessageBird\",\"iss\""),
            missing("iss"),
        ),
        (renamed("payload_hash"), missing("payload_hash")),
        (changed(&body, &hex("{}")), digest("payload_hash")),
        (changed(&body, &body[1..]), digest("payload_hash")),
        (changed(&body, ""), digest("payload_hash")),
        (changed(&format!("\"{body}\""), "7"), digest("payload_hash")),
        (
            changed(&format!("\"{body}\""), "[]"),
            missing("payload_hash"),
        ),
        (
            changed(&url, &hex("https://example.com/")),
            digest("url_hash"),
        ),
        (changed(&format!("\"{url}\""), "{}"), missing("url_hash")),
        (changed(&NOW.to_string(), "\"soon\""), mismatch("nbf")),
        (changed(&until.to_string(), "-1"), mismatch("exp")),
        (changed(&until.to_string(), "1e30"), mismatch("exp")),
        (
            changed(&until.to_string(), "99999999999999999999"),
            mismatch("exp"),
        ),
        (changed(&until.to_string(), "true"), missing("exp")),
        (String::new(), missing("iss")),
        ("[]".into(), missing("iss")),
        ("null".into(), missing("iss")),
        (
            format!("{}{}", "[".repeat(2_000), "]".repeat(2_000)),
            missing("iss"),
        ),
    ] {
        assert_eq!(verdict(&token(HS256, &claims)), Err(expected), "{claims}");
    }
}

#[test]
fn a_fraction_of_a_second_in_a_claim_counts_as_not_yet_begun() {
    let claims = claims().replace(&NOW.to_string(), &format!("{NOW}.75"));
    let event = verdict(&token(HS256, &claims)).expect("sound");
    assert_eq!(event.timestamp, Some(NOW));
}

#[test]
fn a_token_without_an_end_is_accepted_and_not_protected_against_replay() {
    let claims = claims()
        .replace("\"exp\"", "\"other\"")
        .replace("\"url_hash\"", "\"another\"");
    let event = verdict(&token(HS256, &claims)).expect("as Flow Builder sends them");
    assert!(!event.replay_protected);
}

#[test]
fn a_body_is_neither_taken_from_a_token_nor_slipped_under_one() {
    let messagebird = verifier(by_name("messagebird"), &[SECRET]);
    let sound = token(HS256, &claims());
    let digest = VerifyError::DigestMismatch {
        name: "payload_hash".into(),
    };
    assert_eq!(judge(&messagebird, HEADER, &sound, ""), Err(digest));
    let bare = token(HS256, &claims().replace("\"payload_hash\"", "\"other\""));
    assert!(judge(&messagebird, HEADER, &bare, "").is_ok());
    let missing = VerifyError::MissingClaim {
        claim: "payload_hash".into(),
    };
    assert_eq!(judge(&messagebird, HEADER, &bare, "{}"), Err(missing));
}

#[test]
fn unchecked_claims_are_only_those_that_were_named() {
    let claims = format!(r#"{{"nbf":{NOW},"payload_hash":"00"}}"#);
    let messagebird = verifier(by_name("messagebird"), &[SECRET]).without_claim_check("iss");
    let digest = VerifyError::DigestMismatch {
        name: "payload_hash".into(),
    };
    let signed = token(HS256, &claims);
    assert_eq!(judge(&messagebird, HEADER, &signed, ""), Err(digest));
    let lax = messagebird.without_claim_check("payload_hash");
    assert!(judge(&lax, HEADER, &signed, "").is_ok());
    let forged = format!("{}AA", &signed[..signed.len() - 2]);
    assert!(judge(&lax, HEADER, &forged, "").is_err());
}

#[test]
fn a_token_of_a_moment_is_still_bound_by_its_end_and_its_beginning() {
    let vonage = verifier(by_name("vonage"), &[SECRET]);
    let judged = |times: &str| {
        let claims = format!(r#"{{"iss":"Vonage","iat":{NOW},"jti":"j"{times}}}"#);
        let value = format!("Bearer {}", token(HS256, &claims));
        judge(&vonage, "Authorization", &value, "").map_err(|error| error.code())
    };
    let tolerance = 1;
    let within = format!(r#","nbf":{},"exp":{}"#, NOW + tolerance, NOW - tolerance);
    assert!(judged(&within).is_ok());
    let ended = format!(r#","exp":{}"#, NOW - tolerance - 1);
    assert_eq!(judged(&ended).err(), Some("timestamp_too_old"));
    let not_begun = format!(r#","nbf":{}"#, NOW + tolerance + 1);
    assert_eq!(judged(&not_begun).err(), Some("timestamp_in_future"));
    let unreadable = judged(r#","exp":"soon""#);
    assert_eq!(unreadable.err(), Some("claim_mismatch"));
}

#[test]
fn vonages_token_stands_behind_bearer_in_any_case() {
    let claims = format!(r#"{{"iss":"Vonage","iat":{NOW},"jti":"j"}}"#);
    let vonage = verifier(by_name("vonage"), &[SECRET]);
    let signed = token(HS256, &claims);
    let judged = |value: &str| judge(&vonage, "Authorization", value, "");
    for start in ["Bearer", "bearer", "BEARER"] {
        assert!(judged(&format!("{start} {signed}")).is_ok(), "{start}");
    }
    for value in [
        signed.clone(),
        format!("Basic {signed}"),
        format!("Bearer{signed}"),
        "Bearer".into(),
    ] {
        let expected = VerifyError::MalformedHeader {
            name: "Authorization".into(),
            reason: Malformed::MissingPrefix {
                expected: "Bearer ".into(),
            },
        };
        assert_eq!(judged(&value), Err(expected), "{value}");
    }
    let missing = VerifyError::MissingClaim {
        claim: "iat".into(),
    };
    let undated = token(HS256, r#"{"iss":"Vonage"}"#);
    assert_eq!(judged(&format!("Bearer {undated}")), Err(missing));
}
