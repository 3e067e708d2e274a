//! Bodies that were parsed and written again, wrapped, trimmed or converted on their way.

use alloc::vec::Vec;
use core::ops::Range;

use super::form;
use super::json::{Style, layout};
use super::steps::{Step, written};
use super::trial::{Bench, Case, Told, Visit, WRITING, length};
use crate::parameters::{Escapes, is_form};

/// The largest body of which other writings are tried.
pub(super) const BODY_LIMIT: usize = 1_024 * 1_024;

// What a row needs of a body.
const STRING: u32 = 1;
const BASE64: u32 = 1 << 1;
const JSON: u32 = 1 << 2;
const ENDS_LINE: u32 = 1 << 3;
const ENDS_NO_LINE: u32 = 1 << 4;
const CRLF: u32 = 1 << 5;
const LF: u32 = 1 << 6;
const BOM: u32 = 1 << 7;
const NO_BOM: u32 = 1 << 8;
const NOT_ASCII: u32 = 1 << 9;
const NOT_UTF8: u32 = 1 << 10;
const FORM: u32 = 1 << 11;
const NOT_COMPACT: u32 = 1 << 12;
const NOT_SPACED: u32 = 1 << 13;
const ESCAPES: u32 = 1 << 14;
const LETTERS: u32 = 1 << 15;
const SLASH_ESCAPED: u32 = 1 << 16;
const SLASH_PLAIN: u32 = 1 << 17;
const HTML: u32 = 1 << 18;
const NAMES_BODY: u32 = 1 << 19;
const NAMES_DATA: u32 = 1 << 20;

/// The cause, how the body was before, what this needs of the body now, and the step back.
type Row = (&'static str, &'static str, u32, Step);

const fn form(plain: &'static [u8], plus: bool, upper: bool, is_sorted: bool) -> Step {
    Step::Form(form::Style {
        escapes: Escapes { plain, plus, upper },
        is_sorted,
    })
}

/// One thing at a time, the likely first.
const ROWS: &[Row] = &[
    ("body_json_string", "", STRING, Step::Text),
    ("body_base64", "", BASE64, Step::Base64),
    ("body_envelope", "", NAMES_BODY, Step::Envelope),
    ("body_buffer", "", NAMES_DATA, Step::Buffer),
    ("body_newline_added", "", ENDS_LINE, Step::TrimEnd),
    // SendGrid's events end so, and hardly two trials of P-256 can be paid.
    (
        "body_newline_lost",
        "it was `\\r\\n`",
        ENDS_NO_LINE,
        Step::After("\r\n"),
    ),
    (
        "body_newline_lost",
        "it was `\\n`",
        ENDS_NO_LINE,
        Step::After("\n"),
    ),
    (
        "body_line_ends",
        "they were `\\n`",
        CRLF,
        Step::Replace("\r\n", "\n"),
    ),
    (
        "body_line_ends",
        "they were `\\r\\n`",
        LF,
        Step::Replace("\n", "\r\n"),
    ),
    (
        "body_whitespace",
        "there was none, as in `{\"a\":1,\"b\":2}`",
        NOT_COMPACT,
        Step::Json(Style::COMPACT),
    ),
    (
        "body_whitespace",
        "it was as in `{\"a\": 1, \"b\": 2}`",
        NOT_SPACED,
        Step::Json(Style::SPACED),
    ),
    (
        "body_whitespace",
        "it was indented by 2 spaces",
        JSON,
        Step::Json(Style::INDENTED_2),
    ),
    (
        "body_whitespace",
        "it was indented by 4 spaces",
        JSON,
        Step::Json(Style::INDENTED_4),
    ),
    (
        "body_unicode",
        "letters stood as they are",
        ESCAPES,
        Step::Json(Style::RAW),
    ),
    (
        "body_unicode",
        "it had escapes as `\\u00e9`",
        LETTERS,
        Step::Json(Style::ESCAPED),
    ),
    (
        "body_unicode",
        "it had escapes as `\\u00E9`",
        LETTERS,
        Step::Json(Style::ESCAPED_UPPER),
    ),
    (
        "body_slashes",
        "they were plain",
        SLASH_ESCAPED,
        Step::Json(Style::SLASHES_PLAIN),
    ),
    (
        "body_slashes",
        "they were written `\\/`",
        SLASH_PLAIN,
        Step::Json(Style::SLASHES_ESCAPED),
    ),
    (
        "body_html_escapes",
        "they were escapes as `\\u003c`",
        HTML,
        Step::Json(Style::HTML),
    ),
    ("body_key_order", "the keys were sorted", JSON, Step::Sort),
    (
        "body_bom",
        "it was added",
        BOM,
        Step::Replace("\u{feff}", ""),
    ),
    (
        "body_bom",
        "it was taken away",
        NO_BOM,
        Step::Before("\u{feff}"),
    ),
    (
        "body_charset",
        "UTF-8 was read as Latin-1",
        NOT_ASCII,
        Step::ToLatin1,
    ),
    (
        "body_charset",
        "UTF-8 was written as Latin-1",
        NOT_UTF8,
        Step::FromLatin1,
    ),
    ("body_form_payload", "", JSON, Step::Payload),
    (
        "body_form",
        "it was written as browsers do",
        FORM,
        form(b"-_.*", true, true, false),
    ),
    (
        "body_form",
        "it had `+` for a space",
        FORM,
        form(b"-_.~", true, true, false),
    ),
    (
        "body_form",
        "it had `%20` for a space",
        FORM,
        form(b"-_.~", false, true, false),
    ),
    (
        "body_form",
        "it was written as JavaScript's `encodeURIComponent` does",
        FORM,
        form(b"-_.!~*'()", false, true, false),
    ),
    (
        "body_form",
        "it was written as PHP does",
        FORM,
        form(b"-_.", true, true, false),
    ),
    (
        "body_form",
        "its escapes were in lower case",
        FORM,
        form(b"-_.~", true, false, false),
    ),
    (
        "body_form",
        "it was sorted",
        FORM,
        form(b"-_.~", true, true, true),
    ),
];

