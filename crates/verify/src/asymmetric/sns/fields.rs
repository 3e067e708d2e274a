//! Reads the fields of a message out of its JSON, in one pass: others are skipped unread.

use super::Value;
use super::error::SnsError;
use crate::json::{Reader, unquote};

/// No field but the message itself comes near: a token has 256 bytes, a signature of 8192 bits 1368.
const LIMIT: usize = 2048;

/// Defines each field once, with its name.
macro_rules! fields {
    ($($field:ident $name:literal)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Field { $($field),* }

        const COUNT: usize = [$($name),*].len();

        impl Field {
            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$field => $name),* }
            }

            fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$field),)* _ => None }
            }
        }
    };
}

fields! {
    Message "Message"
    MessageId "MessageId"
    Signature "Signature"
    SignatureVersion "SignatureVersion"
    SigningCertUrl "SigningCertURL"
    Subject "Subject"
    SubscribeUrl "SubscribeURL"
    Timestamp "Timestamp"
    Token "Token"
    TopicArn "TopicArn"
    Type "Type"
}

/// The values that were found.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields<'b> {
    found: [Option<Value<'b>>; COUNT],
}

impl<'b> Fields<'b> {
    pub(super) fn read(body: &'b [u8]) -> Result<Self, SnsError> {
        let mut fields = Self::default();
        match fields.read_all(body) {
            Some(fault) => fault.map(|()| fields),
            None => Err(SnsError::NotAnObject),
        }
    }

    /// `None` if the body is not one JSON object. A fault of a field is no fault of the JSON.
    fn read_all(&mut self, body: &'b [u8]) -> Option<Result<(), SnsError>> {
        let mut json = Reader::of(body)?;
        let mut items = json.enter(b'{')?;
        let mut fault = Ok(());
        while json.more(&mut items)? {
            let field = Field::named(&unquote(json.key()?)?);
            let value = json.value()?;
            if let (Some(field), Ok(())) = (field, &fault) {
                fault = self.put(field, value);
            }
        }
        json.end()?;
        Some(fault)
    }

    pub(super) fn find(&self, field: Field) -> Option<&str> {
        self.found.get(field as usize)?.as_deref()
    }

    pub(super) fn text(&self, field: Field) -> Result<&str, SnsError> {
        let missing = SnsError::MissingField {
            field: field.name(),
        };
        self.find(field).ok_or(missing)
    }

    fn put(&mut self, field: Field, raw: &'b str) -> Result<(), SnsError> {
        let name = field.name();
        let Some(place) = self.found.get_mut(field as usize) else {
            return Ok(());
        };
        if place.is_some() {
            return Err(SnsError::RepeatedField { field: name });
        }
        let is_message = field == Field::Message;
        // Six bytes for each character is the most that escapes can take.
        if !is_message && raw.len() > 6 * LIMIT {
            return Err(SnsError::TooLong {
                field: name,
                limit: LIMIT,
            });
        }
        let text = unquote(raw).ok_or(SnsError::NotText { field: name })?;
        if !is_message && text.len() > LIMIT {
            return Err(SnsError::TooLong {
                field: name,
                limit: LIMIT,
            });
        }
        if !is_message && text.chars().any(char::is_control) {
            return Err(SnsError::ControlCharacter { field: name });
        }
        *place = Some(text);
        Ok(())
    }
}
