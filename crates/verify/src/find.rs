//! Texts inside texts. The library's own search is fast on long ones, for 4 KB of code; here they are
//! keys and names.

#[cfg(feature = "explain")]
use alloc::vec::Vec;

/// Where `part` stands first.
pub(crate) fn find(text: &str, part: &str) -> Option<usize> {
    let mut places = text.as_bytes().windows(part.len().max(1));
    places.position(|place| place == part.as_bytes())
}

#[cfg(any(feature = "ecdsa", feature = "ed25519", feature = "rsa", test))]
pub(crate) fn contains(text: &str, part: &str) -> bool {
    find(text, part).is_some()
}

/// What stands before `part` and after it.
#[cfg(any(feature = "ecdsa", feature = "rsa", feature = "explain"))]
pub(crate) fn split_once<'t>(text: &'t str, part: &str) -> Option<(&'t str, &'t str)> {
    let (before, rest) = text.split_at_checked(find(text, part)?)?;
    Some((before, rest.get(part.len()..)?))
}

/// The text with `with` in each place of `part`. Bodies too are changed by it: what lies between is
/// copied as a whole.
#[cfg(feature = "explain")]
pub(crate) fn replace(text: &[u8], part: &[u8], with: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let (mut from, mut at) = (0, 0);
    let start = |rest: &[u8]| rest.iter().position(|byte| part.first() == Some(byte));
    while let Some(place) = text.get(at..).and_then(start) {
        at += place;
        let found = text.get(at..).unwrap_or_default().starts_with(part);
        if found {
            replaced.extend_from_slice(text.get(from..at).unwrap_or_default());
            replaced.extend_from_slice(with);
            from = at + part.len();
        }
        at = if found { from } else { at + 1 };
    }
    replaced.extend_from_slice(text.get(from..).unwrap_or_default());
    replaced
}

#[cfg(all(test, feature = "explain"))]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_split_and_replaced_where_it_stands() {
        assert_eq!(find("aab", "ab"), Some(1));
        assert!(!contains("a", "ab") && !contains("", "a") && !contains("a", ""));
        assert_eq!(split_once("a::b::c", "::"), Some(("a", "b::c")));
        assert_eq!(split_once("é-", "-"), Some(("é", "")));
        assert_eq!(replace(b"a-b--c-", b"-", b"+/"), b"a+/b+/+/c+/");
        assert_eq!(replace(b"aaa", b"aa", b"b"), b"ba");
        assert_eq!(replace(b"a", b"", b"b"), b"a");
    }
}
