//! What can be said of a request's headers before anything is decoded: which signatures there are
//! keys for, and whether ids and types are of the form that they must have.

use crate::error::{Malformed, VerifyError};
use crate::grammar::Signatures;
use crate::headers::Headers;
use crate::names::{check_name, check_received_id, check_text};
use crate::scheme::{Grammar, Place, Scheme, Text};

/// The most signatures of public keys that are judged: each costs as much as 100 KB of hashing.
const PUBLIC_KEY_LIMIT: usize = 16;

/// Of a scheme that has both, which kinds of signatures there are keys for: the others are skipped
/// as those of any other version.
#[derive(Clone, Copy)]
pub(crate) struct Kinds {
    pub(crate) by_secret: bool,
    pub(crate) by_public_key: bool,
}

impl Kinds {
    pub(super) fn keep<'t>(self, mut read: Signatures<'t>) -> Result<Signatures<'t>, Malformed> {
        if !self.by_secret {
            read.others |= !read.found.is_empty();
            read.found.clear();
        }
        if !self.by_public_key {
            read.others |= !read.by_public_key.is_empty();
            read.by_public_key.clear();
        }
        if read.by_public_key.len() > PUBLIC_KEY_LIMIT {
            let limit = PUBLIC_KEY_LIMIT;
            return Err(Malformed::TooMany { limit });
        }
        Ok(read)
    }
}

/// Where a text stood, so that an error can say it.
pub(crate) enum Spot<'s> {
    Header(Text),
    Pointer(&'s Text),
    Parameter(&'s Text),
}

impl Spot<'_> {
    #[inline(never)]
    pub(crate) fn missing(&self) -> VerifyError {
        let name = self.name();
        match self {
            Self::Header(_) => VerifyError::MissingHeader { name },
            Self::Pointer(_) => VerifyError::MissingField { pointer: name },
            Self::Parameter(_) => VerifyError::MissingParameter { name },
        }
    }

    #[inline(never)]
    pub(crate) fn malformed(&self, reason: Malformed) -> VerifyError {
        let name = self.name();
        match self {
            Self::Header(_) => VerifyError::MalformedHeader { name, reason },
            Self::Pointer(_) => VerifyError::MalformedField {
                pointer: name,
                reason,
            },
            Self::Parameter(_) => VerifyError::MalformedParameter { name, reason },
        }
    }

    pub(super) fn name(&self) -> Text {
        match self {
            Self::Header(name) => name.clone(),
            Self::Pointer(name) | Self::Parameter(name) => (*name).clone(),
        }
    }
}

/// Checks every id and type that stands in a header, and answers the id that is signed.
pub(super) fn read_names<'a>(
    scheme: &Scheme,
    headers: &Headers<'_, '_, 'a>,
) -> Result<Option<&'a str>, VerifyError> {
    let signed = match scheme.id_header() {
        Some(name) => Some(headers.needed(name)?),
        None => None,
    };
    for place in scheme.id.iter() {
        check_place(place, headers, &|id| check_received_id(scheme, id))?;
    }
    for place in scheme.event_type.iter() {
        check_place(place, headers, &check_name)?;
    }
    Ok(signed)
}

fn check_place(
    place: &Place,
    headers: &Headers<'_, '_, '_>,
    check: &dyn Fn(&str) -> Result<(), Malformed>,
) -> Result<(), VerifyError> {
    let (name, verdict) = match place {
        Place::Header(name) => (name, headers.once(name)?.map(check)),
        Place::TextHeader(name) => (name, headers.once(name)?.map(check_text)),
        Place::Joined(places) => {
            return places
                .iter()
                .try_for_each(|place| check_place(place, headers, check));
        }
        Place::Pointer(_) | Place::Parameter(_) | Place::KeyBeside(_) | Place::Claim(_) => {
            return Ok(());
        }
    };
    match verdict {
        Some(Err(reason)) => Err(headers.malformed(name, reason)),
        _ => Ok(()),
    }
}

/// Whether there is any signature of the version that is verified.
pub(super) fn check_found(
    grammar: &Grammar,
    kinds: Kinds,
    read: &[(&Spot<'_>, Signatures<'_>)],
) -> Result<(), VerifyError> {
    let none = |read: &Signatures<'_>| read.found.is_empty() && read.by_public_key.is_empty();
    match read.first() {
        Some((spot, _)) if read.iter().all(|(_, read)| none(read)) => {
            let name = spot.name();
            Err(if read.iter().any(|(_, read)| read.others) {
                let expected = match grammar {
                    Grammar::SpaceList {
                        public_key_version: Some(version),
                        ..
                    } if !kinds.by_secret => version.clone(),
                    _ => grammar.version(),
                };
                VerifyError::UnsupportedVersion { name, expected }
            } else {
                VerifyError::NoSignature { name }
            })
        }
        _ => Ok(()),
    }
}
