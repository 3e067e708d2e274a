//! The calls: arguments out of a frame, the crate's function, the answer into a frame.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

#[cfg(feature = "full")]
use hookgate::{Outgoing, Received, Reply, SignError, Target};
use hookgate::{
    Request, SCHEMES, Scheme, SchemeOptions, SetupError, Verified, Verifier, VerifyError,
};

use crate::frame::{Reader, Writer as _};

/// An error's code and message.
pub(crate) struct Failure(&'static str, String);

impl Failure {
    pub(crate) fn unknown_verifier() -> Self {
        Self("unknown_verifier", "this verifier was released".into())
    }

    /// A field of a list that JavaScript left `undefined`: to end the list there would judge another
    /// request, or trust fewer secrets, than was asked for.
    fn missing(what: &str) -> Self {
        Self("missing_argument", what.into())
    }

    pub(crate) fn write(&self, output: &mut Vec<u8>) {
        output.clear();
        output.text(self.0);
        output.text(&self.1);
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        Self(error.code(), error.message())
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        Self(error.code(), error.message())
    }
}

#[cfg(feature = "full")]
impl From<SignError> for Failure {
    fn from(error: SignError) -> Self {
        Self(error.code(), error.message())
    }
}

/// How an endpoint is set up.
struct Setup<'a> {
    scheme: Scheme,
    /// In seconds.
    tolerance: Option<u32>,
    signs: bool,
    token: Option<&'a str>,
    secrets: Vec<&'a str>,
}

impl<'a> Setup<'a> {
    /// `scheme` by its name or as JSON, `tolerance` in seconds, `role` (`signing`, or absent), then
    /// the options `header`, `algorithm`, `encoding`, `prefix`, `user` and the verify token, then the
    /// secrets.
    fn read(input: &'a [u8]) -> Result<Self, Failure> {
        let mut fields = Reader(input);
        let name = fields.text().unwrap_or_default();
        let tolerance = match fields.text().map(str::parse) {
            Some(Ok(seconds)) => Some(seconds),
            Some(Err(_)) => {
                return Err(Failure::from(SetupError::InvalidOption {
                    option: "toleranceSecs".into(),
                    expected: "whole seconds from 0".into(),
                }));
            }
            None => None,
        };
        let signs = fields.text().is_some();
        let scheme = scheme(name)?.with_options(&SchemeOptions {
            header: fields.text(),
            algorithm: fields.text(),
            encoding: fields.text(),
            prefix: fields.text(),
            user: fields.text(),
        })?;
        let token = fields.text();
        let mut secrets = Vec::new();
        while fields.more() {
            let secret = fields.text();
            secrets.push(secret.ok_or_else(|| Failure::missing("a secret is undefined"))?);
        }
        Ok(Self {
            scheme,
            tolerance,
            signs,
            token,
            secrets,
        })
    }
}

/// As [`Setup::read`] says.
pub(crate) fn verifier(input: &[u8]) -> Result<Verifier, Failure> {
    let setup = Setup::read(input)?;
    let mut verifier = if setup.signs {
        Verifier::signing(&setup.scheme, &setup.secrets)
    } else {
        Verifier::new(&setup.scheme, &setup.secrets)
    }?;
    if let Some(seconds) = setup.tolerance {
        verifier = verifier.tolerance(seconds);
    }
    match setup.token {
        Some(token) => Ok(verifier.with_verify_token(token)?),
        None => Ok(verifier),
    }
}

fn scheme(name: &str) -> Result<Cow<'static, Scheme>, SetupError> {
    #[cfg(feature = "full")]
    if name.starts_with('{') {
        return Scheme::from_json(name).map(Cow::Owned);
    }
    let unknown = || SetupError::UnknownScheme {
        name: String::from(name).into(),
    };
    hookgate::scheme(name)
        .map(Cow::Borrowed)
        .ok_or_else(unknown)
}

