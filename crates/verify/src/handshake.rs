//! Answers the questions that providers ask of an endpoint before, or between, their events.
//!
//! An answer gives back text that the request chose, so that the text is held to what providers
//! send: 1 to 256 letters, digits and `+/=-_.~`, which no browser, no JSON and no XML reads as more
//! than text. It is `text/plain` or JSON, never sniffed and never stored.
//!
//! Two providers want the text's HMAC under the secret, which is the key of their events:
//!
//! - Zoom's question is signed itself, and is answered only if it verifies. What Zoom signs holds a
//!   `:`, which no challenge does.
//! - X asks by GET, and so anybody may ask. The same text as a body has that very signature: a body
//!   that could be a challenge is therefore refused by `verify`, whatever its signature. A body of
//!   X is a JSON object, and could not.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::envelope::Spot;
use crate::error::{Malformed, SetupError, VerifyError};
use crate::hash::sha256;
use crate::headers::{Headers, values};
use crate::key::{Key, same};
use crate::message::{Message, Piece, texts};
use crate::names::NAME_LIMIT;
use crate::parameters;
use crate::pointer::{Found, find};
use crate::request::{Request, Verified};
use crate::scheme::{Answer, At, Condition, Encoding, Fragment, Handshake, Scheme, Text};
use crate::verifier::Verifier;

/// No signed question is longer, in bytes; Amazon's and Discord's have about 2,000.
const BODY_LIMIT: usize = 16 * 1024;

/// What to do about a handshake, instead of taking the request for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// Answer with this.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Names in lower case, and values.
        headers: Vec<(&'static str, &'static str)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Amazon SNS asks for a `GET` of this address, which was checked: https, and a host of SNS. Follow
    /// no redirect from it. Answer 200 with an empty body once it has succeeded, and 503 if it fails,
    /// so that SNS asks again.
    ///
    /// The topic is one that a secret of `aws-sns` names, or the message is refused as `other_topic`.
    /// Of a custom scheme look at it first: any account of Amazon's can ask, for a topic of its own.
    ///
    /// An `UnsubscribeConfirmation` is no handshake of `aws-sns` but an event, of that type: who wants
    /// to undo it fetches the `SubscribeURL` of its body, checked with
    #[cfg_attr(
        feature = "rsa",
        doc = "[`sns_subscribe_url`](crate::asymmetric::sns_subscribe_url)."
    )]
    #[cfg_attr(not(feature = "rsa"), doc = "`sns_subscribe_url`.")]
    Get {
        /// The address.
        url: String,
        /// The ARN of the topic that is to be subscribed to.
        topic: String,
        /// Whether this undoes an unsubscription, which somebody may have wanted: for a custom scheme
        /// that asks for it, and never by itself.
        undoes_unsubscription: bool,
    },
}

/// What a request turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// An event.
    Event(Verified),
    /// A question, and what to do about it.
    Handshake(Reply),
}

impl Scheme {
    /// The methods that its provider asks by, besides those of its events: `GET`, `HEAD` and `POST`,
    /// each once for every question that it has.
    pub fn handshake_methods(&self) -> impl Iterator<Item = &str> {
        let handshakes = self.handshakes.iter();
        handshakes.map(|handshake| handshake.method.as_ref())
    }
}

impl Verifier {
    /// The token that the provider repeats in its handshake, chosen beside the secret: Meta's verify
    /// token. Only its SHA-256 is kept.
    ///
    /// # Errors
    ///
    /// The scheme has no such token, or it is empty or longer than 256 bytes.
    pub fn with_verify_token(mut self, token: &str) -> Result<Self, SetupError> {
        let option = Text::Borrowed("verify_token");
        if !self.scheme.has_verify_token() {
            return Err(SetupError::UnknownOption { option });
        }
        if token.is_empty() || token.len() > NAME_LIMIT {
            let expected = Text::Borrowed("a text of 1 to 256 bytes");
            return Err(SetupError::InvalidOption { option, expected });
        }
        self.verify_token = Some(sha256(token.as_bytes()).into());
        Ok(self)
    }

