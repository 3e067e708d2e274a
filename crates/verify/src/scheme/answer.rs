//! What a provider is answered: to a question that is no event, and to an event.

use alloc::borrow::Cow::Borrowed;

use super::{Algorithm, Encoding, List, Part, Scheme, Text};
use crate::handshake::is_plain;

/// A question that a provider asks of an endpoint, and its answer. It is no event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(deny_unknown_fields))]
pub(crate) struct Handshake {
    /// The document that it was written from.
    #[cfg_attr(test, serde(default))]
    pub(crate) documentation: Text,
    /// `GET`, `HEAD` or `POST`.
    pub(crate) method: Text,
    /// Whether the request must verify before it is answered, as an event must.
    pub(crate) signed: bool,
    /// What tells it from an event; all of it must hold.
    #[cfg_attr(test, serde(default))]
    pub(crate) when: List<Condition>,
    /// Where the verify token stands, which the verifier must have been given as well.
    #[cfg_attr(test, serde(default))]
    pub(crate) token: Option<At>,
    /// Where the challenge stands. An unsigned request without one asks nothing.
    #[cfg_attr(test, serde(default))]
    pub(crate) challenge: Option<At>,
    pub(crate) answer: Answer,
}

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case", deny_unknown_fields))]
pub(crate) enum At {
    Header(Text),
    /// A parameter of the query; of a `POST`, one of its form.
    Parameter(Text),
    /// A JSON pointer into the body, which is read after it has verified.
    Pointer(Text),
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(deny_unknown_fields))]
pub(crate) struct Condition {
    pub(crate) at: At,
    /// `None` if nothing may stand there.
    pub(crate) is: Option<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case", deny_unknown_fields))]
pub(crate) enum Answer {
    /// A response of these parts, one after the other.
    Say {
        status: u16,
        #[cfg_attr(test, serde(default))]
        content_type: Option<ContentType>,
        #[cfg_attr(test, serde(default))]
        body: List<Fragment>,
    },
    /// The `SubscribeURL` of an Amazon SNS message is to be fetched.
    #[cfg(feature = "rsa")]
    SnsSubscribe,
}

/// A part of an answer's body. A challenge has no character that JSON or XML would escape.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case", deny_unknown_fields))]
pub(crate) enum Fragment {
    Literal(Text),
    Challenge,
    /// The challenge's HMAC under the secret.
    Tag(Encoding),
}

/// None of them is one that a browser would run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case"))]
pub(crate) enum ContentType {
    Text,
    Json,
    Xml,
}

impl ContentType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text/plain; charset=utf-8",
            Self::Json => "application/json",
            Self::Xml => "text/xml; charset=utf-8",
        }
    }
}

/// The response that a provider takes for 'received', and how long it waits for one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(default, deny_unknown_fields))]
pub struct Acknowledgement {
    pub(crate) status: u16,
    pub(crate) content_type: Option<ContentType>,
    pub(crate) body: Option<Text>,
    pub(crate) timeout: Option<u32>,
}

impl Acknowledgement {
    /// What nearly all providers are content with: a status of success.
    pub(crate) const ANY: Self = Self {
        status: 200,
        content_type: None,
        body: None,
        timeout: None,
    };

    /// The HTTP status, from 200 to 299.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The value of `Content-Type`, where the provider asks for a certain body.
    pub fn content_type(&self) -> Option<&'static str> {
        self.content_type.map(ContentType::name)
    }

    /// The body: empty where the provider wants none, `None` where it does not look at it.
    pub fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }

    /// After how many seconds the provider gives up, and sends the event again. `None` where it does
    /// not say. `docs/schemes.md` marks with a C those that are general knowledge.
    pub fn timeout(&self) -> Option<u32> {
        self.timeout
    }
}

impl Default for Acknowledgement {
    fn default() -> Self {
        Self::ANY
    }
}

impl Scheme {
    /// What the provider is to be answered once its event is safe.
    pub fn acknowledgement(&self) -> &Acknowledgement {
        &self.acknowledgement
    }

    /// Whether the provider asks questions that [`Verifier::handshake`](crate::Verifier::handshake)
    /// answers.
    pub fn has_handshake(&self) -> bool {
        !self.handshakes.is_empty()
    }

    /// Whether one of them carries a token that is chosen beside the secret, and so must be given to
    /// [`Verifier::with_verify_token`](crate::Verifier::with_verify_token).
    pub fn has_verify_token(&self) -> bool {
        let token = |handshake: &Handshake| handshake.token.is_some();
        self.handshakes.iter().any(token)
    }

    /// Whether an answer is made with the secret, from text that the request chooses.
    pub(crate) fn signs_challenges(&self) -> bool {
        self.handshakes.iter().any(Handshake::is_signing)
    }

