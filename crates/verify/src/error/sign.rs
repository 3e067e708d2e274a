//! Why an event cannot be signed.

use core::fmt;

use super::Malformed;

/// Why an event cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The id cannot stand in this scheme's header.
    InvalidId {
        /// What is wrong with it.
        reason: Malformed,
    },
    /// The event type cannot stand in this scheme's header.
    InvalidEventType {
        /// What is wrong with it.
        reason: Malformed,
    },
    /// The timestamp has more than 12 digits: is it in milliseconds?
    InvalidTimestamp {
        /// The timestamp that was given.
        timestamp: u64,
    },
    /// The scheme signs the method, the URL or form parameters, or puts the signature elsewhere than
    /// into headers: [`Verifier::sign_request`](crate::Verifier::sign_request) can do that.
    NeedsTarget,
    /// The verifier holds public keys alone, which cannot sign.
    NoPrivateKey,
    /// The body is not of the form that this scheme signs.
    InvalidBody {
        /// What is wrong with it.
        reason: Malformed,
    },
}

impl SignError {
    /// The stable code of this cause, listed in [`CODES`](crate::CODES).
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidId { .. } => "invalid_id",
            Self::InvalidEventType { .. } => "invalid_event_type",
            Self::InvalidTimestamp { .. } => "invalid_timestamp",
            Self::NeedsTarget => "needs_target",
            Self::NoPrivateKey => "no_private_key",
            Self::InvalidBody { .. } => "invalid_body",
        }
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidId { reason } => write!(f, "the id cannot be signed: {reason}"),
            Self::InvalidEventType { reason } => {
                write!(f, "the event type cannot be sent: {reason}")
            }
            Self::InvalidTimestamp { timestamp } => write!(
                f,
                "the timestamp {timestamp} has more than 12 digits: is it in milliseconds? It must be \
                 in seconds"
            ),
            Self::NeedsTarget => f.write_str(
                "this scheme does not sign the body into headers alone: it needs the request's method \
                 and URL",
            ),
            Self::NoPrivateKey => {
                f.write_str("public keys cannot sign: `Verifier::signing` takes the private one")
            }
            Self::InvalidBody { reason } => write!(f, "the body cannot be signed: {reason}"),
        }
    }
}

impl core::error::Error for SignError {}
