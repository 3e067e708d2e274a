//! The tests that loop over the schemes reach every row of the table but those that are named here,
//! with the reason: a new row is in all of their loops from its first day, or fails here.

use std::collections::BTreeSet;

use hookgate::SCHEMES;

use crate::samples::{self, ELSEWHERE, PARTIAL, Sample};
use crate::test;

/// A private RSA key signs only with a feature of its own: `certified` and `public_keys` have their
/// rotation, ages and flipped bits, from requests that others signed.
const UNSIGNABLE: [&str; 3] = ["aws-sns", "wise", "paypal"];
/// They carry a secret and sign nothing.
const TOKENS: [&str; 8] = [
    "gupshup", "postmark", "gitlab", "okta", "auth0", "telegram", "token", "basic",
];
const ALL: usize = 65;

#[test]
fn the_loops_leave_out_the_schemes_that_are_named_and_no_others() {
    let built = |names: &[&[&'static str]]| -> Vec<&'static str> {
        let names = names.iter().copied().flatten().copied();
        names.filter(|name| samples::is_built(name)).collect()
    };
    // `every_secret_of_a_rotation…`, `what_a_scheme_signs_it_verifies`, `replay_protection…`
    left_out(samples::all(), built(&[&UNSIGNABLE]));
    // `every_flipped_bit_of_the_signature_header…`, and every test of `malformed`
    left_out(samples::in_headers(), built(&[&UNSIGNABLE, &ELSEWHERE]));
    // `every_flipped_bit_of_the_body…`: the signed parts of PARTIAL have tests of their own
    left_out(
        samples::over_bodies(),
        built(&[&UNSIGNABLE, &PARTIAL, &TOKENS]),
    );
    if built(&[&["discord", "sendgrid", "wise"]]).len() == 3 {
        assert_eq!(SCHEMES.len(), ALL);
        assert_eq!(samples::all().count(), ALL - 3);
        assert_eq!(samples::in_headers().count(), ALL - 3 - 3);
        assert_eq!(samples::over_bodies().count(), ALL - 3 - 4 - 8);
    }
}

#[track_caller]
fn left_out(reached: impl Iterator<Item = Sample>, expected: Vec<&'static str>) {
    let reached: BTreeSet<&str> = reached.map(|sample| sample.scheme.name()).collect();
    let all = SCHEMES.iter().map(|scheme| scheme.name());
    let missing: BTreeSet<&str> = all.filter(|name| !reached.contains(name)).collect();
    assert_eq!(missing, expected.into_iter().collect());
}
