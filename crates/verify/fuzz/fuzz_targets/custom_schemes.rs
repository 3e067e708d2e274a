//! Schemes in JSON, in the first line, and a request that they judge and sign.

#![no_main]

use hookgate::{Scheme, SchemeOptions, Verifier};
use hookgate_fuzz::{Case, SECRET, judge, resign};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let case = Case::read(data);
    let Ok(scheme) = Scheme::from_json(case.first()) else {
        return;
    };
    let options = SchemeOptions {
        header: Some(case.secret),
        prefix: Some("x"),
        ..SchemeOptions::default()
    };
    let _ = scheme.with_options(&options);
    // What a scheme says of itself holds together.
    assert!(!scheme.signs_id() || scheme.has_id());
    assert!(!scheme.signs_timestamp() || scheme.tolerance().is_some());
    for secret in [
        case.secret,
        SECRET,
        "00112233445566778899aabbccddeeff",
        "user:password",
    ] {
        let verifiers = [
            Verifier::new(&scheme, &[secret]),
            Verifier::signing(&scheme, &[secret]),
        ];
        for verifier in verifiers.into_iter().flatten() {
            judge(&verifier, &case.request(), case.now);
            if let Some(event) = resign(&verifier, &case, "msg_1") {
                assert_eq!(event.signature.is_empty(), !scheme.signs_content());
            }
        }
    }
});
