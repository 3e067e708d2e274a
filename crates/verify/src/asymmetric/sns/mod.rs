//! The messages of Amazon SNS: the fields that are signed, and the text that SNS signs.
//!
//! The text is `name\nvalue\n` for each field in the order of names, the values as they read once
//! JSON is decoded. Nothing marks where a value ends, so a line break inside one could move its
//! borders: `Message` alone may hold any, as it comes first, and the fields after it are then found
//! from the end. Every other field with a control character is refused.
//!
//! A valid signature proves that Amazon SNS sent the message, for *some* account: anybody can make
//! a topic and publish to it. Compare [`SnsMessage::topic_arn`] with a list of your own topics. The
//! body outside the signed fields (`UnsubscribeURL`, `MessageAttributes`) is not signed, nor is the
//! choice between the two hashes.
//!
//! Source: aws/aws-js-sns-message-validator, aws/aws-sdk-java-v2.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::form::Algorithm;
use super::url::{CertificateUrl, sns_certificate_url};
use crate::encoding::base64;
use fields::{Field, Fields};

mod error;
mod fields;

pub use error::SnsError;

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnsKind {
    /// An event.
    Notification,
    /// A topic asks whether this endpoint wants its events; to agree, fetch `SubscribeURL`.
    SubscriptionConfirmation,
    /// A topic no longer sends; to go on, fetch `SubscribeURL`.
    UnsubscribeConfirmation,
}

/// The signed fields of one message. Read first and verified afterwards: until then, every field
/// is a claim.
#[derive(Clone, Debug)]
pub struct SnsMessage<'b> {
    kind: SnsKind,
    algorithm: Algorithm,
    fields: Fields<'b>,
}

impl<'b> SnsMessage<'b> {
    /// Reads the fields out of a body, in one pass and without a tree: what is not signed is
    /// skipped, however deep or large it is. A string without escapes is not copied.
    ///
    /// # Errors
    ///
    /// The body is not one JSON object with the fields of its kind, each once.
    pub fn read(body: &'b [u8]) -> Result<Self, SnsError> {
        let fields = Fields::read(body)?;
        let kind = match fields.text(Field::Type)? {
            "Notification" => SnsKind::Notification,
            "SubscriptionConfirmation" => SnsKind::SubscriptionConfirmation,
            "UnsubscribeConfirmation" => SnsKind::UnsubscribeConfirmation,
            _ => return Err(SnsError::UnknownType),
        };
        let algorithm = match fields.text(Field::SignatureVersion)? {
            "1" => Algorithm::RsaPkcs1Sha1,
            "2" => Algorithm::RsaPkcs1Sha256,
            _ => return Err(SnsError::UnknownSignatureVersion),
        };
        let message = Self {
            kind,
            algorithm,
            fields,
        };
        for &field in message.signed_fields() {
            message.fields.text(field)?;
        }
        Ok(message)
    }

    /// What the message is for.
    pub fn kind(&self) -> SnsKind {
        self.kind
    }

    /// The algorithm of its `SignatureVersion`. To ask for SHA-256, compare it.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// What the signature covers, part by part.
    pub fn signed(&self) -> Vec<&[u8]> {
        let mut parts: Vec<&[u8]> = Vec::with_capacity(32);
        for &field in self.signed_fields() {
            if let Some(value) = self.fields.find(field) {
                parts.extend([
                    field.name().as_bytes(),
                    b"\n".as_slice(),
                    value.as_bytes(),
                    b"\n".as_slice(),
                ]);
            }
            // The subject is the one that may be absent.
            if field == Field::MessageId
                && self.kind == SnsKind::Notification
                && let Some(subject) = self.fields.find(Field::Subject)
            {
                parts.extend([
                    b"Subject\n".as_slice(),
                    subject.as_bytes(),
                    b"\n".as_slice(),
                ]);
            }
        }
        parts
    }

    /// The fields that must be there, in the order in which they are signed.
    fn signed_fields(&self) -> &'static [Field] {
        match self.kind {
            SnsKind::Notification => &[
                Field::Message,
                Field::MessageId,
                Field::Timestamp,
                Field::TopicArn,
                Field::Type,
            ],
            SnsKind::SubscriptionConfirmation | SnsKind::UnsubscribeConfirmation => &[
                Field::Message,
                Field::MessageId,
                Field::SubscribeUrl,
                Field::Timestamp,
                Field::Token,
                Field::TopicArn,
                Field::Type,
            ],
        }
    }

    /// The signature, decoded.
    ///
    /// # Errors
    ///
    /// It is missing, or is not base64.
    pub fn signature(&self) -> Result<Vec<u8>, SnsError> {
        let text = self.fields.text(Field::Signature)?;
        base64::decode(text.as_bytes()).ok_or(SnsError::NotBase64)
    }

    /// The checked address of the certificate.
    ///
    /// # Errors
    ///
    /// It is missing, or is not one of SNS.
    pub fn certificate_url(&self) -> Result<CertificateUrl<'_>, SnsError> {
        let url = self.fields.text(Field::SigningCertUrl)?;
        sns_certificate_url(url).map_err(|reason| SnsError::CertificateUrl { reason })
    }

    /// The content; in a confirmation, a sentence for people.
    pub fn message(&self) -> &str {
        self.signed_text(Field::Message)
    }

    /// The id, the same in every attempt to deliver the message.
    pub fn message_id(&self) -> &str {
        self.signed_text(Field::MessageId)
    }

    /// The topic it was published to: compare it with your own.
    pub fn topic_arn(&self) -> &str {
        self.signed_text(Field::TopicArn)
    }

    /// When it was published, as `2026-03-06T19:55:38.903Z`.
    pub fn timestamp(&self) -> &str {
        self.signed_text(Field::Timestamp)
    }

    /// The subject of a notification, if it has one.
    pub fn subject(&self) -> Option<&str> {
        match self.kind {
            SnsKind::Notification => self.fields.find(Field::Subject),
            _ => None,
        }
    }

    /// The address that a confirmation asks to fetch. Check it with
    /// [`sns_subscribe_url`](super::sns_subscribe_url) first: it is signed, but by any account.
    pub fn subscribe_url(&self) -> Option<&str> {
        match self.kind {
            SnsKind::Notification => None,
            _ => self.fields.find(Field::SubscribeUrl),
        }
    }

    /// Checked by `read` to be there.
    fn signed_text(&self, field: Field) -> &str {
        self.fields.find(field).unwrap_or_default()
    }
}

type Value<'b> = Cow<'b, str>;
