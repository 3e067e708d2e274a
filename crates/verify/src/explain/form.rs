//! Writes a form again as another program would.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::parameters::{Escapes, LIMIT, Pair, by_name_and_value, unescape};

/// How a program writes a form.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) escapes: Escapes,
    pub(super) is_sorted: bool,
}

impl Style {
    /// Python's, and nearly everybody's.
    pub(super) const FORM: Self = Self::new(Escapes::FORM);

    pub(super) const fn new(escapes: Escapes) -> Self {
        Self {
            escapes,
            is_sorted: false,
        }
    }

    pub(super) fn escaped(self, text: &[u8]) -> Vec<u8> {
        let mut escaped = alloc::string::String::with_capacity(text.len());
        self.escapes.write(text, &mut escaped);
        escaped.into_bytes()
    }

    /// `None` if it has more items than a form that is read.
    pub(super) fn rewritten(self, form: &[u8]) -> Option<Vec<u8>> {
        let items = || form.split(|byte| *byte == b'&');
        let mut pairs: Vec<Pair<'_>> = Vec::new();
        for item in items() {
            (pairs.len() < LIMIT).then_some(())?;
            let halves = item.splitn(2, |byte| *byte == b'=');
            let halves: Vec<Vec<u8>> = halves.map(|half| self.escaped(&unescape(half))).collect();
            pairs.push((halves.join(&b'=').into(), Cow::Borrowed(b"")));
        }
        if self.is_sorted {
            pairs = by_name_and_value(pairs);
        }
        let mut form = Vec::with_capacity(form.len());
        for (item, _) in &pairs {
            if !form.is_empty() {
                form.push(b'&');
            }
            form.extend_from_slice(item);
        }
        Some(form)
    }
}

/// Without percent-encoding and with spaces for `+`.
pub(super) fn unescaped(text: &[u8]) -> Vec<u8> {
    unescape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_more_items_than_are_read_is_not_written_anew() {
        let form = |items| "a=b&".repeat(items - 1) + "a";
        let written = Style::FORM.rewritten(form(LIMIT).as_bytes());
        assert_eq!(written, Some(form(LIMIT).into_bytes()));
        assert_eq!(Style::FORM.rewritten(form(LIMIT + 1).as_bytes()), None);
    }
}
