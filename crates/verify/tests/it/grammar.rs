//! Each grammar's and each encoding's own traps.

use hookgate::{Malformed, VerifyError};

use crate::malformed::assert_malformed;
use crate::samples::{NOW, Sample};
use crate::test;

#[test]
fn a_timestamp_is_ascii_digits_and_nothing_else() {
    let now = NOW.to_string();
    let wrong = [
        format!("+{now}"),
        format!("-{now}"),
        format!(" {now}"),
        format!("{now} "),
        format!("{now}.0"),
        format!("{now}000"),
        format!("0x{NOW:x}"),
        format!("{now},{now}"),
        format!("{now}\n"),
        "1_773_738_000".into(),
        "1e9".into(),
        "2026-03-17".into(),
        "99999999999999999999".into(),
        "hello".into(),
    ];
    for (scheme, header) in [
        ("standard", "webhook-timestamp"),
        ("svix", "svix-timestamp"),
        ("visibuild", "X-Visibuild-Timestamp"),
        ("slack", "X-Slack-Request-Timestamp"),
        ("bird", "MessageBird-Request-Timestamp"),
        ("messagebird-legacy", "MessageBird-Request-Timestamp"),
    ] {
        for timestamp in &wrong {
            assert_malformed(
                &Sample::of(scheme).set(header, timestamp),
                header,
                Malformed::NotTimestamp,
            );
        }
    }
    for (scheme, header) in [
        ("stripe", "Stripe-Signature"),
        ("vicket", "X-Vicket-Signature"),
        ("paddle", "Paddle-Signature"),
        ("calendly", "Calendly-Webhook-Signature"),
        ("coinbase-cdp", "X-Hook0-Signature"),
    ] {
        let sample = Sample::of(scheme);
        for timestamp in wrong.iter().filter(|wrong| !wrong.contains([',', ' '])) {
            let value = sample.value(header).replace(&now, timestamp);
            assert_malformed(
                &sample.clone().set(header, value),
                header,
                Malformed::NotTimestamp,
            );
        }
    }
}

/// What each unit calls it is told: the sentence says what is expected.
#[test]
fn a_timestamp_in_another_unit_is_read_as_strictly() {
    let digits = [
        "+1", "-1", " 1", "1 ", "1.0", "0x1", "1e3", "1\t", "1_000", "hello",
    ];
    let long = "99999999999999999999";
    let days = [
        "2026-02-29T09:00:00Z",
        "2026-03-17T09:00:60Z",
        "2026-03-17T09:00Z",
        "2026-03-17T09:00:00",
        "2026-03-17",
        "-2026-03-17T09:00:00Z",
    ];
    for (scheme, header, reason) in [
        (
            "hubspot",
            "X-HubSpot-Request-Timestamp",
            Malformed::NotMilliseconds,
        ),
        (
            "twitch",
            "Twitch-Eventsub-Message-Timestamp",
            Malformed::NotDateTime,
        ),
        ("box", "BOX-DELIVERY-TIMESTAMP", Malformed::NotDateTime),
    ] {
        for timestamp in digits.iter().chain(&days).chain([&long]) {
            let sample = Sample::of(scheme).set(header, timestamp);
            assert_malformed(&sample, header, reason.clone());
        }
    }
}

#[test]
fn a_timestamp_of_twelve_digits_is_read() {
    let sample = Sample::of("standard").set("webhook-timestamp", "999999999999");
    let expected = VerifyError::TimestampInFuture {
        timestamp: 999_999_999_999,
        now: NOW,
        tolerance: 300,
    };
    assert_eq!(sample.verdict(), Err(expected));
}

