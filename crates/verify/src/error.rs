//! Why something was refused. Set-up, requests and signing fail in three separate types, and each
//! cause has a stable code (see [`CODES`](crate::CODES)). No error holds a secret or a signature
//! that would have been right.

use alloc::borrow::Cow;
use core::fmt;

type Text = Cow<'static, str>;

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header that the signature needs is not there.
    MissingHeader {
        /// The header's name.
        name: Text,
    },
    /// A header that must stand once stands several times.
    RepeatedHeader {
        /// The header's name.
        name: Text,
    },
    /// A header's value holds bytes beyond ASCII.
    NonAsciiHeader {
        /// The header's name.
        name: Text,
    },
    /// A header's value does not follow its grammar.
    MalformedHeader {
        /// The header's name.
        name: Text,
        /// What is wrong with it.
        reason: Malformed,
    },
    /// The signature header is well formed, but holds no signature.
    NoSignature {
        /// The header's name.
        name: Text,
    },
    /// The signature header holds signatures, but none of the version that this scheme verifies.
    UnsupportedVersion {
        /// The header's name.
        name: Text,
        /// The version that was looked for.
        expected: Text,
    },
    /// The timestamp lies further in the past than the tolerance allows.
    TimestampTooOld {
        /// The request's timestamp, in unix seconds.
        timestamp: u64,
        /// The time it was judged at, in unix seconds.
        now: u64,
        /// The tolerance, in seconds.
        tolerance: u32,
    },
    /// The timestamp lies further in the future than the tolerance allows.
    TimestampInFuture {
        /// The request's timestamp, in unix seconds.
        timestamp: u64,
        /// The time it was judged at, in unix seconds.
        now: u64,
        /// The tolerance, in seconds.
        tolerance: u32,
    },
    /// No signature of the request was made with one of the secrets over this content.
    SignatureMismatch {
        /// How many signatures the request carries.
        signatures: usize,
        /// How many secrets were tried.
        secrets: usize,
    },
}

impl VerifyError {
    /// The stable code of this cause, listed in [`CODES`](crate::CODES).
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingHeader { .. } => "missing_header",
            Self::RepeatedHeader { .. } => "repeated_header",
            Self::NonAsciiHeader { .. } => "non_ascii_header",
            Self::MalformedHeader { .. } => "malformed_header",
            Self::NoSignature { .. } => "no_signature",
            Self::UnsupportedVersion { .. } => "unsupported_version",
            Self::TimestampTooOld { .. } => "timestamp_too_old",
            Self::TimestampInFuture { .. } => "timestamp_in_future",
            Self::SignatureMismatch { .. } => "signature_mismatch",
        }
    }

    /// Whether the request breaks the grammar (HTTP 400), rather than failing to authenticate
    /// (HTTP 401).
    pub fn is_malformed(&self) -> bool {
        match self {
            Self::RepeatedHeader { .. }
            | Self::NonAsciiHeader { .. }
            | Self::MalformedHeader { .. } => true,
            Self::MissingHeader { .. }
            | Self::NoSignature { .. }
            | Self::UnsupportedVersion { .. }
            | Self::TimestampTooOld { .. }
            | Self::TimestampInFuture { .. }
            | Self::SignatureMismatch { .. } => false,
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHeader { name } => write!(
                f,
                "the header `{name}` is missing: did this request come from the provider, and does \
                 every proxy on its way pass the header on?"
            ),
            Self::RepeatedHeader { name } => {
                write!(
                    f,
                    "the header `{name}` stands several times, and must stand once"
                )
            }
            Self::NonAsciiHeader { name } => {
                write!(f, "the header `{name}` holds bytes that are not ASCII")
            }
            Self::MalformedHeader { name, reason } => {
                write!(f, "the header `{name}` is malformed: {reason}")
            }
            Self::NoSignature { name } => write!(f, "the header `{name}` holds no signature"),
            Self::UnsupportedVersion { name, expected } => write!(
                f,
                "the header `{name}` holds no `{expected}` signature, only versions that this \
                 scheme does not verify"
            ),
            Self::TimestampTooOld {
                timestamp,
                now,
                tolerance,
            } => write!(
                f,
                "the timestamp {timestamp} is {} s old, and {tolerance} s are allowed: is this a \
                 replay, or is this machine's clock ahead?",
                now.saturating_sub(*timestamp)
            ),
            Self::TimestampInFuture {
                timestamp,
                now,
                tolerance,
            } => write!(
                f,
                "the timestamp {timestamp} lies {} s in the future, and {tolerance} s are allowed: \
                 is this machine's clock behind?",
                timestamp.saturating_sub(*now)
            ),
            Self::SignatureMismatch {
                signatures,
                secrets,
            } => write!(
                f,
                "no signature matches ({signatures} in the request, {secrets} secret(s) tried): is \
                 it this endpoint's own secret, and are you passing the raw request body, as it was \
                 before any parsing?"
            ),
        }
    }
}

