//! Parameters of query and form, signed in each of the ways that vendors have, and read as id.

#![no_main]

use std::sync::LazyLock;

use hookgate::Verifier;
use hookgate_fuzz::{Case, SECRET, custom, judge, judge_schemes, resign};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static VERIFIERS: LazyLock<Vec<Verifier>> = LazyLock::new(|| {
    let messages = [
        json!([{ "url": "exact" }, { "form": { "distinct": false, "digest": "d" } }]),
        json!([{ "url": "any-port" }, { "form": { "distinct": true } }]),
        json!(["sorted-query", "body-sha256"]),
        json!(["query-and-form"]),
        json!(["parameters"]),
    ];
    let verifier = |message| {
        let places = [
            json!({ "header": "X-Signature" }),
            json!({ "parameter": "sig" }),
        ];
        places.map(|place| {
            let id = json!([{ "parameter": "id" }]);
            let scheme = custom(
                json!({ "message": message, "id": id, "event_type": id, "signature": place }),
            );
            Verifier::new(&scheme, &[SECRET]).expect("a secret")
        })
    };
    messages.into_iter().flat_map(verifier).collect()
});

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let mut case = Case::read(rest);
    let verifier = &VERIFIERS[usize::from(*first) % VERIFIERS.len()];
    judge(verifier, &case.request(), case.now);
    case.headers
        .push(("content-type", b"application/x-www-form-urlencoded"));
    resign(verifier, &case, "1");
    judge_schemes(&["vonage-legacy", "plivo-v1"], rest);
});
