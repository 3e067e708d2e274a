//! What judging a request takes of memory: next to nothing, whatever the size of its body and the
//! number of its headers. A binary of its own, as it counts what it allocates.
#![allow(unsafe_code)] // an allocator is unsafe by its nature

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use hookgate::{Outgoing, Request, SCHEMES, Scheme, Signed, Target, Verifier};

struct Counting;

thread_local! {
    /// Bytes allocated since the last reset, each block at its largest.
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.set(TAKEN.get() + layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn taken<T>(work: impl FnOnce() -> T) -> (T, usize) {
    TAKEN.set(0);
    let result = work();
    (result, TAKEN.get())
}

const NOW: u64 = 1_773_738_000;
const SECRET: &str = "whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu";
const TARGET: Target<'static> = Target {
    method: "POST",
    url: "https://example.com/in?b=2&a=1",
    content_type: Some("application/json"),
};

fn secret(scheme: &Scheme) -> String {
    match scheme.name() {
        "adyen" | "adyen-banking" => SECRET.bytes().map(|byte| format!("{byte:02x}")).collect(),
        "postmark" | "basic" => format!("user:{SECRET}"),
        _ => SECRET.into(),
    }
}

fn signed(verifier: &Verifier, body: &[u8]) -> Option<Signed> {
    let outgoing = Outgoing {
        id: "msg_1",
        timestamp: NOW,
        event_type: Some("a.b"),
        body,
    };
    verifier.sign_request(&outgoing, &TARGET).ok()
}

/// The schemes of a secret that sign a body as it is, with a verifier of each.
fn verifiers() -> Vec<(&'static str, Verifier)> {
    let with_secret = |scheme: &'static Scheme| {
        let verifier = Verifier::new(scheme, &[secret(scheme)]).ok()?;
        let sound = signed(&verifier, b"{}").is_some_and(|signed| signed.body == b"{}");
        sound.then_some((scheme.name(), verifier))
    };
    SCHEMES.iter().filter_map(with_secret).collect()
}

/// An event whose one long string takes `length` bytes.
fn body(length: usize) -> Vec<u8> {
    let text = "x".repeat(length);
    // Linear's timestamp stands in the body.
    format!(r#"{{"id":"evt_1","type":"a.b","webhookTimestamp":1773738000000,"text":"{text}"}}"#)
        .into_bytes()
}

fn judge(verifier: &Verifier, signed: &Signed, more: usize, changed: bool) -> (bool, usize) {
    let noise: Vec<String> = (0..more)
        .map(|number| format!("x-noise-{number}"))
        .collect();
    let mut headers: Vec<(&str, &[u8])> = noise
        .iter()
        .map(|name| (name.as_str(), &b"1"[..]))
        .collect();
    let own = signed
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    headers.extend(own);
    headers.push(("content-type", b"application/json"));
    let end = signed.body.len() - usize::from(changed);
    let request = Request {
        method: TARGET.method,
        url: &signed.url,
        headers: &headers,
        body: &signed.body[..end],
    };
    let (verdict, taken) = taken(|| verifier.verify(&request, NOW));
    (verdict.is_ok(), taken)
}

#[test]
fn a_body_is_hashed_where_it_lies() {
    let verifiers = verifiers();
    assert!(verifiers.len() > 45, "{}", verifiers.len());
    let body = body(1 << 20);
    for (name, verifier) in &verifiers {
        let signed = signed(verifier, &body).expect("a body that can be signed");
        for changed in [false, true] {
            let (_, taken) = judge(verifier, &signed, 0, changed);
            assert!(taken < 8 * 1024, "{name}: {taken} bytes");
        }
        assert!(judge(verifier, &signed, 0, false).0, "{name}");
    }
}

#[test]
fn headers_of_others_cost_no_memory() {
    let body = body(100);
    for (name, verifier) in &verifiers() {
        let signed = signed(verifier, &body).expect("a body that can be signed");
        for changed in [false, true] {
            let few = judge(verifier, &signed, 0, changed);
            assert_eq!(judge(verifier, &signed, 10_000, changed), few, "{name}");
        }
    }
}

#[test]
fn a_body_of_25_mib_is_judged_like_any_other() {
    let body = body(25 << 20);
    for name in ["standard", "stripe", "meta"] {
        let scheme = hookgate::scheme(name).expect("a scheme");
        let verifier = Verifier::new(scheme, &[SECRET]).expect("a secret");
        let signed = signed(&verifier, &body).expect("a body that can be signed");
        let (accepted, taken) = judge(&verifier, &signed, 0, false);
        assert!(
            accepted && taken < 8 * 1024,
            "{name}: {accepted}, {taken} bytes"
        );
        let (accepted, taken) = judge(&verifier, &signed, 0, true);
        assert!(
            !accepted && taken < 8 * 1024,
            "{name}: {accepted}, {taken} bytes"
        );
    }
}

/// A form of two large fields, in the order that is not the one they are signed in.
fn form(length: usize, letter: &str) -> Vec<u8> {
    let text = letter.repeat(length / letter.len() / 2);
    format!("MessageSid=SM1&Body={text}&Account={text}").into_bytes()
}

/// What judging a form takes, under each URL that is tried in its stead.
fn judge_form(name: &str, body: &[u8], url: &str) -> usize {
    let scheme = hookgate::scheme(name).expect("a scheme");
    let verifier = Verifier::new(scheme, &[SECRET]).expect("a secret");
    let kind = "application/x-www-form-urlencoded";
    let target = Target {
        url,
        content_type: Some(kind),
        ..TARGET
    };
    let outgoing = Outgoing {
        id: "msg_1",
        timestamp: NOW,
        event_type: None,
        body,
    };
    let signed = verifier
        .sign_request(&outgoing, &target)
        .expect("a form that can be signed");
    let mut headers: Vec<(&str, &[u8])> = signed
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    headers.push(("content-type", kind.as_bytes()));
    let mut most = 0;
    for end in [body.len(), body.len() - 1] {
        let request = Request {
            method: "POST",
            url: &signed.url,
            headers: &headers,
            body: &signed.body[..end],
        };
        let (verdict, taken) = taken(|| verifier.verify(&request, NOW));
        assert_eq!(verdict.is_ok(), end == body.len(), "{name}");
        most = most.max(taken);
    }
    most
}

/// Twilio's URL has four texts with an apostrophe in its query: none has a form of its own.
#[test]
fn a_form_of_25_mib_is_hashed_where_it_lies_under_each_text_of_the_url() {
    let body = form(25 << 20, "x");
    let url = "https://example.com/in?b='&a=1";
    for name in ["twilio", "plivo", "plivo-v1"] {
        let taken = judge_form(name, &body, url);
        assert!(taken < 16 * 1024, "{name}: {taken} bytes");
    }
}

/// Once for the signature and once for the names, one after the other.
#[test]
fn fields_with_escapes_are_decoded_once_whatever_the_texts_of_the_url() {
    let body = form(1 << 20, "xx%41");
    let decoded = body.len() * 3 / 5;
    for name in ["twilio", "plivo-v1"] {
        let taken = |url| judge_form(name, &body, url);
        let (one, four) = (taken("in"), taken("https://example.com/in?b='&a=1"));
        assert!(four < one + 4 * 1024, "{name}: {one}, {four} bytes");
        assert!(four < 4 * decoded, "{name}: {four} bytes");
    }
}