    /// What to do about the request if it is a handshake; `None` if it is none, and so should be an
    /// event. A handshake that the provider signs is verified first, at the time `now` in unix
    /// seconds; the others need no secret, and their answer tells nothing but what they asked.
    ///
    /// Where most requests are events, [`receive`](Self::receive) verifies each of them once.
    ///
    /// # Errors
    ///
    /// The request asks as a handshake does, and is then no event either, but
    ///
    /// - it must verify and does not: any error of [`verify`](Self::verify), `NeedsCertificate` among
    ///   them, which is no verdict;
    /// - its verify token is missing, repeated or another one (`VerifyTokenMismatch`), or none was
    ///   configured (`NoVerifyToken`);
    /// - its challenge is repeated, longer than 256 bytes or has characters that no challenge has, or
    ///   is missing where the question is signed; an unsigned request without one asks nothing;
    /// - its query or form cannot be read, or a header of it is repeated or beyond ASCII;
    /// - the address that it wants fetched is missing or not the provider's.
    pub fn handshake(&self, request: &Request<'_>, now: u64) -> Result<Option<Reply>, VerifyError> {
        if let Some(reply) = self.asked(request, None)? {
            return Ok(Some(reply));
        }
        let handshakes = &self.scheme.handshakes;
        if !handshakes.iter().any(|handshake| handshake.may_be(request)) {
            return Ok(None);
        }
        let verified = self.verify(request, now)?;
        self.asked(request, Some(&verified))
    }

    /// Judges a request that may be an event or a handshake, at the time `now` in unix seconds.
    ///
    /// # Errors
    ///
    /// As for [`verify`](Self::verify) and [`handshake`](Self::handshake).
    pub fn receive(&self, request: &Request<'_>, now: u64) -> Result<Received, VerifyError> {
        if let Some(reply) = self.asked(request, None)? {
            return Ok(Received::Handshake(reply));
        }
        let verified = self.verify(request, now)?;
        Ok(match self.asked(request, Some(&verified))? {
            Some(reply) => Received::Handshake(reply),
            None => Received::Event(verified),
        })
    }

    /// The reply to a handshake that is signed if the request has verified, and is not if it was not
    /// asked to.
    fn asked(
        &self,
        request: &Request<'_>,
        verified: Option<&Verified>,
    ) -> Result<Option<Reply>, VerifyError> {
        let read = Reader {
            headers: Headers::new(&self.scheme, request),
            request,
        };
        for handshake in self.scheme.handshakes.iter() {
            let fits = match verified {
                Some(_) => handshake.may_be(request),
                None => !handshake.signed && handshake.method == request.method,
            };
            if !fits || !read.all_hold(&handshake.when)? {
                continue;
            }
            let challenge = match &handshake.challenge {
                None => None,
                Some(at) => match read.text(at)? {
                    Some(challenge) => Some((at, challenge)),
                    None if handshake.signed => return Err(read.spot(at).missing()),
                    None => continue,
                },
            };
            if let Some(at) = &handshake.token {
                let token = read.text(at)?.ok_or_else(|| read.spot(at).missing())?;
                self.check_token(&token)?;
            }
            let challenge = match challenge {
                None => String::new(),
                Some((at, challenge)) => {
                    check(&challenge).map_err(|reason| read.spot(at).malformed(reason))?;
                    challenge
                }
            };
            let key = verified.map_or(0, |verified| verified.key_index);
            let key = self.keys.get(key);
            return reply(&handshake.answer, &challenge, key, request).map(Some);
        }
        Ok(None)
    }

    /// Hashed on both sides, so that not even their lengths are compared as they are.
    fn check_token(&self, token: &str) -> Result<(), VerifyError> {
        let expected = self.verify_token.as_ref();
        let expected = expected.ok_or(VerifyError::NoVerifyToken)?;
        if same(&expected[..], &sha256(token.as_bytes())) {
            Ok(())
        } else {
            Err(VerifyError::VerifyTokenMismatch)
        }
    }

    /// Refuses an event whose signature anybody could have asked for: see the head of this file.
    pub(crate) fn check_no_challenge(&self, message: &mut Message<'_>) -> Result<(), VerifyError> {
        if !self.scheme.signs_challenges() {
            return Ok(());
        }
        let could_be = |pieces: &[Piece<'_>]| {
            let length: usize = texts(pieces, &[]).map(<[u8]>::len).sum();
            let mut bytes = texts(pieces, &[]).flatten();
            (1..=NAME_LIMIT).contains(&length) && bytes.all(|byte| is_plain(*byte))
        };
        if message.any(&mut |pieces| could_be(pieces)) {
            Err(VerifyError::UncoveredBody)
        } else {
            Ok(())
        }
    }
}

impl Handshake {
    /// Whether a request could be this signed question, told without parsing what is not verified.
    fn may_be(&self, request: &Request<'_>) -> bool {
        let holds = |condition: &Condition| match (&condition.at, &condition.is) {
            (At::Pointer(_), Some(text)) => {
                let mut parts = request.body.windows(text.len().max(1));
                parts.any(|part| part == text.as_bytes())
            }
            (At::Header(name), Some(text)) => {
                values(request, name).any(|value| value == text.as_bytes())
            }
            _ => true,
        };
        self.signed
            && self.method == request.method
            && request.body.len() <= BODY_LIMIT
            && self.when.iter().all(holds)
    }
}

