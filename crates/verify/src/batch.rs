//! The events of a body that holds several, each with its place in the body's bytes.
//!
//! Level by level, without a tree: what the path does not lead to is skipped, however deep it is.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::json::{Reader, unquote};
use crate::names::{NAME_LIMIT, check_name, is_type};
use crate::pointer::{Found, find, names};
use crate::request::Event;
use crate::scheme::{Batch, Place};
use crate::text;

/// The most events that are read of one body. A body with more counts as one event.
pub(crate) const EVENTS: usize = 10_000;

/// The events of a verified body, or none where some of it would not be among them: a part that is
/// left out is acknowledged with the rest, and lost.
pub(crate) fn events(body: &[u8], batches: &[Batch]) -> Vec<Event> {
    let Some((batch, ranges)) = only(body, batches) else {
        return Vec::new();
    };
    let event = |range: Range<usize>| {
        let bytes = body.get(range.clone()).unwrap_or_default();
        let names = Names::read(bytes, batch);
        Event {
            id: names.id.filter(|id| check_name(id).is_ok()),
            event_type: names.event_type.filter(|text| is_type(text)),
            range,
        }
    };
    ranges.into_iter().map(event).collect()
}

/// The one batch that has events, if it has some in every element that its path goes through.
fn only<'b>(body: &[u8], batches: &'b [Batch]) -> Option<(&'b Batch, Vec<Range<usize>>)> {
    let mut only = None;
    for batch in batches {
        let Led { ranges, everywhere } = follow(body, &batch.events)?;
        if !ranges.is_empty() && (!everywhere || only.replace((batch, ranges)).is_some()) {
            return None;
        }
    }
    only
}

/// Where the path leads, in the order of the body. `None` if the body is not one JSON document, if a
/// key on the path stands twice, or if it leads to too many values.
pub(crate) fn ranges(body: &[u8], path: &str) -> Option<Vec<Range<usize>>> {
    Some(follow(body, path)?.ranges)
}

struct Led {
    ranges: Vec<Range<usize>>,
    /// Whether the path leads on from every element of the arrays that it goes through.
    everywhere: bool,
}

fn follow(body: &[u8], path: &str) -> Option<Led> {
    let mut json = Reader::of(body)?;
    let mut level: Vec<&str> = [json.value()?].into();
    json.end()?;
    let (mut in_array, mut everywhere) = (false, true);
    for segment in path.split('/').skip(1) {
        let mut next = Vec::new();
        for value in level {
            let before = next.len();
            match (segment, value.as_bytes().first()) {
                ("*", Some(b'[')) => elements(value, &mut next)?,
                ("*", _) => {}
                (key, Some(b'{')) => next.extend(member(value, key)?),
                _ => {}
            }
            everywhere &= !in_array || next.len() > before;
        }
        in_array |= segment == "*";
        level = next;
    }
    // Each value is a part of the body, so that their addresses differ by its place in it.
    let start = body.as_ptr() as usize;
    let range = |value: &str| {
        let from = value.as_ptr() as usize - start;
        from..from + value.len()
    };
    Some(Led {
        ranges: level.into_iter().map(range).collect(),
        everywhere,
    })
}

struct Names {
    id: Option<String>,
    event_type: Option<String>,
}

impl Names {
    fn read(event: &[u8], batch: &Batch) -> Self {
        let mut pointers = Vec::new();
        collect(&batch.id, &mut pointers);
        collect(&batch.event_type, &mut pointers);
        let found = find(event, &pointers);
        let at = |pointer: &str| {
            let index = pointers.iter().position(|known| *known == pointer)?;
            found.get(index).cloned().and_then(Found::text)
        };
        Self {
            id: batch.id.iter().find_map(|place| resolve(place, &at)),
            event_type: batch
                .event_type
                .iter()
                .find_map(|place| resolve(place, &at)),
        }
    }
}

/// The JSON pointers of all these places.
pub(crate) fn collect<'p>(places: &'p [Place], pointers: &mut Vec<&'p str>) {
    for place in places {
        match place {
            Place::Pointer(pointer) => pointers.push(pointer),
            Place::Joined(places) => collect(places, pointers),
            _ => {}
        }
    }
}

fn resolve(place: &Place, at: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    match place {
        Place::Pointer(pointer) => at(pointer),
        Place::Joined(places) => join(places.iter().map(|place| resolve(place, at))),
        _ => None,
    }
}

/// All of them with `:` between, if none is missing or empty and they are not too long together.
pub(crate) fn join(parts: impl Iterator<Item = Option<String>>) -> Option<String> {
    let parts: Vec<String> = parts.collect::<Option<_>>()?;
    let joined = text::join(&mut parts.iter().map(String::as_str), ":");
    let sound = parts.iter().all(|part| !part.is_empty()) && joined.len() <= NAME_LIMIT;
    sound.then_some(joined)
}

/// The value of the key that a segment names, if the object has it. `None` if the key stands twice.
fn member<'a>(object: &'a str, segment: &str) -> Option<Option<&'a str>> {
    let mut json = Reader::new(object);
    let mut items = json.enter(b'{')?;
    let mut found = None;
    while json.more(&mut items)? {
        let name = unquote(json.key()?)?;
        let value = json.value()?;
        if names(segment, &name) && found.replace(value).is_some() {
            return None;
        }
    }
    Some(found)
}

/// `None` if there are too many.
fn elements<'a>(array: &'a str, into: &mut Vec<&'a str>) -> Option<()> {
    let mut json = Reader::new(array);
    let mut items = json.enter(b'[')?;
    while json.more(&mut items)? {
        let value = json.value()?;
        (into.len() < EVENTS).then(|| into.push(value))?;
    }
    Some(())
}

/// The name of the one key that an object has beside the named one.
pub(crate) fn key_beside(object: &[u8], name: &str) -> Option<String> {
    let mut json = Reader::of(object)?;
    let mut items = json.enter(b'{')?;
    let mut found = None;
    while json.more(&mut items)? {
        let key = unquote(json.key()?)?;
        json.value()?;
        if key != name && found.replace(key).is_some() {
            return None;
        }
    }
    json.end()?;
    found.map(String::from)
}
