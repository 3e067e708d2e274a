//! Writes a JSON text again as another program would: token by token, without a tree, so that
//! numbers keep their digits and no depth is too deep. What is no JSON comes out as nothing, or as
//! something that fits no signature either.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::{Reader, unquote};

/// How a program writes JSON: the bits of each way, of which none keeps what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style(u16);

impl Style {
    pub(super) const KEPT: Self = Self(0);
    /// `{"a":1,"b":2}`, as of JavaScript, PHP, Go and Ruby.
    pub(super) const COMPACT: Self = Self(1);
    /// `{"a": 1, "b": 2}`, as of Python.
    pub(super) const SPACED: Self = Self(2);
    /// One value a line.
    pub(super) const INDENTED_2: Self = Self(4);
    pub(super) const INDENTED_4: Self = Self(8);
    const INDENTED: Self = Self(4 | 8);
    const LAID_OUT: Self = Self(15);
    /// Letters beyond ASCII as they are: no escape but where JSON asks for one.
    pub(super) const RAW: Self = Self(16);
    pub(super) const ESCAPED: Self = Self(32);
    /// Escapes in upper case.
    pub(super) const ESCAPED_UPPER: Self = Self(32 | 64);
    const UPPER: Self = Self(64);
    pub(super) const SLASHES_PLAIN: Self = Self(128);
    pub(super) const SLASHES_ESCAPED: Self = Self(256);
    /// `<`, `>` and `&` as escapes, as Go and Rails write them.
    pub(super) const HTML: Self = Self(512);

    /// Both ways.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn has(self, way: Self) -> bool {
        self.0 & way.0 != 0
    }

    /// What is not simply copied where it stands in a string.
    fn touched(self) -> u8 {
        let kinds = [
            (Self::ESCAPED, BEYOND_ASCII),
            (Self::SLASHES_ESCAPED, SLASH),
            (Self::HTML, ANGLE),
            (Self(!Self::LAID_OUT.0), BACKSLASH),
        ];
        let kinds = kinds.iter().filter(|(way, _)| self.has(*way));
        kinds.fold(0, |kinds, (_, kind)| kinds | kind)
    }
}

// What a byte may be, outside of strings or in them.
const QUOTE: u8 = 1;
const BACKSLASH: u8 = 1 << 1;
const SLASH: u8 = 1 << 2;
const ANGLE: u8 = 1 << 3;
const BEYOND_ASCII: u8 = 1 << 4;
const SPACE: u8 = 1 << 5;
const BRACKET: u8 = 1 << 6;
const SEPARATOR: u8 = 1 << 7;
/// What ends a number or a word.
const OUTSIDE: u8 = QUOTE | SPACE | BRACKET | SEPARATOR;

/// Of each byte, looked up: a body is walked through a dozen times, and most of it is plain letters.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'"' => QUOTE,
            b'\\' => BACKSLASH,
            b'/' => SLASH,
            b'<' | b'>' | b'&' => ANGLE,
            b' ' | b'\t' | b'\r' | b'\n' => SPACE,
            b'{' | b'}' | b'[' | b']' => BRACKET,
            b',' | b':' => SEPARATOR,
            0x80.. => BEYOND_ASCII,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

/// The next byte of one of these kinds, and where it stands.
#[inline(never)]
fn next(json: &[u8], mut at: usize, kinds: u8) -> Option<(usize, u8)> {
    loop {
        let byte = *json.get(at)?;
        if KINDS[usize::from(byte)] & kinds != 0 {
            return Some((at, byte));
        }
        at += 1;
    }
}

/// A token's end: the index after the closing quotation mark of the string that starts at `start`.
pub(super) fn string_end(json: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match next(json, at, QUOTE | BACKSLASH)? {
            (end, b'"') => return Some(end + 1),
            (escape, _) => at = escape + 2,
        }
    }
}

/// The end of a number or a word.
pub(super) fn scalar_end(json: &[u8], start: usize) -> usize {
    next(json, start, OUTSIDE).map_or(json.len(), |(end, _)| end)
}

