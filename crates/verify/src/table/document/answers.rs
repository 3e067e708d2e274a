//! The tables of what providers ask and how they are answered.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use crate::scheme::{Acknowledgement, Answer, At, Condition, Fragment, Handshake};
use crate::table::SCHEMES;

pub(super) fn handshakes() -> String {
    let mut text = String::from(
        "| scheme | asks | must verify | challenge | is answered | facts |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for scheme in SCHEMES {
        for handshake in scheme.handshakes.iter() {
            text += &format!(
                "| `{}` | {} | {} | {} | {} | [{}]({}) |\n",
                scheme.name,
                question(handshake),
                proof(handshake),
                handshake.challenge.as_ref().map_or("–".into(), place),
                answer(&handshake.answer),
                scheme.title,
                handshake.documentation,
            );
        }
    }
    text
}

/// Of these nobody has read the vendor's own words on how long it waits.
const UNCONFIRMED: [&str; 10] = [
    "svix",
    "clerk",
    "resend",
    "box",
    "hubspot",
    "zendesk",
    "square",
    "adyen",
    "adyen-banking",
    "typeform",
];

pub(super) fn acknowledgements() -> String {
    let mut text = String::from(
        "| scheme | status | content type | body | gives up after |\n\
         | --- | --- | --- | --- | --- |\n",
    );
    for scheme in SCHEMES {
        let acknowledgement = scheme.acknowledgement();
        if *acknowledgement == Acknowledgement::ANY {
            continue;
        }
        let body = match acknowledgement.body() {
            None => "any".to_string(),
            Some("") => "empty".into(),
            Some(body) => format!("`{body}`"),
        };
        let seconds = acknowledgement.timeout();
        let unconfirmed = UNCONFIRMED.contains(&scheme.name());
        let sure = if unconfirmed { ", C" } else { "" };
        text += &format!(
            "| `{}` | {} | {} | {body} | {} |\n",
            scheme.name,
            acknowledgement.status(),
            acknowledgement.content_type().unwrap_or("–"),
            seconds.map_or("–".into(), |seconds| format!("{seconds} s{sure}")),
        );
    }
    text
}

fn question(handshake: &Handshake) -> String {
    let condition = |condition: &Condition| match &condition.is {
        Some(text) => format!("{} is `{text}`", place(&condition.at)),
        None => format!("no {}", place(&condition.at)),
    };
    let mut conditions: Vec<String> = handshake.when.iter().map(condition).collect();
    conditions.insert(0, format!("`{}`", handshake.method));
    conditions.join(", ")
}

fn proof(handshake: &Handshake) -> String {
    let token = handshake.token.as_ref().map(place);
    match (handshake.signed, token) {
        (true, _) => "signature".into(),
        (false, Some(token)) => format!("{token} is the verify token"),
        (false, None) => "–".into(),
    }
}

fn place(at: &At) -> String {
    match at {
        At::Header(name) => format!("`{name}`"),
        At::Parameter(name) => format!("parameter `{name}`"),
        At::Pointer(pointer) => format!("body `{pointer}`"),
    }
}

fn answer(answer: &Answer) -> String {
    let (status, kind, body) = match answer {
        Answer::Say {
            status,
            content_type,
            body,
        } => (status, content_type, body),
        Answer::SnsSubscribe => return "a `GET` of `SubscribeURL`".into(),
    };
    let fragment = |fragment: &Fragment| match fragment {
        Fragment::Literal(text) => text.to_string(),
        Fragment::Challenge => "<challenge>".into(),
        Fragment::Tag(_) => "<HMAC of the challenge>".into(),
    };
    let body: String = body.iter().map(fragment).collect();
    match (body.is_empty(), kind) {
        (true, _) => format!("{status}, empty"),
        (false, None) => format!("{status}, `{body}`"),
        (false, Some(kind)) => format!("{status}, {}: `{body}`", kind.name()),
    }
}
