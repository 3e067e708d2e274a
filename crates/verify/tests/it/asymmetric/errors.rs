//! What the errors of public keys are called, and what they say to a developer.

use std::collections::BTreeSet;

use hookgate::asymmetric::{
    CertificateError, ChainFault, KeyError, PaypalError, SignatureError, SnsError, UrlError,
};

use crate::test;

const FORM: &str = "a form";

/// Code, text, and the data that the text must name.
type Row = (&'static str, String, &'static [&'static str]);

fn keys() -> Vec<Row> {
    let expected = FORM;
    let rows: [(KeyError, &'static str, &'static [&'static str]); 13] = [
        (KeyError::Empty { expected }, "empty_key", &[FORM]),
        (KeyError::TooLong { limit: 77 }, "long_key", &["77"]),
        (KeyError::Malformed { expected }, "malformed_key", &[FORM]),
        (
            KeyError::WrongLength {
                length: 31,
                expected,
            },
            "wrong_key_length",
            &["31", FORM],
        ),
        (
            KeyError::PrivateKeyGiven { expected },
            "private_key_given",
            &["private", FORM],
        ),
        (
            KeyError::PublicKeyGiven { expected },
            "public_key_given",
            &["public", FORM],
        ),
        (
            KeyError::CertificateGiven { expected },
            "certificate_given",
            &["certificate", FORM],
        ),
        (
            KeyError::OtherAlgorithm { expected },
            "other_key_algorithm",
            &[FORM],
        ),
        (KeyError::UnsafePoint, "unsafe_key", &[]),
        (
            KeyError::RsaModulus { bits: 1024 },
            "rsa_modulus",
            &["1024"],
        ),
        (KeyError::RsaExponent, "rsa_exponent", &["65537"]),
        (KeyError::MismatchedHalves, "mismatched_key_halves", &[]),
        (
            KeyError::NotCompiledIn { feature: "rsa" },
            "not_compiled_in",
            &["`rsa`"],
        ),
    ];
    rows.map(|(error, code, data)| {
        assert_eq!(error.code(), code);
        (code, error.to_string(), data)
    })
    .into()
}

fn signatures() -> Vec<Row> {
    let wrong_length = SignatureError::WrongLength {
        expected: 64,
        length: 63,
    };
    let rows: [(SignatureError, &'static str, &'static [&'static str]); 4] = [
        (SignatureError::WrongKey, "wrong_key", &[]),
        (wrong_length, "wrong_signature_length", &["63", "64"]),
        (SignatureError::Malformed, "malformed_signature", &[]),
        (SignatureError::Mismatch, "signature_mismatch", &[]),
    ];
    rows.map(|(error, code, data)| {
        assert_eq!(error.code(), code);
        (code, error.to_string(), data)
    })
    .into()
}

fn certificates() -> Vec<Row> {
    let not_yet_valid = CertificateError::NotYetValid {
        not_before: 8,
        now: 7,
    };
    let expired = CertificateError::Expired {
        not_after: 7,
        now: 8,
    };
    let other_name = CertificateError::OtherName {
        expected: "sns.amazonaws.com".into(),
    };
    let key = CertificateError::Key {
        reason: KeyError::RsaExponent,
    };
    let mut rows: Vec<(CertificateError, &'static str, &'static [&'static str])> = vec![
        (CertificateError::NotPem, "certificate_not_pem", &["PEM"]),
        (
            CertificateError::TooLong { limit: 99 },
            "certificate_too_long",
            &["99"],
        ),
        (
            CertificateError::TooMany { limit: 8 },
            "certificate_too_long",
            &["8"],
        ),
        (
            CertificateError::NotACertificate,
            "not_a_certificate",
            &["PEM"],
        ),
        (
            CertificateError::Malformed,
            "malformed_certificate",
            &["X.509"],
        ),
        (not_yet_valid, "certificate_not_yet_valid", &["8", "7"]),
        (expired, "certificate_expired", &["7", "8"]),
        (other_name, "certificate_name", &["sns.amazonaws.com"]),
        (CertificateError::NotPinned, "certificate_not_pinned", &[]),
        (CertificateError::MalformedAnchor, "malformed_anchor", &[]),
        (key, "rsa_exponent", &["65537"]),
    ];
    for reason in [
        ChainFault::UnknownIssuer,
        ChainFault::Signature,
        ChainFault::Algorithm,
        ChainFault::Validity,
        ChainFault::Usage,
        ChainFault::Other,
    ] {
        let error = CertificateError::Untrusted { reason };
        rows.push((error, "certificate_untrusted", &[]));
    }
    let row = |(error, code, data): (CertificateError, _, _)| {
        assert_eq!(error.code(), code);
        (code, error.to_string(), data)
    };
    rows.into_iter().map(row).collect()
}

fn messages() -> Vec<Row> {
    let field = "TopicArn";
    let rows: [(SnsError, &'static str, &'static [&'static str]); 10] = [
        (SnsError::NotAnObject, "sns_not_an_object", &["raw message"]),
        (
            SnsError::MissingField { field },
            "sns_missing_field",
            &["`TopicArn`"],
        ),
        (
            SnsError::RepeatedField { field },
            "sns_repeated_field",
            &["`TopicArn`"],
        ),
        (SnsError::NotText { field }, "sns_not_text", &["`TopicArn`"]),
        (
            SnsError::TooLong { field, limit: 512 },
            "sns_long_field",
            &["`TopicArn`", "512"],
        ),
        (
            SnsError::ControlCharacter { field },
            "sns_control_character",
            &["`TopicArn`"],
        ),
        (SnsError::UnknownType, "sns_unknown_type", &["`Type`"]),
        (
            SnsError::UnknownSignatureVersion,
            "sns_unknown_signature_version",
            &["`SignatureVersion`"],
        ),
        (SnsError::NotBase64, "sns_not_base64", &["`Signature`"]),
        (
            SnsError::CertificateUrl {
                reason: UrlError::Port,
            },
            "url_port",
            &["`SigningCertURL`", "port"],
        ),
    ];
    rows.map(|(error, code, data)| {
        assert_eq!(error.code(), code);
        (code, error.to_string(), data)
    })
    .into()
}

fn addresses() -> Vec<Row> {
    let expected = FORM;
    let rows: [(UrlError, &'static str, &'static [&'static str]); 7] = [
        (UrlError::TooLong { limit: 2048 }, "long_url", &["2048"]),
        (UrlError::Characters, "url_characters", &[]),
        (UrlError::NotHttps, "url_not_https", &["`https://`"]),
        (UrlError::UserInfo, "url_user_info", &["user"]),
        (UrlError::Port, "url_port", &["port"]),
        (UrlError::Host { expected }, "url_host", &[FORM]),
        (UrlError::Path { expected }, "url_path", &[FORM]),
    ];
    rows.map(|(error, code, data)| {
        assert_eq!(error.code(), code);
        (code, error.to_string(), data)
    })
    .into()
}

fn paypal() -> Vec<Row> {
    let part = PaypalError::MalformedPart { part: "webhook id" };
    let algorithm = PaypalError::UnknownAlgorithm;
    let rows: [(PaypalError, &'static str, &'static [&'static str]); 2] = [
        (part, "malformed_part", &["webhook id"]),
        (algorithm, "unknown_algorithm", &["`SHA256withRSA`"]),
    ];
    rows.map(|(error, code, data)| {
        assert_eq!(error.code(), code);
        (code, error.to_string(), data)
    })
    .into()
}

#[test]
fn every_cause_has_its_code_and_a_sentence_of_its_own_that_names_its_data() {
    let kinds = [
        keys(),
        signatures(),
        certificates(),
        messages(),
        addresses(),
        paypal(),
    ];
    let rows = kinds.concat();
    let sentences: BTreeSet<&str> = rows.iter().map(|(_, text, _)| text.as_str()).collect();
    assert_eq!(sentences.len(), rows.len(), "two causes have one sentence");
    for (code, text, data) in &rows {
        for word in *data {
            assert!(text.contains(word), "{code}: `{text}` does not name {word}");
        }
        assert!(!text.is_empty() && !text.ends_with('.'), "{code}: {text}");
    }
}
