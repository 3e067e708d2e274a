//! Each grammar's and each encoding's own traps.

use hookgate::{Malformed, VerifyError};

use crate::malformed::{assert_malformed, timestamps};
use crate::samples::{self, NOW, Sample};
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
    let mut headers = 0;
    for (sample, header, reason) in timestamps() {
        // Zoom's seconds have become milliseconds: as many digits as either has are judged by the rest.
        let either = sample.scheme.name() == "zoom";
        let milliseconds = either || reason == Malformed::NotMilliseconds;
        for timestamp in &wrong {
            if milliseconds && *timestamp == format!("{now}000") {
                continue;
            }
            let long = either && timestamp.len() > 12;
            let reason = if long {
                Malformed::NotMilliseconds
            } else {
                reason.clone()
            };
            assert_malformed(&sample.clone().set(header, timestamp), header, reason);
        }
        headers += 1;
    }
    let built = |name| usize::from(samples::is_built(name));
    assert_eq!(headers, 14 + built("discord") + 2 * built("sendgrid"));
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
        (
            "zendesk",
            "X-Zendesk-Webhook-Signature-Timestamp",
            Malformed::NotDateTime,
        ),
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

/// Each scheme whose header ends with its signature in such letters, and how many there are.
fn written(encode: impl Fn(&[u8]) -> String) -> impl Iterator<Item = (Sample, usize)> {
    samples::in_headers().filter_map(move |sample| {
        let text = encode(&sample.verdict().expect("a sound sample").signature);
        let value = sample.value(&sample.signature_header());
        let is_written = !text.is_empty() && value.ends_with(&text);
        is_written.then_some((sample, text.len()))
    })
}

fn in_hex() -> impl Iterator<Item = (Sample, usize)> {
    written(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn in_base64() -> impl Iterator<Item = (Sample, usize)> {
    use base64::Engine as _;
    written(|bytes| base64::engine::general_purpose::STANDARD.encode(bytes))
}

#[test]
fn every_signature_in_a_header_is_hexadecimal_or_base64_or_a_token() {
    let strict: Vec<String> = in_hex().chain(in_base64()).map(name).collect();
    let rest = samples::in_headers().map(|sample| name((sample, 0)));
    let rest: Vec<String> = rest.filter(|name| !strict.contains(name)).collect();
    let tokens = [
        "messagebird",
        "gupshup",
        "vonage",
        "postmark",
        "gitlab",
        "okta",
        "auth0",
        "telegram",
        "token",
        "basic",
    ];
    assert_eq!(rest, tokens);
    let built = |name| usize::from(samples::is_built(name));
    assert_eq!(in_hex().count(), 23 + built("discord"));
    assert_eq!(in_base64().count(), 23 + 2 * built("sendgrid"));
}

fn name((sample, _): (Sample, usize)) -> String {
    sample.scheme.name().into()
}

#[test]
fn hexadecimal_is_decoded_strictly() {
    for (sample, length) in in_hex() {
        let name = sample.scheme.name();
        let header = sample.signature_header();
        let value = sample.value(&header).to_owned();
        let (start, hex) = value.split_at(value.len() - length);
        let half = length / 2;
        let mut mixed = hex.to_uppercase();
        mixed.replace_range(half.., &hex[half..]);
        let wrong = [
            &hex[1..],
            &hex[..length - 1],
            &format!("{hex}0"),
            &format!("{hex}zz"),
            &format!("0x{hex}"),
            &format!("{hex}="),
            &format!("{}-1", &hex[2..]),
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
        for hex in [&hex[..length - 2], &format!("{hex}00"), "00"] {
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
    for (sample, length) in in_base64() {
        let header = sample.signature_header();
        let value = sample.value(&header).to_owned();
        let (start, base64) = value.split_at(value.len() - length);
        let unpadded = base64.trim_end_matches('=');
        let head = &base64[..length - 4];
        let mut wrong = vec![
            format!("{base64}="),
            format!("{head}-_8="),
            format!("{head}AA!="),
            format!("{head}A==="),
            format!("{head}AB=="),
            format!("{}!", &base64[..length - 1]),
            format!("={base64}"),
        ];
        // A signature in DER may fill the last four letters.
        if unpadded.len() < length {
            wrong.push(unpadded.to_owned());
            wrong.push(format!("{unpadded}AA=="));
            wrong.push(format!("{base64}AAAA"));
        }
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
