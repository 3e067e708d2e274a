//! What is wrong with a single value.

use alloc::string::String;

use super::Text;
use super::wording::{Data, fill};

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
    /// It is not 1 to 15 ASCII digits.
    NotMilliseconds,
    /// It is not a date and time as RFC 3339 writes them, since 1970, in upper case.
    NotDateTime,
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
    /// It is not base64 of the URL-safe alphabet without padding.
    NotBase64Url,
    /// It is not a JSON document of the form that this scheme sends.
    NotJson,
    /// It is not a form (`application/x-www-form-urlencoded`), and the scheme signs no other body.
    NotAForm,
    /// It is not three parts with a `.` between them, as a JSON Web Token is.
    NotToken,
    /// It stands several times.
    Repeated,
    /// It has more items than anything this scheme sends.
    TooMany {
        /// The largest accepted number.
        limit: usize,
    },
    /// It does not start as every signature of this scheme does.
    MissingPrefix {
        /// How it must start.
        expected: Text,
    },
    /// It holds other characters than letters, digits and `+/=-_.~`, of which challenges are made.
    NotAChallenge,
    /// It is an address that is not one of the provider's.
    ForeignAddress,
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

impl Malformed {
    /// What `Display` writes, without the formatter: for small builds.
    pub fn message(&self) -> String {
        fill(self.sentence(), &self.data())
    }

    const fn sentence(&self) -> &'static str {
        match self {
            Self::Empty => "it is empty",
            Self::TooLong { .. } => "it is longer than {limit} bytes",
            Self::NotTimestamp => "a timestamp is 1 to 12 ASCII digits, in seconds",
            Self::NotMilliseconds => "a timestamp is 1 to 15 ASCII digits, in milliseconds",
            Self::NotDateTime => "a timestamp is a date and time as in `2026-03-17T09:00:00Z`",
            Self::NotVisibleAscii => {
                "spaces and control characters are not allowed (was the header sent twice?)"
            }
            Self::AmbiguousId => {
                "a part of the id between dots reads as a timestamp, so that the signed content could \
                 be divided in two ways"
            }
            Self::DotInId => "an id must not hold a `.`, which separates the signed parts",
            Self::NotHex => "a signature is not hexadecimal",
            Self::NotBase64 => "a signature is not standard base64 with padding",
            Self::NotBase64Url => "a part is not URL-safe base64 without padding",
            Self::NotJson => "it is not JSON of the form that this scheme sends",
            Self::NotAForm => "it is not a form, and the scheme signs no other body",
            Self::NotToken => "a token is three parts with a `.` between them",
            Self::Repeated => "it stands several times",
            Self::TooMany { .. } => "it has more than {limit} items",
            Self::MissingPrefix { .. } => "it must start with `{expected}`",
            Self::NotAChallenge => "a challenge is made of letters, digits and `+/=-_.~`",
            Self::ForeignAddress => "it is not an address of the provider's",
            Self::NotAList { .. } => "it must be {expected}",
            Self::MissingField { .. } => "the field `{field}` is missing",
            Self::RepeatedField { .. } => "the field `{field}` stands several times",
        }
    }

    fn data(&self) -> Data<'_> {
        let mut data = Data::default();
        match self {
            Self::TooLong { limit } | Self::TooMany { limit } => {
                data.number("limit", *limit as u64);
            }
            Self::MissingPrefix { expected } => {
                data.text("expected", expected);
            }
            Self::NotAList { expected } => {
                data.text("expected", expected);
            }
            Self::MissingField { field } | Self::RepeatedField { field } => {
                data.text("field", field);
            }
            _ => {}
        }
        data
    }
}

impl core::fmt::Display for Malformed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.message())
    }
}
