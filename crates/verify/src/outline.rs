//! The outline of a JSON document that comes piece by piece: so much of it that what stands at a
//! pointer can be read, however large the document is.
//!
//! Containers deeper than any pointer leads are left empty, and of a long string the end is left out:
//! it is no name. The rest goes through as it is, so that the readers of whole bodies read the outline
//! too. It says nothing of what was left out: an error in there is not found.

use alloc::vec::Vec;

/// Bytes of an outline. A document whose outline is longer has none, and so no names.
const LIMIT: usize = 64 * 1024;

/// Bytes of a string that are kept: more than the longest name takes, each character escaped.
const STRING: usize = 2048;

/// An outline that is being made.
pub(crate) struct Outline {
    /// How many containers around a value may be told apart.
    depth: usize,
    text: Vec<u8>,
    /// The containers that are open.
    open: usize,
    within: Within,
    overflown: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    /// A string: how many of its bytes were kept, and what the next byte belongs to.
    String {
        kept: usize,
        next: Next,
    },
}

/// Where a string can be cut, and where it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// To a character that starts here.
    Character,
    /// To an escape, whose first byte after the `\` it is.
    Escape,
    /// To the digits of `\u`: so many have been read, and whether they name the first half of a pair.
    Digits(u8, bool),
    /// As `Character`, but the second half of a pair has to follow.
    Half,
    /// To the end of the string, which is left out.
    Dropped,
    /// To an escape in there.
    DroppedEscape,
}

impl Outline {
    /// Of a document in which no pointer has more than `depth` steps.
    pub(crate) fn of(depth: usize) -> Self {
        Self {
            depth,
            text: Vec::new(),
            open: 0,
            within: Within::Nothing,
            overflown: depth == 0,
        }
    }

    pub(crate) fn update(&mut self, piece: &[u8]) {
        for byte in piece {
            if self.overflown {
                return;
            }
            match self.within {
                Within::Nothing => self.between(*byte),
                Within::String { kept, next } => self.inside(*byte, kept, next),
            }
            if self.text.len() > LIMIT {
                self.overflown = true;
                self.text = Vec::new();
            }
        }
    }

    /// Empty where there is none.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.text
    }

    fn is_kept(&self) -> bool {
        self.open <= self.depth
    }

    fn between(&mut self, byte: u8) {
        match byte {
            b'{' | b'[' => {
                if self.is_kept() {
                    self.text.push(byte);
                }
                self.open += 1;
            }
            b'}' | b']' => {
                self.open = self.open.saturating_sub(1);
                if self.is_kept() {
                    self.text.push(byte);
                }
            }
            b'"' => {
                self.keep(byte);
                self.within = Within::String {
                    kept: 0,
                    next: Next::Character,
                };
            }
            // One is as good as many.
            b' ' | b'\t' | b'\r' | b'\n' if self.text.last() == Some(&b' ') => {}
            b' ' | b'\t' | b'\r' | b'\n' => self.keep(b' '),
            _ => self.keep(byte),
        }
    }

    fn inside(&mut self, byte: u8, kept: usize, next: Next) {
        let starts = byte & 0xc0 != 0x80;
        let cut = kept >= STRING && starts && next == Next::Character && byte != b'"';
        let next = match (next, byte) {
            (Next::Character | Next::Half | Next::Dropped, b'"') => {
                self.keep(byte);
                self.within = Within::Nothing;
                return;
            }
            (Next::Dropped, b'\\') => Next::DroppedEscape,
            (Next::Dropped | Next::DroppedEscape, _) => Next::Dropped,
            _ if cut && byte == b'\\' => Next::DroppedEscape,
            _ if cut => Next::Dropped,
            (Next::Character | Next::Half, b'\\') => Next::Escape,
            (Next::Character | Next::Half, _) => Next::Character,
            (Next::Escape, b'u') => Next::Digits(0, false),
            (Next::Escape, _) => Next::Character,
            (Next::Digits(0, _), digit) => Next::Digits(1, matches!(digit, b'd' | b'D')),
            (Next::Digits(1, high), digit) => {
                let high = high && matches!(digit, b'8' | b'9' | b'a' | b'b' | b'A' | b'B');
                Next::Digits(2, high)
            }
            (Next::Digits(2, high), _) => Next::Digits(3, high),
            (Next::Digits(_, true), _) => Next::Half,
            (Next::Digits(_, false), _) => Next::Character,
        };
        let dropped = matches!(next, Next::Dropped | Next::DroppedEscape);
        if !dropped {
            self.keep(byte);
        }
        let kept = if dropped { kept } else { kept + 1 };
        self.within = Within::String { kept, next };
    }

    fn keep(&mut self, byte: u8) {
        if self.is_kept() {
            self.text.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::{String, ToString};

    use super::*;
    use crate::pointer::{Found, find};

    fn outline(body: &str, depth: usize, piece: usize) -> String {
        let mut outline = Outline::of(depth);
        for piece in body.as_bytes().chunks(piece) {
            outline.update(piece);
        }
        String::from_utf8(outline.finish()).expect("UTF-8")
    }

    #[test]
    fn what_lies_deeper_than_a_pointer_leads_is_left_out() {
        let body = r#"{ "a": {"b": [1, {"c": "}"}]}, "id":  "x", "l": ["y", {"z": 1}] }"#;
        assert_eq!(outline(body, 1, 3), r#"{ "a": {}, "id": "x", "l": [] }"#);
        assert_eq!(
            outline(body, 2, 3),
            r#"{ "a": {"b": []}, "id": "x", "l": ["y", {}] }"#
        );
        assert_eq!(outline(body, 0, 3), "");
    }

    #[test]
    fn every_pointer_finds_in_the_outline_what_it_finds_in_the_document() {
        let long = "é".repeat(5_000);
        let pairs = r"\ud83d\ude00".repeat(1_000);
        let quotes = r#"\"\\"#.repeat(3_000);
        let escapes = r"\u00e9\n".repeat(2_000);
        let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
        let body = format!(
            r#"{{"pad":"{long}","pairs":"{pairs}","q":"{quotes}","e":"{escapes}","deep":{deep},
               "id":"evt_\u0031","data":{{"id":7,"x":{{"y":[{deep}]}},"s":"\"}}"}},"id2":"a","id2":"b",
               "list":[{{"id":"first","more":{deep}}},{{}}],"type":"big"}}"#
        );
        let pointers = [
            "/id",
            "/type",
            "/data/id",
            "/data/s",
            "/id2",
            "/list/0/id",
            "/pad",
            "/absent",
            "/data",
        ];
        let whole = find(body.as_bytes(), &pointers);
        assert_eq!(whole[0], Found::Text("evt_1".to_string()));
        for piece in [1, 7, 4096, body.len()] {
            let outline = outline(&body, 3, piece);
            assert!(outline.len() < 12_000, "{}", outline.len());
            assert_eq!(find(outline.as_bytes(), &pointers), whole);
        }
    }

    #[test]
    fn what_is_no_document_is_none_in_its_outline() {
        for body in [r#"{"id":"x""#, r#"{"id":"x"}}"#, r#"{"id" "x"}"#, "1 2", ""] {
            let outline = outline(body, 1, 2);
            assert_eq!(
                find(outline.as_bytes(), &["/id"]),
                [Found::Absent],
                "{body}"
            );
        }
    }

    #[test]
    fn a_document_whose_outline_is_too_long_has_none() {
        let body = format!(r#"{{"id":"x"{}}}"#, r#","k":1"#.repeat(20_000));
        assert_eq!(outline(&body, 1, 4096), "");
    }
}
