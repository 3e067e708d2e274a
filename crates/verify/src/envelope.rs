//! What a request says of its signature: read and checked for form, trusted in nothing.
//!
//! Where signature or timestamp stand in the body, no more of it is read than they.

mod check;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) use check::{Kinds, Spot};
use check::{check_found, read_names};

use crate::error::{Malformed, VerifyError};
use crate::grammar::Signatures;
use crate::headers::Headers;
use crate::message::{Message, Named};
use crate::parameters;
use crate::pointer::{Found, find};
use crate::request::Request;
use crate::scheme::{Part, Scheme, SignaturePlace, Text, TimestampPlace};
use crate::text::{concat, decimal};

/// The most numbered headers that are read: DocuSign allows as many keys.
const NUMBERED_LIMIT: u64 = 100;

/// The values that a scheme reads before it judges.
pub(crate) struct Envelope<'s, 'r, 'a> {
    pub(crate) headers: Headers<'s, 'r, 'a>,
    /// Decoded, in the order of the request. At least one, but for Adyen's items and SNS.
    pub(crate) signatures: Vec<Vec<u8>>,
    /// Likewise, those that only a public key can judge, where the scheme has both.
    pub(crate) by_public_key: Vec<Vec<u8>>,
    /// As it was sent, and in unix seconds. A timestamp in a signed body is not read here.
    pub(crate) timestamp: Option<(String, u64)>,
    /// From a header; an id elsewhere is read after the signature has matched.
    pub(crate) id: Option<&'a str>,
    /// The further signed headers that the signature header lists.
    pub(crate) listed: Option<String>,
    /// What stands at the pointers of the message.
    pub(crate) pointers: Vec<Found>,
}

impl<'s, 'r, 'a> Envelope<'s, 'r, 'a> {
    pub(crate) fn read(
        scheme: &'s Scheme,
        request: &'r Request<'a>,
        kinds: Kinds,
    ) -> Result<Self, VerifyError> {
        let headers = Headers::new(scheme, request);
        let in_body = InBody::read(scheme, request)?;
        let texts = signature_texts(scheme, request, &headers, &in_body)?;

        let field = match scheme.timestamp.as_ref().map(|timestamp| &timestamp.place) {
            Some(TimestampPlace::Field(field)) => Some(field.as_ref()),
            _ => None,
        };
        let mut read = Vec::with_capacity(texts.len());
        for (spot, text) in &texts {
            let malformed = |reason| spot.malformed(reason);
            let signatures = scheme.grammar.read(text, field).map_err(malformed)?;
            read.push((spot, kinds.keep(signatures).map_err(malformed)?));
        }
        for expected in scheme.expects.iter() {
            if headers.needed(&expected.header)? != expected.value {
                return Err(VerifyError::UnsupportedVersion {
                    name: headers.name(&expected.header),
                    expected: expected.value.clone(),
                });
            }
        }
        let timestamp = read_timestamp(scheme, request, &headers, &in_body, &read)?;
        let id = read_names(scheme, &headers)?;
        check_found(&scheme.grammar, kinds, &read)?;

        let (mut signatures, mut by_public_key) = (Vec::new(), Vec::new());
        for (spot, read) in &read {
            let decode = |text: &&str| {
                let signature = scheme.encoding.decode(text);
                signature.map_err(|reason| spot.malformed(reason))
            };
            for text in &read.found {
                signatures.push(decode(text)?);
            }
            for text in &read.by_public_key {
                by_public_key.push(decode(text)?);
            }
        }
        let listed = read.iter().find_map(|(_, read)| read.listed);
        let listed = listed.map(String::from);
        drop(read);
        Ok(Self {
            headers,
            signatures,
            by_public_key,
            timestamp,
            id,
            listed,
            pointers: in_body.message,
        })
    }

    pub(crate) fn message<'m>(
        &'m self,
        scheme: &'m Scheme,
        request: &Request<'m>,
    ) -> Result<Message<'m>, VerifyError>
    where
        'a: 'm,
    {
        let named = Named {
            id: self.id.unwrap_or_default(),
            timestamp: self.timestamp.as_ref().map_or("", |(text, _)| text),
            listed: self.listed.as_deref(),
            pointers: &self.pointers,
        };
        Message::assemble(scheme, request, &self.headers, named)
    }
}

/// What stands in the body of what is needed before it is verified.
#[derive(Default)]
struct InBody {
    signature: Option<Found>,
    timestamp: Option<Found>,
    /// At the pointers of the message, in their order.
    message: Vec<Found>,
}

