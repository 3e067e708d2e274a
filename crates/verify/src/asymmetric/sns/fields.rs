//! Reads the fields of a message out of its JSON, in one pass: others are skipped unread.

use core::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Value;
use super::error::SnsError;

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
        // Checked first and as a whole: the parser passes over the bytes of strings that it skips.
        let body = core::str::from_utf8(body).map_err(|_| SnsError::NotAnObject)?;
        let mut json = serde_json::Deserializer::from_str(body);
        let read = (&mut json).deserialize_map(Object);
        match (read, json.end()) {
            (Ok(Err(fault)), _) => Err(fault),
            (Ok(Ok(fields)), Ok(())) => Ok(fields),
            _ => Err(SnsError::NotAnObject),
        }
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
        let text = string(raw).ok_or(SnsError::NotText { field: name })?;
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

/// The content of a JSON string; borrowed where it has no escapes.
fn string(raw: &str) -> Option<Value<'_>> {
    let content = raw.strip_prefix('"')?.strip_suffix('"')?;
    if content.contains('\\') {
        serde_json::from_str(raw).ok().map(Value::Owned)
    } else {
        Some(Value::Borrowed(content))
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    /// A fault of a field ends the reading, and is no fault of the JSON.
    type Value = Result<Fields<'de>, SnsError>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields::default();
        let mut fault = Ok(());
        while let Some(field) = map.next_key::<Key>()? {
            // Raw, as the parser does not descend into it then.
            let raw: &RawValue = map.next_value()?;
            if let (Key(Some(field)), Ok(())) = (field, fault) {
                fault = fields.put(field, raw.get());
            }
        }
        Ok(fault.map(|()| fields))
    }
}

/// A key, if it is one of ours.
struct Key(Option<Field>);

impl<'de> serde::Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(key: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, name: &str) -> Result<Key, E> {
                Ok(Key(Field::named(name)))
            }
        }
        key.deserialize_str(Name)
    }
}
