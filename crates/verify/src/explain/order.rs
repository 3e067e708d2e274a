//! Puts the keys of a JSON text in order, as programs do that keep objects in sorted maps.

use alloc::vec::Vec;
use core::ops::Range;

use super::json::{scalar_end, string_end};
use crate::parameters::{Pair, by_name_and_value};

/// An object or an array that is being written.
struct Open {
    is_object: bool,
    /// Where it starts in the output, after its bracket.
    start: usize,
    /// Where its members start among those of all.
    members: usize,
    /// The key and the start of the member that is being written.
    member: Option<(Range<usize>, usize)>,
}

/// A member of an object: its key and the whole of it, as places in the output.
type Member = (Range<usize>, Range<usize>);

/// Deeper bodies are not sorted: each level takes memory.
const DEEPEST: usize = 20_000;
/// Up to here each member is moved to its place; more are merged.
const FEW: usize = 16;

/// Compact, with the keys of each object in the order of their bytes. `None` if it is no JSON, or if
/// it is so deep that sorting would copy it too often.
pub(super) fn sorted(json: &[u8]) -> Option<Vec<u8>> {
    let mut moved = 0;
    let mut out = Vec::with_capacity(json.len());
    let mut stack: Vec<Open> = Vec::new();
    // Of all open objects, and where their members are written: no memory is asked for each.
    let mut members: Vec<Member> = Vec::new();
    let mut spare = Vec::new();
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
                    members: members.len(),
                    member: None,
                });
            }
            b'}' | b']' => {
                let mut open = stack.pop()?;
                open.end_member(out.len(), &mut members);
                moved += out.len() - open.start;
                if open.is_object != (byte == b'}') || moved > json.len() * 16 {
                    return None;
                }
                if open.is_object {
                    let own = members.get_mut(open.members..)?;
                    write(own, &out, &mut spare);
                    out.truncate(open.start);
                    out.append(&mut spare);
                    members.truncate(open.members);
                }
                out.push(byte);
            }
            b',' => match stack.last_mut() {
                Some(open) if open.is_object => open.end_member(out.len(), &mut members),
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
            b':' => out.push(b':'),
            _ => out.extend_from_slice(token),
        }
    }
    stack.is_empty().then_some(out)
}

impl Open {
    fn end_member(&mut self, end: usize, members: &mut Vec<Member>) {
        if let Some((key, start)) = self.member.take() {
            members.push((key, start..end));
        }
    }
}

/// The members in order, with commas between.
#[inline(never)]
fn write(members: &mut [Member], text: &[u8], into: &mut Vec<u8>) {
    let read = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    let mut add = |member: &[u8]| {
        if !into.is_empty() {
            into.push(b',');
        }
        into.extend_from_slice(member);
    };
    if members.len() > FEW {
        // Pairs as those of a form, so that they are sorted by the same code.
        let pair = |(key, member): &Member| (read(key).into(), read(member).into());
        let pairs: Vec<Pair<'_>> = members.iter().map(pair).collect();
        by_name_and_value(pairs)
            .iter()
            .for_each(|(_, member)| add(member));
        return;
    }
    for end in 1..members.len() {
        let mut at = end;
        while let Some([one, other]) = members.get_mut(at.wrapping_sub(1)..=at) {
            if (read(&one.0), read(&one.1)) <= (read(&other.0), read(&other.1)) {
                break;
            }
            core::mem::swap(one, other);
            at -= 1;
        }
    }
    members.iter().for_each(|(_, member)| add(read(member)));
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;

    #[test]
    fn the_keys_of_each_object_are_sorted_and_arrays_are_not() {
        let json = br#"{"b": [3, {"z":1,"y":[{}]}, 1], "a b": 2, "a":{"d":"x","c":-1.0}}"#;
        let expected = br#"{"a":{"c":-1.0,"d":"x"},"a b":2,"b":[3,{"y":[{}],"z":1},1]}"#;
        assert_eq!(sorted(json).as_deref(), Some(&expected[..]));
    }

    #[test]
    fn few_keys_and_many_are_sorted_alike() {
        for count in [1, 2, FEW - 1, FEW, FEW + 1, 100] {
            let member = |number: usize| format!("\"{:02}\":{number}", number * 37 % 101);
            let mut members: Vec<String> = (0..count).map(member).collect();
            let json = format!("{{{}}}", members.join(", "));
            members.sort_unstable();
            let expected = format!("{{{}}}", members.join(","));
            assert_eq!(sorted(json.as_bytes()), Some(expected.into_bytes()));
        }
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
