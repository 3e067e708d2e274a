//! What goes in and what comes out: a request to judge, an event to sign, a verified event.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// A request as it came over the wire. Nothing in it is trusted.
///
/// The body is the raw bytes: a body that was parsed and serialised again has another signature.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The HTTP method, upper case.
    pub method: &'a str,
    /// The public URL as the provider knows it; some schemes sign it.
    pub url: &'a str,
    /// Header names (any case) and raw values, one entry for each header line.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The raw body.
    pub body: &'a [u8],
}

/// An event that is about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The event's id. A scheme that sends no id header ignores it: there the id stands in the body.
    pub id: &'a str,
    /// When this attempt is signed, in unix seconds.
    pub timestamp: u64,
    /// The event's type, for the schemes that send it in a header.
    pub event_type: Option<&'a str>,
    /// The raw body, exactly as it will be sent.
    pub body: &'a [u8],
}

/// An event whose signature matched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The name of the scheme that verified it.
    pub scheme: Cow<'static, str>,
    /// The event's id, where the scheme has one and the request carries it: 1 to 256 visible
    /// ASCII characters. An id in the body that is not of this form, or stands there twice, is
    /// `None`.
    pub id: Option<String>,
    /// The event's type: 1 to 256 bytes, no control characters.
    pub event_type: Option<String>,
    /// The timestamp that the request carries, in unix seconds.
    pub timestamp: Option<u64>,
    /// Which of the verifier's secrets matched, counted from 0.
    pub key_index: usize,
    /// Whether a captured request cannot be sent again later: its timestamp is signed, and its age
    /// was checked.
    pub replay_protected: bool,
    /// Whether the signature covers [`id`](Self::id). Where it does not, anyone who captured a
    /// request may send it again under another id: claim [`signature`](Self::signature) as well.
    pub id_signed: bool,
    /// The decoded signature that matched.
    pub signature: Vec<u8>,
}
