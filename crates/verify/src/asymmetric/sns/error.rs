//! Why a body is not a message of Amazon SNS that could be verified.

use alloc::string::String;

use super::super::url::UrlError;
use crate::text::{concat, decimal};

/// Why a message of Amazon SNS was refused before its signature was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnsError {
    /// The body is not one JSON object in UTF-8. With raw message delivery, SNS sends the bare
    /// message and signs nothing: turn that off.
    NotAnObject,
    /// A field that is signed, or that the signature needs, is not there.
    MissingField {
        /// The field's name.
        field: &'static str,
    },
    /// A field stands twice: two readers may then disagree.
    RepeatedField {
        /// The field's name.
        field: &'static str,
    },
    /// A field is not a string.
    NotText {
        /// The field's name.
        field: &'static str,
    },
    /// A field is longer than SNS writes it.
    TooLong {
        /// The field's name.
        field: &'static str,
        /// The longest accepted length, in bytes.
        limit: usize,
    },
    /// A field other than `Message` holds a control character, which could move the borders of
    /// the signed text.
    ControlCharacter {
        /// The field's name.
        field: &'static str,
    },
    /// The type is none of the three that exist.
    UnknownType,
    /// The signature's version is neither 1 nor 2.
    UnknownSignatureVersion,
    /// The signature is not standard base64 with padding.
    NotBase64,
    /// The certificate's address is not one of SNS.
    CertificateUrl {
        /// What is wrong with it.
        reason: UrlError,
    },
}

impl SnsError {
    /// The stable code of this cause.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnObject => "sns_not_an_object",
            Self::MissingField { .. } => "sns_missing_field",
            Self::RepeatedField { .. } => "sns_repeated_field",
            Self::NotText { .. } => "sns_not_text",
            Self::TooLong { .. } => "sns_long_field",
            Self::ControlCharacter { .. } => "sns_control_character",
            Self::UnknownType => "sns_unknown_type",
            Self::UnknownSignatureVersion => "sns_unknown_signature_version",
            Self::NotBase64 => "sns_not_base64",
            Self::CertificateUrl { reason } => reason.code(),
        }
    }
}

impl SnsError {
    /// What `Display` writes, without the formatter: for small builds.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::NotAnObject => {
                concat(&["the body is not a JSON object: is raw message delivery turned on?"])
            }
            Self::MissingField { field } => concat(&["the field `", field, "` is missing"]),
            Self::RepeatedField { field } => concat(&["the field `", field, "` stands twice"]),
            Self::NotText { field } => concat(&["the field `", field, "` is not a string"]),
            Self::TooLong { field, limit } => concat(&[
                "the field `",
                field,
                "` is longer than ",
                &decimal(*limit as u64),
                " bytes",
            ]),
            Self::ControlCharacter { field } => {
                concat(&["the field `", field, "` holds a control character"])
            }
            Self::UnknownType => concat(&["the field `Type` is none that SNS sends"]),
            Self::UnknownSignatureVersion => {
                concat(&["the field `SignatureVersion` is neither 1 nor 2"])
            }
            Self::NotBase64 => concat(&["the field `Signature` is not base64"]),
            Self::CertificateUrl { reason } => {
                concat(&["the field `SigningCertURL`: ", &reason.message()])
            }
        }
    }
}

impl core::fmt::Display for SnsError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for SnsError {}
