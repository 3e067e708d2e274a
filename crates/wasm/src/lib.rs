//! JavaScript bindings of the verifier: plain values in, plain values out, errors with a `code`.
//!
//! The npm package wraps these functions with its own conveniences (`Headers`, records, strings,
//! the clock). Nothing here decides anything: every verdict is the crate's.

use hookgate::{Outgoing, Request, SCHEMES, Scheme, SetupError, Verified, Verifier};
use js_sys::{Error, Object, Reflect};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

/// Judges a request.
///
/// `headers` holds names and values in turn. `now` is in unix seconds; what is no number counts as
/// 0, and so fails every check of age.
///
/// Returns `{ scheme, id, type, timestamp, keyIndex, replayProtected, idSigned }`; `id`, `type` and
/// `timestamp` are `null` where the event has none.
///
/// # Errors
///
/// Throws an `Error` whose `code` is one of the crate's `CODES`, or `invalid_argument` if a
/// header's name stands without a value.
#[wasm_bindgen]
pub fn verify(
    scheme: &str,
    secrets: Vec<String>,
    headers: Vec<String>,
    body: &[u8],
    url: &str,
    method: &str,
    now: f64,
) -> Result<JsValue, JsValue> {
    let verifier = verifier(scheme, secrets)?;
    let (pairs, []) = headers.as_chunks::<2>() else {
        return Err(error(
            "invalid_argument",
            "each header needs a name and a value",
        ));
    };
    let headers: Vec<(&str, &[u8])> = pairs
        .iter()
        .map(|[name, value]| (name.as_str(), value.as_bytes()))
        .collect();
    let request = Request {
        method,
        url,
        headers: &headers,
        body,
    };
    // `as` saturates: a negative time or NaN is 0.
    let event = verifier.verify(&request, now as u64);
    event
        .map_err(|refused| error(refused.code(), &refused.to_string()))
        .and_then(|event| object(&event))
}

/// The headers of an outgoing event, names and values in turn.
///
/// # Errors
///
/// Throws an `Error` whose `code` is one of the crate's `CODES`.
#[wasm_bindgen]
pub fn sign(
    scheme: &str,
    secret: String,
    id: &str,
    timestamp: f64,
    event_type: Option<String>,
    body: &[u8],
) -> Result<Vec<String>, JsValue> {
    let event_type = event_type.as_deref();
    let outgoing = Outgoing {
        id,
        timestamp: timestamp as u64,
        event_type,
        body,
    };
    let headers = verifier(scheme, vec![secret])?.sign(&outgoing);
    let headers = headers.map_err(|refused| error(refused.code(), &refused.to_string()))?;
    Ok(headers
        .into_iter()
        .flat_map(|(name, value)| [name, value])
        .collect())
}

/// The names of all schemes.
#[wasm_bindgen]
pub fn schemes() -> Vec<String> {
    SCHEMES
        .iter()
        .map(|scheme| scheme.name().to_owned())
        .collect()
}

fn verifier(name: &str, secrets: Vec<String>) -> Result<Verifier, JsValue> {
    let secrets = Zeroizing::new(secrets);
    let unknown = || SetupError::UnknownScheme {
        name: name.to_owned().into(),
    };
    let build = |scheme: &Scheme| Verifier::new(scheme, &secrets);
    let built = hookgate::scheme(name).ok_or_else(unknown).and_then(build);
    built.map_err(|refused| error(refused.code(), &refused.to_string()))
}

fn object(event: &Verified) -> Result<JsValue, JsValue> {
    let object = Object::new();
    let optional = |text: &Option<String>| text.as_deref().map_or(JsValue::NULL, JsValue::from_str);
    // At most 12 digits: an f64 holds them exactly.
    let timestamp = event
        .timestamp
        .map_or(JsValue::NULL, |seconds| JsValue::from_f64(seconds as f64));
    for (name, value) in [
        ("scheme", JsValue::from_str(&event.scheme)),
        ("id", optional(&event.id)),
        ("type", optional(&event.event_type)),
        ("timestamp", timestamp),
        ("keyIndex", JsValue::from_f64(event.key_index as f64)),
        (
            "replayProtected",
            JsValue::from_bool(event.replay_protected),
        ),
        ("idSigned", JsValue::from_bool(event.id_signed)),
    ] {
        Reflect::set(&object, &JsValue::from_str(name), &value)?;
    }
    Ok(object.into())
}

fn error(code: &str, message: &str) -> JsValue {
    let error = JsValue::from(Error::new(message));
    // A fresh Error takes any property: this cannot fail.
    let _ = Reflect::set(&error, &JsValue::from_str("code"), &JsValue::from_str(code));
    error
}
