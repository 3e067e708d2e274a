//! Work and words are bounded, whatever the request is.

use super::{Judged, has_secret};
use crate::samples::{self, SECRETS, Sample};
use crate::test;

const KIB: usize = 1_024;
/// What trials may cost for a body of up to 64 KB: 16 passes of SHA-256 over it. Larger
/// ones may cost as many of their size, until they come to twenty of these.
const WORK: u64 = PASSES * 64 * 1_024;
const PASSES: u64 = 16;
const MOST: u64 = 20 * 64 * 1_024;

/// JSON with something of everything, of about so many bytes.
fn json(bytes: usize) -> String {
    let item = |number: usize| {
        format!(
            r#"{{"id": {number}, "url": "https://a.example/{number}", "note": "caf\u00e9 <é>"}}"#
        )
    };
    let items: Vec<String> = (0..bytes / 70).map(item).collect();
    format!(
        r#"{{"items": [{}], "webhookTimestamp": 1773738000000}}"#,
        items.join(", ")
    )
}

fn bounded(judged: &Judged) -> String {
    let diagnosis = judged.diagnosis();
    let report = format!("{diagnosis}");
    let work = (PASSES * judged.sample.body.len() as u64).clamp(WORK, MOST);
    assert!(diagnosis.work <= work, "{} {report}", diagnosis.work);
    assert!(diagnosis.tried <= 400, "{report}");
    assert!(diagnosis.causes.len() <= 20, "{report}");
    assert!(report.len() <= 16 * KIB, "{report}");
    report
}

#[test]
fn the_work_for_64_kilobytes_is_that_of_sixteen_passes_at_most() {
    let body = json(64 * KIB);
    let form = vec!["field=caf%C3%A9+and+so+on+until+it+is+long"; 900].join("&");
    let item = r#"{"NotificationRequestItem":{"pspReference":"psp1","eventCode":"REFUND"}}"#;
    let adyen = format!(r#"{{"notificationItems":[{}]}}"#, vec![item; 800].join(","));
    for scheme in samples::signable().filter(|scheme| has_secret(scheme.name())) {
        let other = samples::form(scheme, SECRETS[1]);
        let body = match scheme.name() {
            "adyen" => &adyen,
            name if samples::FORMS.contains(&name) => &form,
            _ => &body,
        };
        let sample = Sample::signed(scheme, &SECRETS[..1], body);
        bounded(&Judged::new(sample).secret(other));
    }
}

#[test]
fn a_body_of_25_megabytes_is_not_written_anew() {
    let large = json(25 * KIB * KIB);
    for name in ["github", "messagebird"] {
        let judged = Judged::of(name).body(&large);
        let diagnosis = judged.diagnosis();
        assert!(diagnosis.refusal.is_some());
        assert!(diagnosis.untried > 0, "{diagnosis}");
        assert!(diagnosis.work <= 8 * 1_024 * 1_024, "{diagnosis}");
    }
}

/// Headers are read again after each repair: with a body of this size 40 times, where the signature
/// stands in it.
#[test]
fn the_work_of_reading_the_headers_again_is_counted() {
    let judged = Judged::of("stripe").signature(|_| "nonsense".into());
    let diagnosis = judged.diagnosis();
    let trial = 4 * 1_024 + judged.sample.body.len() as u64;
    let trials = u64::from(diagnosis.tried) * trial;
    assert!(diagnosis.work >= trials + 4 * 1_024, "{diagnosis}");
    let large = Judged::of("mailgun").body(json(1_000 * KIB));
    let diagnosis = large.diagnosis();
    assert!(diagnosis.work >= 1_000 * 1_000, "{}", diagnosis.work);
    assert!(diagnosis.work <= 8 * 1_024 * 1_024, "{}", diagnosis.work);
}

/// To find signature and timestamp in JSON costs three passes, to write a body anew two.
#[test]
fn a_trial_is_charged_for_what_it_reads_and_writes() {
    for (name, passes) in [("github", 1), ("mailgun", 4)] {
        let judged = Judged::signed(name, &json(60 * KIB)).secret("another-secret-of-an-endpoint");
        let diagnosis = judged.diagnosis();
        let trials = u64::from(diagnosis.tried) * passes * judged.sample.body.len() as u64;
        assert!(
            diagnosis.tried > 0 && diagnosis.work >= trials,
            "{diagnosis}"
        );
        // Of the first trials one appends a line break, and three write the body anew.
        let written = if name == "github" {
            6 * 60 * KIB as u64
        } else {
            0
        };
        assert!(diagnosis.work >= trials + written, "{diagnosis}");
    }
}

/// Any port, and a quotation mark escaped or not: four texts, each of which is hashed.
#[test]
fn a_trial_is_charged_for_each_text_of_the_url() {
    let form = format!("field={}", "x".repeat(60 * KIB));
    let each = |url: &str| {
        let judged = Judged::signed("twilio", &form).secret("another-secret-of-an-endpoint");
        let diagnosis = judged.url(url).diagnosis();
        assert!(diagnosis.tried > 0, "{diagnosis}");
        diagnosis.work / u64::from(diagnosis.tried)
    };
    let (plain, quoted) = ("https://a.example/in?x=1", "https://a.example/in?x='");
    // SHA-1 costs half.
    let two_more = form.len() as u64;
    assert!(each(quoted) >= each(plain) + two_more * 9 / 10);
}

#[test]
fn a_megabyte_still_gets_a_few_trials() {
    let body = json(900 * KIB);
    let judged = Judged::signed("github", &format!("{body}\n")).body(body);
    let diagnosis = judged.diagnosis();
    assert_eq!(
        super::codes(&diagnosis),
        ["body_newline_lost"],
        "{diagnosis}"
    );
}

#[test]
fn deep_nesting_overflows_no_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{\"b\":[{\"a\":1},", "]}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        for name in ["github", "linear", "mailgun", "adyen", "stripe"] {
            bounded(&Judged::of(name).body(&deep));
        }
    }
}

