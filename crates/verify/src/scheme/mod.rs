//! The declarative form of a scheme: how a provider signs, as data.
//!
//! What the signature covers is read off the signed message alone, so that a row cannot claim to
//! protect more than it does.

mod answer;
mod build;
mod custom;
mod form;
mod list;
mod read;
#[cfg(all(test, feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
mod schema;

pub use answer::Acknowledgement;
pub(crate) use answer::{Answer, At, Condition, ContentType, Fragment, Handshake};
pub use custom::SchemeOptions;
pub use form::Confidence;
#[cfg(feature = "rsa")]
pub(crate) use form::Vendor;
pub(crate) use form::{
    Algorithm, Batch, Choice, Claims, Encoding, Expected, Grammar, Hash, List, ListedHeaders, Part,
    Place, RAW_MINIMUM, SecretForm, SignaturePlace, Text, Timestamp, TimestampPlace, Unit, UrlForm,
};

use crate::text::concat;

/// How one provider signs its webhooks: a row of [`SCHEMES`](crate::SCHEMES), or a custom one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(deny_unknown_fields))]
pub struct Scheme {
    /// The name it is chosen by.
    pub(crate) name: Text,
    /// The provider's own name.
    #[cfg_attr(test, serde(default))]
    pub(crate) title: Text,
    /// The document that the row was written from: its address, or its title.
    #[cfg_attr(test, serde(default))]
    pub(crate) documentation: Text,
    #[cfg_attr(test, serde(default = "custom::unconfirmed"))]
    pub(crate) confidence: Confidence,
    pub(crate) algorithm: Algorithm,
    /// How the provider writes its secrets.
    #[cfg_attr(test, serde(default = "custom::raw_secret"))]
    pub(crate) secret: SecretForm,
    /// Where the signature stands.
    pub(crate) signature: SignaturePlace,
    /// How the text there is written.
    #[cfg_attr(test, serde(default = "custom::no_prefix"))]
    pub(crate) grammar: Grammar,
    /// How the signature is written inside it.
    pub(crate) encoding: Encoding,
    /// What is signed, part by part.
    #[cfg_attr(test, serde(default))]
    pub(crate) message: List<Part>,
    /// What a token must say.
    #[cfg_attr(test, serde(default))]
    pub(crate) claims: Option<Claims>,
    /// Headers that must have a certain value.
    #[cfg_attr(test, serde(default))]
    pub(crate) expects: List<Expected>,
    /// Where the timestamp stands, and how old it may be.
    #[cfg_attr(test, serde(default))]
    pub(crate) timestamp: Option<Timestamp>,
    /// Where the event's id stands: the first place that has one.
    #[cfg_attr(test, serde(default))]
    pub(crate) id: List<Place>,
    /// Where the event's type stands: the first place that has one.
    #[cfg_attr(test, serde(default))]
    pub(crate) event_type: List<Place>,
    /// Where the events of a body stand that holds several: the first of these that has any.
    #[cfg_attr(test, serde(default))]
    pub(crate) batches: List<Batch>,
    /// A header that repeats the id without being signed: sent, never read.
    #[cfg_attr(test, serde(default))]
    pub(crate) sent_id: Option<Text>,
    /// A header that repeats the type without being signed: sent, never read.
    #[cfg_attr(test, serde(default))]
    pub(crate) sent_event_type: Option<Text>,
    /// Prefixes that the header names may have instead of the first one. One request uses one of
    /// them throughout: signature, id and timestamp are never mixed.
    #[cfg_attr(test, serde(default))]
    pub(crate) families: List<Text>,
    /// What may be chosen when it is set up.
    #[cfg_attr(test, serde(default))]
    pub(crate) choices: List<Choice>,
    /// The questions that the provider asks of an endpoint: the first that fits is answered.
    #[cfg_attr(test, serde(default))]
    pub(crate) handshakes: List<Handshake>,
    /// What the provider is answered once its event is safe.
    #[cfg_attr(test, serde(default))]
    pub(crate) acknowledgement: Acknowledgement,
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

