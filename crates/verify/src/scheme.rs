//! The declarative form of a scheme: how a provider signs, as data.
//!
//! What the signature covers is read off the signed message alone, so that a row cannot claim to
//! protect more than it does.

use alloc::borrow::Cow;

pub(crate) type Text = Cow<'static, str>;
pub(crate) type List<T> = Cow<'static, [T]>;

/// How one provider signs its webhooks: a row of [`SCHEMES`](crate::SCHEMES).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// The name it is chosen by.
    pub(crate) name: Text,
    /// The provider's own name.
    pub(crate) title: Text,
    /// The document that the row was written from: its address, or its title.
    pub(crate) documentation: Text,
    /// How the provider writes its secrets.
    pub(crate) secret: SecretForm,
    /// The header that carries the signature.
    pub(crate) signature: Text,
    /// How that header is written.
    pub(crate) grammar: Grammar,
    /// How the signature is written inside it.
    pub(crate) encoding: Encoding,
    /// What is signed, part by part.
    pub(crate) message: List<Part>,
    /// Where the timestamp stands, and how old it may be.
    pub(crate) timestamp: Option<Timestamp>,
    /// Where the event's id stands.
    pub(crate) id: Option<Place>,
    /// Where the event's type stands.
    pub(crate) event_type: Option<Place>,
    /// A header that repeats the id without being signed: sent, never read.
    pub(crate) sent_id: Option<Text>,
    /// A header that repeats the type without being signed: sent, never read.
    pub(crate) sent_event_type: Option<Text>,
    /// Prefixes that the header names may have instead of the first one. One request uses one of
    /// them throughout: signature, id and timestamp are never mixed.
    pub(crate) families: List<Text>,
}

/// How a provider writes its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretForm {
    /// The text itself is the key, whatever it looks like.
    Raw,
    /// Standard base64 with padding, after an optional prefix, of at least so many bytes.
    Base64 { prefix: Text, minimum: usize },
}

/// How the signature header is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// `<prefix><signature>`.
    Prefixed { prefix: Text },
    /// `key=value,key=value`.
    Fields {
        /// A word that stands before the first field, as in `hmac-sha256, t=…`.
        lead: Option<Text>,
        /// What stands between the fields when they are written; with `", "` the space is
        /// optional when they are read, with `","` it is refused.
        separator: Text,
        /// The field of the signature; others are skipped.
        signature: Text,
        /// Whether that field may stand several times, as while a secret rotates.
        repeats: bool,
    },
    /// `version,signature version,signature`.
    SpaceList {
        /// The version that is verified; others are skipped.
        version: Text,
    },
}

/// How a signature is written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Hex,
    Base64,
}

/// One part of the signed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Id,
    Timestamp,
    Body,
    Literal(Text),
}

/// Where the timestamp stands, and by how much it may differ from now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp {
    pub(crate) place: TimestampPlace,
    /// In seconds, both ways.
    pub(crate) tolerance: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TimestampPlace {
    Header(Text),
    /// A field of the signature header.
    Field(Text),
}

/// Where an id or a type stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Header(Text),
    /// A JSON pointer (RFC 6901) into the body.
    Pointer(Text),
}

impl Scheme {
    /// The name that the scheme is chosen by, as in [`scheme`](crate::scheme).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The provider's own name.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The provider's document that this scheme was written from: its address, or its title.
    pub fn documentation(&self) -> &str {
        &self.documentation
    }

    /// Whether a request carries a timestamp that the signature covers. Where it does not, a
    /// captured request stays valid for ever, and only deduplication stops it.
    pub fn signs_timestamp(&self) -> bool {
        self.signs(|part| matches!(part, Part::Timestamp))
    }

    /// Whether the signature covers the event's id; `false` too where there is no id.
    pub fn signs_id(&self) -> bool {
        match &self.id {
            None => false,
            Some(Place::Header(_)) => self.signs(|part| matches!(part, Part::Id)),
            Some(Place::Pointer(_)) => self.signs(|part| matches!(part, Part::Body)),
        }
    }

    /// Whether an event of this scheme can have an id at all.
    pub fn has_id(&self) -> bool {
        self.id.is_some()
    }

    /// How old a timestamp may be, in seconds, unless the verifier is told otherwise; `None` where
    /// the scheme has no timestamp.
    pub fn tolerance(&self) -> Option<u32> {
        self.timestamp.as_ref().map(|timestamp| timestamp.tolerance)
    }

    /// Whether one header may carry several signatures, as while a secret rotates.
    pub fn allows_several_signatures(&self) -> bool {
        match &self.grammar {
            Grammar::Prefixed { .. } => false,
            Grammar::Fields { repeats, .. } => *repeats,
            Grammar::SpaceList { .. } => true,
        }
    }

    /// Whether the signed message holds the id and then a `.`.
    pub(crate) fn ends_id_with_dot(&self) -> bool {
        let mut pairs = self.message.windows(2);
        pairs.any(|pair| matches!(pair, [Part::Id, Part::Literal(text)] if text == "."))
    }

    fn signs(&self, is: impl Fn(&Part) -> bool) -> bool {
        self.message.iter().any(is)
    }

    /// A header's name in the given family of names.
    pub(crate) fn header_name(&self, name: &Text, family: usize) -> Text {
        let renamed = self
            .families
            .first()
            .zip(self.families.get(family))
            .and_then(|(first, other)| {
                let rest = name.strip_prefix(first.as_ref())?;
                (family > 0).then(|| Text::Owned([other.as_ref(), rest].concat()))
            });
        renamed.unwrap_or_else(|| name.clone())
    }
}
