//! What a request's signature is over, piece by piece: the body is hashed where it lies.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::slice;

use crate::encoding::decode_hex;
use crate::error::{Malformed, VerifyError};
use crate::hash::sha256;
use crate::headers::Headers;
use crate::names::check_name;
use crate::parameters::{self, Pair};
use crate::pointer::Found;
use crate::request::Request;
use crate::scheme::{Part, Scheme, SignaturePlace, Text, UrlForm};
use crate::url;

/// A piece of the signed message: what one part of the scheme's template stands for.
pub(crate) enum Piece<'a> {
    Bytes(Cow<'a, [u8]>),
    /// One of the texts of the URL.
    Url(Cow<'a, str>),
    /// Names and values of a form, in the order in which they are signed: they stay in the body, but for
    /// those with escapes, which are decoded.
    Fields(Vec<Cow<'a, [u8]>>),
    /// Where the secret stands in a plain hash.
    Secret,
}

/// What is signed, text after text.
pub(crate) fn texts<'p>(pieces: &'p [Piece<'p>], secret: &'p [u8]) -> Texts<'p> {
    Texts {
        pieces: pieces.iter(),
        fields: [].iter(),
        secret,
    }
}

/// See [`texts`].
#[derive(Clone)]
pub(crate) struct Texts<'p> {
    pieces: slice::Iter<'p, Piece<'p>>,
    fields: slice::Iter<'p, Cow<'p, [u8]>>,
    secret: &'p [u8],
}

impl<'p> Iterator for Texts<'p> {
    type Item = &'p [u8];

    #[inline(never)]
    fn next(&mut self) -> Option<&'p [u8]> {
        loop {
            if let Some(text) = self.fields.next() {
                return Some(text);
            }
            match self.pieces.next()? {
                Piece::Bytes(text) => return Some(text),
                Piece::Url(text) => return Some(text.as_bytes()),
                Piece::Fields(fields) => self.fields = fields.iter(),
                Piece::Secret => return Some(self.secret),
            }
        }
    }
}

/// The parts of a message that are not read from the request as it stands.
#[derive(Clone, Copy, Default)]
pub(crate) struct Named<'a> {
    pub(crate) id: &'a str,
    pub(crate) timestamp: &'a str,
    /// The further headers that the signature header lists, as they are written there.
    pub(crate) listed: Option<&'a str>,
    /// What was found in the body at each pointer of the message, in their order.
    pub(crate) pointers: &'a [Found],
}

/// A message, and the digest of the body that it holds where the body itself is no part of it.
pub(crate) struct Message<'a> {
    pieces: Vec<Piece<'a>>,
    /// Each text of the URL that may have been signed. At least one, and all else is the same in each: a
    /// form is read and sorted once, and stands in memory once.
    urls: Vec<Cow<'a, str>>,
    body_digest: Option<Digest<'a>>,
}

impl<'a> Message<'a> {
    pub(crate) fn assemble(
        scheme: &'a Scheme,
        request: &Request<'a>,
        headers: &Headers<'_, '_, 'a>,
        named: Named<'a>,
    ) -> Result<Self, VerifyError> {
        let mut pieces = Vec::with_capacity(scheme.message.len());
        let mut pointers = named.pointers.iter();
        let mut body_digest = None;
        let mut urls = UrlForm::Exact.texts(request.url);
        for part in scheme.message.iter() {
            let piece = match part {
                Part::Id => bytes(named.id),
                Part::Timestamp => bytes(named.timestamp),
                Part::Body => Cow::Borrowed(request.body),
                Part::BodySha256 => Cow::Owned(body_sha256(request)),
                #[cfg(feature = "rsa")]
                Part::BodyCrc32 => {
                    let crc = crate::asymmetric::crc32(request.body);
                    Cow::Owned(crate::text::decimal(u64::from(crc)).into_bytes())
                }
                Part::Method => bytes(request.method),
                Part::Url(form) => {
                    urls = form.texts(request.url);
                    pieces.push(Piece::Url("".into()));
                    continue;
                }
                Part::Literal(text) => bytes(text),
                Part::Header(name) => {
                    let value = headers.needed(name)?;
                    check_name(value).map_err(|reason| headers.malformed(name, reason))?;
                    bytes(value)
                }
                Part::ListedHeaders => Cow::Owned(listed(headers, named.listed)?),
                Part::Pointer(pointer) => match pointers.next() {
                    Some(Found::Text(text)) => bytes(text),
                    Some(Found::Absent | Found::Unusable) | None => {
                        let pointer = pointer.clone();
                        return Err(VerifyError::MissingField { pointer });
                    }
                },
                Part::SortedQuery => {
                    Cow::Owned(parameters::encoded_query(parameters::query(request)?))
                }
                Part::Form { distinct, digest } => {
                    let (pairs, digest) = form_or_digest(request, digest.as_ref())?;
                    body_digest = digest;
                    pieces.push(Piece::Fields(parameters::concatenated(pairs, *distinct)));
                    continue;
                }
                Part::QueryAndForm => {
                    pieces.push(Piece::Fields(query_and_form(request)?));
                    continue;
                }
                Part::Parameters => {
                    if !request.body.is_empty() && !parameters::is_form(request) {
                        return Err(VerifyError::UncoveredBody);
                    }
                    let without = match &scheme.signature {
                        SignaturePlace::Parameter(name) => Some(name),
                        _ => None,
                    };
                    let pairs = parameters::either(request)?;
                    pieces.push(Piece::Fields(parameters::ampersands(pairs, without)));
                    continue;
                }
                Part::Secret => {
                    pieces.push(Piece::Secret);
                    continue;
                }
            };
            pieces.push(Piece::Bytes(piece));
        }
        let mut message = Self {
            pieces,
            urls,
            body_digest,
        };
        message.any(&mut |_| true);
        Ok(message)
    }