/// The ways in which JSON differs that may come together: places in `ROWS`, in the order of the
/// steps; the keys first and a lost line break last.
const TOGETHER: [Range<usize>; 6] = [19..20, 9..13, 13..16, 16..18, 18..19, 6..7];

/// Which bodies are tried: those that differ in so many ways.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ways {
    One,
    Two,
    More,
}

#[derive(Default)]
/// The bodies that may have been signed, told from the one that came.
pub(super) struct Bodies {
    facts: u32,
}

impl Bodies {
    /// None of a body that is too large to write anew.
    pub(super) fn of(case: &Case<'_>, bench: &mut Bench) -> Self {
        let request = &case.request;
        let body = case.came;
        if body.is_empty() {
            return Self { facts: 0 };
        }
        if body.len() > BODY_LIMIT || !bench.affords(length(body.len())) {
            bench.untried += 1;
            return Self { facts: 0 };
        }
        let text = body.trim_ascii();
        let start = text.first().copied().unwrap_or_default();
        let is_json = matches!(start, b'{' | b'[');
        let mut facts = 0;
        let mut is = |fact: u32, holds: bool| facts |= if holds { fact } else { 0 };
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=\r\n".contains(byte);
        is(STRING, start == b'"');
        // Neither bracket is a digit of base64.
        let long = body.len() > 3;
        is(BASE64, long && !is_json && body.iter().all(is_digit));
        is(JSON, is_json);
        is(ENDS_LINE, body.ends_with(b"\n"));
        is(ENDS_NO_LINE, !body.ends_with(b"\n"));
        let crlf = has(body, b'\r', b'\n');
        is(CRLF, crlf);
        is(LF, !crlf && body.contains(&b'\n'));
        let bom = body.starts_with("\u{feff}".as_bytes());
        is(BOM, bom);
        is(NO_BOM, !bom);
        is(NOT_ASCII, !body.is_ascii());
        is(NOT_UTF8, core::str::from_utf8(body).is_err());
        let is_written = is_form(request) || body.contains(&b'=');
        is(FORM, !is_json && is_written && !form::is_read(case.scheme));
        if is_json {
            let (compact, spaced) = layout(text);
            is(NOT_COMPACT, !compact);
            is(NOT_SPACED, compact || !spaced);
            let escapes = has(text, b'\\', b'u');
            is(ESCAPES, escapes);
            is(LETTERS, escapes || !text.is_ascii());
            let slash = has(text, b'\\', b'/');
            is(SLASH_ESCAPED, slash);
            is(SLASH_PLAIN, !slash && text.contains(&b'/'));
            for name in text.split(|byte| *byte == b'"') {
                is(NAMES_BODY, name == b"body");
                is(NAMES_DATA, name == b"data");
            }
            is(HTML, b"<>&".iter().any(|byte| text.contains(byte)));
        }
        Self { facts }
    }

