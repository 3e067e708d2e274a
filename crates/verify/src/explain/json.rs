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
}

/// A token's end: the index after the closing quotation mark of the string that starts at `start`.
pub(super) fn string_end(json: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match json.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The end of a number or a word.
pub(super) fn scalar_end(json: &[u8], start: usize) -> usize {
    let rest = json.get(start..).unwrap_or_default();
    let is_end = |byte: &u8| {
        matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'{' | b'}')
            || matches!(byte, b'[' | b']' | b',' | b':')
    };
    start + rest.iter().position(is_end).unwrap_or(rest.len())
}

/// `None` if it is no JSON, or would become far longer, as deep nesting does when it is indented.
pub(super) fn rewrite(json: &[u8], style: Style) -> Option<Vec<u8>> {
    let limit = json.len() * 4 + 4_096;
    let mut out = Vec::with_capacity(json.len() + json.len() / 4);
    let (mut at, mut depth, mut opened) = (0, 0_usize, false);
    while let Some(&byte) = json.get(at) {
        if out.len() > limit {
            return None;
        }
        let next = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                if !style.has(Style::LAID_OUT) {
                    out.push(byte);
                }
                at += 1;
                continue;
            }
            b'"' => string_end(json, at)?,
            b'{' | b'}' | b'[' | b']' | b',' | b':' => at + 1,
            _ => scalar_end(json, at),
        };
        if matches!(byte, b'}' | b']') {
            depth = depth.checked_sub(1)?;
            if !opened {
                line(&mut out, style, depth);
            }
        } else if opened {
            line(&mut out, style, depth);
        }
        opened = false;
        let token = json.get(at..next)?;
        match byte {
            b'"' => string(token, style, &mut out),
            _ => out.extend_from_slice(token),
        }
        match byte {
            b'{' | b'[' => {
                depth += 1;
                opened = true;
            }
            b',' | b':' if style.has(Style::SPACED) => out.push(b' '),
            b':' if style.has(Style::INDENTED) => out.push(b' '),
            b',' => line(&mut out, style, depth),
            _ => {}
        }
        at = next;
    }
    (depth == 0).then_some(out)
}

fn line(out: &mut Vec<u8>, style: Style, depth: usize) {
    if style.has(Style::INDENTED) {
        out.push(b'\n');
        let width = if style.has(Style::INDENTED_2) { 2 } else { 4 } * depth.min(1_024);
        out.resize(out.len() + width, b' ');
    }
}

/// A string token, with its quotation marks.
fn string(token: &[u8], style: Style, out: &mut Vec<u8>) {
    let touched = |byte: &u8| match byte {
        b'\\' => true,
        b'/' => style.has(Style::SLASHES_ESCAPED),
        b'<' | b'>' | b'&' => style.has(Style::HTML),
        byte => !byte.is_ascii() && style.has(Style::ESCAPED),
    };
    if !token.iter().any(touched) {
        return out.extend_from_slice(token);
    }
    // What is no UTF-8 has no letters to write otherwise.
    let Ok(text) = core::str::from_utf8(token) else {
        return out.extend_from_slice(token);
    };
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        let (code, length) = match letter {
            '\\' => escape(text.get(at..).unwrap_or_default()),
            letter => (Some(letter), 1),
        };
        for _ in 1..length {
            letters.next();
        }
        let source = text.get(at..at + length).unwrap_or_default().as_bytes();
        write(letter == '\\', code, source, style, out);
    }
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
