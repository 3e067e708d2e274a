//! One request of a provider: its headers, and its body within the cap.

use hookgate::{Reply, Verifier};
use hookgate_relay::admission::gate::LARGEST_MESSAGE;
use hookgate_relay::port::Millis;
use hookgate_relay::source::Source;
use worker::{Method, Request};

use super::answer::Refusal;
use super::large::Share;
use crate::body::{BodyError, announced, read_body_if};

/// The public API's longest uid; ids are shorter.
pub(super) const LONGEST_NAME: usize = 60;

/// What is kept of a body that is refused and was not kept: more than its log shows, so that a secret
/// that stands across the end is known.
const BEGINNING: usize = 32 * 1024;

/// Bytes of a `content-type`.
const LONGEST_CONTENT_TYPE: usize = 256;

/// Headers that carry credentials, belong to one hop, or tell of the network in between: they
/// are not part of the event.
const DROPPED: [&str; 14] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
    "te",
    "host",
    "content-length",
    "accept-encoding",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-real-ip",
];

/// What was received. The body is the very bytes that came.
pub(super) struct Received {
    pub(super) url: String,
    pub(super) method: Method,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Bytes of the body; it may be kept elsewhere.
    pub(super) length: usize,
    /// What a large body takes of the isolate's memory.
    share: Option<Share>,
}

/// Nothing larger could be kept.
fn cap(source: &Source, bound: bool) -> usize {
    let cap = source.body_cap as usize;
    if bound { cap } else { cap.min(LARGEST_MESSAGE) }
}

fn too_large(source: &Source, bound: bool) -> Refusal {
    match cap(source, bound) {
        cap if cap < source.body_cap as usize => Refusal::TooLargeForQueue,
        cap => Refusal::TooLarge { cap },
    }
}

