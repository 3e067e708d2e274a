//! Reads the description of a scheme in JSON: objects whose fields are known, and values of which
//! exactly one is chosen. What is unknown, missing, doubled or of another form is refused.
//!
//! Our own, because a general deserializer weighs eight times as much in WebAssembly. It is compared
//! with one in the tests, for the same types; what their fields and variants are called in JSON is
//! listed in [`forms`].

mod forms;
#[cfg(all(test, feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
mod tests;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::custom::is_header_name;
use super::{List, Scheme, Text};
use crate::json::{Items, Reader, unquote};
use crate::pointer::is_pointer;
use crate::text::decimal;

/// How many objects and arrays may be open at once. A description recurses where places are joined.
const DEPTH: usize = 127;

/// The most characters that a refusal repeats of an unknown name.
const NAME_LIMIT: usize = 64;

/// The scheme that is described, or why it is none.
pub(super) fn scheme(json: &str) -> Result<Scheme, String> {
    let mut description = Description {
        json: Reader::new(json),
        path: String::new(),
        depth: 0,
        field: "",
        reason: String::new(),
    };
    let mut scheme = Scheme::BLANK;
    let read = scheme.read(&mut description);
    match read.and_then(|()| description.json.end()) {
        Some(()) => Ok(scheme),
        None => Err(description.reason()),
    }
}

/// What can be read from JSON. Not the value is handed over but its place: without a type in the
/// signature, one piece of code reads the fields of all objects.
trait Form {
    /// Overwrites a blank. `None` if something was refused, which the description then knows.
    fn read(&mut self, json: &mut Description<'_>) -> Option<()>;
}

/// What stands in a field before it is read, and remains where it may be left out.
trait Blank {
    const BLANK: Self;
}

/// The text that a scheme is read from.
struct Description<'a> {
    json: Reader<'a>,
    /// How many objects and arrays are open.
    depth: usize,
    /// The field or variant that is read, which says what a text in it is.
    field: &'static str,
    /// Why something was refused; empty if the text is not even JSON.
    reason: String,
    /// Where, as a JSON pointer.
    path: String,
}

