//! Which secrets a verifier takes, and what it says of those that it does not.

use hookgate::{SCHEMES, SetupError, Verifier};

use crate::samples::{self, NOW, Sample};
use crate::test;

/// Public keys, as the vendors hand them out.
const ED25519: &str = "c5568d0facd66bddee281dcb9c8ac02e169c5c20741b215b2539a96bb183c5d6";
const P256: &str = concat!(
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw",
    "+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
);
const RSA: &str = include_str!("asymmetric/fixtures/rsa-spki.pem");

const BASE64: [&str; 3] = ["standard", "svix", "visiwise"];

#[track_caller]
fn refusal(scheme: &str, secrets: &[&str]) -> SetupError {
    Verifier::new(samples::by_name(scheme), secrets).expect_err(scheme)
}

#[test]
fn no_secret_is_refused() {
    for scheme in SCHEMES {
        assert_eq!(
            Verifier::new::<&str>(scheme, &[]).expect_err(scheme.name()),
            SetupError::NoSecret
        );
    }
}

#[test]
fn an_empty_secret_is_refused_wherever_it_stands() {
    for scheme in SCHEMES {
        assert_eq!(
            refusal(scheme.name(), &[""]),
            SetupError::EmptySecret { index: 0 }
        );
        let first = match scheme.name() {
            "sendgrid" | "sendgrid-inbound" => P256.into(),
            "wise" => RSA.into(),
            "discord" => ED25519.into(),
            "aws-sns" => format!("arn:aws:sns:us-east-1:123456789012:a {RSA}"),
            "paypal" => format!("96605875FF6516633 {RSA}"),
            _ => samples::form(scheme, samples::SECRETS[0]),
        };
        assert_eq!(
            refusal(scheme.name(), &[&first, ""]),
            SetupError::EmptySecret { index: 1 }
        );
    }
    for scheme in BASE64 {
        assert_eq!(
            refusal(scheme, &["whsec_"]),
            SetupError::EmptySecret { index: 0 }
        );
    }
}

#[test]
fn a_line_break_around_a_secret_is_refused() {
    for scheme in SCHEMES {
        for secret in [
            format!("{}\n", samples::SECRETS[0]),
            format!("\r\n{}", samples::SECRETS[0]),
            "\n".into(),
        ] {
            assert_eq!(
                refusal(scheme.name(), &[&secret]),
                SetupError::LineBreakInSecret { index: 0 }
            );
        }
    }
}

#[test]
fn a_secret_that_is_not_base64_is_refused_and_the_error_says_what_is_expected() {
    for scheme in BASE64 {
        for secret in [
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
            "not base64 at all!",
            "whsec_whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            let error = refusal(scheme, &[secret]);
            assert!(
                matches!(error, SetupError::MalformedSecret { index: 0, .. }),
                "{error:?}"
            );
            assert!(
                error
                    .to_string()
                    .contains("`whsec_` and then standard base64"),
                "{error}"
            );
        }
    }
}

#[test]
fn a_base64_secret_holds_at_least_24_bytes() {
    for scheme in BASE64 {
        let short = format!("whsec_{}", "AAAA".repeat(7) + "AAA=");
        let error = refusal(scheme, &[&short]);
        assert!(
            matches!(
                error,
                SetupError::ShortSecret {
                    index: 0,
                    minimum: 24,
                    ..
                }
            ),
            "{error:?}"
        );
        let enough = format!("whsec_{}", "AAAA".repeat(8));
        assert!(Verifier::new(samples::by_name(scheme), &[enough]).is_ok());
    }
}

#[test]
fn a_whsec_secret_is_the_same_with_and_without_its_prefix() {
    for name in BASE64 {
        let sample = Sample::of(name);
        let bare = samples::SECRETS[0]
            .strip_prefix("whsec_")
            .expect("a prefix");
        let verifier = samples::verifier(sample.scheme, &[bare]);
        assert!(sample.with(|request| verifier.verify(request, NOW)).is_ok());
    }
}

#[test]
fn a_raw_secret_is_taken_as_it_is_even_if_it_looks_like_base64() {
    for name in [
        "stripe",
        "github",
        "visibuild",
        "vicket",
        "helpdesk",
        "vexylcloud",
    ] {
        let sample = Sample::of(name);
        let bare = samples::SECRETS[0]
            .strip_prefix("whsec_")
            .expect("a prefix");
        let verifier = samples::verifier(sample.scheme, &[bare]);
        let verdict = sample.with(|request| verifier.verify(request, NOW));
        assert_eq!(
            verdict.map_err(|error| error.code()),
            Err("signature_mismatch"),
            "{name}"
        );
        for secret in ["pass word", "éééé", "whsec_%%%"] {
            assert!(Verifier::new(sample.scheme, &[secret]).is_ok(), "{name}");
        }
    }
}

#[test]
fn a_raw_secret_is_as_short_as_its_provider_allows() {
    for name in ["visibuild", "github", "slack", "hmac", "telegram", "stripe"] {
        assert!(
            Verifier::new(samples::by_name(name), &["x"]).is_ok(),
            "{name}"
        );
    }
    for (name, minimum) in [("token", 8), ("twitch", 10)] {
        for secret in ["x".to_owned(), "x".repeat(minimum - 1)] {
            let error = refusal(name, &["long enough", &secret]);
            let SetupError::ShortSecret {
                index: 1,
                minimum: named,
                ..
            } = error
            else {
                panic!("{name}: {error:?}");
            };
            assert_eq!(named, minimum, "{name}");
        }
        let just = "x".repeat(minimum);
        assert!(
            Verifier::new(samples::by_name(name), &[&just]).is_ok(),
            "{name}"
        );
    }
}
