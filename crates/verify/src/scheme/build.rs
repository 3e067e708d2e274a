//! How a row of the table is written: what nearly all schemes share is the default, and each row
//! says only where it differs.

use alloc::borrow::Cow::Borrowed;
use core::mem::{forget, replace};

use super::{
    Acknowledgement, Algorithm, Batch, Choice, Claims, Confidence, ContentType, Encoding, Expected,
    Grammar, Handshake, List, Part, Place, Scheme, SecretForm, SignaturePlace, Text, Timestamp,
    TimestampPlace, Unit,
};

/// Sets a field of a scheme in a constant, where nothing can be dropped; the value before is one of
/// the defaults below, and owns no memory.
macro_rules! set {
    ($scheme:ident.$field:ident = Some($value:expr)) => {{
        forget($scheme.$field.replace($value));
        $scheme
    }};
    ($scheme:ident.$field:ident = $value:expr) => {{
        forget(replace(&mut $scheme.$field, $value));
        $scheme
    }};
}

/// What no verdict needs: the smallest build does without.
const fn for_people(text: &'static str) -> &'static str {
    if cfg!(feature = "catalogue") {
        text
    } else {
        ""
    }
}

impl Scheme {
    /// HMAC-SHA256 of the body with the secret as it is. Where the signature stands must follow.
    pub(crate) const fn row(
        name: &'static str,
        title: &'static str,
        documentation: &'static str,
        confidence: Confidence,
    ) -> Self {
        Self {
            name: Borrowed(name),
            title: Borrowed(for_people(title)),
            documentation: Borrowed(for_people(documentation)),
            confidence,
            algorithm: Algorithm::Hmac(super::Hash::Sha256),
            secret: SecretForm::Raw {
                minimum: super::RAW_MINIMUM,
            },
            signature: SignaturePlace::AdyenItems,
            grammar: Grammar::Prefixed {
                prefix: Borrowed(""),
            },
            encoding: Encoding::Hex,
            message: List::Fixed(&[Part::Body]),
            claims: None,
            expects: List::Fixed(&[]),
            timestamp: None,
            id: List::Fixed(&[]),
            event_type: List::Fixed(&[]),
            batches: List::Fixed(&[]),
            sent_id: None,
            sent_event_type: None,
            families: List::Fixed(&[]),
            choices: List::Fixed(&[]),
            handshakes: List::Fixed(&[]),
            acknowledgement: Acknowledgement::ANY,
        }
    }

    pub(crate) const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        set!(self.algorithm = algorithm)
    }

    pub(crate) const fn secret(mut self, form: SecretForm) -> Self {
        set!(self.secret = form)
    }

    pub(crate) const fn header(self, name: &'static str, encoding: Encoding) -> Self {
        self.place(SignaturePlace::Header(Borrowed(name)), encoding)
    }

    pub(crate) const fn place(mut self, place: SignaturePlace, encoding: Encoding) -> Self {
        self.encoding = encoding;
        set!(self.signature = place)
    }

    pub(crate) const fn grammar(mut self, grammar: Grammar) -> Self {
        set!(self.grammar = grammar)
    }

    pub(crate) const fn prefix(self, prefix: &'static str) -> Self {
        self.grammar(Grammar::Prefixed {
            prefix: Borrowed(prefix),
        })
    }

    pub(crate) const fn over(mut self, message: &'static [Part]) -> Self {
        set!(self.message = List::Fixed(message))
    }

    pub(crate) const fn claims(mut self, claims: Claims) -> Self {
        set!(self.claims = Some(claims))
    }

    pub(crate) const fn expects(mut self, headers: &'static [Expected]) -> Self {
        set!(self.expects = List::Fixed(headers))
    }

    pub(crate) const fn timestamp(
        mut self,
        place: TimestampPlace,
        unit: Unit,
        tolerance: u32,
    ) -> Self {
        set!(
            self.timestamp = Some(Timestamp {
                place,
                unit,
                tolerance
            })
        )
    }

    pub(crate) const fn id(mut self, places: &'static [Place]) -> Self {
        set!(self.id = List::Fixed(places))
    }

    pub(crate) const fn event_type(mut self, places: &'static [Place]) -> Self {
        set!(self.event_type = List::Fixed(places))
    }

    pub(crate) const fn batches(mut self, batches: &'static [Batch]) -> Self {
        set!(self.batches = List::Fixed(batches))
    }

    pub(crate) const fn sends_id(mut self, header: &'static str) -> Self {
        set!(self.sent_id = Some(Borrowed(header)))
    }

    pub(crate) const fn sends_event_type(mut self, header: &'static str) -> Self {
        set!(self.sent_event_type = Some(Borrowed(header)))
    }

    pub(crate) const fn families(mut self, prefixes: &'static [Text]) -> Self {
        set!(self.families = List::Fixed(prefixes))
    }

    pub(crate) const fn choices(mut self, choices: &'static [Choice]) -> Self {
        set!(self.choices = List::Fixed(choices))
    }
    pub(crate) const fn handshakes(mut self, handshakes: &'static [Handshake]) -> Self {
        set!(self.handshakes = List::Fixed(handshakes))
    }

    /// The provider waits so many seconds for its answer.
    pub(crate) const fn waits(mut self, seconds: u32) -> Self {
        self.acknowledgement.timeout = Some(seconds);
        self
    }

    /// The provider asks for this body.
    pub(crate) const fn acknowledged(mut self, content: ContentType, body: &'static str) -> Self {
        self.acknowledgement.content_type = Some(content);
        set_body(&mut self.acknowledgement, body);
        self
    }

    /// The provider asks for an empty body.
    pub(crate) const fn acknowledged_empty(mut self, status: u16) -> Self {
        self.acknowledgement.status = status;
        set_body(&mut self.acknowledgement, "");
        self
    }
}

const fn set_body(acknowledgement: &mut Acknowledgement, body: &'static str) {
    forget(acknowledgement.body.replace(Borrowed(body)));
}