/// Xorshift: the same numbers in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }

    /// Changes a text in some way.
    fn spoil(&mut self, text: &mut Vec<u8>) {
        const SPLINTERS: [&[u8]; 16] = [
            b"\"", b"\\", b"\\u", b"\\ud83d", b"{", b"}", b"[", b",", b"=", b"%", b"\xff", b"\xc3",
            b"\r\n", b" ", b"://", b"",
        ];
        match self.roll(4) {
            0 if !text.is_empty() => {
                let at = self.roll(text.len());
                text[at] = self.roll(256) as u8;
            }
            1 => {
                let at = self.roll(text.len() + 1);
                let splinter = SPLINTERS[self.roll(SPLINTERS.len())];
                text.splice(at..at, splinter.iter().copied());
            }
            2 => text.truncate(self.roll(text.len() + 1)),
            _ => {
                let at = self.roll(text.len() + 1);
                let again = text[at..].to_vec();
                text.extend(again);
            }
        }
    }
}

#[test]
fn junk_is_explained_without_panic_in_bounded_words() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for round in 0..12 {
        for scheme in samples::signable().filter(|scheme| has_secret(scheme.name())) {
            let mut judged = Judged::of(scheme.name());
            for _ in 0..=dice.roll(3) {
                match dice.roll(5) {
                    0 => dice.spoil(&mut judged.sample.body),
                    1 => {
                        let index = dice.roll(judged.sample.headers.len());
                        if let Some((_, value)) = judged.sample.headers.get_mut(index) {
                            dice.spoil(value);
                        }
                    }
                    2 => {
                        let index = dice.roll(judged.sample.headers.len());
                        if let Some((name, _)) = judged.sample.headers.get_mut(index) {
                            let mut bytes = name.clone().into_bytes();
                            dice.spoil(&mut bytes);
                            *name = String::from_utf8_lossy(&bytes).into_owned();
                        }
                    }
                    3 => {
                        let mut bytes = judged.sample.url.clone().into_bytes();
                        dice.spoil(&mut bytes);
                        judged.sample.url = String::from_utf8_lossy(&bytes).into_owned();
                    }
                    _ => {
                        let mut bytes = judged.secrets[0].clone().into_bytes();
                        dice.spoil(&mut bytes);
                        judged.secrets[0] = String::from_utf8_lossy(&bytes).into_owned();
                    }
                }
            }
            judged.now = match dice.roll(6) {
                0 => u64::MAX,
                1 => 0,
                _ => judged.now,
            };
            let report = bounded(&judged);
            let ends = judged.diagnosis().refusal.is_none() || report.contains("Causes");
            assert!(ends, "round {round}, {}: {report}", scheme.name());
        }
    }
}

#[test]
fn many_headers_and_long_texts_are_cut() {
    let mut judged = Judged::of("stripe").without("Stripe-Signature");
    for number in 0..2_000 {
        judged = judged.add(&format!("X-{number}"), "x".repeat(64));
    }
    let long = "STRIPE_SIGNATURE".to_owned();
    let judged = judged.add(&long, "y".repeat(100_000));
    bounded(&judged);
    let judged = Judged::of("square").url(&format!("https://a.example/{}", "é".repeat(50_000)));
    bounded(&judged);
    let secret = "s".repeat(1_000_000);
    bounded(&Judged::of("github").secret(secret));
}

/// Read once and joined, a form's fields cost a trial one pass; a larger form is read in each, of which
/// there are few.
#[test]
fn a_form_over_a_megabyte_is_not_read_for_the_trials() {
    let form = |bytes: usize| {
        let value = "caf%C3%A9+".repeat(bytes / 5_000);
        let fields: Vec<String> = (0..500)
            .map(|number| format!("field{number}={value}"))
            .collect();
        fields.join("&")
    };
    for (bytes, is_joined) in [(1_020 * KIB, true), (1_050 * KIB, false)] {
        let form = form(bytes);
        assert_eq!(form.len() <= KIB * KIB, is_joined, "{}", form.len());
        let judged = Judged::signed("plivo-v1", &form).secret("another-secret-of-an-endpoint");
        let diagnosis = judged.url("https://a.example/in").diagnosis();
        assert!(diagnosis.tried > 0, "{diagnosis}");
        let each = diagnosis.work / u64::from(diagnosis.tried);
        assert_eq!(
            each < 3 * form.len() as u64,
            is_joined,
            "{each} {diagnosis}"
        );
    }
}

/// On P-256 a signature takes as long as five passes over 64 KB: of an event of SendGrid's that nothing
/// explains, two trials are made.
#[test]
#[cfg(all(feature = "ed25519", feature = "ecdsa"))]
fn a_trial_is_charged_for_the_signature_of_a_public_key() {
    for (name, each) in [("discord-01", 128), ("sendgrid-01", 360)] {
        let judged = super::mistakes::published(name).body("[]");
        let diagnosis = judged.diagnosis();
        let tried = u64::from(diagnosis.tried);
        assert!(tried > 1, "{diagnosis}");
        assert!(diagnosis.work >= tried * each * 1_024, "{diagnosis}");
        bounded(&judged);
    }
}
