//! Reads single values out of a JSON body by pointer (RFC 6901), in one pass and without building
//! a tree: what no pointer leads to is skipped, however deep or large it is.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::names::NAME_LIMIT;

#[cfg(test)]
mod tests;

/// The most pointers that are followed at once: the active ones are bits of a `u32`.
pub(crate) const POINTERS: usize = 32;

/// What stands at a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing, or `null`.
    Absent,
    /// A string's content or a number's own digits.
    Text(String),
    /// A value of another kind or over 256 bytes, or one with a key on its way that stands twice, as
    /// two readers may then disagree.
    Unusable,
}

impl Found {
    pub(crate) fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Unusable => None,
        }
    }
}

/// What stands at each of the first 32 pointers, in their order; all are absent if the body is not
/// one JSON document.
pub(crate) fn find(body: &[u8], pointers: &[&str]) -> Vec<Found> {
    let mut targets: Vec<Target<'_>> = pointers
        .iter()
        .take(POINTERS)
        .map(|pointer| Target::new(pointer))
        .collect();
    let active = bits(&targets, |target| target.pointer.is_some());
    let walk = Walk {
        targets: &mut targets,
        active,
        depth: 0,
    };
    let read = active != 0 && walk.document(body).is_some();
    let found = |target: Target<'_>| match target.found {
        _ if !read => Found::Absent,
        _ if target.ambiguous => Found::Unusable,
        found => found,
    };
    let mut found: Vec<Found> = targets.into_iter().map(found).collect();
    found.resize(pointers.len(), Found::Absent);
    found
}

struct Target<'p> {
    /// Without its leading slash. A pointer that has none means the whole document, which is never
    /// an id.
    pointer: Option<&'p str>,
    /// How many of its segments have been met as keys.
    met: usize,
    ambiguous: bool,
    found: Found,
}

impl<'p> Target<'p> {
    fn new(pointer: &'p str) -> Self {
        Self {
            pointer: pointer.strip_prefix('/'),
            met: 0,
            ambiguous: false,
            found: Found::Absent,
        }
    }

    fn segment(&self, depth: usize) -> Option<&'p str> {
        self.pointer?.split('/').nth(depth)
    }
}

fn bits(targets: &[Target<'_>], is: impl Fn(&Target<'_>) -> bool) -> u32 {
    targets.iter().enumerate().fold(0, |bits, (index, target)| {
        bits | u32::from(is(target)) << index
    })
}

/// Whether a segment of a pointer, with its escapes `~0` and `~1`, names this key.
fn names(segment: &str, key: &str) -> bool {
    let mut segment = segment.chars();
    let mut unescaped = core::iter::from_fn(|| match segment.next() {
        Some('~') => match segment.next() {
            Some('1') => Some('/'),
            _ => Some('~'),
        },
        other => other,
    });
    key.chars().all(|char| unescaped.next() == Some(char)) && unescaped.next().is_none()
}

/// Walks one value at some depth, for the targets whose path leads through it.
struct Walk<'t, 'p> {
    targets: &'t mut [Target<'p>],
    /// One bit for each target.
    active: u32,
    depth: usize,
}

impl<'p> Walk<'_, 'p> {
    /// `None` if the body is not one JSON document.
    fn document(self, body: &[u8]) -> Option<()> {
        // Checked first and as a whole: the parser passes over the bytes of strings that it skips.
        let mut json = serde_json::Deserializer::from_str(core::str::from_utf8(body).ok()?);
        self.deserialize(&mut json).and_then(|()| json.end()).ok()
    }

    fn each(&mut self, active: u32) -> impl Iterator<Item = &mut Target<'p>> {
        let chosen = move |(index, _): &(usize, &mut Target<'p>)| active >> index & 1 == 1;
        self.targets
            .iter_mut()
            .enumerate()
            .filter(chosen)
            .map(|(_, target)| target)
    }

    /// Those of `active` whose pointer ends here. If another one leads on from here, it finds
    /// nothing: one value cannot be both an id and an object.
    fn ending(&self, active: u32) -> u32 {
        active
            & bits(self.targets, |target| {
                target.segment(self.depth + 1).is_none()
            })
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(met) = map.next_key_seed(Key {
            targets: self.targets,
            active: self.active,
            depth: self.depth,
        })? {
            let depth = self.depth;
            for target in self.each(met) {
                target.ambiguous |= target.met > depth;
                target.met = depth + 1;
            }
            let ending = self.ending(met);
            if ending != 0 {
                let raw: &RawValue = map.next_value()?;
                self.each(ending)
                    .for_each(|target| target.found = scalar(raw.get()));
            } else if met != 0 {
                map.next_value_seed(Walk {
                    targets: self.targets,
                    active: met,
                    depth: depth + 1,
                })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let depth = self.depth;
        for index in 0.. {
            let met = self.active
                & bits(self.targets, |target| {
                    target
                        .segment(depth)
                        .is_some_and(|segment| is_index(segment, index))
                });
            let ending = self.ending(met);
            let more = if ending != 0 {
                let raw: Option<&RawValue> = seq.next_element()?;
                if let Some(raw) = raw {
                    self.each(ending)
                        .for_each(|target| target.found = scalar(raw.get()));
                }
                raw.is_some()
            } else if met != 0 {
                seq.next_element_seed(Walk {
                    targets: self.targets,
                    active: met,
                    depth: depth + 1,
                })?
                .is_some()
            } else {
                seq.next_element::<IgnoredAny>()?.is_some()
            };
            if !more {
                break;
            }
        }
        Ok(())
    }

    // A path that leads into a scalar finds nothing.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

/// Reads a key, and answers which targets it is the next step of.
struct Key<'t, 'p> {
    targets: &'t [Target<'p>],
    active: u32,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = u32;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<u32, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<u32, E> {
        let leads = |target: &Target<'_>| {
            target
                .segment(self.depth)
                .is_some_and(|segment| names(segment, key))
        };
        Ok(self.active & bits(self.targets, leads))
    }
}

/// RFC 6901: digits without a leading zero.
fn is_index(segment: &str, index: usize) -> bool {
    (segment == "0" || !segment.starts_with(['0', '+'])) && segment.parse() == Ok(index)
}

/// The content of a JSON string, or a JSON number as it is written.
fn scalar(raw: &str) -> Found {
    let text = match raw.as_bytes().first() {
        // Six bytes for each character is the most that escapes can take.
        Some(b'"') if raw.len() <= 6 * NAME_LIMIT + 2 => serde_json::from_str(raw)
            .ok()
            .filter(|text: &String| text.len() <= NAME_LIMIT),
        Some(b'-' | b'0'..=b'9') if raw.len() <= NAME_LIMIT => Some(raw.into()),
        Some(b'n') => return Found::Absent,
        _ => None,
    };
    text.map_or(Found::Unusable, Found::Text)
}