impl core::error::Error for VerifyError {}

/// What is wrong with a value that does not follow its grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// It is empty.
    Empty,
    /// It is longer than anything this scheme sends.
    TooLong {
        /// The longest accepted length, in bytes.
        limit: usize,
    },
    /// It is not 1 to 12 ASCII digits.
    NotTimestamp,
    /// It holds spaces or control characters where visible ASCII is asked for.
    NotVisibleAscii,
    /// It is an id of which a part between dots reads as a timestamp, where dots separate the
    /// signed parts: the same signature would fit another id, timestamp and body.
    AmbiguousId,
    /// It is an id with a `.`, which separates the signed parts.
    DotInId,
    /// It is not hexadecimal: an even number of digits, all lower or all upper case.
    NotHex,
    /// It is not base64 of the standard alphabet with its canonical padding.
    NotBase64,
    /// It does not start as every signature of this scheme does.
    MissingPrefix {
        /// How it must start.
        expected: Text,
    },
    /// It is not a list of the form that this scheme sends.
    NotAList {
        /// The form of the list.
        expected: &'static str,
    },
    /// A field that the list must have is not there.
    MissingField {
        /// The field's name.
        field: Text,
    },
    /// A field that must stand once stands several times.
    RepeatedField {
        /// The field's name.
        field: Text,
    },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::TooLong { limit } => write!(f, "it is longer than {limit} bytes"),
            Self::NotTimestamp => f.write_str("a timestamp is 1 to 12 ASCII digits, in seconds"),
            Self::NotVisibleAscii => f.write_str(
                "spaces and control characters are not allowed (was the header sent twice?)",
            ),
            Self::AmbiguousId => f.write_str(
                "a part of the id between dots reads as a timestamp, so that the signed content could \
                 be divided in two ways",
            ),
            Self::DotInId => {
                f.write_str("an id must not hold a `.`, which separates the signed parts")
            }
            Self::NotHex => f.write_str("a signature is not hexadecimal"),
            Self::NotBase64 => f.write_str("a signature is not standard base64 with padding"),
            Self::MissingPrefix { expected } => write!(f, "it must start with `{expected}`"),
            Self::NotAList { expected } => write!(f, "it must be {expected}"),
            Self::MissingField { field } => write!(f, "the field `{field}` is missing"),
            Self::RepeatedField { field } => write!(f, "the field `{field}` stands several times"),
        }
    }
}

/// Why a verifier could not be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// No scheme has this name. Arises where a scheme is chosen by a name from outside.
    UnknownScheme {
        /// The name that was asked for.
        name: Text,
    },
    /// No secret was given.
    NoSecret,
    /// A secret is empty, or nothing follows its prefix.
    EmptySecret {
        /// Which secret, counted from 0.
        index: usize,
    },
    /// A secret starts or ends with a line break, which a file or a shell must have left there.
    LineBreakInSecret {
        /// Which secret, counted from 0.
        index: usize,
    },
    /// A secret is not of the form that this scheme's provider hands out.
    MalformedSecret {
        /// Which secret, counted from 0.
        index: usize,
        /// The form that is expected.
        expected: Text,
    },
    /// A secret is too short to be safe.
    ShortSecret {
        /// Which secret, counted from 0.
        index: usize,
        /// The form that is expected.
        expected: Text,
        /// How many bytes it must hold once decoded.
        minimum: usize,
    },
}

impl SetupError {
    /// The stable code of this cause, listed in [`CODES`](crate::CODES).
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownScheme { .. } => "unknown_scheme",
            Self::NoSecret => "no_secret",
            Self::EmptySecret { .. } => "empty_secret",
            Self::LineBreakInSecret { .. } => "line_break_in_secret",
            Self::MalformedSecret { .. } => "malformed_secret",
            Self::ShortSecret { .. } => "short_secret",
        }
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScheme { name } => write!(f, "no scheme is called `{name}`"),
            Self::NoSecret => f.write_str("a verifier needs at least one secret"),
            Self::EmptySecret { index } => write!(f, "secret {index} is empty"),
            Self::LineBreakInSecret { index } => write!(
                f,
                "secret {index} starts or ends with a line break: was it read from a file without \
                 trimming?"
            ),
            Self::MalformedSecret { index, expected } => {
                write!(f, "secret {index} has the wrong form: expected {expected}")
            }
            Self::ShortSecret {
                index,
                expected,
                minimum,
            } => {
                write!(
                    f,
                    "secret {index} is shorter than {minimum} bytes: expected {expected}"
                )
            }
        }
    }
}

impl core::error::Error for SetupError {}

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
}

impl SignError {
    /// The stable code of this cause, listed in [`CODES`](crate::CODES).
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidId { .. } => "invalid_id",
            Self::InvalidEventType { .. } => "invalid_event_type",
            Self::InvalidTimestamp { .. } => "invalid_timestamp",
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
        }
    }
}

impl core::error::Error for SignError {}