#[test]
fn hexadecimal_is_decoded_strictly() {
    for name in [
        "visibuild",
        "helpdesk",
        "vexylcloud",
        "github",
        "stripe",
        "vicket",
        "meta",
        "slack",
        "zoom",
        "twitch",
        "paddle",
        "calendly",
        "coinbase-cdp",
        "coinbase-commerce",
        "razorpay",
        "mailersend",
        "linear",
        "dropbox",
        "atlassian",
        "hubspot-v2",
        "hubspot-v1",
        "hmac",
    ] {
        let sample = Sample::of(name);
        let header = sample.signature_header();
        let value = sample.value(&header).to_owned();
        let (start, hex) = value.split_at(value.len() - 64);
        let mut mixed = hex.to_uppercase();
        mixed.replace_range(32.., &hex[32..]);
        let wrong = [
            &hex[1..],
            &hex[..63],
            &format!("{hex}0"),
            &format!("{hex}zz"),
            &format!("0x{hex}"),
            &mixed,
        ];
        for hex in wrong {
            assert_malformed(
                &sample.clone().set(&header, format!("{start}{hex}")),
                &header,
                Malformed::NotHex,
            );
        }
        assert_malformed(
            &sample.clone().set(&header, start),
            &header,
            Malformed::Empty,
        );
        let upper = sample
            .clone()
            .set(&header, format!("{start}{}", hex.to_uppercase()));
        assert_eq!(
            upper.verdict(),
            sample.verdict(),
            "{name}: all upper case is the same signature"
        );
        for hex in [&hex[..62], &format!("{hex}00"), "00"] {
            let expected = VerifyError::SignatureMismatch {
                signatures: 1,
                secrets: 1,
            };
            assert_eq!(
                sample
                    .clone()
                    .set(&header, format!("{start}{hex}"))
                    .verdict(),
                Err(expected),
                "{name}"
            );
        }
    }
}

#[test]
fn base64_is_decoded_strictly() {
    for name in [
        "standard",
        "svix",
        "visiwise",
        "messagebird-legacy",
        "bird",
        "shopify",
        "woocommerce",
        "line",
        "hubspot",
        "zendesk",
        "square",
        "adyen-banking",
        "x",
        "typeform",
        "xero",
        "docusign",
        "box",
        "plivo-v2",
    ] {
        let sample = Sample::of(name);
        let header = sample.signature_header();
        let value = sample.value(&header).to_owned();
        let (start, base64) = value.split_at(value.len() - 44);
        let unpadded = base64.trim_end_matches('=');
        let wrong = [
            unpadded.to_owned(),
            format!("{base64}="),
            format!("{base64}AAAA"),
            format!("{unpadded}AA=="),
            format!("{}-_8=", &base64[..40]),
            format!("{}!", &base64[..43]),
            format!("={base64}"),
        ];
        for base64 in wrong {
            let sample = sample.clone().set(&header, format!("{start}{base64}"));
            assert_malformed(&sample, &header, Malformed::NotBase64);
        }
        assert_malformed(
            &sample.clone().set(&header, start),
            &header,
            Malformed::Empty,
        );
        let short = sample.set(&header, format!("{start}AAAA"));
        assert_eq!(
            short.verdict(),
            Err(VerifyError::SignatureMismatch {
                signatures: 1,
                secrets: 1
            })
        );
    }
}

#[test]
fn one_malformed_signature_spoils_the_whole_list() {
    let sample = Sample::of("standard");
    let right = sample.value("webhook-signature").to_owned();
    let spoiled = sample.set("webhook-signature", format!("{right} v1,????"));
    assert_malformed(&spoiled, "webhook-signature", Malformed::NotBase64);
}

#[test]
fn a_space_list_has_single_spaces_and_one_comma_in_each_item() {
    let sample = Sample::of("svix");
    let right = sample.value("svix-signature").to_owned();
    let expected = Malformed::NotAList {
        expected: "`version,signature`, separated by single spaces",
    };
    for value in [
        format!(" {right}"),
        format!("{right} "),
        format!("{right}  {right}"),
        format!("{right} v1"),
        format!(",{right}"),
        format!("v1 {right}"),
        format!("{right}\tv1,AAAA"),
        "v1".into(),
        ",".into(),
        " ".into(),
    ] {
        assert_malformed(
            &sample.clone().set("svix-signature", value),
            "svix-signature",
            expected.clone(),
        );
    }
}

#[test]
fn a_signature_header_of_8192_bytes_is_read() {
    let sample = Sample::of("svix");
    let right = sample.value("svix-signature").to_owned();
    let filler = format!("v2,{}", "A".repeat(8_192 - right.len() - 4));
    let full = sample
        .clone()
        .set("svix-signature", format!("{filler} {right}"));
    assert_eq!(full.verdict(), sample.verdict());
}

