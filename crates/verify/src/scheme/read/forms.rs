//! What the fields and variants of each type are called in JSON.

use super::{Blank, Cow, Description, Form, List, Scheme, Text, Vec};
use crate::scheme::{
    Acknowledgement, Algorithm, Answer, At, Batch, Choice, Claims, Condition, Confidence,
    ContentType, Encoding, Expected, Fragment, Grammar, Handshake, Hash, ListedHeaders, Part,
    Place, SecretForm, SignaturePlace, Timestamp, TimestampPlace, Unit, UrlForm,
};

/// An object: the fields that it must have, and those that it may have.
macro_rules! record {
    ($type:ident { $($must:ident),*; $($may:ident),* }) => {
        record!($type { $($must),*; $($may),* } = Self {
            $($must: Blank::BLANK,)*
            $($may: Blank::BLANK,)*
        });
    };
    ($type:ident { $($must:ident),*; $($may:ident),* } = $blank:expr) => {
        impl Blank for $type {
            const BLANK: Self = $blank;
        }
        impl Form for $type {
            fn read(&mut self, json: &mut Description<'_>) -> Option<()> {
                let Self { $($must,)* $($may,)* } = self;
                fields!(json, $($must),*; $($may),*)
            }
        }
    };
}

macro_rules! fields {
    ($json:ident, $($must:ident),*; $($may:ident),*) => {
        $json.record(
            &[$(stringify!($must),)* $(stringify!($may),)*],
            <[&str]>::len(&[$(stringify!($must)),*]),
            &mut [$(Some($must),)* $(Some($may),)*],
        )
    };
}

