//! URLs as they are signed: what is signed here is accepted here, and under no other path.

#![no_main]

use std::sync::LazyLock;

use hookgate::{Outgoing, Request, Target, Verifier};
use hookgate_fuzz::{NOW, SECRET, custom, judge};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static VERIFIERS: LazyLock<Vec<Verifier>> = LazyLock::new(|| {
    let forms = ["exact", "without-query", "any-port", "reserved-decoded"];
    let verifier = |form| {
        let message = json!(["method", { "url": form }, { "literal": "\n" }, "body"]);
        let scheme = custom(json!({ "message": message, "id": [{ "parameter": "id" }] }));
        Verifier::new(&scheme, &[SECRET]).expect("a secret")
    };
    forms.into_iter().map(verifier).collect()
});

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let Ok(url) = core::str::from_utf8(rest) else {
        return;
    };
    let form = usize::from(*first) % VERIFIERS.len();
    let verifier = &VERIFIERS[form];
    let outgoing = Outgoing {
        id: "1",
        timestamp: NOW,
        event_type: None,
        body: b"{}",
    };
    let target = Target {
        method: "POST",
        url,
        content_type: None,
    };
    let signed = verifier
        .sign_request(&outgoing, &target)
        .expect("any URL can be signed");
    let headers = [("x-signature", signed.headers[0].1.as_bytes())];
    let request = Request {
        method: "POST",
        url,
        headers: &headers,
        body: b"{}",
    };
    judge(verifier, &request, NOW).expect("its own signature");

    let longer = format!("{url}x");
    let query = url.contains(['?', '#']) && form == 1;
    let other = Request {
        url: &longer,
        ..request
    };
    // In an authority the form without a port may be the same as before.
    let path = url
        .split_once("://")
        .is_some_and(|(_, rest)| rest.contains('/'));
    assert!(
        query || !path || judge(verifier, &other, NOW).is_none(),
        "{longer}"
    );
    let other = Request {
        method: "PUT",
        ..request
    };
    assert!(judge(verifier, &other, NOW).is_none());
});