    /// With the URL as it came, or with the text of it that [`any`](Self::any) was shown last.
    pub(crate) fn pieces(&self) -> &[Piece<'a>] {
        &self.pieces
    }

    /// How many texts may have been signed.
    pub(crate) fn variants(&self) -> usize {
        self.urls.len()
    }

    /// Whether that holds of the message with one of the texts of the URL; the others are not asked.
    pub(crate) fn any(&mut self, holds: &mut dyn FnMut(&[Piece<'a>]) -> bool) -> bool {
        for url in &self.urls {
            for piece in &mut self.pieces {
                if let Piece::Url(text) = piece {
                    *text = url.clone();
                }
            }
            if holds(&self.pieces) {
                return true;
            }
        }
        false
    }

    /// Whether the body is the one that the message speaks of; asked after the signature matched.
    pub(crate) fn check_body(&self, request: &Request<'_>) -> Result<(), VerifyError> {
        match &self.body_digest {
            Some((name, expected)) if !crate::key::same(&body_sha256(request), expected) => {
                Err(VerifyError::DigestMismatch {
                    name: (*name).clone(),
                })
            }
            _ => Ok(()),
        }
    }
}

fn bytes(text: &str) -> Cow<'_, [u8]> {
    Cow::Borrowed(text.as_bytes())
}

pub(crate) fn body_sha256(request: &Request<'_>) -> Vec<u8> {
    sha256(request.body).to_vec()
}

/// Coinbase and Hook0: `<names>.<value>.<value>.`; a header that is listed must be there.
fn listed(headers: &Headers<'_, '_, '_>, names: Option<&str>) -> Result<Vec<u8>, VerifyError> {
    let Some(names) = names else {
        return Ok(Vec::new());
    };
    let mut piece = Vec::from(names.as_bytes());
    for name in names.split(' ') {
        piece.push(b'.');
        let value = headers.needed(&Text::Owned(name.into()))?;
        piece.extend_from_slice(value.as_bytes());
    }
    piece.push(b'.');
    Ok(piece)
}

type Digest<'a> = (&'a Text, Vec<u8>);

/// The parameters of a form. Else what the query says of the body, in the parameter of that `name`:
/// even of an empty body, or whoever captured a request could take its body away.
fn form_or_digest<'a>(
    request: &Request<'a>,
    name: Option<&'a Text>,
) -> Result<(Vec<Pair<'a>>, Option<Digest<'a>>), VerifyError> {
    if !request.body.is_empty() && parameters::is_form(request) {
        return Ok((parameters::form(request)?, None));
    }
    let digest = match name {
        Some(name) => digest_in_query(request, name)?.map(|digest| (name, digest)),
        None => None,
    };
    match (digest, name) {
        (None, Some(name)) if !request.body.is_empty() => {
            Err(VerifyError::MissingParameter { name: name.clone() })
        }
        (None, None) if !request.body.is_empty() => Err(VerifyError::UncoveredBody),
        (digest, _) => Ok((Vec::new(), digest)),
    }
}

/// The digest of the body that stands in the signed query.
fn digest_in_query(request: &Request<'_>, name: &Text) -> Result<Option<Vec<u8>>, VerifyError> {
    let Some(text) = parameters::one(&parameters::query(request)?, name)? else {
        return Ok(None);
    };
    decode_hex(text.as_bytes())
        .filter(|digest| digest.len() == 32)
        .map(Some)
        .ok_or_else(|| VerifyError::MalformedParameter {
            name: name.clone(),
            reason: Malformed::NotHex,
        })
}

/// Plivo V3: the `?` stands there if there are parameters of either kind, the `.` if of both.
fn query_and_form<'a>(request: &Request<'a>) -> Result<Vec<Cow<'a, [u8]>>, VerifyError> {
    if !request.body.is_empty() && !parameters::is_form(request) {
        return Err(VerifyError::UncoveredBody);
    }
    let mut query = parameters::sorted_query(parameters::query(request)?);
    let mut form = parameters::concatenated(parameters::form(request)?, false);
    let has_query = !query.is_empty();
    let has_form = form.iter().any(|text| !text.is_empty());
    let mut texts = Vec::new();
    texts.push(bytes(url::base(request.url)));
    if has_query || has_form {
        texts.push(bytes("?"));
    }
    if let Some(between) = query.first_mut() {
        *between = bytes("");
    }
    texts.append(&mut query);
    if has_query && has_form {
        texts.push(bytes("."));
    }
    texts.append(&mut form);
    Ok(texts)
}