    /// The case with those bodies, of which `range` are asked for.
    pub(super) fn try_each(
        &self,
        case: &Case<'_>,
        ways: Ways,
        range: Range<usize>,
        bench: &mut Bench,
        visit: Visit<'_>,
    ) -> bool {
        if ways == Ways::One {
            let fit = |row: &&Row| row.2 & self.facts != 0;
            let mut rows = ROWS.iter().filter(fit).skip(range.start).take(range.len());
            return rows.any(|row| with_body(case, &[row], bench, visit));
        }
        self.together(case, ways, &TOGETHER, &mut Vec::new(), bench, visit)
    }

    fn together(
        &self,
        case: &Case<'_>,
        ways: Ways,
        dimensions: &[Range<usize>],
        rows: &mut Vec<&Row>,
        bench: &mut Bench,
        visit: Visit<'_>,
    ) -> bool {
        let Some((places, rest)) = dimensions.split_first() else {
            let fit = match ways {
                Ways::One => rows.len() == 1,
                Ways::Two => rows.len() == 2,
                Ways::More => rows.len() > 2,
            };
            return fit && self.facts & JSON != 0 && with_body(case, rows, bench, visit);
        };
        if self.together(case, ways, rest, rows, bench, visit) {
            return true;
        }
        for row in ROWS.get(places.clone()).unwrap_or_default() {
            if row.2 & self.facts != 0 {
                rows.push(row);
                if self.together(case, ways, rest, rows, bench, visit) {
                    return true;
                }
                rows.pop();
            }
        }
        false
    }
}

/// Whether these two stand side by side.
fn has(text: &[u8], one: u8, other: u8) -> bool {
    text.contains(&one)
        && text
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if *a == one && *b == other))
}

/// The case with the body before all of these.
fn with_body(case: &Case<'_>, rows: &[&Row], bench: &mut Bench, visit: Visit<'_>) -> bool {
    let mut json = Style::KEPT;
    let mut steps = Vec::new();
    for (.., step) in rows {
        match step {
            Step::Json(style) => json = json.and(*style),
            step => steps.push(*step),
        }
    }
    if json != Style::KEPT {
        let at = usize::from(matches!(steps.first(), Some(Step::Sort)));
        steps.insert(at, Step::Json(json));
    }
    let body = case.came;
    let price = |step: &Step| match step {
        Step::TrimEnd | Step::Before(_) | Step::After(_) => length(body.len()) / 16,
        Step::Replace(..) => length(body.len()) / 2,
        _ => length(body.len()) * WRITING,
    };
    if !bench.affords(steps.iter().map(price).sum()) {
        bench.untried += 1;
        return false;
    }
    let Some(body) = written(&steps, body, false).filter(|written| *written != body) else {
        return false;
    };
    let codes: Vec<&'static str> = rows.iter().map(|(code, ..)| *code).collect();
    let told = Told {
        codes: &codes,
        detail: rows.first().map_or("", |(_, detail, ..)| detail),
        before: case.told,
    };
    let case = Case {
        told: Some(&told),
        ..case.with_body(&body)
    };
    visit(&case, bench)
}