    /// How sure the facts of this scheme are.
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// Whether a request carries a timestamp that the signature covers. Where it does not, a
    /// captured request stays valid for ever, and only deduplication stops it.
    pub fn signs_timestamp(&self) -> bool {
        let whole = self.signs(|part| matches!(part, Part::Timestamp));
        match self.timestamp.as_ref().map(|timestamp| &timestamp.place) {
            None => false,
            Some(TimestampPlace::Header(_) | TimestampPlace::Field(_)) => whole,
            Some(TimestampPlace::Pointer(pointer)) => whole || self.covers_pointer(pointer),
            Some(TimestampPlace::Parameter(_)) => whole || self.covers_parameters(),
            Some(TimestampPlace::IssuedAt | TimestampPlace::Validity) => self.claims.is_some(),
        }
    }

    /// Whether the signature covers the event's id, wherever it may stand; `false` too where there
    /// is no id.
    pub fn signs_id(&self) -> bool {
        !self.id.is_empty() && self.id.iter().all(|place| self.covers(place))
    }

    /// Whether an event of this scheme can have an id at all.
    pub fn has_id(&self) -> bool {
        !self.id.is_empty() || self.batches.iter().any(|batch| !batch.id.is_empty())
    }

    /// Whether a body of this scheme may hold several events.
    pub fn has_batches(&self) -> bool {
        !self.batches.is_empty()
    }

    /// Whether the requests are signed at all, rather than carrying the secret itself.
    pub fn signs_content(&self) -> bool {
        !matches!(self.algorithm, Algorithm::Token)
    }

    /// The header in which a request carries the secret itself, where that is what it does instead
    /// of being signed: not to be kept, nor handed on.
    pub fn secret_header(&self) -> Option<&str> {
        match &self.signature {
            SignaturePlace::Header(name) if !self.signs_content() => Some(name),
            _ => None,
        }
    }

    /// Whether the provider signs with a private key, and the secrets are its public keys or say
    /// whose certificate holds them: then nobody who can verify can sign. Standard Webhooks has such
    /// keys beside its secrets.
    pub fn has_public_keys(&self) -> bool {
        #[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
        return matches!(self.algorithm, Algorithm::PublicKey(_)) || self.has_certificates();
        #[cfg(not(any(feature = "ed25519", feature = "ecdsa", feature = "rsa")))]
        return false;
    }

    /// Whether the requests name a certificate, which the caller fetches: see
    /// [`VerifyError::NeedsCertificate`](crate::VerifyError::NeedsCertificate).
    pub fn has_certificates(&self) -> bool {
        #[cfg(feature = "rsa")]
        return matches!(self.algorithm, Algorithm::Certificate(_));
        #[cfg(not(feature = "rsa"))]
        return false;
    }

    /// Who signs with the key of a certificate.
    #[cfg(feature = "x509")]
    pub(crate) fn vendor(&self) -> Option<Vendor> {
        match self.algorithm {
            Algorithm::Certificate(vendor) => Some(vendor),
            _ => None,
        }
    }

    /// Whether the signature covers the URL, so that it must be given as the provider knows it.
    pub fn signs_url(&self) -> bool {
        let part = |part: &Part| {
            matches!(
                part,
                Part::Url(_) | Part::SortedQuery | Part::QueryAndForm | Part::Parameters
            )
        };
        let claims = self.claims.as_ref();
        self.signs(part) || claims.is_some_and(|claims| claims.url_digest.is_some())
    }

    /// How old a timestamp may be, in seconds, unless the verifier is told otherwise; `None` where
    /// the scheme has no timestamp.
    pub fn tolerance(&self) -> Option<u32> {
        self.timestamp.as_ref().map(|timestamp| timestamp.tolerance)
    }

    /// Whether one request may carry several signatures, as while a secret rotates.
    pub fn allows_several_signatures(&self) -> bool {
        let headers = matches!(
            self.signature,
            SignaturePlace::Headers(_) | SignaturePlace::Numbered(_)
        );
        headers
            || match &self.grammar {
                Grammar::Prefixed { .. } | Grammar::Authorization { .. } => false,
                Grammar::Fields { repeats, .. } => *repeats,
                Grammar::SpaceList { .. } | Grammar::CommaList => true,
            }
    }

