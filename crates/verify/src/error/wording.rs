//! How errors speak: each cause has its code and its sentence, whose holes its data fill.
//!
//! The data have names, so that JavaScript and logs can have them one by one. No formatter of the
//! standard library is used: it would weigh more than all the sentences.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::Malformed;
use crate::text::decimal;

/// What a cause says whatever its data are.
pub(crate) struct Wording {
    pub(crate) code: &'static str,
    /// With the name of a datum in braces where it belongs.
    pub(crate) sentence: &'static str,
}

/// The fields of an error by their names, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Data<'e>(Vec<(&'static str, Datum<'e>)>);

/// The value of one field of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum<'e> {
    /// A name, an address, or what is wrong in words.
    Text(Cow<'e, str>),
    /// A count, an index, bytes or seconds, as the field's own documentation says.
    Number(u64),
}

impl<'e> Data<'e> {
    /// Name and value of each field.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Datum<'e>)> {
        self.0.iter().map(|(name, datum)| (*name, datum))
    }

    pub(crate) fn text(&mut self, name: &'static str, text: &'e str) {
        self.0.push((name, Datum::Text(Cow::Borrowed(text))));
    }

    pub(crate) fn number(&mut self, name: &'static str, number: u64) {
        self.0.push((name, Datum::Number(number)));
    }

    pub(crate) fn reason(&mut self, reason: &Malformed) {
        self.0
            .push(("reason", Datum::Text(Cow::Owned(reason.message()))));
    }
}

/// The sentence with its data in place. A hole without its datum stays empty.
pub(crate) fn fill(sentence: &str, data: &Data<'_>) -> String {
    let mut filled = String::with_capacity(sentence.len() + 32);
    let mut rest = sentence;
    while let Some((before, (name, after))) = rest
        .split_once('{')
        .and_then(|(before, hole)| Some((before, hole.split_once('}')?)))
    {
        filled.push_str(before);
        match data.iter().find(|(known, _)| *known == name) {
            Some((_, Datum::Text(text))) => filled.push_str(text),
            Some((_, Datum::Number(number))) => filled.push_str(&decimal(*number)),
            None => {}
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// `code`, `message` and `Display` of an error that has `wording` and `data`.
macro_rules! speaks {
    ($error:ty) => {
        impl $error {
            /// The stable code of this cause, listed in [`CODES`](crate::CODES).
            pub fn code(&self) -> &'static str {
                self.wording().code
            }

            /// What `Display` writes, without the formatter: for small builds.
            pub fn message(&self) -> alloc::string::String {
                crate::error::wording::fill(self.wording().sentence, &self.data())
            }
        }

        impl core::fmt::Display for $error {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&self.message())
            }
        }

        impl core::error::Error for $error {}
    };
}
pub(crate) use speaks;
