//! What is measured: refusals by the verifier, and the same comparisons done badly.

use std::hint::black_box;

use hookgate::{Outgoing, Request, Scheme, SchemeOptions, Verifier, scheme};

const SECRET: &str = "whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu";
const BODY: &[u8] = b"{\"id\":\"evt_1\",\"type\":\"ticket.created\"}";

type Judge = Box<dyn Fn(&[u8]) -> bool>;

pub struct Row {
    pub name: String,
    /// Of one length: the header's value of each class.
    pub classes: [Vec<u8>; 2],
    /// Answers whether a value was accepted.
    pub judge: Judge,
    /// Leaks on purpose.
    pub is_control: bool,
}

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (algorithm, bytes) in [
        ("md5", 16),
        ("sha1", 20),
        ("sha256", 32),
        ("sha384", 48),
        ("sha512", 64),
    ] {
        for encoding in ["hex", "base64"] {
            let name = format!("HMAC-{algorithm}, {bytes} bytes in {encoding}");
            rows.push(signature(name, algorithm, encoding));
        }
    }
    for length in [8, 20, 43, 64] {
        rows.push(token(length));
    }
    rows.extend(controls());
    rows
}

/// A signature of the scheme `hmac`.
fn signature(name: String, algorithm: &str, encoding: &str) -> Row {
    let options = SchemeOptions {
        header: Some("X-Signature"),
        algorithm: Some(algorithm),
        encoding: Some(encoding),
        ..SchemeOptions::default()
    };
    let verifier = verifier(
        &table("hmac")
            .with_options(&options)
            .expect("options of `hmac`"),
        SECRET,
    );
    let event = Outgoing {
        id: "1",
        timestamp: 0,
        event_type: None,
        body: BODY,
    };
    let sent = verifier.sign(&event).expect("sound");
    let value = sent.last().expect("a signature").1.clone().into_bytes();
    // Before the padding of base64, which has one form alone: with 16 bytes the last digit has four
    // bits that must be zero.
    let digits = value.iter().filter(|byte| **byte != b'=').count();
    let last = digits - if encoding == "base64" { 2 } else { 1 };
    let classes = [last, 0].map(|at| wrong(&value, at));
    Row {
        name,
        classes,
        judge: Box::new(move |value| judge(&verifier, "X-Signature", value)),
        is_control: false,
    }
}

/// A static token of so many characters.
fn token(length: usize) -> Row {
    let secret: String = SECRET.chars().cycle().take(length).collect();
    let (verifier, header) = token_verifier(&secret);
    let classes = [length - 1, 0].map(|at| wrong(secret.as_bytes(), at));
    let name = format!("static token of {length} characters");
    Row {
        name,
        classes,
        judge: Box::new(move |value| judge(&verifier, &header, value)),
        is_control: false,
    }
}

/// `==` alone, and `==` behind the verifier's own work.
fn controls() -> [Row; 2] {
    let row = signature(String::new(), "sha256", "hex");
    // The first class is wrong in its last digit, the second in its first: this is neither's secret,
    // but what they agree with.
    let right = wrong(&row.classes[0], 63);
    let (classes, known) = (row.classes.clone(), right.clone());
    let alone = move |value: &[u8]| equal(&right, value);
    let judge = row.judge;
    let behind = move |value: &[u8]| judge(value) | equal(&known, value);
    [
        Row {
            name: "control: 64 bytes by `==`".into(),
            classes: classes.clone(),
            judge: Box::new(alone),
            is_control: true,
        },
        Row {
            name: "control: HMAC-sha256, then by `==`".into(),
            classes,
            judge: Box::new(behind),
            is_control: true,
        },
    ]
}

/// What the verifier does not do: it ends at the first byte that differs.
#[inline(never)]
fn equal(right: &[u8], value: &[u8]) -> bool {
    right.len() == value.len()
        && right
            .iter()
            .zip(value)
            .all(|(one, other)| black_box(*one) == *other)
}

fn judge(verifier: &Verifier, header: &str, value: &[u8]) -> bool {
    let headers = [(header, value)];
    let request = Request {
        method: "POST",
        url: "",
        headers: &headers,
        body: BODY,
    };
    verifier.verify(&request, 0).is_ok()
}

/// The value with another character at one place, of the same kind: how long it takes to decode
/// digits and letters is the sender's to know.
fn wrong(value: &[u8], at: usize) -> Vec<u8> {
    let mut value = value.to_vec();
    let pair = match value[at] {
        b'0'..=b'9' => [b'1', b'2'],
        b'A'..=b'Z' => [b'A', b'B'],
        _ => [b'a', b'b'],
    };
    value[at] = pair[usize::from(value[at] == pair[0])];
    value
}

fn token_verifier(secret: &str) -> (Verifier, String) {
    let header = "X-Token".to_owned();
    let options = SchemeOptions {
        header: Some(&header),
        ..SchemeOptions::default()
    };
    let scheme = table("token")
        .with_options(&options)
        .expect("options of `token`");
    (verifier(&scheme, secret), header)
}

fn verifier(scheme: &Scheme, secret: &str) -> Verifier {
    Verifier::new(scheme, &[secret]).expect("a secret")
}

fn table(name: &str) -> &'static Scheme {
    scheme(name).expect("a scheme of the table")
}
