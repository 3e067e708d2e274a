//! No report shows a secret, a token or a whole signature, whatever went wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::mistakes::reports;
use super::{Judged, has_secret};
use crate::samples::{self, SECRETS, Sample};
use crate::test;

/// A text in the forms that it might show in.
fn forms(secret: &str) -> Vec<String> {
    let bare = secret.trim_matches(|letter: char| letter.is_whitespace() || "\"'".contains(letter));
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let mut forms = vec![bare.to_owned(), STANDARD.encode(bare), hex(bare.as_bytes())];
    for part in [
        bare,
        bare.trim_start_matches("whsec_"),
        bare.trim_start_matches("user:"),
    ] {
        forms.push(part.to_owned());
        if let Ok(key) = STANDARD.decode(part) {
            forms.push(hex(&key));
            forms.extend(String::from_utf8(key));
        }
    }
    forms.retain(|form| form.len() >= 4);
    forms
}

fn assert_secret(title: &str, judged: &Judged) {
    let diagnosis = judged.diagnosis();
    let shown = format!("{diagnosis}\n{diagnosis:?}");
    let right = samples::form(judged.sample.scheme, SECRETS[0]);
    for secret in judged.secrets.iter().chain([&right]) {
        for form in forms(secret) {
            // What a secret is mistaken for may be a word of the table.
            assert!(!shown.contains(&form), "{title}: {form}\n{shown}");
        }
    }
    let compared = diagnosis.checks.iter().flat_map(|check| &check.data);
    for (name, value) in compared.filter(|(name, _)| ["expected", "received"].contains(name)) {
        let (head, length) = value.split_once("... (").expect(name);
        assert!(
            head.len() <= 8 && length.ends_with(" bytes)"),
            "{title}: {value}"
        );
    }
}

#[test]
fn no_report_of_a_mistake_shows_a_secret() {
    for (title, judged) in reports() {
        assert_secret(title, &judged);
    }
}

#[test]
fn no_report_of_any_scheme_shows_a_secret_or_a_signature() {
    for sample in samples::all().filter(|sample| has_secret(sample.scheme.name())) {
        let name = sample.scheme.name();
        let genuine = Judged::new(sample.clone());
        let other = samples::form(sample.scheme, SECRETS[1]);
        let both = Judged {
            secrets: vec![other.clone(), "qzx7v".into(), format!(" {other}")],
            ..genuine.clone()
        };
        for judged in [
            genuine.clone(),
            genuine.clone().body("{}"),
            genuine.clone().secret(other),
            genuine
                .clone()
                .secret(format!("\"{}\"", genuine.secrets[0])),
            genuine.clone().secret(SECRETS[0]),
            genuine.clone().url("https://user:hunter22@other.example/"),
            both,
        ] {
            assert_secret(name, &judged);
            let report = judged.diagnosis().to_string();
            assert!(!report.contains("hunter22"), "{report}");
            if !samples::ELSEWHERE.contains(&name) {
                let received = sample.value(&sample.signature_header());
                let tail = &received[received.len() - 12..];
                assert!(!report.contains(tail), "{name}: {report}");
            }
        }
    }
}

#[test]
fn the_signature_that_was_expected_is_shown_by_four_bytes_at_most() {
    for sample in samples::over_bodies() {
        let name = sample.scheme.name();
        let public = !has_secret(name);
        if public || sample.scheme.needs_form() || samples::ELSEWHERE.contains(&name) {
            continue;
        }
        let judged = Judged::new(sample.clone()).body("{\"other\":1}");
        let report = format!("{:?}", judged.diagnosis());
        let expected = Sample::signed(sample.scheme, &SECRETS[..1], "{\"other\":1}");
        let expected = expected.value(&expected.signature_header());
        let tail = &expected[expected.len() - 20..];
        assert!(!report.contains(tail), "{name}: {report}");
        if expected.len() == 64 {
            assert!(report.contains(&expected[..8]), "{name}: {report}");
            assert!(!report.contains(&expected[..9]), "{name}: {report}");
        }
    }
}

trait NeedsForm {
    fn needs_form(&self) -> bool;
}

impl NeedsForm for hookgate::Scheme {
    fn needs_form(&self) -> bool {
        samples::FORMS.contains(&self.name())
    }
}