/// One of several values: words, and what holds a text, another value, or fields.
macro_rules! choice {
    (
        $type:ty = $blank:expr;
        $(words { $($(#[$of_word:meta])* $word:literal => $unit:ident,)* })?
        $(texts { $($text:literal => $naming:ident,)* })?
        $(values { $($(#[$of_value:meta])* $value:literal => $holder:ident,)* })?
        $(records { $($name:literal => $record:ident { $($must:ident),*; $($may:ident),* },)* })?
    ) => {
        impl Blank for $type {
            const BLANK: Self = $blank;
        }
        impl Form for $type {
            #[allow(
                unreachable_code,
                unreachable_patterns,
                unused_variables,
                reason = "a type may have neither words nor texts"
            )]
            fn read(&mut self, json: &mut Description<'_>) -> Option<()> {
                enum Number {
                    $($($(#[$of_word])* $unit,)*)?
                    $($($naming,)*)?
                    $($($(#[$of_value])* $holder,)*)?
                    $($($record,)*)?
                }
                let words = &[$($($(#[$of_word])* $word,)*)?];
                let holders = &[
                    $($($text,)*)?
                    $($($(#[$of_value])* $value,)*)?
                    $($($name,)*)?
                ];
                json.choice(words, holders, &mut |json, number| {
                    let new = match number {
                        $($($(#[$of_word])* number if number == Number::$unit as usize => {
                            Self::$unit
                        })*)?
                        $($($(#[$of_value])* number if number == Number::$holder as usize => {
                            put(self, Self::$holder(Blank::BLANK));
                            return match self {
                                Self::$holder(value) => value.read(json),
                                _ => None,
                            };
                        })*)?
                        $($(number if number == Number::$record as usize => {
                            put(self, Self::$record {
                                $($must: Blank::BLANK,)*
                                $($may: Blank::BLANK,)*
                            });
                            return match self {
                                Self::$record { $($must,)* $($may,)* } => {
                                    fields!(json, $($must),*; $($may),*)
                                }
                                _ => None,
                            };
                        })*)?
                        $(_ => {
                            let text = json.text()?;
                            match number {
                                $(number if number == Number::$naming as usize => {
                                    Self::$naming(text)
                                })*
                                _ => return None,
                            }
                        })?
                        _ => return None,
                    };
                    put(self, new);
                    Some(())
                })
            }
        }
    };
}

/// Overwrites a blank, which owns nothing: no code that would drop it.
fn put<T>(place: &mut T, value: T) {
    core::mem::forget(core::mem::replace(place, value));
}

// What may be left out is as in a row; but a row signs the body, and here nothing is signed unasked.
record!(Scheme {
    name, algorithm, signature, encoding;
    title, documentation, confidence, secret, grammar, message, claims, expects, timestamp, id,
    event_type, batches, sent_id, sent_event_type, families, choices, handshakes, acknowledgement
} = Self::row("", "", "", Confidence::C).over(&[]));
record!(ListedHeaders { field, unlisted_signature; });
record!(Timestamp { place, unit, tolerance; });
record!(Expected { header, value; });
record!(Claims { issuer, body_digest; url_digest });
record!(Batch { events; id, event_type });
record!(Handshake { method, signed, answer; documentation, when, token, challenge });
record!(Condition { at; is });
record!(Acknowledgement { ; status, content_type, body, timeout } = Self::ANY);

choice! { Confidence = Self::C;
    words {
        "A" => A,
        "B" => B,
        "C" => C,
    }
}
choice! { Algorithm = Self::Token;
    words {
        "token" => Token,
    }
    values {
        "hmac" => Hmac,
        "plain" => Plain,
        "jwt" => Jwt,
        #[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
        "public-key" => PublicKey,
    }
}
choice! { Hash = Self::Sha256;
    words {
        "md5" => Md5,
        "sha1" => Sha1,
        "sha256" => Sha256,
        "sha384" => Sha384,
        "sha512" => Sha512,
    }
}
#[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
choice! { crate::asymmetric::KeyForm = Self::Rsa;
    words {
        "ed25519-hex" => Ed25519Hex,
        "standard-webhooks" => StandardWebhooks,
        "p256" => P256,
        "rsa" => Rsa,
    }
}
choice! { SecretForm = Self::Credentials { user: None };
    records {
        "raw" => Raw { minimum; },
        "base64" => Base64 { prefix, minimum; },
        "hex" => Hex { minimum; },
        "credentials" => Credentials { ; user },
    }
}
choice! { SignaturePlace = Self::AdyenItems;
    words {
        "adyen-items" => AdyenItems,
    }
    texts {
        "header" => Header,
        "numbered" => Numbered,
        "pointer" => Pointer,
        "parameter" => Parameter,
    }
    values {
        "headers" => Headers,
    }
}
choice! { Grammar = Self::CommaList;
    words {
        "comma-list" => CommaList,
    }
    records {
        "prefixed" => Prefixed { prefix; },
        "authorization" => Authorization { scheme; },
        "fields" => Fields { separator, signature, repeats; lead, listed },
        "space-list" => SpaceList { version; public_key_version },
    }
}
choice! { Encoding = Self::Hex;
    words {
        "hex" => Hex,
        "upper-hex" => UpperHex,
        "base64" => Base64,
        "text" => Text,
    }
}
choice! { Part = Self::Body;
    words {
        "id" => Id,
        "timestamp" => Timestamp,
        "body" => Body,
        "body-sha256" => BodySha256,
        "method" => Method,
        "listed-headers" => ListedHeaders,
        "sorted-query" => SortedQuery,
        "query-and-form" => QueryAndForm,
        "parameters" => Parameters,
        "secret" => Secret,
    }
    texts {
        "literal" => Literal,
        "header" => Header,
        "pointer" => Pointer,
    }
    values {
        "url" => Url,
    }
    records {
        "form" => Form { distinct; digest },
    }
}
choice! { UrlForm = Self::Exact;
    words {
        "exact" => Exact,
        "without-query" => WithoutQuery,
        "any-port" => AnyPort,
        "reserved-decoded" => ReservedDecoded,
    }
}
choice! { TimestampPlace = Self::IssuedAt;
    words {
        "issued-at" => IssuedAt,
        "validity" => Validity,
    }
    texts {
        "header" => Header,
        "field" => Field,
        "pointer" => Pointer,
        "parameter" => Parameter,
    }
}
choice! { Unit = Self::Seconds;
    words {
        "seconds" => Seconds,
        "milliseconds" => Milliseconds,
        "seconds-or-milliseconds" => SecondsOrMilliseconds,
        "date-time" => DateTime,
        "date-time-or-seconds" => DateTimeOrSeconds,
    }
}
choice! { Place = Self::Header(Blank::BLANK);
    texts {
        "header" => Header,
        "text-header" => TextHeader,
        "pointer" => Pointer,
        "parameter" => Parameter,
        "key-beside" => KeyBeside,
        "claim" => Claim,
    }
    values {
        "joined" => Joined,
    }
}
choice! { Choice = Self::Header;
    words {
        "header" => Header,
        "algorithm" => Algorithm,
        "encoding" => Encoding,
        "prefix" => Prefix,
        "user" => User,
    }
}
choice! { At = Self::Header(Blank::BLANK);
    texts {
        "header" => Header,
        "parameter" => Parameter,
        "pointer" => Pointer,
    }
}
choice! { Answer = Self::ECHO;
    words {
        #[cfg(feature = "rsa")]
        "sns-subscribe" => SnsSubscribe,
    }
    records {
        "say" => Say { status; content_type, body },
    }
}
choice! { Fragment = Self::Challenge;
    words {
        "challenge" => Challenge,
    }
    texts {
        "literal" => Literal,
    }
    values {
        "tag" => Tag,
    }
}
choice! { ContentType = Self::Text;
    words {
        "text" => Text,
        "json" => Json,
        "xml" => Xml,
    }
}

impl<T> Blank for Option<T> {
    const BLANK: Self = None;
}

impl<T: Blank + Form> Form for Option<T> {
    fn read(&mut self, json: &mut Description<'_>) -> Option<()> {
        if json.json.peek()? == b'n' {
            // Nothing else in JSON starts with this letter.
            return json.json.value().map(drop);
        }
        put(self, Some(T::BLANK));
        self.as_mut()?.read(json)
    }
}

impl<T: Clone> Blank for List<T> {
    const BLANK: Self = List::Fixed(&[]);
}

impl<T: Blank + Form + Clone> Form for List<T> {
    fn read(&mut self, json: &mut Description<'_>) -> Option<()> {
        let mut list = Vec::new();
        json.list(&mut |json| {
            list.push(T::BLANK);
            list.last_mut()?.read(json)
        })?;
        put(self, List::from(list));
        Some(())
    }
}

impl Blank for Text {
    const BLANK: Self = Cow::Borrowed("");
}

impl Form for Text {
    fn read(&mut self, json: &mut Description<'_>) -> Option<()> {
        put(self, json.text()?);
        Some(())
    }
}

impl Blank for bool {
    const BLANK: Self = false;
}

impl Form for bool {
    fn read(&mut self, json: &mut Description<'_>) -> Option<()> {
        let value = match json.json.value()? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        *self = json.expect(value, "`true` or `false`")?;
        Some(())
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Blank for $type {
            const BLANK: Self = 0;
        }
        impl Form for $type {
            fn read(&mut self, json: &mut Description<'_>) -> Option<()> {
                *self = json.number(Self::MAX as usize)? as Self;
                Some(())
            }
        }
    )*};
}

numbers!(u16, u32, usize);
