//! What the headers of a request say: read and checked for form, trusted in nothing.

use alloc::vec::Vec;

use crate::error::{Malformed, VerifyError};
use crate::request::Request;
use crate::scheme::{Place, Scheme, Text, TimestampPlace};

/// Longest accepted id or type.
pub(crate) const NAME_LIMIT: usize = 256;
/// Twelve digits of seconds reach the year 33658; thirteen are milliseconds.
const TIMESTAMP_DIGITS: usize = 12;

/// The header values that a scheme reads.
pub(crate) struct Envelope<'a> {
    /// Decoded, in the order of the header. At least one.
    pub(crate) signatures: Vec<Vec<u8>>,
    pub(crate) timestamp: Option<Timestamp<'a>>,
    /// From a header; an id in the body is read after the signature has matched.
    pub(crate) id: Option<&'a str>,
    /// From a header, likewise.
    pub(crate) event_type: Option<&'a str>,
}

#[derive(Clone, Copy)]
pub(crate) struct Timestamp<'a> {
    /// As it was signed.
    pub(crate) text: &'a str,
    pub(crate) seconds: u64,
}

impl<'a> Envelope<'a> {
    pub(crate) fn read(scheme: &Scheme, request: &Request<'a>) -> Result<Self, VerifyError> {
        let headers = Headers {
            scheme,
            request,
            family: family(scheme, request),
        };

        let name = headers.name(&scheme.signature);
        let malformed = |reason| VerifyError::MalformedHeader {
            name: name.clone(),
            reason,
        };
        let value = headers.needed(&scheme.signature)?;
        let field = match scheme.timestamp.as_ref().map(|timestamp| &timestamp.place) {
            Some(TimestampPlace::Field(field)) => Some(field),
            _ => None,
        };
        let read = scheme
            .grammar
            .read(value, field.map(|field| field.as_ref()))
            .map_err(malformed)?;

        let timestamp = match scheme.timestamp.as_ref().map(|timestamp| &timestamp.place) {
            None => None,
            Some(TimestampPlace::Header(header)) => {
                let text = headers.needed(header)?;
                Some(parse_timestamp(text).map_err(|reason| headers.malformed(header, reason))?)
            }
            Some(TimestampPlace::Field(field)) => {
                let missing = Malformed::MissingField {
                    field: field.clone(),
                };
                let text = read.timestamp.ok_or_else(|| malformed(missing))?;
                Some(parse_timestamp(text).map_err(malformed)?)
            }
        };
        let id = headers.named(&scheme.id, scheme.signs_id(), |id| {
            check_received_id(scheme, id)
        })?;
        let event_type = headers.named(&scheme.event_type, false, check_name)?;

        if read.found.is_empty() {
            return Err(if read.others {
                VerifyError::UnsupportedVersion {
                    name,
                    expected: scheme.grammar.version().clone(),
                }
            } else {
                VerifyError::NoSignature { name }
            });
        }
        let decode = |text: &str| scheme.encoding.decode(text).map_err(malformed);
        let signatures = read
            .found
            .into_iter()
            .map(decode)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            signatures,
            timestamp,
            id,
            event_type,
        })
    }
}

/// 1 to 12 ASCII digits: no sign, no space, no other script's digits.
fn parse_timestamp(text: &str) -> Result<Timestamp<'_>, Malformed> {
    let digits = (1..=TIMESTAMP_DIGITS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if digits => Ok(Timestamp { text, seconds }),
        _ => Err(Malformed::NotTimestamp),
    }
}

/// Whether sending this timestamp would be read again as what it is.
pub(crate) fn is_timestamp(seconds: u64) -> bool {
    seconds.checked_ilog10().unwrap_or(0) < TIMESTAMP_DIGITS as u32
}

/// Ids and types in headers: 1 to 256 visible ASCII characters.
pub(crate) fn check_name(value: &str) -> Result<(), Malformed> {
    if value.is_empty() {
        Err(Malformed::Empty)
    } else if value.len() > NAME_LIMIT {
        Err(Malformed::TooLong { limit: NAME_LIMIT })
    } else if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Err(Malformed::NotVisibleAscii)
    } else {
        Ok(())
    }
}

