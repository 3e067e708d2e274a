//! Custom schemes around one piece of syntax, with a request that is sound but for that piece.

use hookgate::{Outgoing, Request, Scheme, Verified, Verifier};
use serde_json::{Value, json};

use crate::properties::{judge, other_bodies_are_refused};
use crate::{NOW, SECRET};

const BODY: &[u8] = b"{}";

/// A scheme with these fields in place of the plainest ones.
pub fn custom(fields: Value) -> Scheme {
    let mut scheme = json!({
        "name": "custom",
        "algorithm": { "hmac": "sha256" },
        "signature": { "header": "X-Signature" },
        "encoding": "hex",
        "message": ["body"],
    });
    if let (Value::Object(scheme), Value::Object(fields)) = (&mut scheme, fields) {
        scheme.extend(fields);
    }
    let json = scheme.to_string();
    Scheme::from_json(&json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// The verdict of a scheme on a body that it has signed itself.
pub fn judge_own(scheme: &Scheme, body: &[u8]) -> Verified {
    let verifier = Verifier::new(scheme, &[SECRET]).expect("a secret");
    let outgoing = Outgoing {
        id: "1",
        timestamp: NOW,
        event_type: None,
        body,
    };
    let signed = verifier.sign(&outgoing).expect("sound");
    let headers = [("x-signature", signed[0].1.as_bytes())];
    let request = Request {
        method: "POST",
        url: "",
        headers: &headers,
        body,
    };
    judge(&verifier, &request, NOW).expect("its own signature")
}

/// A grammar in each of the encodings, to be asked about a header.
pub struct Carrier {
    /// Each with the signature of the body, as it stands in the header.
    verifiers: Vec<(Verifier, String)>,
}

impl Carrier {
    pub fn new(grammar: Value) -> Self {
        let kinds = [
            ("hmac", "hex"),
            ("hmac", "upper-hex"),
            ("hmac", "base64"),
            ("token", "text"),
        ];
        let verifiers = kinds.map(|(algorithm, encoding)| {
            let algorithm = match algorithm {
                "hmac" => json!({ "hmac": "sha256" }),
                token => json!(token),
            };
            let plain = custom(json!({ "algorithm": algorithm, "encoding": encoding }));
            let scheme =
                custom(json!({ "algorithm": algorithm, "encoding": encoding, "grammar": grammar }));
            let verifier = |scheme: &Scheme| Verifier::new(scheme, &[SECRET]).expect("a secret");
            let event = Outgoing {
                id: "1",
                timestamp: NOW,
                event_type: None,
                body: BODY,
            };
            let signed = verifier(&plain).sign(&event).expect("sound");
            (verifier(&scheme), signed[0].1.clone())
        });
        Self {
            verifiers: verifiers.into(),
        }
    }

    /// The first byte selects the encoding, the rest is the header. `@` stands for the signature,
    /// which no fuzzer could guess. What is accepted holds it.
    pub fn judge(&self, data: &[u8]) -> Option<Verified> {
        let (first, value) = data.split_first()?;
        let (verifier, tag) = &self.verifiers[usize::from(*first) % self.verifiers.len()];
        let mut header = Vec::new();
        for byte in value {
            match byte {
                b'@' => header.extend_from_slice(tag.as_bytes()),
                byte => header.push(*byte),
            }
        }
        let headers = [("x-signature", &header[..])];
        let request = Request {
            method: "POST",
            url: "",
            headers: &headers,
            body: BODY,
        };
        let event = judge(verifier, &request, NOW)?;
        let text = core::str::from_utf8(&header).expect("ASCII");
        let held = text.contains(tag.as_str())
            || text
                .to_ascii_lowercase()
                .contains(&tag.to_ascii_lowercase());
        assert!(held, "accepted without its signature: {text}");
        if verifier.scheme().signs_content() {
            other_bodies_are_refused(verifier, &request, NOW);
        }
        Some(event)
    }
}
