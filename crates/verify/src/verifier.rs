//! Judges a request: headers, then age, then signature, and only then the body's content.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use hmac::Mac as _;
use sha2::{Digest as _, Sha256};

use crate::envelope::{Envelope, check_name};
use crate::error::{SetupError, VerifyError};
use crate::pointer;
use crate::request::{Request, Verified};
use crate::scheme::{Part, Place, Scheme};
use crate::secret::Keyed;

/// A scheme with the secrets of one endpoint, ready to judge requests and to sign events.
///
/// The secrets' texts are not kept. What is kept, the keyed states of their hashes, is wiped when
/// the verifier is dropped, and `Debug` does not show it.
#[derive(Clone)]
pub struct Verifier {
    pub(crate) scheme: Scheme,
    /// One for each secret, in their order. At least one.
    pub(crate) keys: Vec<Keyed>,
    tolerance: u32,
    checks_replay: bool,
}

impl Verifier {
    /// Prepares the secrets of one endpoint: several while a secret rotates, the current one first.
    /// Each is written as the provider shows it.
    ///
    /// # Errors
    ///
    /// There is no secret, or one of them is not of the form that the scheme expects. The error
    /// says which form that is, and never quotes the secret.
    pub fn new<S: AsRef<str>>(scheme: &Scheme, secrets: &[S]) -> Result<Self, SetupError> {
        if secrets.is_empty() {
            return Err(SetupError::NoSecret);
        }
        let keyed = |(index, secret): (usize, &S)| scheme.secret.keyed(secret.as_ref(), index);
        let keys = secrets
            .iter()
            .enumerate()
            .map(keyed)
            .collect::<Result<_, _>>()?;
        let tolerance = scheme.tolerance().unwrap_or(0);
        Ok(Self {
            scheme: scheme.clone(),
            keys,
            tolerance,
            checks_replay: true,
        })
    }

    /// By how many seconds a timestamp may differ from now, both ways. 0 means exactly now: it does
    /// not turn the check off, and neither does any other value.
    ///
    /// Without effect for a scheme that has no timestamp.
    #[must_use]
    pub fn tolerance(mut self, seconds: u32) -> Self {
        self.tolerance = seconds;
        self
    }

    /// Accepts a request of any age: whoever captured one can send it again. For tests, and for
    /// events that were stored before they are verified.
    #[must_use]
    pub fn without_replay_check(mut self) -> Self {
        self.checks_replay = false;
        self
    }

    /// The scheme that this verifier judges by.
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Judges a request at the time `now`, in unix seconds.
    ///
    /// # Errors
    ///
    /// The first cause that was found, in this order: the form of the headers, the age, the
    /// signature. See [`VerifyError::is_malformed`] for the kinds.
    pub fn verify(&self, request: &Request<'_>, now: u64) -> Result<Verified, VerifyError> {
        let scheme = &self.scheme;
        let mut envelope = Envelope::read(scheme, request)?;
        let seconds = envelope.timestamp.map(|timestamp| timestamp.seconds);
        if let Some(timestamp) = seconds {
            self.check_age(timestamp, now)?;
        }
        let (key_index, signature) = self.matching(&envelope, request)?;

        let [body_id, body_type] =
            pointer::extract(request.body, [&scheme.id, &scheme.event_type].map(in_body));
        let id = envelope
            .id
            .map(String::from)
            .or(body_id.filter(|id| check_name(id).is_ok()));
        let event_type = envelope.event_type.map(String::from);
        Ok(Verified {
            scheme: scheme.name.clone(),
            id_signed: id.is_some() && scheme.signs_id(),
            id,
            event_type: event_type.or(body_type.filter(|text| is_type(text))),
            timestamp: seconds,
            key_index,
            replay_protected: self.checks_replay && scheme.signs_timestamp(),
            signature: envelope.signatures.swap_remove(signature),
        })
    }

    /// The SHA-256 of the signed content: the same for the same event whichever secret signed it.
    /// A key for deduplication where the scheme has no id.
    ///
    /// Only a request that verifies has a meaningful digest: in others, what is malformed counts as
    /// empty.
    pub fn content_digest(&self, request: &Request<'_>) -> [u8; 32] {
        let mut hash = Sha256::new();
        let envelope = Envelope::read(&self.scheme, request).ok();
        let id = envelope
            .as_ref()
            .and_then(|envelope| envelope.id)
            .unwrap_or_default();
        let timestamp = envelope.as_ref().and_then(|envelope| envelope.timestamp);
        let timestamp = timestamp
            .map(|timestamp| timestamp.text)
            .unwrap_or_default();
        self.feed(id, timestamp, request.body, |part| hash.update(part));
        hash.finalize().into()
    }

    fn check_age(&self, timestamp: u64, now: u64) -> Result<(), VerifyError> {
        let tolerance = self.tolerance;
        if !self.checks_replay || timestamp.abs_diff(now) <= u64::from(tolerance) {
            Ok(())
        } else if timestamp < now {
            Err(VerifyError::TimestampTooOld {
                timestamp,
                now,
                tolerance,
            })
        } else {
            Err(VerifyError::TimestampInFuture {
                timestamp,
                now,
                tolerance,
            })
        }
    }

    /// Which secret made which of the request's signatures.
    fn matching(
        &self,
        envelope: &Envelope<'_>,
        request: &Request<'_>,
    ) -> Result<(usize, usize), VerifyError> {
        let id = envelope.id.unwrap_or_default();
        let timestamp = envelope
            .timestamp
            .map(|timestamp| timestamp.text)
            .unwrap_or_default();
        for (key_index, key) in self.keys.iter().enumerate() {
            let mut mac = key.clone();
            self.feed(id, timestamp, request.body, |part| mac.update(part));
            // The body is hashed once for each secret; each signature costs two blocks more.
            let found = envelope
                .signatures
                .iter()
                .position(|signature| is_signature(mac.clone(), signature));
            if let Some(signature) = found {
                return Ok((key_index, signature));
            }
        }
        let signatures = envelope.signatures.len();
        Err(VerifyError::SignatureMismatch {
            signatures,
            secrets: self.keys.len(),
        })
    }

    /// Hands the signed content to a hash part by part, so that the body is never copied.
    pub(crate) fn feed(&self, id: &str, timestamp: &str, body: &[u8], mut hash: impl FnMut(&[u8])) {
        for part in self.scheme.message.iter() {
            match part {
                Part::Id => hash(id.as_bytes()),
                Part::Timestamp => hash(timestamp.as_bytes()),
                Part::Body => hash(body),
                Part::Literal(text) => hash(text.as_bytes()),
            }
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("scheme", &self.scheme.name)
            .field("secrets", &format_args!("[{} redacted]", self.keys.len()))
            .field("tolerance", &self.tolerance)
            .field("checks_replay", &self.checks_replay)
            .finish()
    }
}

/// The one place where a signature is compared: decoded bytes, in constant time; another length is
/// a mismatch.
fn is_signature(mac: Keyed, signature: &[u8]) -> bool {
    mac.verify_slice(signature).is_ok()
}

fn in_body(place: &Option<Place>) -> Option<&str> {
    match place {
        Some(Place::Pointer(pointer)) => Some(pointer),
        _ => None,
    }
}

/// A type from the body is text for people: anything but control characters.
fn is_type(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
}