impl Description<'_> {
    /// An object: each field at most once, and the first `required` of them.
    #[inline(never)]
    fn record(
        &mut self,
        names: &[&'static str],
        required: usize,
        slots: &mut [Option<&mut dyn Form>],
    ) -> Option<()> {
        let mut items = self.open(b'{', "an object")?;
        while self.json.more(&mut items)? {
            let key = unquote(self.json.key()?)?;
            let mut known = names.iter().zip(slots.iter_mut());
            match known.find(|(name, _)| **name == key) {
                None => return self.refuse("unknown field ", &key, &[names]),
                Some((name, slot)) => match slot.take() {
                    None => return self.refuse("a second field ", &key, &[]),
                    Some(slot) => {
                        self.field = name;
                        slot.read(self).or_else(|| self.trail(&key))?;
                    }
                },
            }
        }
        self.depth -= 1;
        let mut known = names.iter().zip(slots).take(required);
        match known.find(|(_, slot)| slot.is_some()) {
            Some((name, _)) => self.refuse("missing field ", name, &[]),
            None => Some(()),
        }
    }

    /// One of several values: a word, or an object whose only field says which one it holds. Hands
    /// over its number, in which the words are counted first.
    #[inline(never)]
    fn choice(
        &mut self,
        words: &[&str],
        holders: &[&'static str],
        read: &mut dyn FnMut(&mut Self, usize) -> Option<()>,
    ) -> Option<()> {
        if self.json.peek()? == b'"' {
            let word = unquote(self.json.value()?)?;
            let number = self.which(&word, words, holders, "an object is expected with ")?;
            return read(self, number);
        }
        let mut items = self.open(b'{', "a word or an object")?;
        if !self.json.more(&mut items)? {
            return self.refuse("an empty object", "", &[]);
        }
        let key = unquote(self.json.key()?)?;
        let number = self.which(&key, holders, words, "no object is expected around ")?;
        self.field = holders.get(number)?;
        read(self, words.len() + number).or_else(|| self.trail(&key))?;
        if self.json.more(&mut items)? {
            return self.refuse("a second field beside ", &key, &[]);
        }
        self.depth -= 1;
        Some(())
    }

    #[inline(never)]
    fn list(&mut self, read: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let mut items = self.open(b'[', "an array")?;
        let mut index = 0_usize;
        while self.json.more(&mut items)? {
            read(self).or_else(|| self.trail(&decimal(index as u64)))?;
            index += 1;
        }
        self.depth -= 1;
        Some(())
    }

    #[inline(never)]
    fn text(&mut self) -> Option<Text> {
        let text = unquote(self.json.value()?);
        let text = self.expect(text, "a string")?;
        let unfit = match self.field {
            "pointer" | "events" if !is_pointer(&text) => {
                "a JSON pointer (RFC 6901), which starts with `/`"
            }
            "header" | "headers" | "numbered" | "text-header" | "sent_id" | "sent_event_type"
            | "families"
                if !is_header_name(&text) =>
            {
                "the name of a header"
            }
            // They are looked up by pointer.
            "claim" | "url_digest" | "body_digest" if text.contains(['/', '~']) => {
                "the name of a claim without `/` and `~`"
            }
            _ => return Some(Cow::Owned(text.into_owned())),
        };
        self.expect(None, unfit)
    }

    #[inline(never)]
    fn number(&mut self, maximum: usize) -> Option<usize> {
        let number = self.json.value()?.parse().ok();
        let number = number.filter(|number| *number <= maximum);
        self.expect(number, "a whole number from 0 to ")
            .or_else(|| {
                self.reason.push_str(&decimal(maximum as u64));
                None
            })
    }

    fn open(&mut self, bracket: u8, expected: &str) -> Option<Items> {
        self.depth += 1;
        if self.depth > DEPTH {
            self.refuse("too deep", "", &[])?;
        }
        let items = self.json.enter(bracket);
        self.expect(items, expected)
    }

    /// The field or index that led to what was refused. Always `None`.
    #[inline(never)]
    fn trail(&mut self, key: &str) -> Option<()> {
        self.path = ["/", key, &self.path].concat();
        None
    }

    /// What was read, or a refusal that says what was expected.
    fn expect<T>(&mut self, read: Option<T>, expected: &str) -> Option<T> {
        if read.is_none() {
            self.refuse("expected: ", "", &[]);
            self.reason.push_str(expected);
        }
        read
    }

    /// Which of the names it is.
    fn which(
        &mut self,
        name: &str,
        names: &[&str],
        others: &[&str],
        elsewhere: &str,
    ) -> Option<usize> {
        let number = names.iter().position(|known| *known == name);
        if number.is_none() && others.contains(&name) {
            self.refuse(elsewhere, name, &[]);
        } else if number.is_none() {
            self.refuse("unknown word ", name, &[names, others]);
        }
        number
    }

    /// Always `None`.
    #[inline(never)]
    fn refuse(&mut self, reason: &str, name: &str, instead: &[&[&str]]) -> Option<()> {
        self.reason.push_str(reason);
        self.name(name);
        for (number, name) in instead.iter().copied().flatten().enumerate() {
            let link = if number == 0 { "; there are " } else { ", " };
            self.reason.push_str(link);
            self.name(name);
        }
        None
    }

    fn name(&mut self, name: &str) {
        for piece in ["`", name, "`"] {
            if !name.is_empty() {
                self.reason.extend(piece.chars().take(NAME_LIMIT));
            }
        }
    }

    fn reason(self) -> String {
        let Self {
            path, reason, json, ..
        } = self;
        if reason.is_empty() {
            ["malformed JSON at byte ", &decimal(json.at() as u64)].concat()
        } else if path.is_empty() {
            reason
        } else {
            ["`", &path, "`: ", &reason].concat()
        }
    }
}