/// Whether `text` can be a source's id or uid at all; anything else never reaches KV.
pub(super) fn is_source_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Whether a provider sends this media type: JSON or a form, of several parts too (SendGrid's inbound
/// mail), or text that holds JSON (SNS). A request of another is no webhook of the table's.
fn takes(content_type: &str) -> bool {
    // It is sent on to endpoints as it came.
    let plain = content_type.bytes().all(|b| matches!(b, b' '..=b'~'));
    if content_type.len() > LONGEST_CONTENT_TYPE || !plain {
        return false;
    }
    let media = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    matches!(
        media.as_str(),
        "application/json"
            | "text/json"
            | "text/plain"
            | "application/x-www-form-urlencoded"
            | "multipart/form-data"
    ) || (media.starts_with("application/") && media.ends_with("+json"))
}

impl Received {
    /// What is known of a request before its body is read.
    pub(super) fn head_of(request: &Request) -> Self {
        Self {
            url: request.url().map(String::from).unwrap_or_default(),
            method: request.method(),
            headers: request.headers().entries().collect(),
            body: Vec::new(),
            length: 0,
            share: None,
        }
    }

    /// The length of a body that fits no message of the queue, where it is announced; what `bound`
    /// says is whether there is a bucket for it.
    pub(super) fn large(
        &self,
        request: &Request,
        source: &Source,
        bound: bool,
    ) -> Result<Option<usize>, Refusal> {
        if self
            .header("content-type")
            .is_some_and(|value| !takes(value))
        {
            return Err(Refusal::ContentType);
        }
        match announced(request) {
            Some(length) if length > cap(source, bound) => Err(too_large(source, bound)),
            length => Ok(length.filter(|length| *length > LARGEST_MESSAGE)),
        }
    }

    /// Reads the body, within the source's cap.
    pub(super) async fn read_body(
        &mut self,
        request: &mut Request,
        source: &Source,
        bound: bool,
    ) -> Result<(), Refusal> {
        let mut share = None;
        let body = read_body_if(request, cap(source, bound), |bytes| {
            share = Share::of_memory(bytes).ok();
            share.is_some()
        });
        self.body = body.await.map_err(|error| match error {
            BodyError::TooLarge => too_large(source, bound),
            BodyError::Interrupted => Refusal::Interrupted,
            BodyError::Busy => Refusal::Busy,
        })?;
        self.length = self.body.len();
        self.share = share;
        if self.body.is_empty() {
            return Err(Refusal::EmptyBody);
        }
        Ok(())
    }

    /// Notes a piece of a body that is not kept here: its beginning is for the log of refusals.
    pub(super) fn note(&mut self, piece: &[u8]) {
        let room = BEGINNING.saturating_sub(self.body.len()).min(piece.len());
        self.body.extend_from_slice(&piece[..room]);
        self.length += piece.len();
    }

    /// Keeps no more of a large body than the log of refusals needs.
    pub(super) fn forget_the_rest(&mut self) {
        if self.share.take().is_some() {
            self.body.truncate(BEGINNING);
            self.body.shrink_to_fit();
        }
    }

    /// Checks signature and timestamp over the bytes as they came, and tells an event from a
    /// handshake.
    pub(super) fn judge(
        &self,
        verifier: &Verifier,
        now: Millis,
    ) -> Result<hookgate::Received, Refusal> {
        let now = u64::try_from(now / 1000).unwrap_or(0);
        self.as_request(|request| verifier.receive(request, now))
            .map_err(Refusal::NotVerified)
    }

    /// The reply to a request that can only be a handshake.
    pub(super) fn handshake(&self, verifier: &Verifier, now: Millis) -> Result<Reply, Refusal> {
        let now = u64::try_from(now / 1000).unwrap_or(0);
        self.as_request(|request| verifier.handshake(request, now))
            .map_err(Refusal::NotVerified)?
            .ok_or(Refusal::MethodNotAllowed)
    }

    /// SHA-256 of what the signature covers.
    pub(super) fn content_digest(&self, verifier: &Verifier) -> [u8; 32] {
        self.as_request(|request| verifier.content_digest(request))
    }

    /// The headers that belong to the event.
    pub(super) fn event_headers(&self) -> Vec<(String, String)> {
        self.headers
            .iter()
            .filter(|(name, _)| !DROPPED.contains(&name.as_str()) && !name.starts_with("cf-"))
            .cloned()
            .collect()
    }

    /// The `content-type`.
    pub(super) fn content_type(&self) -> Option<String> {
        self.header("content-type").map(str::to_owned)
    }

    /// Whether this text stands in a header or in the body.
    pub(super) fn mentions(&self, text: &str) -> bool {
        let mut bodies = self.body.windows(text.len().max(1));
        self.headers.iter().any(|(_, value)| value.contains(text))
            || bodies.any(|bytes| bytes == text.as_bytes())
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The request without what there is of its body.
    pub(super) fn as_head<T>(&self, read: impl FnOnce(&hookgate::Request<'_>) -> T) -> T {
        self.as_request(|request| {
            read(&hookgate::Request {
                body: &[],
                ..*request
            })
        })
    }

    pub(super) fn as_request<T>(&self, read: impl FnOnce(&hookgate::Request<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        read(&hookgate::Request {
            method: self.method.as_ref(),
            url: &self.url,
            headers: &headers,
            body: &self.body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_a_name_is_looked_up() {
        for name in ["src_2yZwUhtgs5Ai8T9yRQJXA", "demo-stripe", "a"] {
            assert!(is_source_name(name), "{name}");
        }
        for name in ["", "a/b", "a.b", "ä", "%61", &"a".repeat(61)] {
            assert!(!is_source_name(name), "{name}");
        }
    }

    #[test]
    fn json_and_forms_pass_in_their_spellings_and_nothing_else() {
        for media in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/vnd.api+json",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
        ] {
            assert!(takes(media), "{media}");
        }
        let long = format!("application/json; x={}", "x".repeat(256));
        for media in [
            "text/html",
            "multipart/mixed; boundary=x",
            "image/png",
            "",
            "application/json; x=\u{1}",
            &long,
        ] {
            assert!(!takes(media), "{media}");
        }
    }
}
