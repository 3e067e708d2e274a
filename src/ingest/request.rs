//! One request of a provider: its headers, and its body within the cap.

use hookgate::{Reply, Scheme, Verifier};
use hookgate_relay::admission::gate::LARGEST_MESSAGE;
use hookgate_relay::admission::head;
use hookgate_relay::port::Millis;
use hookgate_relay::source::Source;
use worker::js_sys::Array;
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::{Method, Request};

use super::answer::Refusal;
use super::large;
use super::room::Share;
use crate::body::{BodyError, SMALL, announced, read_body, read_body_if};
use crate::store::now;

/// What is kept of a body that is refused and was not kept: more than its log shows, so that a secret
/// that stands across the end is known.
const BEGINNING: usize = 32 * 1024;

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

/// All header lines, names in lower case. One crossing gives them all: the iterator of `worker` crosses
/// five times for each.
fn lines(request: &Request) -> Vec<(String, String)> {
    let headers = Array::from(request.headers().0.as_ref());
    let line = |line: JsValue| {
        let line: Array = line.unchecked_into();
        Some((line.get(0).as_string()?, line.get(1).as_string()?))
    };
    headers.iter().filter_map(line).collect()
}

impl Received {
    /// What is known of a request before its body is read.
    pub(super) fn head_of(request: &Request) -> Self {
        Self {
            // As the runtime has parsed it.
            url: request.inner().url(),
            method: request.method(),
            headers: lines(request),
            body: Vec::new(),
            length: 0,
            share: None,
        }
    }

    /// Whether this scheme's provider sends anything by this method.
    pub(super) fn check_method(&self, scheme: &Scheme) -> Result<(), Refusal> {
        let method = self.method.as_ref();
        let mut asked = scheme.handshake_methods();
        if self.method == Method::Post || asked.any(|known| known == method) {
            return Ok(());
        }
        let mut allow = vec!["POST"];
        for method in scheme.handshake_methods() {
            if !allow.contains(&method) {
                allow.push(method);
            }
        }
        let allow = allow.join(", ");
        Err(Refusal::MethodNotAllowed { allow })
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
            .is_some_and(|value| !head::takes(value))
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
        let most = cap(source, bound);
        let refusal = |error| match error {
            BodyError::TooLarge => too_large(source, bound),
            BodyError::Interrupted => Refusal::Interrupted,
            BodyError::Busy => Refusal::Busy,
        };
        if announced(request).is_some_and(|length| length <= SMALL) {
            self.body = read_body(request, most).await.map_err(refusal)?;
        } else {
            let share = Share::begin(&large::IN_MEMORY, now());
            let body = async {
                let may = async |come, size| share.hold(size, come).await;
                read_body_if(request, most, may).await.map_err(refusal)
            };
            self.body = share.in_time(Box::pin(body)).await?;
            share.arrived();
            self.share = Some(share).filter(|_| self.body.len() > SMALL);
        }
        self.length = self.body.len();
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
            .ok_or(Refusal::AsksNothing)
    }

    /// SHA-256 of what the signature covers.
    pub(super) fn content_digest(&self, verifier: &Verifier) -> [u8; 32] {
        self.as_request(|request| verifier.content_digest(request))
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
