//! What an error knows, by name: for bindings to languages that have no variants.

use alloc::borrow::Cow;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::{SetupError, SignError, VerifyError};

/// Name and value. Numbers are decimal; what is wrong with a value is a sentence.
type Data<'e> = Vec<(&'static str, Cow<'e, str>)>;

/// A field as its `Display` writes it.
macro_rules! data {
    ($($name:literal: $value:expr),* $(,)?) => {
        [$(($name, Cow::Owned($value.to_string()))),*].into()
    };
}

impl VerifyError {
    /// The fields of this variant, by their names.
    pub fn data(&self) -> Data<'_> {
        match self {
            Self::MissingHeader { name }
            | Self::RepeatedHeader { name }
            | Self::NonAsciiHeader { name }
            | Self::NoSignature { name }
            | Self::MissingParameter { name }
            | Self::DigestMismatch { name } => data!("name": name),
            Self::MalformedHeader { name, reason } | Self::MalformedParameter { name, reason } => {
                data!("name": name, "reason": reason)
            }
            Self::UnsupportedVersion { name, expected }
            | Self::UnsupportedAlgorithm { name, expected } => {
                data!("name": name, "expected": expected)
            }
            Self::MissingField { pointer } => data!("pointer": pointer),
            Self::MalformedField { pointer, reason } => {
                data!("pointer": pointer, "reason": reason)
            }
            Self::MalformedBody { reason } => data!("reason": reason),
            Self::MissingClaim { claim } | Self::ClaimMismatch { claim } => data!("claim": claim),
            Self::UncoveredBody | Self::NoVerifyToken | Self::VerifyTokenMismatch => Vec::new(),
            Self::TimestampTooOld {
                timestamp,
                now,
                tolerance,
            }
            | Self::TimestampInFuture {
                timestamp,
                now,
                tolerance,
            } => data!("timestamp": timestamp, "now": now, "tolerance": tolerance),
            Self::SignatureMismatch {
                signatures,
                secrets,
            } => data!("signatures": signatures, "secrets": secrets),
            Self::CertificateUrl { name, reason } => data!("name": name, "reason": reason),
            Self::UnusableCertificate { reason } => data!("reason": reason),
            Self::OtherTopic { topic } => data!("topic": topic),
            Self::NeedsCertificate { url } => data!("url": url),
        }
    }
}

impl SetupError {
    /// The fields of this variant, by their names.
    pub fn data(&self) -> Data<'_> {
        match self {
            Self::UnknownScheme { name } => data!("name": name),
            Self::NoSecret => Vec::new(),
            Self::EmptySecret { index } | Self::LineBreakInSecret { index } => {
                data!("index": index)
            }
            Self::MalformedSecret { index, expected } => {
                data!("index": index, "expected": expected)
            }
            Self::ShortSecret {
                index,
                expected,
                minimum,
            } => data!("index": index, "expected": expected, "minimum": minimum),
            Self::UnusableKey { index, reason } => data!("index": index, "reason": reason),
            Self::UnknownOption { option } => data!("option": option),
            Self::InvalidOption { option, expected } => {
                data!("option": option, "expected": expected)
            }
            Self::InvalidScheme { reason } => data!("reason": reason),
        }
    }
}

impl SignError {
    /// The fields of this variant, by their names.
    pub fn data(&self) -> Data<'_> {
        match self {
            Self::InvalidId { reason }
            | Self::InvalidEventType { reason }
            | Self::InvalidBody { reason } => data!("reason": reason),
            Self::InvalidTimestamp { timestamp } => data!("timestamp": timestamp),
            Self::NeedsTarget | Self::NoPrivateKey => Vec::new(),
        }
    }
}
