//! A message of Amazon SNS: judged by its topic, its age and its signature, in this order, and
//! written as SNS writes one.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::judge::{Signed, foreign};
use super::{Certified, SNS_TYPE};
use crate::asymmetric::{SnsError, SnsMessage};
use crate::error::{Malformed, SignError, VerifyError};
use crate::json::quote;
use crate::key::Key;
use crate::message::Piece;
use crate::names::check_name;
use crate::request::{self, Outgoing, Request};
use crate::scheme::{Encoding, Text, Unit};
use crate::text::concat;
use crate::verifier::{Judged, Verifier};

impl Verifier {
    pub(super) fn judge_sns(&self, request: &Request<'_>, now: u64) -> Result<Judged, VerifyError> {
        let message = SnsMessage::read(request.body).map_err(refused)?;
        let signature = message.signature().map_err(refused)?;
        let url = message.certificate_url().map_err(refused)?;
        let timestamp = Unit::DateTime.parse(message.timestamp());
        let timestamp = timestamp.map_err(|reason| malformed("Timestamp", reason))?;
        let is_for = |key: &Certified| key.is_of(message.topic_arn());
        let is_ours = |key: &Key| matches!(key, Key::Certified(key) if is_for(key));
        if !self.keys.iter().any(is_ours) {
            let topic = Text::Owned(message.topic_arn().into());
            return Err(VerifyError::OtherTopic { topic });
        }
        self.check_age(timestamp, now)?;
        let pieces = pieces(&message);
        let signed = Signed {
            url,
            algorithm: message.algorithm(),
            pieces: &pieces,
            signature: &signature,
        };
        let key_index = self.matching_certified(&signed, &is_for, now)?;
        Ok(self.judged(key_index, &signed, Some(timestamp)))
    }

    /// A notification of the first secret's topic, in which the body stands as the message.
    pub(crate) fn sign_sns(
        &self,
        signed: &mut request::Signed,
        outgoing: &Outgoing<'_>,
        timestamp: &str,
    ) -> Result<(), SignError> {
        check_name(outgoing.id).map_err(|reason| SignError::InvalidId { reason })?;
        let invalid = || SignError::InvalidBody {
            reason: Malformed::NotJson,
        };
        let message = core::str::from_utf8(outgoing.body).map_err(|_| invalid())?;
        let key = self.keys.iter().find_map(|key| match key {
            Key::Certified(key) => Some(key),
            _ => None,
        });
        let key = key.ok_or(SignError::NoPrivateKey)?;
        let topic = match key.identity.strip_suffix('*') {
            Some(account) => concat(&[account, "events"]),
            None => key.identity.clone(),
        };
        let region = topic.split(':').nth(3).unwrap_or_default();
        let domain = if region.starts_with("cn-") { ".cn" } else { "" };
        let host = concat(&["https://sns.", region, ".amazonaws.com", domain]);
        let url = concat(&[&host, "/SimpleNotificationService-0.pem"]);
        let mut fields = [
            ("Message", message),
            ("MessageId", outgoing.id),
            ("SignatureVersion", "2"),
            ("SigningCertURL", &url),
            ("Timestamp", timestamp),
            ("TopicArn", &topic),
            ("Type", "Notification"),
            ("Signature", ""),
        ];
        let unsigned = object(&fields);
        let message = SnsMessage::read(unsigned.as_bytes()).map_err(|_| invalid())?;
        let signature = key.sign(&pieces(&message)).ok_or(SignError::NoPrivateKey)?;
        let signature = Encoding::Base64.encode(&signature);
        if let Some((_, value)) = fields.last_mut() {
            *value = &signature;
        }
        signed.body = object(&fields).into_bytes();
        let header = |name: &str, value: &str| (String::from(name), String::from(value));
        signed.headers.push(header(SNS_TYPE, "Notification"));
        signed.headers.push(header("x-amz-sns-topic-arn", &topic));
        Ok(())
    }
}

fn object(fields: &[(&str, &str)]) -> String {
    let mut json = String::new();
    for (name, value) in fields {
        json.push(if json.is_empty() { '{' } else { ',' });
        quote(name, &mut json);
        json.push(':');
        quote(value, &mut json);
    }
    json.push('}');
    json
}

/// What is signed of a body, for its digest. `None` if it is no message.
pub(crate) fn signed_content(body: &[u8], hash: &mut dyn FnMut(&[u8])) -> Option<()> {
    let message = SnsMessage::read(body).ok()?;
    message.signed().into_iter().for_each(hash);
    Some(())
}

fn pieces<'m>(message: &'m SnsMessage<'_>) -> Vec<Piece<'m>> {
    let piece = |part| Piece::Bytes(Cow::Borrowed(part));
    message.signed().into_iter().map(piece).collect()
}

/// The message's own error in the words that all schemes share.
fn refused(error: SnsError) -> VerifyError {
    match error {
        SnsError::NotAnObject => VerifyError::MalformedBody {
            reason: Malformed::NotJson,
        },
        SnsError::MissingField { field } | SnsError::RepeatedField { field } => {
            VerifyError::MissingField { pointer: at(field) }
        }
        SnsError::NotText { field } => malformed(field, Malformed::NotJson),
        SnsError::TooLong { field, limit } => malformed(field, Malformed::TooLong { limit }),
        SnsError::ControlCharacter { field } => malformed(field, Malformed::NotVisibleAscii),
        SnsError::UnknownType => malformed("Type", Malformed::NotJson),
        SnsError::UnknownSignatureVersion => VerifyError::UnsupportedVersion {
            name: at("SignatureVersion"),
            expected: Text::Borrowed("1` or `2"),
        },
        SnsError::NotBase64 => malformed("Signature", Malformed::NotBase64),
        SnsError::CertificateUrl { reason } => foreign(at("SigningCertURL"), reason),
    }
}

fn malformed(field: &str, reason: Malformed) -> VerifyError {
    let pointer = at(field);
    VerifyError::MalformedField { pointer, reason }
}

fn at(field: &str) -> Text {
    ["/", field].concat().into()
}
