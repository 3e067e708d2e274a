//! JSON strings: their content, and a text as one.

use alloc::borrow::Cow;
use alloc::string::String;

/// The content of a well-formed JSON string with its quotes, borrowed where it has no escapes.
/// `None` if it is no string, or if half of a surrogate pair stands alone in it.
pub(crate) fn unquote(string: &str) -> Option<Cow<'_, str>> {
    let content = string.strip_prefix('"')?.strip_suffix('"')?;
    if !content.as_bytes().contains(&b'\\') {
        return Some(Cow::Borrowed(content));
    }
    let mut text = String::with_capacity(content.len());
    let mut chars = content.chars();
    while let Some(char) = chars.next() {
        text.push(match char {
            '\\' => match chars.next()? {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => code_point(&mut chars)?,
                char => char,
            },
            char => char,
        });
    }
    Some(Cow::Owned(text))
}

/// What follows a `\u`: four digits, or two halves of a pair.
fn code_point(chars: &mut core::str::Chars<'_>) -> Option<char> {
    let first = four_digits(chars)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first);
    }
    let escaped = chars.next() == Some('\\') && chars.next() == Some('u');
    let second = four_digits(chars).filter(|_| escaped)?;
    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    char::from_u32(0x10000 + ((first - 0xd800) << 10) + low)
}

fn four_digits(chars: &mut core::str::Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |number, _| {
        Some(number << 4 | chars.next()?.to_digit(16)?)
    })
}

/// Appends `text` as a JSON string, with its quotes.
pub(crate) fn quote(text: &str, json: &mut String) {
    json.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => json.extend(['\\', char]),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\0'..' ' => {
                let digit = |value| char::from_digit(value, 16).unwrap_or('0');
                let code = u32::from(char);
                json.push_str("\\u00");
                json.extend([digit(code >> 4), digit(code & 15)]);
            }
            char => json.push(char),
        }
    }
    json.push('"');
}
