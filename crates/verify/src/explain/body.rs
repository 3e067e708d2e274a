//! Bodies that were parsed and written again, wrapped, trimmed or converted on their way.

use alloc::string::String;
use alloc::vec::Vec;

use super::form;
use super::json::{Layout, Letters, Slashes, Style, rewrite, unquoted};
use super::order::sorted;
use super::trial::{Change, Repair};
use super::unwrap;

/// The largest body of which other writings are tried.
pub(super) const BODY_LIMIT: usize = 1_024 * 1_024;
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// A step back to the body that may have been signed.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Add(&'static str),
    TrimEnd,
    AddBom,
    CutBom,
    ToCrlf,
    ToLf,
    Json(Style),
    Sort,
    Form(form::Style),
    Payload,
    Base64,
    Text,
    Envelope,
    Buffer,
    Latin1,
    Utf8,
}

fn repair(code: &'static str, detail: &str, kind: Kind) -> Repair {
    Repair::new(code, detail, Change::Body([kind].into()))
}

/// The body that these steps lead to; `None` if one cannot be taken, or they lead nowhere else.
pub(super) fn written(kinds: &[Kind], body: &[u8]) -> Option<Vec<u8>> {
    let mut kinds = kinds.iter();
    let mut written = kinds.next()?.apply(body)?;
    for kind in kinds {
        written = kind.apply(&written)?;
    }
    (written != body).then_some(written)
}

impl Kind {
    fn apply(self, body: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Add(end) => Some([body, end.as_bytes()].concat()),
            Self::TrimEnd => {
                let end = body.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
                body.get(..end? + 1).map(<[u8]>::to_vec)
            }
            Self::AddBom => Some([BOM, body].concat()),
            Self::CutBom => body.strip_prefix(BOM).map(<[u8]>::to_vec),
            Self::ToCrlf => Some(with_line_ends(body, b"\r\n")),
            Self::ToLf => Some(with_line_ends(body, b"\n")),
            Self::Json(style) => rewrite(body, &style),
            Self::Sort => sorted(body),
            Self::Form(style) => form::rewrite(body, style),
            Self::Payload => form::payload(body),
            Self::Base64 => unwrap::base64(body),
            Self::Text => unquoted(body).map(String::into_bytes),
            Self::Envelope => unwrap::envelope(body),
            Self::Buffer => unwrap::buffer(body),
            Self::Latin1 => unwrap::to_latin1(body),
            Self::Utf8 => Some(
                body.iter()
                    .map(|byte| char::from(*byte))
                    .collect::<String>()
                    .into_bytes(),
            ),
        }
    }
}

fn with_line_ends(body: &[u8], end: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(body.len() + body.len() / 16);
    for (index, byte) in body.iter().enumerate() {
        match byte {
            b'\r' if body.get(index + 1) == Some(&b'\n') => {}
            b'\n' => written.extend_from_slice(end),
            byte => written.push(*byte),
        }
    }
    written
}

/// What may be done to this body, one thing at a time, the likely first; then several at once.
pub(super) fn repairs(body: &[u8], is_form: bool) -> Vec<Repair> {
    let mut repairs = Vec::new();
    let mut add = |code, detail, kind| repairs.push(repair(code, detail, kind));
    let text = body.trim_ascii();
    let is_json = matches!(text.first(), Some(b'{' | b'['));
    if text.starts_with(b"\"") {
        add("body_json_string", "", Kind::Text);
    }
    if body.len() > 3
        && body
            .iter()
            .all(|byte| byte.is_ascii_graphic() || matches!(byte, b'\r' | b'\n'))
    {
        add("body_base64", "", Kind::Base64);
    }
    if is_json {
        add("body_envelope", "", Kind::Envelope);
        add("body_buffer", "", Kind::Buffer);
    }
    if body.ends_with(b"\n") {
        add("body_newline_added", "", Kind::TrimEnd);
    } else {
        add("body_newline_lost", "it was `\\n`", Kind::Add("\n"));
    }
    if body.windows(2).any(|pair| pair == b"\r\n") {
        add("body_line_ends", "they were `\\n`", Kind::ToLf);
    } else if body.contains(&b'\n') {
        add("body_line_ends", "they were `\\r\\n`", Kind::ToCrlf);
    }
    let json = if is_json {
        Writings::of(text)
    } else {
        Writings::default()
    };
    let mut written: Vec<Repair> = json.all().into_iter().filter_map(Writing::repair).collect();
    repairs.extend(written.extract_if(.., |repair| repair.codes.len() == 1));
    let mut add = |code, detail, kind| repairs.push(repair(code, detail, kind));
    if is_json {
        add("body_key_order", "the keys were sorted", Kind::Sort);
    }
    if !body.ends_with(b"\n") {
        add("body_newline_lost", "it was `\\r\\n`", Kind::Add("\r\n"));
    }
    if body.starts_with(BOM) {
        add("body_bom", "it was added", Kind::CutBom);
    } else {
        add("body_bom", "it was taken away", Kind::AddBom);
    }
    if !body.is_ascii() {
        add("body_charset", "UTF-8 was read as Latin-1", Kind::Latin1);
        if core::str::from_utf8(body).is_err() {
            add("body_charset", "UTF-8 was written as Latin-1", Kind::Utf8);
        }
    }
    if is_json {
        add("body_form_payload", "", Kind::Payload);
    } else if is_form || body.contains(&b'=') {
        for (style, detail) in form::STYLES {
            add("body_form", detail, Kind::Form(*style));
        }
    }
    repairs.extend(written);
    repairs.extend(json.sorted());
    repairs
}

