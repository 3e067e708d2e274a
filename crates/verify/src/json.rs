//! Reads JSON (RFC 8259) from front to back, strictly and without building a tree.
//!
//! What is not looked for is passed over, however deep or large it is, and still has to be well
//! formed. Our own, because a general parser outweighs the verifier in WebAssembly; it is compared
//! with one in the tests and by fuzzing.

mod edit;
#[cfg(test)]
mod tests;
mod text;

use alloc::vec::Vec;

pub(crate) use edit::set;
pub(crate) use text::{quote, unquote};

/// A place in a JSON text. Each method gives `None` where the text is malformed.
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// `None` if the bytes are no UTF-8.
    pub(crate) fn of(bytes: &'a [u8]) -> Option<Self> {
        core::str::from_utf8(bytes).ok().map(Self::new)
    }

    /// The next byte that is no white space.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// Whether nothing but white space follows.
    pub(crate) fn end(&mut self) -> Option<()> {
        self.peek().is_none().then_some(())
    }

    /// Where the reader stands, in bytes.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Enters an object or an array, by its opening bracket.
    pub(crate) fn enter(&mut self, bracket: u8) -> Option<Items> {
        let close = if bracket == b'{' { b'}' } else { b']' };
        let first = true;
        self.take(bracket).then_some(Items { close, first })
    }

    /// Whether an item follows; if none does, the object or array has been left.
    pub(crate) fn more(&mut self, items: &mut Items) -> Option<bool> {
        if self.take(items.close) {
            // `[1,]` does not come here: after its comma a value is read.
            return Some(false);
        }
        let first = core::mem::replace(&mut items.first, false);
        (first || self.take(b',')).then_some(true)
    }

    /// A key with its quotes, passed over together with its colon.
    pub(crate) fn key(&mut self) -> Option<&'a str> {
        self.peek();
        let from = self.at;
        self.string()?;
        let key = self.since(from);
        self.take(b':').then_some(key)?
    }

    /// The text of the next value, passed over.
    pub(crate) fn value(&mut self) -> Option<&'a str> {
        self.peek();
        let from = self.at;
        // The objects and arrays that are open: no recursion, however deep the body is.
        let mut open: Vec<Items> = Vec::new();
        loop {
            match self.peek()? {
                bracket @ (b'{' | b'[') => open.push(self.enter(bracket)?),
                b'"' => self.string()?,
                b't' => self.literal("true")?,
                b'f' => self.literal("false")?,
                b'n' => self.literal("null")?,
                _ => self.number()?,
            }
            while let Some(items) = open.last_mut() {
                if self.more(items)? {
                    break;
                }
                open.pop();
            }
            match open.last() {
                None => return self.since(from),
                Some(items) if items.close == b'}' => self.key().map(drop)?,
                Some(_) => {}
            }
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn since(&self, from: usize) -> Option<&'a str> {
        self.text.get(from..self.at)
    }

    /// Passes over `byte`, and the white space before it, if that is what comes next.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn literal(&mut self, word: &str) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        rest.starts_with(word).then(|| self.at += word.len())
    }

    fn string(&mut self) -> Option<()> {
        self.literal("\"")?;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            // Most of a string stands for itself.
            let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
            let plain = rest.iter().position(special).unwrap_or(rest.len());
            self.at += plain;
            self.at += match rest.get(plain..)? {
                [b'"', ..] => break,
                [
                    b'\\',
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                    ..,
                ] => 2,
                [b'\\', b'u', digits @ ..] => {
                    let digits = digits.first_chunk::<4>()?;
                    digits.iter().all(u8::is_ascii_hexdigit).then_some(6)?
                }
                _ => return None,
            };
        }
        self.at += 1;
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        self.at += usize::from(self.byte() == Some(b'-'));
        match self.digits()? {
            // A leading zero stands alone.
            number if number.len() > 1 && number.starts_with('0') => return None,
            _ => {}
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<&'a str> {
        let from = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        self.since(from).filter(|digits| !digits.is_empty())
    }
}

/// An object or array that has been entered.
pub(crate) struct Items {
    close: u8,
    first: bool,
}
