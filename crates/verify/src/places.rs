//! The id and the type of a verified request, wherever its scheme has them.

use alloc::string::String;
use alloc::vec::Vec;

use crate::batch::{collect, join, key_beside};
use crate::headers::Headers;
use crate::names::{check_name, is_type};
use crate::parameters::{self, Pair};
use crate::pointer::{Found, find};
use crate::request::Request;
use crate::scheme::{Place, Scheme};
use crate::text::concat;

/// An id or a type, and whether the signature covers it.
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) signed: bool,
}

pub(crate) struct Names {
    pub(crate) id: Option<Name>,
    pub(crate) event_type: Option<Name>,
}

impl Names {
    pub(crate) fn read(
        scheme: &Scheme,
        request: &Request<'_>,
        headers: &Headers<'_, '_, '_>,
        claims: Option<&[u8]>,
    ) -> Self {
        let mut pointers = Vec::new();
        collect(&scheme.id, &mut pointers);
        collect(&scheme.event_type, &mut pointers);
        let found = if pointers.is_empty() {
            Vec::new()
        } else {
            find(request.body, &pointers)
        };
        let read = Reader {
            headers,
            body: request.body,
            claims,
            pointers,
            found,
            // Parsed again, but only for the few schemes that have names there.
            pairs: if has_parameters(&scheme.id) || has_parameters(&scheme.event_type) {
                parameters::either(request).unwrap_or_default()
            } else {
                Vec::new()
            },
        };
        let first = |places: &[Place], is: &dyn Fn(&str) -> bool| {
            places.iter().find_map(|place| {
                let text = read.text(place).filter(|text| is(text))?;
                let signed = scheme.covers(place);
                Some(Name { text, signed })
            })
        };
        Self {
            id: first(&scheme.id, &|id| check_name(id).is_ok()),
            event_type: first(&scheme.event_type, &is_type),
        }
    }
}

struct Reader<'s, 'h, 'a> {
    headers: &'h Headers<'h, 'h, 'a>,
    body: &'a [u8],
    claims: Option<&'h [u8]>,
    pointers: Vec<&'s str>,
    found: Vec<Found>,
    pairs: Vec<Pair<'a>>,
}

impl Reader<'_, '_, '_> {
    fn text(&self, place: &Place) -> Option<String> {
        match place {
            // Checked before the signature was.
            Place::Header(name) | Place::TextHeader(name) => {
                self.headers.once(name).ok()?.map(String::from)
            }
            Place::Pointer(pointer) => {
                let index = self.pointers.iter().position(|known| known == pointer)?;
                self.found.get(index).cloned()?.text()
            }
            Place::Parameter(name) => parameters::one(&self.pairs, name).ok()?,
            Place::KeyBeside(name) => key_beside(self.body, name),
            Place::Claim(claim) => {
                let pointer = concat(&["/", claim]);
                let found = find(self.claims?, &[&pointer]);
                found.into_iter().next()?.text()
            }
            Place::Joined(places) => join(places.iter().map(|place| self.text(place))),
        }
    }
}

pub(crate) fn has_parameters(places: &[Place]) -> bool {
    places.iter().any(|place| match place {
        Place::Parameter(_) => true,
        Place::Joined(places) => has_parameters(places),
        _ => false,
    })
}