/// `method`, `url`, the body, then names and values of the headers in turn.
fn request<T>(input: &[u8], judge: impl FnOnce(&Request<'_>) -> T) -> Result<T, Failure> {
    let mut fields = Reader(input);
    let method = fields.text().unwrap_or("POST");
    let url = fields.text().unwrap_or_default();
    let body = fields.bytes().unwrap_or_default();
    let mut headers = Vec::new();
    while fields.more() {
        let (Some(name), Some(value)) = (fields.text(), fields.bytes()) else {
            return Err(Failure::missing("a header's name or value is undefined"));
        };
        headers.push((name, value));
    }
    Ok(judge(&Request {
        method,
        url,
        headers: &headers,
        body,
    }))
}

pub(crate) fn verify(verifier: &Verifier, input: &[u8], now: u64) -> Result<Vec<u8>, Failure> {
    let event = request(input, |request| verifier.verify(request, now))??;
    Ok(verified(&event))
}

/// `scheme`, `id`, `type`, `timestamp`, the index of the secret, two flags as `0` or `1` (protected
/// from replay, id signed), then of each event inside `id`, `type`, start and end.
fn verified(event: &Verified) -> Vec<u8> {
    let mut answer = Vec::new();
    answer.text(&event.scheme);
    answer.optional(&event.id);
    answer.optional(&event.event_type);
    match event.timestamp {
        Some(seconds) => answer.number(seconds),
        None => answer.field(None),
    }
    answer.number(event.key_index as u64);
    for flag in [event.replay_protected, event.id_signed] {
        answer.text(if flag { "1" } else { "0" });
    }
    for inner in &event.events {
        answer.optional(&inner.id);
        answer.optional(&inner.event_type);
        answer.number(inner.range.start as u64);
        answer.number(inner.range.end as u64);
    }
    answer
}

/// First `event`, `answer` or `get`. An event then as from `verify`; an answer with its status, body,
/// and names and values of its headers; a `get` with the address, the topic, and whether it undoes an
/// unsubscription.
#[cfg(feature = "full")]
pub(crate) fn receive(verifier: &Verifier, input: &[u8], now: u64) -> Result<Vec<u8>, Failure> {
    let received = request(input, |request| verifier.receive(request, now))??;
    let mut answer = Vec::new();
    match received {
        Received::Event(event) => {
            answer.text("event");
            answer.extend(verified(&event));
        }
        Received::Handshake(Reply::Answer {
            status,
            headers,
            body,
        }) => {
            answer.text("answer");
            answer.number(u64::from(status));
            answer.field(Some(&body));
            for (name, value) in headers {
                answer.text(name);
                answer.text(value);
            }
        }
        Received::Handshake(Reply::Get {
            url,
            topic,
            undoes_unsubscription,
        }) => {
            answer.text("get");
            answer.text(&url);
            answer.text(&topic);
            answer.text(if undoes_unsubscription { "1" } else { "0" });
        }
        Received::Handshake(_) => answer.text("unknown"),
    }
    Ok(answer)
}

/// `id`, `type`, `method`, `url`, `content type`, the body. The answer: `url`, the body, then names
/// and values of the headers in turn.
#[cfg(feature = "full")]
pub(crate) fn sign(verifier: &Verifier, input: &[u8], now: u64) -> Result<Vec<u8>, Failure> {
    let mut fields = Reader(input);
    let id = fields.text().unwrap_or_default();
    let event_type = fields.text();
    let method = fields.text().unwrap_or("POST");
    let url = fields.text().unwrap_or_default();
    let content_type = fields.text();
    let outgoing = Outgoing {
        id,
        timestamp: now,
        event_type,
        body: fields.bytes().unwrap_or_default(),
    };
    let target = Target {
        method,
        url,
        content_type,
    };
    let signed = verifier.sign_request(&outgoing, &target)?;
    let mut answer = Vec::new();
    answer.text(&signed.url);
    answer.field(Some(&signed.body));
    for (name, value) in &signed.headers {
        answer.text(name);
        answer.text(value);
    }
    Ok(answer)
}

/// `url` and the certificates in PEM. The answer is empty.
#[cfg(feature = "full")]
pub(crate) fn add_certificate(
    verifier: &mut Verifier,
    input: &[u8],
    now: u64,
) -> Result<Vec<u8>, Failure> {
    let mut fields = Reader(input);
    let url = fields.text().unwrap_or_default();
    let pem = fields.text().unwrap_or_default();
    verifier.add_certificate(url, pem, now)?;
    Ok(Vec::new())
}

/// The fields of `verifier` as one, then those of a request. The answer: the code of the refusal, or
/// absent, and the report.
#[cfg(feature = "full")]
pub(crate) fn explain(input: &[u8], now: u64) -> Result<Vec<u8>, Failure> {
    let mut fields = Reader(input);
    let setup = Setup::read(fields.bytes().unwrap_or_default())?;
    let diagnosis = request(fields.0, |request| {
        let Setup {
            scheme,
            secrets,
            tolerance,
            ..
        } = &setup;
        hookgate::explain(scheme, secrets, request, now, *tolerance)
    })?;
    let mut answer = Vec::new();
    answer.field(diagnosis.refusal.map(str::as_bytes));
    answer.text(&diagnosis.report());
    Ok(answer)
}

pub(crate) fn schemes(output: &mut Vec<u8>) {
    output.clear();
    SCHEMES.iter().for_each(|scheme| output.text(scheme.name()));
}
