//! The calls: arguments out of a frame, the crate's function, the answer into a frame.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use hookgate::{
    Confidence, Data, Datum, Outside, Pads, Request, SCHEMES, Scheme, SchemeOptions, SetupError,
    Verified, Verifier, VerifyError,
};
#[cfg(feature = "full")]
use hookgate::{Diagnosis, Outgoing, Received, Reply, SignError, Target};

use crate::frame::{Reader, Writer as _};
use crate::host::inner_hash;

/// An error's code, its stage, its message, and names and values of its data, as they are answered.
pub(crate) struct Failure(Vec<u8>);

impl Failure {
    pub(crate) fn unknown_verifier() -> Self {
        Self::new(
            "unknown_verifier",
            "setup",
            "this verifier was released",
            &Data::default(),
        )
    }

    /// A field of a list that JavaScript left `undefined`: to end the list there would judge another
    /// request, or trust fewer secrets, than was asked for.
    fn missing(what: &str) -> Self {
        Self::new("missing_argument", "setup", what, &Data::default())
    }

    fn new(code: &str, stage: &str, message: &str, data: &Data<'_>) -> Self {
        let mut fields = Vec::new();
        fields.text(code);
        fields.text(stage);
        fields.text(message);
        for (name, value) in data.iter() {
            fields.text(name);
            match value {
                Datum::Text(text) => fields.text(text),
                Datum::Number(number) => fields.number(*number),
            }
        }
        Self(fields)
    }

    pub(crate) fn write(self, output: &mut Vec<u8>) {
        *output = self.0;
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        Self::new(error.code(), "setup", &error.message(), &error.data())
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        let stage = match error {
            VerifyError::NeedsCertificate { .. } => "incomplete",
            _ if error.is_malformed() => "malformed",
            _ => "unauthenticated",
        };
        Self::new(error.code(), stage, &error.message(), &error.data())
    }
}

#[cfg(feature = "full")]
impl From<SignError> for Failure {
    fn from(error: SignError) -> Self {
        Self::new(error.code(), "sign", &error.message(), &error.data())
    }
}

