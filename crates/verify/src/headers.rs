//! The headers of one request, by the names of one family: each read at most once, in ASCII.

use crate::error::{Malformed, VerifyError};
use crate::request::Request;
use crate::scheme::{Scheme, SignaturePlace, Text, TimestampPlace};

pub(crate) struct Headers<'s, 'r, 'a> {
    scheme: &'s Scheme,
    request: &'r Request<'a>,
    family: usize,
}

impl<'s, 'r, 'a> Headers<'s, 'r, 'a> {
    pub(crate) fn new(scheme: &'s Scheme, request: &'r Request<'a>) -> Self {
        Self {
            scheme,
            request,
            family: family(scheme, request),
        }
    }

    pub(crate) fn name(&self, header: &Text) -> Text {
        self.scheme.header_name(header, self.family)
    }

    pub(crate) fn malformed(&self, header: &Text, reason: Malformed) -> VerifyError {
        VerifyError::MalformedHeader {
            name: self.name(header),
            reason,
        }
    }

    pub(crate) fn needed(&self, header: &Text) -> Result<&'a str, VerifyError> {
        self.once(header)?
            .ok_or_else(|| VerifyError::MissingHeader {
                name: self.name(header),
            })
    }

    /// The value of a header that must not stand twice.
    pub(crate) fn once(&self, header: &Text) -> Result<Option<&'a str>, VerifyError> {
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
}

/// The first family of header names that the request has in full; failing that, the one it has a
/// signature of, so that the error names what is missing.
fn family(scheme: &Scheme, request: &Request<'_>) -> usize {
    let families = 0..scheme.families.len().max(1);
    let SignaturePlace::Header(signature) = &scheme.signature else {
        return 0;
    };
    if families.len() == 1 {
        return 0;
    }
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
        let id = scheme.id_header().is_none_or(|header| has(header, *family));
        timestamp && id && has(signature, *family)
    };
    let signed = |family: &usize| has(signature, *family);
    families
        .clone()
        .find(complete)
        .or_else(|| families.clone().find(signed))
        .unwrap_or(0)
}

pub(crate) fn values<'a>(request: &Request<'a>, name: &str) -> impl Iterator<Item = &'a [u8]> {
    // A binding that knows the scheme's names passes the very same text: then nothing is compared.
    let named = move |(header, _): &&(&str, &[u8])| {
        core::ptr::eq(*header, name) || header.eq_ignore_ascii_case(name)
    };
    request
        .headers
        .iter()
        .filter(named)
        .map(|(_, value)| *value)
}
