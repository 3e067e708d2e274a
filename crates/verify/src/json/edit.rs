//! Writes a text into a JSON body, whose other bytes stay as they are.

use alloc::string::String;
use core::ops::Range;

use super::{Reader, quote, unquote};
use crate::pointer::{names, unescaped};

/// `object` with `text` at a pointer, and objects on its way where there are none. `None` if it is
/// no JSON object, if a key on the way stands twice, or if the pointer is that of the whole.
pub(crate) fn set(object: &str, pointer: &str, text: &str) -> Option<String> {
    let mut whole = Reader::new(object);
    (whole.peek()? == b'{').then_some(())?;
    let mut here = whole.at()..object.len();
    whole.value()?;
    whole.end()?;

    let mut keys = pointer.strip_prefix('/')?.split('/').peekable();
    let mut new = String::new();
    while let Some(key) = keys.next() {
        match member(object.get(here.clone())?, key)? {
            Place::Value(place) => {
                here = here.start + place.start..here.start + place.end;
                let is_object = object.get(here.clone())?.starts_with('{');
                if !is_object && keys.peek().is_some() {
                    write(&mut keys, text, &mut new);
                }
            }
            Place::None { end, is_empty } => {
                here = here.start + end..here.start + end;
                if !is_empty {
                    new.push(',');
                }
                quote_key(key, &mut new);
                new.push(':');
                write(&mut keys, text, &mut new);
            }
        }
    }
    if new.is_empty() {
        quote(text, &mut new);
    }
    let (before, after) = (object.get(..here.start)?, object.get(here.end..)?);
    Some([before, &new, after].concat())
}

enum Place {
    /// The value's bytes in the object.
    Value(Range<usize>),
    None {
        /// Of the object's closing bracket.
        end: usize,
        is_empty: bool,
    },
}

fn member(object: &str, key: &str) -> Option<Place> {
    let mut json = Reader::new(object);
    let mut items = json.enter(b'{')?;
    let (mut found, mut is_empty) = (None, true);
    while json.more(&mut items)? {
        is_empty = false;
        let name = unquote(json.key()?)?;
        let value = json.value()?;
        let place = json.at() - value.len()..json.at();
        if names(key, &name) && found.replace(place).is_some() {
            return None;
        }
    }
    let end = json.at() - 1;
    Some(found.map_or(Place::None { end, is_empty }, Place::Value))
}

fn quote_key(segment: &str, json: &mut String) {
    quote(&unescaped(segment).collect::<String>(), json);
}

/// The rest of the way as nested objects, with the text at its end.
fn write<'k>(keys: &mut impl Iterator<Item = &'k str>, text: &str, json: &mut String) {
    let mut depth = 0;
    for key in keys {
        json.push('{');
        quote_key(key, json);
        json.push(':');
        depth += 1;
    }
    quote(text, json);
    for _ in 0..depth {
        json.push('}');
    }
}
