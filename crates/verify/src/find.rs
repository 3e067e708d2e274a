//! Texts inside texts. The library's own search is fast on long ones, for 4 KB of code; here they are
//! keys and names.

/// Where `part` stands first.
pub(crate) fn find(text: &str, part: &str) -> Option<usize> {
    let mut places = text.as_bytes().windows(part.len().max(1));
    places.position(|place| place == part.as_bytes())
}

pub(crate) fn contains(text: &str, part: &str) -> bool {
    find(text, part).is_some()
}

/// What stands before `part` and after it.
pub(crate) fn split_once<'t>(text: &'t str, part: &str) -> Option<(&'t str, &'t str)> {
    let (before, rest) = text.split_at_checked(find(text, part)?)?;
    Some((before, rest.get(part.len()..)?))
}
