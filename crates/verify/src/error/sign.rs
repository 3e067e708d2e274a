//! Why an event cannot be signed.

use super::Malformed;
use super::wording::{Data, Wording, speaks};

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
    const fn wording(&self) -> &'static Wording {
        match self {
            Self::InvalidId { .. } => &Wording {
                code: "invalid_id",
                sentence: "the id cannot be signed: {reason}",
            },
            Self::InvalidEventType { .. } => &Wording {
                code: "invalid_event_type",
                sentence: "the event type cannot be sent: {reason}",
            },
            Self::InvalidTimestamp { .. } => &Wording {
                code: "invalid_timestamp",
                sentence: "the timestamp {timestamp} has more than 12 digits: is it in milliseconds? \
                           It must be in seconds",
            },
            Self::NeedsTarget => &Wording {
                code: "needs_target",
                sentence: "this scheme does not sign the body into headers alone: it needs the \
                           request's method and URL",
            },
            Self::NoPrivateKey => &Wording {
                code: "no_private_key",
                sentence: "public keys cannot sign: `Verifier::signing` takes the private one",
            },
            Self::InvalidBody { .. } => &Wording {
                code: "invalid_body",
                sentence: "the body cannot be signed: {reason}",
            },
        }
    }

    /// The fields of this cause by their names, for where there are no variants: JavaScript, logs.
    pub fn data(&self) -> Data<'_> {
        let mut data = Data::default();
        match self {
            Self::NeedsTarget | Self::NoPrivateKey => {}
            Self::InvalidTimestamp { timestamp } => {
                data.number("timestamp", *timestamp);
            }
            Self::InvalidId { reason }
            | Self::InvalidEventType { reason }
            | Self::InvalidBody { reason } => {
                data.reason(reason);
            }
        }
        data
    }
}

speaks!(SignError);