/// Reads the values that a handshake is made of.
struct Reader<'s, 'r, 'a> {
    headers: Headers<'s, 'r, 'a>,
    request: &'r Request<'a>,
}

impl Reader<'_, '_, '_> {
    fn all_hold(&self, conditions: &[Condition]) -> Result<bool, VerifyError> {
        for condition in conditions {
            if !self.holds(condition)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn holds(&self, condition: &Condition) -> Result<bool, VerifyError> {
        if let At::Pointer(pointer) = &condition.at {
            return Ok(match (self.found(pointer), &condition.is) {
                (Found::Text(text), Some(expected)) => text == *expected,
                (Found::Absent, None) => true,
                _ => false,
            });
        }
        let text = self.text(&condition.at)?;
        Ok(text.as_deref() == condition.is.as_deref())
    }

    fn text(&self, at: &At) -> Result<Option<String>, VerifyError> {
        match at {
            At::Header(name) => Ok(self.headers.once(name)?.map(String::from)),
            At::Parameter(name) => {
                let pairs = if self.request.method != "POST" {
                    parameters::query(self.request)?
                } else if parameters::is_form(self.request) {
                    parameters::form(self.request)?
                } else {
                    Vec::new()
                };
                parameters::one(&pairs, name)
            }
            At::Pointer(pointer) => Ok(self.found(pointer).text()),
        }
    }

    fn found(&self, pointer: &str) -> Found {
        let found = find(self.request.body, &[pointer]);
        found.into_iter().next().unwrap_or(Found::Absent)
    }

    fn spot<'t>(&self, at: &'t At) -> Spot<'t> {
        match at {
            At::Header(name) => Spot::Header(self.headers.name(name)),
            At::Parameter(name) => Spot::Parameter(name),
            At::Pointer(pointer) => Spot::Pointer(pointer),
        }
    }
}

fn reply(
    answer: &Answer,
    challenge: &str,
    key: Option<&Key>,
    request: &Request<'_>,
) -> Result<Reply, VerifyError> {
    let (status, content_type, fragments) = match answer {
        Answer::Say {
            status,
            content_type,
            body,
        } => (*status, *content_type, body),
        #[cfg(feature = "rsa")]
        Answer::SnsSubscribe => return subscription(request.body),
    };
    #[cfg(not(feature = "rsa"))]
    let _ = request;
    let mut body = String::new();
    for fragment in fragments.iter() {
        match fragment {
            Fragment::Literal(text) => body.push_str(text),
            Fragment::Challenge => body.push_str(challenge),
            Fragment::Tag(encoding) => body.push_str(&tag(key, challenge, *encoding)),
        }
    }
    let mut headers = Vec::with_capacity(3);
    headers.extend(content_type.map(|kind| ("content-type", kind.name())));
    headers.push(("x-content-type-options", "nosniff"));
    headers.push(("cache-control", "no-store"));
    Ok(Reply::Answer {
        status,
        headers,
        body: body.into_bytes(),
    })
}

/// Of a keyed hash alone: the 'tag' of a static token would be the token.
fn tag(key: Option<&Key>, challenge: &str, encoding: Encoding) -> String {
    match key {
        Some(key @ Key::Mac(_)) => {
            let message = [Piece::Bytes(Cow::Borrowed(challenge.as_bytes()))];
            encoding.encode(&key.tag(&message))
        }
        _ => String::new(),
    }
}

#[cfg(feature = "rsa")]
fn subscription(body: &[u8]) -> Result<Reply, VerifyError> {
    use crate::asymmetric::{SnsKind, SnsMessage, sns_subscribe_url};
    let message = SnsMessage::read(body).map_err(|_| VerifyError::MalformedBody {
        reason: Malformed::NotJson,
    })?;
    let pointer = Text::Borrowed("/SubscribeURL");
    let Some(url) = message.subscribe_url() else {
        return Err(VerifyError::MissingField { pointer });
    };
    sns_subscribe_url(url).map_err(|_| VerifyError::MalformedField {
        pointer,
        reason: Malformed::ForeignAddress,
    })?;
    Ok(Reply::Get {
        url: url.into(),
        topic: message.topic_arn().into(),
        undoes_unsubscription: message.kind() == SnsKind::UnsubscribeConfirmation,
    })
}

fn check(challenge: &str) -> Result<(), Malformed> {
    if challenge.is_empty() {
        Err(Malformed::Empty)
    } else if challenge.len() > NAME_LIMIT {
        Err(Malformed::TooLong { limit: NAME_LIMIT })
    } else if !challenge.bytes().all(is_plain) {
        Err(Malformed::NotAChallenge)
    } else {
        Ok(())
    }
}

/// What either base64 is written in, and what needs no escape in a URL.
pub(crate) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=-_.~".contains(&byte)
}
