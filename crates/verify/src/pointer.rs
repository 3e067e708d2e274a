//! Reads single values out of a JSON body by pointer (RFC 6901), in one pass and without building
//! a tree: what no pointer leads to is skipped, however deep or large it is.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::{Reader, unquote};
use crate::names::NAME_LIMIT;

#[cfg(test)]
mod tests;

/// The most pointers that are followed at once: the active ones are bits of a `u32`.
pub(crate) const POINTERS: usize = 32;

/// The most steps that are followed: a pointer with more finds nothing.
const DEPTH: usize = 64;

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

/// The text or the number's digits, of at most 256 bytes, at a JSON pointer of a body that has been
/// verified. `None` if the body is not one JSON document, or a key on the way stands twice.
pub fn text_at(body: &[u8], pointer: &str) -> Option<String> {
    find(body, &[pointer]).into_iter().next()?.text()
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
    let document = Reader::of(body).filter(|_| active != 0).and_then(|json| {
        let targets = &mut targets;
        Walk { targets, json }.document(active)
    });
    let read = document.is_some();
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

/// Whether this is a pointer (RFC 6901) to a value inside a document: each segment after a `/`, and
/// each `~` an escape.
pub(crate) fn is_pointer(text: &str) -> bool {
    let escapes = || text.split('~').skip(1);
    text.starts_with('/') && escapes().all(|after| after.starts_with(['0', '1']))
}

/// The key that a segment of a pointer names, without the escapes `~0` and `~1`.
pub(crate) fn unescaped(segment: &str) -> impl Iterator<Item = char> {
    let mut segment = segment.chars();
    core::iter::from_fn(move || match segment.next() {
        Some('~') => match segment.next() {
            Some('1') => Some('/'),
            _ => Some('~'),
        },
        other => other,
    })
}

/// Whether a segment of a pointer names this key.
pub(crate) fn names(segment: &str, key: &str) -> bool {
    let mut unescaped = unescaped(segment);
    key.chars().all(|char| unescaped.next() == Some(char)) && unescaped.next().is_none()
}

/// Walks the values that paths lead through, for the targets whose paths those are.
struct Walk<'t, 'p, 'b> {
    targets: &'t mut [Target<'p>],
    json: Reader<'b>,
}

impl<'p> Walk<'_, 'p, '_> {
    /// `None` if the body is not one JSON document.
    fn document(mut self, active: u32) -> Option<()> {
        self.value(active, 0)?;
        self.json.end()
    }

    /// One value, which the paths of `active` have led to in `depth` steps.
    fn value(&mut self, active: u32, depth: usize) -> Option<()> {
        match self.json.peek()? {
            b'{' if depth < DEPTH => self.object(active, depth),
            b'[' if depth < DEPTH => self.array(active, depth),
            // A path that leads into a scalar finds nothing.
            _ => self.json.value().map(drop),
        }
    }

    fn object(&mut self, active: u32, depth: usize) -> Option<()> {
        let mut items = self.json.enter(b'{')?;
        while self.json.more(&mut items)? {
            let key = unquote(self.json.key()?)?;
            let met = self.met(active, depth, |segment| names(segment, &key));
            for target in self.each(met) {
                target.ambiguous |= target.met > depth;
                target.met = depth + 1;
            }
            self.item(met, depth)?;
        }
        Some(())
    }

    fn array(&mut self, active: u32, depth: usize) -> Option<()> {
        let mut items = self.json.enter(b'[')?;
        let mut index = 0;
        while self.json.more(&mut items)? {
            let met = self.met(active, depth, |segment| is_index(segment, index));
            self.item(met, depth)?;
            index += 1;
        }
        Some(())
    }

    /// An item that the paths of `met` lead to.
    fn item(&mut self, met: u32, depth: usize) -> Option<()> {
        // If another path leads on from here, it finds nothing: one value cannot be both an id and
        // an object.
        let ends = |target: &Target<'_>| target.segment(depth + 1).is_none();
        let ending = met & bits(self.targets, ends);
        if ending == 0 && met != 0 {
            return self.value(met, depth + 1);
        }
        let text = self.json.value()?;
        self.each(ending)
            .for_each(|target| target.found = scalar(text));
        Some(())
    }

    fn met(&self, active: u32, depth: usize, is: impl Fn(&str) -> bool) -> u32 {
        active
            & bits(self.targets, |target| {
                target.segment(depth).is_some_and(&is)
            })
    }

    fn each(&mut self, active: u32) -> impl Iterator<Item = &mut Target<'p>> {
        let chosen = move |(index, _): &(usize, &mut Target<'p>)| active >> index & 1 == 1;
        self.targets
            .iter_mut()
            .enumerate()
            .filter(chosen)
            .map(|(_, target)| target)
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
        Some(b'"') if raw.len() <= 6 * NAME_LIMIT + 2 => unquote(raw)
            .filter(|text| text.len() <= NAME_LIMIT)
            .map(String::from),
        Some(b'-' | b'0'..=b'9') if raw.len() <= NAME_LIMIT => Some(raw.into()),
        Some(b'n') => return Found::Absent,
        _ => None,
    };
    text.map_or(Found::Unusable, Found::Text)
}
