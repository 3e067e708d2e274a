//! What is signed is accepted; changed in its signature, it is refused.

#![no_main]

use hookgate::{Outgoing, Request, Target};
use hookgate_fuzz::{Case, number, signer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (choice, rest) = number(data);
    let case = Case::read(rest);
    let scheme = case.scheme(&[]);
    let Some(verifier) = signer(scheme) else {
        return;
    };
    let form = ["twilio", "plivo", "plivo-v1", "vonage-legacy"].contains(&scheme.name());
    let kind = form.then_some("application/x-www-form-urlencoded");
    let target = Target {
        method: "POST",
        url: case.url,
        content_type: kind,
    };
    let outgoing = Outgoing {
        id: "msg_1",
        timestamp: case.now,
        event_type: None,
        body: case.body,
    };
    let Ok(signed) = verifier.sign_request(&outgoing, &target) else {
        return;
    };
    let kind = kind.map(|kind| ("Content-Type", kind.as_bytes()));
    let headers = signed
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    let mut headers: Vec<(&str, &[u8])> = kind.into_iter().chain(headers).collect();
    let request = Request {
        method: "POST",
        url: &signed.url,
        headers: &headers,
        body: &signed.body,
    };
    if verifier.verify(&request, case.now).is_err() {
        return;
    }

    // The signature stands last, and its own text last in it.
    let Some((name, value)) = headers.pop().filter(|_| !signed.headers.is_empty()) else {
        return;
    };
    let in_header = !["mailgun", "adyen", "vonage-legacy"].contains(&scheme.name());
    let mut changed = value.to_vec();
    let length = changed.len();
    let at = length - 1 - usize::from(choice as u8) % length.min(16);
    // The bit of upper and lower case is left alone: hexadecimal is read in both.
    changed[at] ^= [1, 2, 4, 8, 16, 64, 128, 255][(choice >> 8) as usize % 8];
    for other in [
        &changed[..],
        &value[..length - 1],
        &[value, b"A"].concat(),
        b"",
    ] {
        let mut headers = headers.clone();
        headers.push((name, other));
        let request = Request {
            headers: &headers,
            ..Request {
                method: "POST",
                url: &signed.url,
                headers: &[],
                body: &signed.body,
            }
        };
        let verdict = verifier.verify(&request, case.now);
        assert!(
            !in_header || verdict.is_err(),
            "{}: {}",
            scheme.name(),
            String::from_utf8_lossy(other)
        );
    }
    let request = Request {
        method: "POST",
        url: &signed.url,
        headers: &headers,
        body: &signed.body,
    };
    assert!(
        !in_header || verifier.verify(&request, case.now).is_err(),
        "{}: no signature",
        scheme.name()
    );
});