/// An id that came: where it is signed as `id.timestamp.body`, no part of it between dots may read
/// as a timestamp. Else the same signature would fit two readings, and a body that starts with
/// `digits.` could lend its digits to the timestamp.
fn check_received_id(scheme: &Scheme, id: &str) -> Result<(), Malformed> {
    let ambiguous = || {
        id.split('.')
            .skip(1)
            .any(|part| parse_timestamp(part).is_ok())
    };
    if scheme.ends_id_with_dot() && ambiguous() {
        Err(Malformed::AmbiguousId)
    } else {
        check_name(id)
    }
}

/// An id that is sent: no `.` at all where one separates the signed parts.
pub(crate) fn check_sent_id(scheme: &Scheme, id: &str) -> Result<(), Malformed> {
    if scheme.ends_id_with_dot() && id.contains('.') {
        Err(Malformed::DotInId)
    } else {
        check_name(id)
    }
}

/// The first family of header names that the request has in full; failing that, the one it has a
/// signature of, so that the error names what is missing.
fn family(scheme: &Scheme, request: &Request<'_>) -> usize {
    let families = 0..scheme.families.len().max(1);
    let has = |header: &Text, family| {
        values(request, &scheme.header_name(header, family))
            .next()
            .is_some()
    };
    let complete = |family: &usize| {
        let timestamp = match scheme.timestamp.as_ref().map(|timestamp| &timestamp.place) {
            Some(TimestampPlace::Header(header)) => has(header, *family),
            _ => true,
        };
        let id = match &scheme.id {
            Some(Place::Header(header)) if scheme.signs_id() => has(header, *family),
            _ => true,
        };
        timestamp && id && has(&scheme.signature, *family)
    };
    if families.len() == 1 {
        return 0;
    }
    let signed = |family: &usize| has(&scheme.signature, *family);
    families
        .clone()
        .find(complete)
        .or_else(|| families.clone().find(signed))
        .unwrap_or(0)
}

fn values<'a>(request: &Request<'a>, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let named = move |(header, _): &&(&str, &[u8])| header.eq_ignore_ascii_case(name);
    request
        .headers
        .iter()
        .filter(named)
        .map(|(_, value)| *value)
}

/// The headers of one request, by the names of one family.
struct Headers<'s, 'r, 'a> {
    scheme: &'s Scheme,
    request: &'r Request<'a>,
    family: usize,
}

impl<'a> Headers<'_, '_, 'a> {
    fn name(&self, header: &Text) -> Text {
        self.scheme.header_name(header, self.family)
    }

    fn malformed(&self, header: &Text, reason: Malformed) -> VerifyError {
        VerifyError::MalformedHeader {
            name: self.name(header),
            reason,
        }
    }

    fn needed(&self, header: &Text) -> Result<&'a str, VerifyError> {
        self.once(header)?
            .ok_or_else(|| VerifyError::MissingHeader {
                name: self.name(header),
            })
    }

    /// The value of a header that must not stand twice.
    fn once(&self, header: &Text) -> Result<Option<&'a str>, VerifyError> {
        let name = self.name(header);
        let mut values = values(self.request, &name);
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(VerifyError::RepeatedHeader { name: name.clone() });
        }
        match core::str::from_utf8(value) {
            Ok(value) if value.is_ascii() => Ok(Some(value)),
            _ => Err(VerifyError::NonAsciiHeader { name: name.clone() }),
        }
    }

    /// An id or type, if it stands in a header.
    fn named(
        &self,
        place: &Option<Place>,
        needed: bool,
        check: impl Fn(&str) -> Result<(), Malformed>,
    ) -> Result<Option<&'a str>, VerifyError> {
        let Some(Place::Header(header)) = place else {
            return Ok(None);
        };
        let value = if needed {
            Some(self.needed(header)?)
        } else {
            self.once(header)?
        };
        if let Some(value) = value {
            check(value).map_err(|reason| self.malformed(header, reason))?;
        }
        Ok(value)
    }
}