#[test]
fn a_prefix_is_asked_for_as_it_is_documented() {
    for (scheme, header) in [
        ("github", "X-Hub-Signature-256"),
        ("visibuild", "X-Visibuild-Signature"),
        ("meta", "X-Hub-Signature-256"),
        ("twitch", "Twitch-Eventsub-Message-Signature"),
        ("typeform", "Typeform-Signature"),
        ("x", "X-Twitter-Webhooks-Signature"),
        ("atlassian", "X-Hub-Signature"),
    ] {
        let sample = Sample::of(scheme);
        let hex = sample
            .value(header)
            .trim_start_matches("sha256=")
            .to_owned();
        for value in [
            hex.clone(),
            format!("sha1={hex}"),
            format!("SHA256={hex}"),
            format!(" sha256={hex}"),
            "foo".into(),
        ] {
            let reason = Malformed::MissingPrefix {
                expected: "sha256=".into(),
            };
            assert_malformed(&sample.clone().set(header, value), header, reason);
        }
    }
}

#[test]
fn stripes_fields_are_read_strictly() {
    const HEADER: &str = "Stripe-Signature";
    let sample = Sample::of("stripe");
    let right = sample.value(HEADER).to_owned();
    let form = Malformed::NotAList {
        expected: "`name=value`, separated by commas",
    };
    let repeated = Malformed::RepeatedField { field: "t".into() };
    let missing = Malformed::MissingField { field: "t".into() };
    let signature = right.split_once(',').expect("two fields").1;
    for (value, reason) in [
        (format!("{right},"), form.clone()),
        (format!(",{right}"), form.clone()),
        (format!("{right},x"), form.clone()),
        (format!("{right},=x"), form.clone()),
        (format!("{right},v0=a b"), form.clone()),
        (right.replace(',', ", "), form),
        (format!("{right},t={NOW}"), repeated.clone()),
        (format!("t=1,{right}"), repeated),
        (signature.to_owned(), missing),
        (format!("{right},v1="), Malformed::Empty),
    ] {
        assert_malformed(&sample.clone().set(HEADER, value), HEADER, reason);
    }
    let none = sample.set(HEADER, format!("t={NOW}"));
    assert_eq!(
        none.verdict(),
        Err(VerifyError::NoSignature {
            name: HEADER.into()
        })
    );
}

#[test]
fn vickets_header_names_its_algorithm_first_and_has_one_signature() {
    const HEADER: &str = "X-Vicket-Signature";
    let sample = Sample::of("vicket");
    let right = sample.value(HEADER).to_owned();
    let lead = Malformed::MissingPrefix {
        expected: "hmac-sha256".into(),
    };
    let form = Malformed::NotAList {
        expected: "`name=value`, separated by commas",
    };
    let (_, fields) = right.split_once(", ").expect("fields");
    let signature = right.rsplit_once(", ").expect("a signature").1;
    for (value, reason) in [
        (fields.to_owned(), lead.clone()),
        (right.replace("sha256", "sha512"), lead.clone()),
        (right.replace("hmac", "HMAC"), lead.clone()),
        (format!(" {right}"), lead),
        (format!("{right}, hmac-sha256"), form.clone()),
        (right.replace(", ", ",  "), form),
        (
            format!("{right}, {signature}"),
            Malformed::RepeatedField { field: "v1".into() },
        ),
        (
            format!("hmac-sha256, {signature}"),
            Malformed::MissingField { field: "t".into() },
        ),
    ] {
        assert_malformed(&sample.clone().set(HEADER, value), HEADER, reason);
    }
    let tight = sample.clone().set(HEADER, right.replace(", ", ","));
    assert_eq!(tight.verdict(), sample.verdict());
    let none = sample.set(HEADER, format!("hmac-sha256, t={NOW}"));
    assert_eq!(
        none.verdict(),
        Err(VerifyError::NoSignature {
            name: HEADER.into()
        })
    );
}
