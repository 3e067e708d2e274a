//! Why any request is refused: the same cause as the verifier's, within bounds, without the secret.

#![no_main]

use hookgate::{Verifier, explain};
use hookgate_fuzz::Case;
use libfuzzer_sys::fuzz_target;

/// What a report may have at most, in bytes: its texts are bounded one by one.
const REPORT: usize = 64 * 1024;

fuzz_target!(|data: &[u8]| {
    let case = Case::read(data);
    let (scheme, request) = (case.scheme(&[]), case.request());
    let secrets = [case.secret];
    let diagnosis = explain(scheme, &secrets, &request, case.now, None);
    let verdict = match Verifier::new(scheme, &secrets) {
        Ok(verifier) => verifier
            .verify(&request, case.now)
            .err()
            .map(|error| error.code()),
        Err(error) => Some(error.code()),
    };
    assert_eq!(diagnosis.refusal, verdict);
    let report = diagnosis.to_string();
    assert!(report.len() <= REPORT, "{} bytes", report.len());
    // A secret that is longer than what stands in a text by chance, and is no part of our sentences.
    let told = case.secret.len() >= 24 && report.contains(case.secret);
    assert!(!told, "the report tells the secret");
});