/// The likely first.
const LAYOUTS: [Layout; 4] = [
    Layout::Compact,
    Layout::Spaced,
    Layout::Indented(2),
    Layout::Indented(4),
];

/// The ways in which the received JSON might have been written otherwise.
#[derive(Default)]
struct Writings {
    layouts: Vec<Layout>,
    letters: Vec<Letters>,
    slashes: Option<Slashes>,
    html: bool,
}

/// One of them, perhaps with a line break at its end.
struct Writing {
    style: Style,
    newline: bool,
}

impl Writings {
    fn of(json: &[u8]) -> Self {
        let (mut escapes, mut slashes, mut html) = (false, None, false);
        for pair in json.windows(2) {
            match pair {
                [b'\\', b'u'] => escapes = true,
                [b'\\', b'/'] => slashes = Some(Slashes::Plain),
                [b'/', _] => slashes = slashes.or(Some(Slashes::Escaped)),
                [b'<' | b'>' | b'&', _] => html = true,
                _ => {}
            }
        }
        let own = [Layout::Compact, Layout::Spaced]
            .into_iter()
            .find(|layout| {
                let layout = *layout;
                let style = Style {
                    layout,
                    ..Style::KEPT
                };
                rewrite(json, &style).as_deref() == Some(json)
            });
        let mut layouts: Vec<Layout> = LAYOUTS.into();
        layouts.retain(|layout| Some(*layout) != own);
        let mut letters = Vec::new();
        if escapes {
            letters.push(Letters::Raw);
        }
        if !json.is_ascii() || escapes {
            letters.push(Letters::Escaped { upper: false });
            letters.push(Letters::Escaped { upper: true });
        }
        Self {
            layouts,
            letters,
            slashes,
            html,
        }
    }

    fn all(&self) -> Vec<Writing> {
        let mut writings = Vec::new();
        let layouts = [Layout::Kept]
            .into_iter()
            .chain(self.layouts.iter().copied());
        for layout in layouts {
            for letters in [Letters::Kept]
                .into_iter()
                .chain(self.letters.iter().copied())
            {
                for slashes in [Slashes::Kept].into_iter().chain(self.slashes) {
                    for html in [false, true] {
                        for newline in [false, true] {
                            let style = Style {
                                layout,
                                letters,
                                slashes,
                                html,
                            };
                            if !html || self.html {
                                writings.push(Writing { style, newline });
                            }
                        }
                    }
                }
            }
        }
        writings.retain(|writing| !(writing.newline && writing.style.layout == Layout::Kept));
        writings
    }

    /// Sorted, as Python and others write it.
    fn sorted(&self) -> Vec<Repair> {
        let escaped = Letters::Escaped { upper: false };
        let escaped = self.letters.contains(&escaped).then_some(escaped);
        let mut repairs = Vec::new();
        if self.layouts.is_empty() {
            return repairs;
        }
        for letters in [Letters::Kept].into_iter().chain(escaped) {
            for layout in [Layout::Spaced, Layout::Indented(2), Layout::Indented(4)] {
                let style = Style {
                    layout,
                    letters,
                    ..Style::KEPT
                };
                let newline = false;
                if let Some(mut repair) = (Writing { style, newline }).repair()
                    && let Change::Body(kinds) = &mut repair.change
                {
                    kinds.insert(0, Kind::Sort);
                    repair.codes.insert(0, "body_key_order");
                    repairs.push(repair);
                }
            }
        }
        repairs
    }
}

impl Writing {
    /// `None` if it changes nothing.
    fn repair(self) -> Option<Repair> {
        let style = self.style;
        let mut codes = Vec::new();
        let mut detail = "";
        let mut saw = |code, seen| {
            codes.push(code);
            if detail.is_empty() {
                detail = seen;
            }
        };
        match style.layout {
            Layout::Kept => {}
            Layout::Compact => saw(
                "body_whitespace",
                "there was none, as in `{\"a\":1,\"b\":2}`",
            ),
            Layout::Spaced => saw("body_whitespace", "it was as in `{\"a\": 1, \"b\": 2}`"),
            Layout::Indented(2) => saw("body_whitespace", "it was indented by 2 spaces"),
            Layout::Indented(_) => saw("body_whitespace", "it was indented by 4 spaces"),
        }
        match style.letters {
            Letters::Kept => {}
            Letters::Raw => saw("body_unicode", "letters stood as they are"),
            Letters::Escaped { upper: false } => saw("body_unicode", "it had escapes as `\\u00e9`"),
            Letters::Escaped { upper: true } => saw("body_unicode", "it had escapes as `\\u00E9`"),
        }
        match style.slashes {
            Slashes::Kept => {}
            Slashes::Plain => saw("body_slashes", "they were plain"),
            Slashes::Escaped => saw("body_slashes", "they were written `\\/`"),
        }
        if style.html {
            saw("body_html_escapes", "they were escapes as `\\u003c`");
        }
        let mut kinds: Vec<Kind> = [Kind::Json(style)].into();
        if self.newline {
            saw("body_newline_lost", "");
            kinds.push(Kind::Add("\n"));
        }
        (!codes.is_empty()).then(|| Repair {
            codes,
            detail: detail.into(),
            change: Change::Body(kinds),
        })
    }
}
