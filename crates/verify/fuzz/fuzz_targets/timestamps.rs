//! Every unit of a timestamp, in a header beside a signature that does not cover it: so whatever the
//! fuzzer writes there is judged to its end.

#![no_main]

use std::sync::LazyLock;

use hookgate::{Outgoing, Request, Verifier};
use hookgate_fuzz::{NOW, SECRET, custom, judge, number};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static VERIFIERS: LazyLock<Vec<(Verifier, String)>> = LazyLock::new(|| {
    let units = [
        "seconds",
        "milliseconds",
        "seconds-or-milliseconds",
        "date-time",
        "date-time-or-seconds",
    ];
    let verifier = |unit| {
        let timestamp = json!({ "place": { "header": "X-Time" }, "unit": unit, "tolerance": 300 });
        let scheme = custom(json!({ "timestamp": timestamp }));
        let verifier = Verifier::new(&scheme, &[SECRET]).expect("a secret");
        let event = Outgoing {
            id: "1",
            timestamp: NOW,
            event_type: None,
            body: b"",
        };
        let signed = verifier.sign(&event).expect("sound");
        (verifier, signed.last().expect("a signature").1.clone())
    };
    units.into_iter().map(verifier).collect()
});

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let (now, text) = number(rest);
    let (verifier, signature) = &VERIFIERS[usize::from(*first) % VERIFIERS.len()];
    let headers = [("x-signature", signature.as_bytes()), ("x-time", text)];
    let request = Request {
        method: "POST",
        url: "",
        headers: &headers,
        body: b"",
    };
    let ageless = judge(&verifier.clone().without_replay_check(), &request, now);
    let timestamp = ageless.and_then(|event| event.timestamp);
    for now in [now, NOW, timestamp.unwrap_or(0), u64::MAX] {
        let event = judge(verifier, &request, now);
        let expected = timestamp.filter(|timestamp| timestamp.abs_diff(now) <= 300);
        assert_eq!(event.and_then(|event| event.timestamp), expected);
    }
    if verifier.scheme().name() == "custom" && *first % 5 == 0 && timestamp.is_some() {
        let text = core::str::from_utf8(text).expect("ASCII").trim();
        assert_eq!(text.parse().ok(), timestamp, "{text}");
    }
});
