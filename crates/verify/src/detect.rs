//! Which schemes a request may be of, told from its headers alone.

use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::headers::values;
use crate::request::Request;
use crate::scheme::{Choice, Grammar, Place, Scheme, SignaturePlace, Text, TimestampPlace};
use crate::table::SCHEMES;
use crate::text::concat;

/// The schemes that a request with these headers may be signed by, the likeliest first; several
/// vendors have the same headers. Nothing is verified, and schemes without headers of their own
/// (`Authorization`, a signature in the body or the URL) are never among them.
pub fn detect(headers: &[(&str, &[u8])]) -> Vec<&'static Scheme> {
    let request = Request {
        method: "",
        url: "",
        headers,
        body: &[],
    };
    let mut found: Vec<(Likeness, &Scheme)> = Vec::new();
    for scheme in SCHEMES {
        if let Some(likeness) = scheme.likeness(&request) {
            // What is alike stays in the order of the table.
            let after = found.iter().rposition(|(other, _)| *other >= likeness);
            found.insert(after.map_or(0, |after| after + 1), (likeness, scheme));
        }
    }
    found.into_iter().map(|(_, scheme)| scheme).collect()
}

/// How many of a scheme's headers a request has, and among equals, how few it lacks.
type Likeness = (usize, Reverse<usize>);

impl Scheme {
    /// `None` if a header that is needed is missing.
    fn likeness(&self, request: &Request<'_>) -> Option<Likeness> {
        let families = 0..self.families.len().max(1);
        families
            .filter_map(|family| self.likeness_in(request, family))
            .max()
    }

    fn likeness_in(&self, request: &Request<'_>, family: usize) -> Option<Likeness> {
        let value = |name: &Text| values(request, &self.header_name(name, family)).next();
        let signature = match &self.signature {
            SignaturePlace::Header(name) if !self.is_generic() => value(name)?,
            SignaturePlace::Headers(names) => names.iter().find_map(value)?,
            SignaturePlace::Numbered(prefix) => value(&Text::Owned(concat(&[prefix, "1"])))?,
            #[cfg(feature = "rsa")]
            SignaturePlace::SnsMessage => value(&Text::Borrowed(crate::certified::SNS_TYPE))?,
            _ => return None,
        };
        if !self.grammar.is_like(signature) {
            return None;
        }
        let timestamp = match self.timestamp.as_ref().map(|timestamp| &timestamp.place) {
            Some(TimestampPlace::Header(name)) => Some(name),
            _ => None,
        };
        let needed = timestamp.into_iter().chain(self.id_header());
        let mut likeness = 1;
        for name in needed {
            value(name)?;
            likeness += 1;
        }
        for expected in self.expects.iter() {
            if value(&expected.header)? != expected.value.as_bytes() {
                return None;
            }
            likeness += 1;
        }
        let places = self.id.iter().chain(self.event_type.iter());
        let optional = places.filter_map(|place| match place {
            Place::Header(name) | Place::TextHeader(name) => Some(name),
            _ => None,
        });
        let sent = self.sent_id.iter().chain(self.sent_event_type.iter());
        let mut missing = 0;
        for name in optional.chain(sent) {
            match value(name) {
                Some(_) => likeness += 1,
                None => missing += 1,
            }
        }
        Some((likeness, Reverse(missing)))
    }

    /// Whether its header says nothing of the vendor.
    fn is_generic(&self) -> bool {
        let authorization = match &self.signature {
            SignaturePlace::Header(name) => name == "Authorization",
            _ => false,
        };
        authorization || self.choices.contains(&Choice::Header)
    }
}

impl Grammar {
    /// Whether a header's value starts as this grammar's do.
    fn is_like(&self, value: &[u8]) -> bool {
        match self {
            Self::Prefixed { prefix } => value.starts_with(prefix.as_bytes()),
            Self::Fields {
                lead: Some(lead), ..
            } => value.starts_with(lead.as_bytes()),
            Self::Fields { .. } => value.contains(&b'='),
            Self::SpaceList { .. } => value.contains(&b','),
            Self::CommaList | Self::Authorization { .. } => true,
        }
    }
}
