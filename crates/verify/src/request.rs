//! What goes in and what comes out: a request to judge, an event to sign, a verified event.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

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

/// Where an event is about to be sent, for the schemes that sign more than the body.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The HTTP method, upper case.
    pub method: &'a str,
    /// The URL as the receiver knows it.
    pub url: &'a str,
    /// The content type that the request will have. Schemes that sign form parameters ask for
    /// `application/x-www-form-urlencoded`, and treat any other body as one that is not a form.
    pub content_type: Option<&'a str>,
}

/// A signed request, ready to be sent. Some schemes put their signature into the URL or the body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signed {
    /// All headers that the scheme adds: name and value, the signature last.
    pub headers: Vec<(String, String)>,
    /// The URL to send to.
    pub url: String,
    /// The body to send.
    pub body: Vec<u8>,
}

/// An event whose signature matched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The name of the scheme that verified it.
    pub scheme: Cow<'static, str>,
    /// The event's id, where the scheme has one and the request carries it, or the id of the one
    /// event in a body that may hold several: 1 to 256 visible
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
    /// The decoded signature that matched; of a static token nothing, as that is the secret.
    pub signature: Vec<u8>,
    /// The events of a body that may hold several, in their order; none where the scheme sends one
    /// event at a time.
    pub events: Vec<Event>,
}

/// One of the events of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its id, of the form of [`Verified::id`].
    pub id: Option<String>,
    /// Its type, of the form of [`Verified::event_type`].
    pub event_type: Option<String>,
    /// Its bytes in the body.
    pub range: Range<usize>,
}