/// Whether it is compact, and whether a space follows each comma and colon and stands nowhere else.
pub(super) fn layout(json: &[u8]) -> (bool, bool) {
    let (mut compact, mut spaced) = (true, true);
    // Where a space must stand.
    let mut due = None;
    let mut at = 0;
    while let Some((place, byte)) = next(json, at, OUTSIDE).filter(|_| compact || spaced) {
        let is_space = KINDS[usize::from(byte)] & SPACE != 0;
        compact &= !is_space;
        spaced &= match due {
            Some(due) => place == due && byte == b' ',
            None => !is_space,
        };
        due = matches!(byte, b',' | b':').then_some(place + 1);
        at = match byte {
            b'"' => string_end(json, place).unwrap_or(json.len()),
            _ => place + 1,
        };
    }
    (compact, spaced && due.is_none())
}

/// `None` if it is no JSON, or would become far longer, as deep nesting does when it is indented.
///
/// What stays as it is is copied in as long pieces as there are.
pub(super) fn rewrite(json: &[u8], style: Style) -> Option<Vec<u8>> {
    let limit = json.len() * 4 + 4_096;
    let (lays_out, indents) = (style.has(Style::LAID_OUT), style.has(Style::INDENTED));
    let touched = style.touched();
    let mut out = Vec::with_capacity(json.len() + json.len() / 4);
    // From where on nothing is copied yet, and from where on nothing is read.
    let (mut from, mut at, mut depth) = (0, 0, 0_usize);
    while let Some((place, byte)) = next(json, at, OUTSIDE) {
        at = place + 1;
        match byte {
            b'"' => {
                let inside = QUOTE | BACKSLASH | touched;
                let (end, found) = loop {
                    match next(json, at, inside)? {
                        (escape, b'\\') if touched == 0 => at = escape + 2,
                        found => break found,
                    }
                };
                if found == b'"' {
                    at = end + 1;
                } else {
                    at = string_end(json, end - 1)?;
                    copy(json.get(from..place)?, &mut out);
                    string(json.get(place..at)?, style, &mut out);
                    from = at;
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' if lays_out => {
                copy(json.get(from..place)?, &mut out);
                from = at;
            }
            b'{' | b'[' if indents => {
                let after = json.get(at..)?;
                let is_space = |byte: &u8| KINDS[usize::from(*byte)] & SPACE != 0;
                let spaces = after.iter().position(|byte| !is_space(byte));
                copy(json.get(from..at)?, &mut out);
                at += spaces.unwrap_or(after.len());
                from = at;
                if let Some(b'}' | b']') = json.get(at) {
                    at += 1; // `{}`
                } else {
                    depth += 1;
                    line(&mut out, style, depth);
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if indents {
                    copy(json.get(from..place)?, &mut out);
                    line(&mut out, style, depth);
                    from = place;
                }
            }
            b',' | b':' if indents || style.has(Style::SPACED) => {
                copy(json.get(from..at)?, &mut out);
                from = at;
                match byte {
                    b',' if indents => line(&mut out, style, depth),
                    _ => out.push(b' '),
                }
            }
            _ => {}
        }
        if out.len() > limit {
            return None;
        }
    }
    copy(json.get(from..)?, &mut out);
    (depth == 0).then_some(out)
}

/// Many are empty, and a copy of nothing is a call all the same.
#[inline(never)]
fn copy(piece: &[u8], out: &mut Vec<u8>) {
    if !piece.is_empty() {
        out.extend_from_slice(piece);
    }
}

#[inline(never)]
fn line(out: &mut Vec<u8>, style: Style, depth: usize) {
    out.push(b'\n');
    let width = if style.has(Style::INDENTED_2) { 2 } else { 4 } * depth.min(1_024);
    out.resize(out.len() + width, b' ');
}

/// A string token, with its quotation marks.
#[inline(never)]
fn string(token: &[u8], style: Style, out: &mut Vec<u8>) {
    // What is no UTF-8 has no letters to write otherwise.
    let Ok(text) = core::str::from_utf8(token) else {
        return out.extend_from_slice(token);
    };
    let (mut from, mut at) = (0, 0);
    while let Some((place, byte)) = next(token, at, style.touched()) {
        let rest = text.get(place..).unwrap_or_default();
        let (code, length) = match byte {
            b'\\' => escape(rest),
            _ => match rest.chars().next() {
                Some(letter) => (Some(letter), letter.len_utf8()),
                None => (None, 1),
            },
        };
        at = place + length;
        copy(token.get(from..place).unwrap_or_default(), out);
        let source = token.get(place..at).unwrap_or_default();
        write(byte == b'\\', code, source, style, out);
        from = at;
    }
    copy(token.get(from..).unwrap_or_default(), out);
}

/// The letter of an escape, where it is one of `\/` and `\u`, and the escape's length in bytes.
fn escape(text: &str) -> (Option<char>, usize) {
    let unit = |from: usize| {
        let digits = text.get(from..from + 4)?;
        let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| hex)
    };
    match text.as_bytes().get(1) {
        Some(b'/') => (Some('/'), 2),
        Some(b'u') => match unit(2) {
            Some(high @ 0xd800..0xdc00) if text.get(6..8) == Some("\\u") => match unit(8) {
                Some(low @ 0xdc00..0xe000) => {
                    let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                    (char::from_u32(code), 12)
                }
                _ => (None, 6),
            },
            Some(code) => (char::from_u32(code), 6),
            None => (None, 2),
        },
        Some(byte) if byte.is_ascii() => (None, 2),
        _ => (None, 1),
    }
}

/// One letter, which stands in the source as it is or `escaped`.
fn write(escaped: bool, letter: Option<char>, source: &[u8], style: Style, out: &mut Vec<u8>) {
    let unicode = escaped && source.get(1) == Some(&b'u');
    let kept = |letter: &char| match letter {
        '/' if !unicode => !style.has(Style::SLASHES_PLAIN.and(Style::SLASHES_ESCAPED)),
        '<' | '>' | '&' if style.has(Style::HTML) => false,
        '"' | '\\' | '\0'..' ' if unicode => !style.has(Style::ESCAPED),
        _ if unicode => !style.has(Style::RAW.and(Style::ESCAPED)),
        letter => letter.is_ascii() || !style.has(Style::ESCAPED),
    };
    match letter.filter(|letter| !kept(letter)) {
        None if escaped => out.extend_from_slice(source),
        Some('/') if !unicode => {
            let slash: &[u8] = match style.has(Style::SLASHES_ESCAPED) {
                true => b"\\/",
                false => b"/",
            };
            out.extend_from_slice(slash);
        }
        Some(letter @ ('<' | '>' | '&')) if style.has(Style::HTML) => units(letter, false, out),
        Some(letter) if style.has(Style::ESCAPED) => units(letter, style.has(Style::UPPER), out),
        _ => {
            let letter = letter.unwrap_or_default();
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// `\u` and four digits for each unit of UTF-16.
fn units(letter: char, upper: bool, out: &mut Vec<u8>) {
    for unit in letter.encode_utf16(&mut [0; 2]) {
        let digits: &[u8; 16] = if upper {
            b"0123456789ABCDEF"
        } else {
            b"0123456789abcdef"
        };
        out.extend_from_slice(b"\\u");
        for shift in [12, 8, 4, 0] {
            out.push(digits[usize::from(*unit >> shift & 15)]);
        }
    }
}

/// The text of a JSON string, without its escapes.
pub(super) fn unquoted(json: &[u8]) -> Option<String> {
    let mut json = Reader::of(json)?;
    (json.peek()? == b'"').then_some(())?;
    let text = unquote(json.value()?)?;
    json.end()?;
    Some(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str, style: Style) -> Option<String> {
        rewrite(json.as_bytes(), style).map(|json| String::from_utf8(json).expect("UTF-8"))
    }

    #[test]
    fn only_a_whole_json_string_is_unquoted() {
        let text = |json: &str| unquoted(json.as_bytes());
        assert_eq!(
            text(" \"{\\\"a\\\":1}\\u0020\"\n").as_deref(),
            Some("{\"a\":1} ")
        );
        for json in [
            "",
            "\"a",
            "\"a\" x",
            "\"a\"\"b\"",
            "[\"a\"]",
            "\"\\ud800\"",
            "null",
        ] {
            assert_eq!(text(json), None, "{json}");
        }
        assert_eq!(unquoted(b"\"\xff\""), None);
    }

    #[test]
    fn each_layout_is_that_of_its_program() {
        let json = r#"{ "a":[1 ,-2.50e+3,{}],"b" : {"c, d":" : "} , "e":[ ]}"#;
        let compact = r#"{"a":[1,-2.50e+3,{}],"b":{"c, d":" : "},"e":[]}"#;
        assert_eq!(written(json, Style::COMPACT).as_deref(), Some(compact));
        let spaced = r#"{"a": [1, -2.50e+3, {}], "b": {"c, d": " : "}, "e": []}"#;
        assert_eq!(written(json, Style::SPACED).as_deref(), Some(spaced));
        let indented = "{\n  \"a\": [\n    1,\n    -2.50e+3,\n    {}\n  ],\n  \"b\": {\n    \
                        \"c, d\": \" : \"\n  },\n  \"e\": []\n}";
        assert_eq!(written(json, Style::INDENTED_2).as_deref(), Some(indented));
        assert_eq!(written(json, Style::KEPT).as_deref(), Some(json));
    }

    #[test]
    fn the_layout_that_is_there_is_told() {
        for (json, expected) in [
            (r#"{"a":1,"b, c: d":[true]}"#, (true, false)),
            (r#"{"a": 1, "b, c:d": [true, {}]}"#, (false, true)),
            (r#"{"a": 1,"b":2}"#, (false, false)),
            (r#"{"a":  1}"#, (false, false)),
            ("{\"a\":\t1}", (false, false)),
            ("{\"a\": 1,\n\"b\": 2}", (false, false)),
            (r#"{ "a": 1}"#, (false, false)),
            (r#"["\" , "]"#, (true, true)),
            ("[1]", (true, true)),
            ("[1,", (true, false)),
            ("[\"", (true, true)),
        ] {
            assert_eq!(layout(json.as_bytes()), expected, "{json}");
        }
    }

    #[test]
    fn letters_and_slashes_change_in_strings_alone() {
        let raw = "{\"é/\":\"😀<\\n\\\"\"}";
        let php = Style::ESCAPED.and(Style::SLASHES_ESCAPED);
        let text = r#"{"\u00e9\/":"\ud83d\ude00<\n\""}"#;
        assert_eq!(written(raw, php).as_deref(), Some(text));
        let js = Style::RAW.and(Style::SLASHES_PLAIN);
        assert_eq!(written(text, js).as_deref(), Some(raw));
        let text = r#"{"\u00E9\/":"\uD83D\uDE00<\n\""}"#;
        assert_eq!(written(text, Style::ESCAPED_UPPER).as_deref(), Some(text));
        assert_eq!(
            written("[\"<é>\",1]", Style::HTML).as_deref(),
            Some("[\"\\u003cé\\u003e\",1]")
        );
        let kept = r#"["\u0000\ud800\uzzzz\u00"]"#;
        assert_eq!(written(kept, js).as_deref(), Some(kept));
    }

    #[test]
    fn what_is_no_json_or_too_deep_to_indent_is_refused() {
        for json in ["{", "]", "\"", "\"\\", "{\"a\":\"}"] {
            assert_eq!(written(json, Style::COMPACT), None, "{json}");
        }
        let deep = ["[".repeat(10_000), "]".repeat(10_000)].concat();
        assert_eq!(
            written(&deep, Style::COMPACT).as_deref(),
            Some(deep.as_str())
        );
        assert_eq!(written(&deep, Style::INDENTED_2), None);
    }
}