    /// What the types alone do not rule out.
    pub(super) fn answer_flaw(&self) -> Option<&'static str> {
        let acknowledgement = &self.acknowledgement;
        let body = acknowledgement.body.as_deref().unwrap_or_default();
        let has_body = !body.is_empty();
        let response = flaw(
            acknowledgement.status,
            acknowledgement.content_type,
            has_body,
        );
        if response.is_some() {
            response
        } else if self.signs_challenges() && !matches!(self.algorithm, Algorithm::Hmac(_)) {
            Some("a `tag` in an answer is made with the algorithm `hmac`, and with no other")
        } else if self.signs_challenges() && !self.message.iter().any(is_no_challenge) {
            Some(
                "with a `tag` in an answer the message has what no challenge is: the body, its \
                 digest, the URL, or a literal such as `:`",
            )
        } else {
            self.handshakes.iter().find_map(Handshake::flaw)
        }
    }
}

/// What is wrong with a response.
fn flaw(status: u16, kind: Option<ContentType>, has_body: bool) -> Option<&'static str> {
    if !(200..300).contains(&status) {
        Some("a response has a status from 200 to 299")
    } else if has_body && kind.is_none() {
        Some("a response with a body has a `content_type`")
    } else if has_body && matches!(status, 204 | 205) {
        Some("a response with a body has another status than 204 and 205")
    } else {
        None
    }
}

/// Whether a part of the signed message has, as a rule, characters that no challenge has: without
/// one, every event would be taken for a challenge.
fn is_no_challenge(part: &Part) -> bool {
    match part {
        Part::Literal(text) => !text.bytes().all(is_plain),
        Part::Body | Part::BodySha256 => true,
        Part::Url(_) | Part::QueryAndForm | Part::Parameters => true,
        _ => false,
    }
}

impl Handshake {
    fn is_signing(&self) -> bool {
        let tag = |fragment: &Fragment| matches!(fragment, Fragment::Tag(_));
        self.fragments().iter().any(tag)
    }

    fn fragments(&self) -> &[Fragment] {
        match &self.answer {
            Answer::Say { body, .. } => body,
            #[cfg(feature = "rsa")]
            Answer::SnsSubscribe => &[],
        }
    }

    fn flaw(&self) -> Option<&'static str> {
        let conditions = self.when.iter().map(|condition| &condition.at);
        let mut places = conditions.chain(&self.token).chain(&self.challenge);
        let unfit = |at: &At| matches!(at, At::Pointer(_)) && !self.signed;
        let literal = |fragment: &Fragment| matches!(fragment, Fragment::Literal(_));
        let echoes = !self.fragments().iter().all(literal);
        // An unsigned question by GET or POST has a challenge; a signed one, which comes as events
        // do, is known by its text alone. Nobody sends an event by HEAD.
        let is_taken = match self.method.as_ref() {
            "POST" => self.signed || self.challenge.is_none(),
            "GET" => !self.signed && self.challenge.is_none(),
            _ => false,
        };
        let told_apart = self.when.iter().any(|condition| condition.is.is_some());
        if !matches!(self.method.as_ref(), "GET" | "HEAD" | "POST") {
            Some("the `method` of a handshake is `GET`, `HEAD` or `POST`")
        } else if places.any(unfit) {
            Some("a handshake reads the body only if it is `signed`")
        } else if echoes && self.challenge.is_none() {
            Some("a handshake whose answer has its challenge says where the `challenge` stands")
        } else if is_taken && !told_apart {
            Some(
                "a handshake says in `when` what tells it from an event, or where its `challenge` is",
            )
        } else if self.fragments().contains(&Fragment::Tag(Encoding::Text)) {
            Some("a `tag` is written in `hex`, `upper-hex` or `base64`")
        } else {
            match &self.answer {
                Answer::Say {
                    status,
                    content_type,
                    body,
                } => flaw(*status, *content_type, !body.is_empty()),
                #[cfg(feature = "rsa")]
                Answer::SnsSubscribe => {
                    let flaw = "only a `signed` handshake may name an address to fetch";
                    (!self.signed).then_some(flaw)
                }
            }
        }
    }
}

/// How the rows of the table write them.
impl Handshake {
    /// Asked by GET, without a signature.
    pub(crate) const fn get(documentation: &'static str, challenge: At, answer: Answer) -> Self {
        Self {
            documentation: Borrowed(documentation),
            method: Borrowed("GET"),
            signed: false,
            when: List::Fixed(&[]),
            token: None,
            challenge: Some(challenge),
            answer,
        }
    }

    /// Asked as events are sent.
    pub(crate) const fn signed(
        documentation: &'static str,
        when: &'static [Condition],
        challenge: Option<At>,
        answer: Answer,
    ) -> Self {
        Self {
            documentation: Borrowed(documentation),
            method: Borrowed("POST"),
            signed: true,
            when: List::Fixed(when),
            token: None,
            challenge,
            answer,
        }
    }
}

impl Answer {
    /// The challenge and nothing else.
    pub(crate) const ECHO: Self = Self::Say {
        status: 200,
        content_type: Some(ContentType::Text),
        body: List::Fixed(&[Fragment::Challenge]),
    };

    pub(crate) const fn json(body: &'static [Fragment]) -> Self {
        Self::Say {
            status: 200,
            content_type: Some(ContentType::Json),
            body: List::Fixed(body),
        }
    }
}
