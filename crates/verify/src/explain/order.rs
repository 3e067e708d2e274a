//! Puts the keys of a JSON text in order, as programs do that keep objects in sorted maps.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::ops::Range;

use super::json::{scalar_end, string_end};
use crate::parameters::{Pair, by_name_and_value};

/// An object or an array that is being written.
struct Open {
    is_object: bool,
    /// Where it starts in the output, after its bracket.
    start: usize,
    /// Each member with its key, as places in the output.
    members: Vec<(Range<usize>, Range<usize>)>,
    /// The key and the start of the member that is being written.
    member: Option<(Range<usize>, usize)>,
}

/// Deeper bodies are not sorted: each level takes memory.
const DEEPEST: usize = 20_000;

/// Compact, with the keys of each object in the order of their bytes. `None` if it is no JSON, or if
/// it is so deep that sorting would copy it too often.
pub(super) fn sorted(json: &[u8]) -> Option<Vec<u8>> {
    let mut moved = 0;
    let mut out = Vec::with_capacity(json.len());
    let mut stack: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        let next = match byte {
            b'"' => string_end(json, at)?,
            b' ' | b'\t' | b'\r' | b'\n' | b'{' | b'}' | b'[' | b']' | b',' | b':' => at + 1,
            _ => scalar_end(json, at),
        };
        let token = json.get(at..next)?;
        at = next;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'{' | b'[' => {
                (stack.len() < DEEPEST).then_some(())?;
                out.push(byte);
                stack.push(Open {
                    is_object: byte == b'{',
                    start: out.len(),
                    members: Vec::new(),
                    member: None,
                });
            }
            b'}' | b']' => {
                let mut open = stack.pop()?;
                open.end_member(out.len());
                moved += out.len() - open.start;
                if open.is_object != (byte == b'}') || moved > json.len() * 16 {
                    return None;
                }
                open.write(&mut out)?;
                out.push(byte);
            }
            b',' => match stack.last_mut() {
                Some(open) if open.is_object => open.end_member(out.len()),
                _ => out.push(b','),
            },
            b'"' => {
                let start = out.len();
                out.extend_from_slice(token);
                if let Some(open) = stack.last_mut().filter(|open| open.is_object)
                    && open.member.is_none()
                {
                    open.member = Some((start + 1..out.len() - 1, start));
                }
            }
            _ => out.extend_from_slice(token),
        }
    }
    stack.is_empty().then_some(out)
}

impl Open {
    fn end_member(&mut self, end: usize) {
        if let Some((key, start)) = self.member.take() {
            self.members.push((key, start..end));
        }
    }

    /// Puts the members in order, with commas between; an array stands there already.
    fn write(&self, out: &mut Vec<u8>) -> Option<()> {
        if !self.is_object {
            return Some(());
        }
        // Pairs as those of a form, so that they are sorted by the same code.
        let mut pairs: Vec<Pair<'_>> = Vec::with_capacity(self.members.len());
        for (key, member) in &self.members {
            let text = |range: &Range<usize>| out.get(range.clone()).map(Cow::Borrowed);
            pairs.push((text(key)?, text(member)?));
        }
        let pairs = by_name_and_value(pairs);
        let mut members = Vec::with_capacity(out.len() - self.start + self.members.len());
        for (_, member) in &pairs {
            if !members.is_empty() {
                members.push(b',');
            }
            members.extend_from_slice(member);
        }
        out.truncate(self.start);
        out.extend_from_slice(&members);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_each_object_are_sorted_and_arrays_are_not() {
        let json = br#"{"b": [3, {"z":1,"y":[{}]}, 1], "a b": 2, "a":{"d":"x","c":-1.0}}"#;
        let expected = br#"{"a":{"c":-1.0,"d":"x"},"a b":2,"b":[3,{"y":[{}],"z":1},1]}"#;
        assert_eq!(sorted(json).as_deref(), Some(&expected[..]));
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_refused() {
        for json in ["{", "}", "[}", "\"", "{\"a\":[}"] {
            assert_eq!(sorted(json.as_bytes()), None, "{json}");
        }
        let deep = ["{\"a\":".repeat(10_000), "1".into(), "}".repeat(10_000)].concat();
        assert_eq!(sorted(deep.as_bytes()), None);
        let shallow = ["{\"a\":".repeat(8), "1".into(), "}".repeat(8)].concat();
        assert_eq!(
            sorted(shallow.as_bytes()).as_deref(),
            Some(shallow.as_bytes())
        );
    }
}