/// What a number of `verifier` stands for.
pub(crate) struct Prepared {
    verifier: Verifier,
    /// Where bodies can be hashed outside.
    pads: Option<Pads>,
    /// The headers that are read of such requests, if they are known beforehand.
    headers: Vec<Cow<'static, str>>,
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

/// As [`Setup::read`] says. The answer: the scheme's name, the hash that a host may make of bodies, or
/// absent, the number of headers that are read of such requests, or absent if any may be, their names
/// in lower case, and then for each secret the block that its inner hash starts with.
pub(crate) fn verifier(input: &[u8]) -> Result<(Prepared, Vec<u8>), Failure> {
    let setup = Setup::read(input)?;
    let mut verifier = if setup.signs {
        Verifier::signing(&setup.scheme, &setup.secrets)
    } else {
        Verifier::new(&setup.scheme, &setup.secrets)
    }?;
    if let Some(seconds) = setup.tolerance {
        verifier = verifier.tolerance(seconds);
    }
    if let Some(token) = setup.token {
        verifier = verifier.with_verify_token(token)?;
    }
    let pads = Pads::new(&setup.scheme, &setup.secrets);
    let headers = setup.scheme.read_headers();
    let mut answer = Vec::new();
    answer.text(setup.scheme.name());
    answer.field(pads.as_ref().map(|pads| pads.hash().as_bytes()));
    answer.optional_number(headers.as_ref().map(|headers| headers.len() as u64));
    let headers = headers.unwrap_or_default();
    for name in &headers {
        answer.text(&name.to_ascii_lowercase());
    }
    if let Some(pads) = &pads {
        pads.inner().for_each(|pad| answer.field(Some(pad)));
    }
    let prepared = Prepared {
        verifier,
        pads,
        headers,
    };
    Ok((prepared, answer))
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

/// A request as JavaScript wrote it.
struct Asked<'a> {
    method: &'a str,
    url: &'a str,
    headers: Vec<(&'a str, &'a [u8])>,
    body: &'a [u8],
}

impl<'a> Asked<'a> {
    /// `method`, `url`, the body, then names and values of the headers in turn. A name of one byte
    /// below 32 stands for the header of that place among `known`.
    #[inline(never)]
    fn read(input: &'a [u8], known: &'a [Cow<'static, str>]) -> Result<Self, Failure> {
        let mut fields = Reader(input);
        let mut asked = Self {
            method: fields.text().unwrap_or("POST"),
            url: fields.text().unwrap_or_default(),
            body: fields.bytes().unwrap_or_default(),
            headers: Vec::with_capacity(8),
        };
        while fields.more() {
            let (Some(name), Some(value)) = (fields.text(), fields.bytes()) else {
                return Err(Failure::missing("a header's name or value is undefined"));
            };
            let name = match name.as_bytes() {
                [place @ 0..32] => known.get(usize::from(*place)).map_or("", |name| name),
                _ => name,
            };
            asked.headers.push((name, value));
        }
        Ok(asked)
    }

    fn request(&self) -> Request<'_> {
        Request {
            method: self.method,
            url: self.url,
            headers: &self.headers,
            body: self.body,
        }
    }
}

/// Whether the request verifies; what it says is read by [`describe`].
pub(crate) fn judge(
    prepared: &Prepared,
    input: &[u8],
    now: u64,
    outside: bool,
) -> Result<Verified, Failure> {
    let mut inner = inner_hash;
    let mut host = match &prepared.pads {
        Some(pads) if outside => Some(Outside {
            pads,
            inner: &mut inner,
        }),
        _ => None,
    };
    let asked = Asked::read(input, &prepared.headers)?;
    let judged = prepared
        .verifier
        .judge_alone(&asked.request(), now, host.as_mut());
    Ok(judged?)
}

/// As from [`verify`], of a request that [`judge`] has verified. What only the verdict knows is empty.
pub(crate) fn describe(prepared: &mut Prepared, input: &[u8]) -> Result<Vec<u8>, Failure> {
    let asked = Asked::read(input, &prepared.headers)?;
    let event = prepared.verifier.describe(&asked.request());
    Ok(verified(&event))
}

pub(crate) fn verify(prepared: &Prepared, input: &[u8], now: u64) -> Result<Vec<u8>, Failure> {
    let asked = Asked::read(input, &prepared.headers)?;
    let event = prepared.verifier.verify(&asked.request(), now)?;
    Ok(verified(&event))
}

/// `scheme`, `id`, `type`, `timestamp`, the index of the secret, two flags as `0` or `1` (protected
/// from replay, id signed), then of each event inside `id`, `type`, start and end.
#[inline(never)]
fn verified(event: &Verified) -> Vec<u8> {
    let mut answer = Vec::new();
    answer.text(&event.scheme);
    answer.optional(&event.id);
    answer.optional(&event.event_type);
    answer.optional_number(event.timestamp);
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
pub(crate) fn receive(prepared: &Prepared, input: &[u8], now: u64) -> Result<Vec<u8>, Failure> {
    let asked = Asked::read(input, &prepared.headers)?;
    let received = prepared.verifier.receive(&asked.request(), now)?;
    Ok(match received {
        Received::Event(event) => {
            let mut answer = Vec::new();
            answer.text("event");
            answer.extend(verified(&event));
            answer
        }
        Received::Handshake(reply) => replied(&reply),
    })
}

/// As from `receive`; empty if it is no handshake.
#[cfg(feature = "full")]
pub(crate) fn handshake(prepared: &Prepared, input: &[u8], now: u64) -> Result<Vec<u8>, Failure> {
    let asked = Asked::read(input, &prepared.headers)?;
    let reply = prepared.verifier.handshake(&asked.request(), now)?;
    Ok(reply.as_ref().map(replied).unwrap_or_default())
}

#[cfg(feature = "full")]
fn replied(reply: &Reply) -> Vec<u8> {
    let mut answer = Vec::new();
    match reply {
        Reply::Answer {
            status,
            headers,
            body,
        } => {
            answer.text("answer");
            answer.number(u64::from(*status));
            answer.field(Some(body));
            for (name, value) in headers {
                answer.text(name);
                answer.text(value);
            }
        }
        Reply::Get {
            url,
            topic,
            undoes_unsubscription,
        } => {
            answer.text("get");
            answer.text(url);
            answer.text(topic);
            answer.text(if *undoes_unsubscription { "1" } else { "0" });
        }
        _ => answer.text("unknown"),
    }
    answer
}

/// `id`, `type`, `method`, `url`, `content type`, the body. The answer: `url`, the body, then names
/// and values of the headers in turn.
#[cfg(feature = "full")]
pub(crate) fn sign(prepared: &Prepared, input: &[u8], now: u64) -> Result<Vec<u8>, Failure> {
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
    let signed = prepared.verifier.sign_request(&outgoing, &target)?;
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
    prepared: &mut Prepared,
    input: &[u8],
    now: u64,
) -> Result<Vec<u8>, Failure> {
    let mut fields = Reader(input);
    let url = fields.text().unwrap_or_default();
    let pem = fields.text().unwrap_or_default();
    prepared.verifier.add_certificate(url, pem, now)?;
    Ok(Vec::new())
}

/// The fields of `verifier` as one, then those of a request. The answer: the scheme, the code of the
/// refusal, or absent, the report, how many trials were made and left out, then the number of checks,
/// of each its name, verdict, summary and the number of its data with their names and values, and of
/// each cause its code, `1` if it is certain, meaning, detail and remedy.
#[cfg(feature = "full")]
pub(crate) fn explain(input: &[u8], now: u64) -> Result<Vec<u8>, Failure> {
    let mut fields = Reader(input);
    let setup = Setup::read(fields.bytes().unwrap_or_default())?;
    let asked = Asked::read(fields.0, &[])?;
    let Setup {
        scheme,
        secrets,
        tolerance,
        ..
    } = &setup;
    let diagnosis = hookgate::explain(scheme, secrets, &asked.request(), now, *tolerance);
    Ok(diagnosed(&diagnosis))
}

#[cfg(feature = "full")]
fn diagnosed(diagnosis: &Diagnosis) -> Vec<u8> {
    let mut answer = Vec::new();
    answer.text(&diagnosis.scheme);
    answer.field(diagnosis.refusal.map(str::as_bytes));
    answer.text(&diagnosis.report());
    answer.number(diagnosis.tried as u64);
    answer.number(diagnosis.untried as u64);
    answer.number(diagnosis.checks.len() as u64);
    for check in &diagnosis.checks {
        answer.text(check.name);
        answer.text(check.verdict.name());
        answer.text(&check.summary);
        answer.number(check.data.len() as u64);
        for (name, value) in &check.data {
            answer.text(name);
            answer.text(value);
        }
    }
    for cause in &diagnosis.causes {
        answer.text(cause.code);
        answer.text(if cause.certain { "1" } else { "0" });
        answer.text(cause.meaning());
        answer.text(&cause.detail);
        answer.text(cause.remedy());
    }
    answer
}

/// Of each scheme its name, title, documentation, confidence, tolerance in seconds or absent, and a
/// word of `0` and `1`: whether it signs content, timestamp, id, URL, has an id, batches, public keys,
/// certificates, a verify token, and allows several signatures.
pub(crate) fn schemes(output: &mut Vec<u8>) {
    output.clear();
    for scheme in SCHEMES {
        output.text(scheme.name());
        output.text(scheme.title());
        output.text(scheme.documentation());
        output.text(match scheme.confidence() {
            Confidence::A => "A",
            Confidence::B => "B",
            Confidence::C => "C",
        });
        output.optional_number(scheme.tolerance().map(u64::from));
        let flags = [
            scheme.signs_content(),
            scheme.signs_timestamp(),
            scheme.signs_id(),
            scheme.signs_url(),
            scheme.has_id(),
            scheme.has_batches(),
            scheme.has_public_keys(),
            scheme.has_certificates(),
            scheme.has_verify_token(),
            scheme.allows_several_signatures(),
        ];
        let word = flags.map(|flag| if flag { b'1' } else { b'0' });
        output.field(Some(&word));
    }
}