impl InBody {
    fn read(scheme: &Scheme, request: &Request<'_>) -> Result<Self, VerifyError> {
        let mut pointers: Vec<&str> = Vec::new();
        let signature = match &scheme.signature {
            SignaturePlace::Pointer(pointer) => Some(pointer),
            _ => None,
        };
        let signed = scheme.signs(|part| matches!(part, Part::Timestamp));
        let timestamp = match scheme.timestamp.as_ref().map(|timestamp| &timestamp.place) {
            Some(TimestampPlace::Pointer(pointer)) if signed => Some(pointer),
            _ => None,
        };
        pointers.extend(signature.map(Text::as_ref));
        pointers.extend(timestamp.map(Text::as_ref));
        pointers.extend(scheme.message.iter().filter_map(|part| match part {
            Part::Pointer(pointer) => Some(pointer.as_ref()),
            _ => None,
        }));
        if pointers.is_empty() {
            return Ok(Self::default());
        }
        let mut found = find(request.body, &pointers).into_iter();
        Ok(Self {
            signature: signature.and_then(|_| found.next()),
            timestamp: timestamp.and_then(|_| found.next()),
            message: found.collect(),
        })
    }
}

/// The texts that carry signatures. At least one, but for Adyen's items.
fn signature_texts<'s, 'a>(
    scheme: &'s Scheme,
    request: &Request<'a>,
    headers: &Headers<'_, '_, 'a>,
    in_body: &InBody,
) -> Result<Vec<(Spot<'s>, Cow<'a, str>)>, VerifyError> {
    let mut texts = Vec::new();
    let mut add = |name: &Text, text| {
        texts.push((Spot::Header(headers.name(name)), Cow::Borrowed(text)));
    };
    match &scheme.signature {
        SignaturePlace::Header(name) => add(name, headers.needed(name)?),
        SignaturePlace::Headers(names) => {
            for name in names.iter() {
                if let Some(text) = headers.once(name)? {
                    add(name, text);
                }
            }
            if let (true, Some(name)) = (texts.is_empty(), names.first()) {
                return Err(VerifyError::MissingHeader { name: name.clone() });
            }
        }
        SignaturePlace::Numbered(prefix) => {
            for number in 1..=NUMBERED_LIMIT {
                let name = Text::Owned(concat(&[prefix, &decimal(number)]));
                match headers.once(&name)? {
                    Some(text) => add(&name, text),
                    None if number == 1 => return Err(VerifyError::MissingHeader { name }),
                    None => break,
                }
            }
        }
        SignaturePlace::Pointer(pointer) => {
            let spot = Spot::Pointer(pointer);
            let Some(Found::Text(text)) = &in_body.signature else {
                return Err(spot.missing());
            };
            texts.push((spot, Cow::Owned(text.clone())));
        }
        SignaturePlace::Parameter(name) => {
            let spot = Spot::Parameter(name);
            let text = parameters::one(&parameters::either(request)?, name)?;
            let text = text.ok_or_else(|| spot.missing())?;
            texts.push((spot, Cow::Owned(text)));
        }
        SignaturePlace::AdyenItems => {}
        #[cfg(feature = "rsa")]
        SignaturePlace::SnsMessage => {}
    }
    Ok(texts)
}

/// The timestamp, as it was sent and in seconds, where it can be read before the body is verified.
fn read_timestamp(
    scheme: &Scheme,
    request: &Request<'_>,
    headers: &Headers<'_, '_, '_>,
    in_body: &InBody,
    read: &[(&Spot<'_>, Signatures<'_>)],
) -> Result<Option<(String, u64)>, VerifyError> {
    let Some(timestamp) = &scheme.timestamp else {
        return Ok(None);
    };
    let (spot, text) = match &timestamp.place {
        TimestampPlace::Header(name) => {
            let text = headers.needed(name)?;
            (Spot::Header(headers.name(name)), String::from(text))
        }
        TimestampPlace::Field(field) => {
            let Some((spot, read)) = read.first() else {
                return Ok(None);
            };
            let field = field.clone();
            let missing = || spot.malformed(Malformed::MissingField { field });
            let text = read.timestamp.ok_or_else(missing)?;
            let malformed = |reason| spot.malformed(reason);
            let seconds = timestamp.unit.parse(text).map_err(malformed)?;
            return Ok(Some((text.into(), seconds)));
        }
        TimestampPlace::Pointer(pointer) => match &in_body.timestamp {
            None => return Ok(None),
            Some(Found::Text(text)) => (Spot::Pointer(pointer), text.clone()),
            Some(Found::Absent | Found::Unusable) => return Err(Spot::Pointer(pointer).missing()),
        },
        TimestampPlace::Parameter(name) => {
            let spot = Spot::Parameter(name);
            let text = parameters::one(&parameters::either(request)?, name)?;
            let text = text.ok_or_else(|| spot.missing())?;
            (spot, text)
        }
        TimestampPlace::IssuedAt | TimestampPlace::Validity => return Ok(None),
    };
    let seconds = if scheme.signs_timestamp_bare() {
        timestamp.unit.parse_bare(&text)
    } else {
        timestamp.unit.parse(&text)
    };
    Ok(Some((
        text,
        seconds.map_err(|reason| spot.malformed(reason))?,
    )))
}