#[test]
fn a_secret_that_stands_in_the_request_is_covered_wherever_it_stands() {
    for before in (0..400).step_by(3) {
        for after in [0, 30, 90, 300] {
            let body = format!("{}{}{}", "x".repeat(before), SECRETS[0], "y".repeat(after));
            let judged = Judged::of("github").body(body);
            let report = judged.diagnosis().to_string();
            for part in SECRETS[0].as_bytes().windows(8) {
                let part = std::str::from_utf8(part).expect("ASCII");
                assert!(!report.contains(part), "{before} {after}: {report}");
            }
        }
    }
}

#[test]
fn a_plain_hash_shows_no_secret_among_what_it_signs() {
    for name in ["hubspot-v1", "hubspot-v2"] {
        let report = Judged::of(name).body("{}").diagnosis().to_string();
        assert!(report.contains("signed: [secret]"), "{report}");
    }
}

/// Covering a secret shortens the text: what follows must not move into the excerpt with it.
#[test]
fn a_secret_that_stands_several_times_is_covered_each_time() {
    let secret = "k9Zq4LwT7vRx2BnM8sYd3HcF6jPg1WaE5uKo0TiQ";
    let scheme = samples::by_name("github");
    for gap in 0..200 {
        let fill = |length: usize| "x".repeat(length);
        let long = fill(400);
        let start = [secret, secret, secret, &fill(gap), secret, &long].concat();
        let end = [&long, secret, &fill(gap), secret, secret, secret].concat();
        for body in [start, end] {
            let tag = "0".repeat(64);
            let signature = format!("sha256={tag}");
            let request = hookgate::Request {
                method: "POST",
                url: samples::URL,
                headers: &[("X-Hub-Signature-256", signature.as_bytes())],
                body: body.as_bytes(),
            };
            let diagnosis = hookgate::explain(scheme, &[secret], &request, samples::NOW, None);
            let shown = format!("{diagnosis}\n{diagnosis:?}");
            for part in secret.as_bytes().windows(6) {
                let part = std::str::from_utf8(part).expect("ASCII");
                assert!(!shown.contains(part), "{gap}: {part}\n{shown}");
            }
        }
    }
}

/// The texts that a secret becomes where programs store and send it.
#[test]
fn a_secret_is_covered_in_each_way_of_writing_it() {
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02X}")).collect() };
    // In base64 it has letters of the one alphabet that the other lacks, and padding.
    let secret = "k9>Zq?4L~wT7 v/R+x2Bn>M?8s~Y";
    let key = b"\xfb\xef\xff0123456789\xfe\xff\xbf\x01";
    let key_in_base64 = format!("whsec_{}", STANDARD.encode(key));
    let percent = |plain: &str, lower: bool| -> String {
        let escape = |byte: u8| match byte {
            byte if byte.is_ascii_alphanumeric() || byte == b'~' => char::from(byte).to_string(),
            b' ' => plain.into(),
            byte if lower => format!("%{byte:02x}"),
            byte => format!("%{byte:02X}"),
        };
        secret.bytes().map(escape).collect()
    };
    for (secret, written) in [
        (secret, hex(secret.as_bytes())),
        (secret, hex(secret.as_bytes()).to_lowercase()),
        (secret, STANDARD.encode(secret)),
        (secret, STANDARD_NO_PAD.encode(secret)),
        (secret, URL_SAFE.encode(secret)),
        (secret, URL_SAFE_NO_PAD.encode(secret)),
        (secret, percent("+", false)),
        (secret, percent("%20", false)),
        (secret, percent("+", true)),
        (&key_in_base64, hex(key)),
        (&key_in_base64, hex(key).to_lowercase()),
        (&key_in_base64, STANDARD_NO_PAD.encode(key)),
        (&key_in_base64, URL_SAFE_NO_PAD.encode(key)),
    ] {
        let body = format!("a={written}&b=1");
        let report = Judged::of("github").body(body).secret(secret).diagnosis();
        let shown = format!("{report}{report:?}");
        for part in written.as_bytes().windows(7) {
            let part = std::str::from_utf8(part).expect("ASCII");
            assert!(!shown.contains(part), "{written}: {part}\n{report}");
        }
        assert!(shown.contains("b=1"), "{report}");
    }
}

#[test]
fn the_values_of_private_parameters_of_a_url_are_covered() {
    let url = "https://example.com/in?q=find&access_token=hunter22&api-key=hunter33#sig=hunter44";
    for name in ["square", "plivo", "bird"] {
        let report = Judged::of(name).url(url).diagnosis().to_string();
        assert!(!report.contains("hunter"), "{report}");
        if name == "square" {
            assert!(
                report.contains("?q=find&access_token=[redacted]&"),
                "{report}"
            );
        }
    }
}