    /// Whether a sender needs the method and the URL, or must change URL or body.
    pub(crate) fn needs_target(&self) -> bool {
        let in_headers = matches!(
            self.signature,
            SignaturePlace::Header(_) | SignaturePlace::Headers(_) | SignaturePlace::Numbered(_)
        );
        let part = |part: &Part| matches!(part, Part::Method | Part::Form { .. });
        !in_headers || self.signs_url() || self.signs(part)
    }

    /// Whether the signature covers what stands at this place.
    pub(crate) fn covers(&self, place: &Place) -> bool {
        match place {
            Place::Header(name) | Place::TextHeader(name) => {
                let named = |part: &Part| matches!(part, Part::Header(signed) if signed == name);
                self.id_header() == Some(name) || self.signs(named)
            }
            Place::Pointer(pointer) => self.covers_pointer(pointer),
            Place::Parameter(_) => self.covers_parameters(),
            Place::KeyBeside(_) => self.covers_body(),
            Place::Claim(_) => self.claims.is_some(),
            Place::Joined(places) => places.iter().all(|place| self.covers(place)),
        }
    }

    /// Whether the signature covers the whole body, or for Adyen's items the ids in them.
    pub fn covers_body(&self) -> bool {
        self.claims.is_some()
            || self.signature == SignaturePlace::AdyenItems
            || self.signs(|part| matches!(part, Part::Body | Part::BodySha256))
    }

    /// The header of the id, where the signed message has the id as a part.
    pub(crate) fn id_header(&self) -> Option<&Text> {
        let header = self.id.iter().find_map(|place| match place {
            Place::Header(name) => Some(name),
            _ => None,
        });
        header.filter(|_| self.signs(|part| matches!(part, Part::Id)))
    }

    /// Whether the timestamp is signed with nothing between it and a part of any length, so that
    /// digits could be moved from one to the other under the same signature.
    pub(crate) fn signs_timestamp_bare(&self) -> bool {
        let open = |part: &Part| !matches!(part, Part::Literal(_) | Part::Timestamp);
        self.message.windows(2).any(|pair| match pair {
            [Part::Timestamp, other] | [other, Part::Timestamp] => open(other),
            _ => false,
        })
    }

    /// Whether the signed message holds the id and then a `.`.
    pub(crate) fn ends_id_with_dot(&self) -> bool {
        let mut pairs = self.message.windows(2);
        pairs.any(|pair| matches!(pair, [Part::Id, Part::Literal(text)] if text == "."))
    }

    pub(crate) fn signs(&self, is: impl Fn(&Part) -> bool) -> bool {
        self.message.iter().any(is)
    }

    fn covers_pointer(&self, pointer: &str) -> bool {
        #[cfg(feature = "rsa")]
        if self.signature == SignaturePlace::SnsMessage {
            return crate::certified::SNS_SIGNED.contains(&pointer);
        }
        let named = |part: &Part| matches!(part, Part::Pointer(signed) if signed == pointer);
        self.covers_body() || self.signs(named)
    }

    /// Whether the signature covers both the query and a form body.
    fn covers_parameters(&self) -> bool {
        let query = self.signs(|part| match part {
            Part::Url(form) => *form != UrlForm::WithoutQuery,
            Part::SortedQuery | Part::QueryAndForm | Part::Parameters => true,
            _ => false,
        });
        let form = self.signs(|part| {
            matches!(
                part,
                Part::Form { .. } | Part::QueryAndForm | Part::Parameters
            )
        });
        query && (form || self.covers_body())
    }

    /// A clone. Its code stands once in the module, and not in each of its callers.
    #[inline(never)]
    pub(crate) fn copied(&self) -> Self {
        self.clone()
    }

    /// A header's name in the given family of names.
    pub(crate) fn header_name(&self, name: &Text, family: usize) -> Text {
        let renamed = self
            .families
            .first()
            .zip(self.families.get(family))
            .and_then(|(first, other)| {
                let rest = name.strip_prefix(first.as_ref())?;
                (family > 0).then(|| Text::Owned(concat(&[other, rest])))
            });
        renamed.unwrap_or_else(|| name.clone())
    }
}
