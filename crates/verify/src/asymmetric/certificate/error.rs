//! Why a certificate was refused.

use alloc::string::String;

use super::super::error::KeyError;
use crate::text::{concat, decimal};

/// Why a certificate was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateError {
    /// The text holds no certificate in PEM, or a malformed one.
    NotPem,
    /// The text is longer than any chain.
    TooLong {
        /// The longest accepted length, in bytes.
        limit: usize,
    },
    /// There are more certificates than any chain has.
    TooMany {
        /// How many are accepted.
        limit: usize,
    },
    /// A block of the PEM is something else than a certificate.
    NotACertificate,
    /// It is not an X.509 certificate of version 3 in DER.
    Malformed,
    /// It is valid only later.
    NotYetValid {
        /// From when, in unix seconds.
        not_before: u64,
        /// The time it was judged at, in unix seconds.
        now: u64,
    },
    /// It is no longer valid.
    Expired {
        /// Until when it was, in unix seconds.
        not_after: u64,
        /// The time it was judged at, in unix seconds.
        now: u64,
    },
    /// It has none of the vendor's names.
    OtherName {
        /// The first name that was looked for.
        expected: String,
    },
    /// It is none of those that were pinned.
    NotPinned,
    /// One of the receiver's own anchors cannot be read: a fault of the set-up.
    MalformedAnchor,
    /// It does not lead to one of the anchors.
    Untrusted {
        /// Where the way ended.
        reason: ChainFault,
    },
    /// Its key cannot be used.
    Key {
        /// What is wrong with it.
        reason: KeyError,
    },
}

/// Where the way from a certificate to an anchor ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChainFault {
    /// No certificate of the issuer is at hand.
    UnknownIssuer,
    /// A signature on the way is not the issuer's.
    Signature,
    /// A signature on the way is of an algorithm that is not accepted, such as SHA-1.
    Algorithm,
    /// A certificate on the way is expired or not yet valid.
    Validity,
    /// A certificate on the way must not issue others, or must not be used for this.
    Usage,
    /// Another rule of RFC 5280 is broken, or the chain is too long to look at.
    Other,
}

impl CertificateError {
    pub(super) fn of_chain(error: webpki::Error) -> Self {
        use webpki::Error;
        let reason = match error {
            Error::BadDer
            | Error::BadDerTime
            | Error::TrailingData(_)
            | Error::UnsupportedCertVersion
            | Error::MalformedExtensions
            | Error::InvalidSerialNumber
            | Error::ExtensionValueInvalid => return Self::Malformed,
            Error::UnknownIssuer => ChainFault::UnknownIssuer,
            Error::InvalidSignatureForPublicKey => ChainFault::Signature,
            Error::UnsupportedSignatureAlgorithmContext(_)
            | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
            | Error::SignatureAlgorithmMismatch => ChainFault::Algorithm,
            Error::CertExpired { .. }
            | Error::CertNotValidYet { .. }
            | Error::InvalidCertValidity => ChainFault::Validity,
            Error::CaUsedAsEndEntity
            | Error::EndEntityUsedAsCa
            | Error::PathLenConstraintViolated
            | Error::NameConstraintViolation
            | Error::EmptyEkuExtension
            | Error::RequiredEkuNotFoundContext(_) => ChainFault::Usage,
            _ => ChainFault::Other,
        };
        Self::Untrusted { reason }
    }

    /// The stable code of this cause.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotPem => "certificate_not_pem",
            Self::TooLong { .. } | Self::TooMany { .. } => "certificate_too_long",
            Self::NotACertificate => "not_a_certificate",
            Self::Malformed => "malformed_certificate",
            Self::NotYetValid { .. } => "certificate_not_yet_valid",
            Self::Expired { .. } => "certificate_expired",
            Self::OtherName { .. } => "certificate_name",
            Self::NotPinned => "certificate_not_pinned",
            Self::MalformedAnchor => "malformed_anchor",
            Self::Untrusted { .. } => "certificate_untrusted",
            Self::Key { reason } => reason.code(),
        }
    }
}

impl CertificateError {
    /// What `Display` writes, without the formatter: for small builds.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::NotPem => concat(&["the text holds no certificate in PEM"]),
            Self::TooLong { limit } => concat(&[
                "the text is longer than ",
                &decimal(*limit as u64),
                " bytes",
            ]),
            Self::TooMany { limit } => concat(&[
                "there are more than ",
                &decimal(*limit as u64),
                " certificates",
            ]),
            Self::NotACertificate => concat(&["a block of the PEM is not a certificate"]),
            Self::Malformed => concat(&["the certificate is not X.509 of version 3"]),
            Self::NotYetValid { not_before, now } => concat(&[
                "the certificate is valid from ",
                &decimal(*not_before),
                ", and it is ",
                &decimal(*now),
            ]),
            Self::Expired { not_after, now } => concat(&[
                "the certificate was valid until ",
                &decimal(*not_after),
                ", and it is ",
                &decimal(*now),
            ]),
            Self::OtherName { expected } => {
                concat(&["the certificate is not one of `", expected, "`"])
            }
            Self::NotPinned => concat(&["the certificate is none of those that were pinned"]),
            Self::MalformedAnchor => concat(&["an anchor is not a certificate that can be read"]),
            Self::Untrusted { reason } => concat(&[match reason {
                ChainFault::UnknownIssuer => {
                    "the certificate does not lead to an anchor: its issuer is unknown"
                }
                ChainFault::Signature => "a signature of the chain is not its issuer's",
                ChainFault::Algorithm => "a signature of the chain is of a refused algorithm",
                ChainFault::Validity => "a certificate of the chain is not valid now",
                ChainFault::Usage => "a certificate of the chain is used for what it must not be",
                ChainFault::Other => "the chain breaks a rule of RFC 5280",
            }]),
            Self::Key { reason } => concat(&["the certificate's key: ", &reason.message()]),
        }
    }
}

impl core::fmt::Display for CertificateError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for CertificateError {}
