//! Requests without a fault: nothing is found, and nobody is told that they are genuine.

use super::{Judged, codes, has_secret};
use crate::samples;
use crate::test;

#[test]
fn a_genuine_request_of_every_scheme_has_no_cause() {
    let mut seen = 0;
    for scheme in samples::signable().filter(|scheme| has_secret(scheme.name())) {
        let diagnosis = Judged::of(scheme.name()).diagnosis();
        assert_eq!(codes(&diagnosis), [""; 0], "{diagnosis}");
        assert_eq!(diagnosis.refusal, None, "{diagnosis}");
        assert_eq!((diagnosis.tried, diagnosis.work), (0, 0));
        let failed = |check: &&hookgate::Check| check.verdict != hookgate::Verdict::Passed;
        assert_eq!(diagnosis.checks.iter().find(failed), None, "{diagnosis}");
        seen += 1;
    }
    assert!(seen > 50);
}

#[cfg(all(feature = "ed25519", feature = "ecdsa"))]
#[test]
fn a_genuine_request_of_a_public_key_has_no_cause() {
    for name in ["discord-01", "sendgrid-01"] {
        let diagnosis = super::mistakes::published(name).diagnosis();
        assert_eq!(diagnosis.refusal, None, "{diagnosis}");
        assert_eq!(codes(&diagnosis), [""; 0], "{diagnosis}");
    }
}
