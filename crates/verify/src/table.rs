//! The schemes, one row for each provider, each citing the document it was written from.
//!
//! A new provider is a new row here and its vectors in the tests; nothing else changes.

use alloc::borrow::Cow::Borrowed;

use crate::scheme::{
    Encoding, Grammar, List, Part, Place, Scheme, SecretForm, Text, Timestamp, TimestampPlace,
};

/// The scheme of this name: exact and in lower case, as [`Scheme::name`] gives it.
pub fn scheme(name: &str) -> Option<&'static Scheme> {
    SCHEMES.iter().find(|scheme| scheme.name == name)
}

/// All built-in schemes.
pub static SCHEMES: &[Scheme] = &[
    // Only `v1`, the symmetric version; `v1a` is skipped like any other tag.
    Scheme {
        name: text("standard"),
        title: text("Standard Webhooks"),
        documentation: text(
            "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
        ),
        secret: WHSEC,
        signature: text("webhook-signature"),
        grammar: V1_SPACE_LIST,
        encoding: Encoding::Base64,
        message: ID_TIMESTAMP_BODY,
        timestamp: timestamp_header("webhook-timestamp"),
        id: header("webhook-id"),
        event_type: pointer("/type"),
        sent_id: None,
        sent_event_type: None,
        families: Borrowed(&[]),
    },
    // Svix sends either family of names, a whole one; its SDKs read both.
    Scheme {
        name: text("svix"),
        title: text("Svix"),
        documentation: text("https://docs.svix.com/receiving/verifying-payloads/how-manual"),
        secret: WHSEC,
        signature: text("svix-signature"),
        grammar: V1_SPACE_LIST,
        encoding: Encoding::Base64,
        message: ID_TIMESTAMP_BODY,
        timestamp: timestamp_header("svix-timestamp"),
        id: header("svix-id"),
        event_type: pointer("/type"),
        sent_id: None,
        sent_event_type: None,
        families: Borrowed(&[text("svix-"), text("webhook-")]),
    },
    // Signs through Svix, and documents the `svix-` names alone.
    Scheme {
        name: text("visiwise"),
        title: text("Visiwise"),
        documentation: text("Visiwise, 'Setup Your Webhook Integration'"),
        secret: WHSEC,
        signature: text("svix-signature"),
        grammar: V1_SPACE_LIST,
        encoding: Encoding::Base64,
        message: ID_TIMESTAMP_BODY,
        timestamp: timestamp_header("svix-timestamp"),
        id: header("svix-id"),
        event_type: pointer("/type"),
        sent_id: None,
        sent_event_type: None,
        families: Borrowed(&[]),
    },
    // The delivery and event headers are not signed, but the body's own `id` and `type` are.
    Scheme {
        name: text("visibuild"),
        title: text("Visibuild"),
        documentation: text("Visibuild help centre, 'Webhooks'"),
        secret: SecretForm::Raw,
        signature: text("X-Visibuild-Signature"),
        grammar: SHA256_PREFIX,
        encoding: Encoding::Hex,
        message: TIMESTAMP_BODY,
        timestamp: timestamp_header("X-Visibuild-Timestamp"),
        id: pointer("/id"),
        event_type: pointer("/type"),
        sent_id: Some(text("X-Visibuild-Delivery")),
        sent_event_type: Some(text("X-Visibuild-Event")),
        families: Borrowed(&[]),
    },
    // `t=` is checked as the document asks, but only the body is signed: whoever captured a request
    // may write a fresh `t=`. The body's `occurred_at` is the event's time, not the attempt's, and
    // so cannot stand in for it.
    Scheme {
        name: text("vicket"),
        title: text("Vicket"),
        documentation: text("Vicket, 'Webhooks' (API reference)"),
        secret: SecretForm::Raw,
        signature: text("X-Vicket-Signature"),
        grammar: Grammar::Fields {
            lead: Some(text("hmac-sha256")),
            separator: text(", "),
            signature: text("v1"),
            repeats: false,
        },
        encoding: Encoding::Hex,
        message: BODY,
        timestamp: timestamp_field("t"),
        id: pointer("/id"),
        event_type: pointer("/event"),
        sent_id: None,
        sent_event_type: None,
        families: Borrowed(&[]),
    },
    // Neither header is signed, and the body's form is left to the event.
    Scheme {
        name: text("helpdesk"),
        title: text("Helpdesk"),
        documentation: text("Helpdesk platform, 'Webhooks Overview'"),
        secret: SecretForm::Raw,
        signature: text("X-Webhook-Signature"),
        grammar: SHA256_PREFIX,
        encoding: Encoding::Hex,
        message: BODY,
        timestamp: None,
        id: header("X-Webhook-Delivery"),
        event_type: header("X-Webhook-Event"),
        sent_id: None,
        sent_event_type: None,
        families: Borrowed(&[]),
    },
    // No event id anywhere. The type is read from the body, which is signed, not from the header.
    // The document gives no tolerance for the body's `timestamp`, and a retry may repeat it.
    Scheme {
        name: text("vexylcloud"),
        title: text("VexylCloud"),
        documentation: text("VexylCloud, 'API webhooks'"),
        secret: SecretForm::Raw,
        signature: text("X-Webhook-Signature"),
        grammar: SHA256_PREFIX,
        encoding: Encoding::Hex,
        message: BODY,
        timestamp: None,
        id: None,
        event_type: pointer("/event"),
        sent_id: None,
        sent_event_type: Some(text("X-Webhook-Event")),
        families: Borrowed(&[]),
    },
    // The secret's `whsec_` is part of the key, and what follows it is not base64. `v0` is made for
    // test events with another key, and skipped.
    Scheme {
        name: text("stripe"),
        title: text("Stripe"),
        documentation: text("https://docs.stripe.com/webhooks/signature"),
        secret: SecretForm::Raw,
        signature: text("Stripe-Signature"),
        grammar: Grammar::Fields {
            lead: None,
            separator: text(","),
            signature: text("v1"),
            repeats: true,
        },
        encoding: Encoding::Hex,
        message: TIMESTAMP_BODY,
        timestamp: timestamp_field("t"),
        id: pointer("/id"),
        event_type: pointer("/type"),
        sent_id: None,
        sent_event_type: None,
        families: Borrowed(&[]),
    },
    // The older `X-Hub-Signature` (SHA-1) is not read.
    Scheme {
        name: text("github"),
        title: text("GitHub"),
        documentation: text(
            "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
        ),
        secret: SecretForm::Raw,
        signature: text("X-Hub-Signature-256"),
        grammar: SHA256_PREFIX,
        encoding: Encoding::Hex,
        message: BODY,
        timestamp: None,
        id: header("X-GitHub-Delivery"),
        event_type: header("X-GitHub-Event"),
        sent_id: None,
        sent_event_type: None,
        families: Borrowed(&[]),
    },
];

/// The Standard Webhooks specification asks for 24 to 64 bytes; Svix allows up to 75.
const WHSEC: SecretForm = SecretForm::Base64 {
    prefix: text("whsec_"),
    minimum: 24,
};

const V1_SPACE_LIST: Grammar = Grammar::SpaceList {
    version: text("v1"),
};
const SHA256_PREFIX: Grammar = Grammar::Prefixed {
    prefix: text("sha256="),
};

const BODY: List<Part> = Borrowed(&[Part::Body]);
const TIMESTAMP_BODY: List<Part> =
    Borrowed(&[Part::Timestamp, Part::Literal(text(".")), Part::Body]);
const ID_TIMESTAMP_BODY: List<Part> = Borrowed(&[
    Part::Id,
    Part::Literal(text(".")),
    Part::Timestamp,
    Part::Literal(text(".")),
    Part::Body,
]);

/// Five minutes: every scheme of this table that has a timestamp documents the same tolerance.
const TOLERANCE: u32 = 300;

const fn text(text: &'static str) -> Text {
    Borrowed(text)
}

const fn header(name: &'static str) -> Option<Place> {
    Some(Place::Header(text(name)))
}

const fn pointer(pointer: &'static str) -> Option<Place> {
    Some(Place::Pointer(text(pointer)))
}

const fn timestamp_header(name: &'static str) -> Option<Timestamp> {
    Some(Timestamp {
        place: TimestampPlace::Header(text(name)),
        tolerance: TOLERANCE,
    })
}

const fn timestamp_field(field: &'static str) -> Option<Timestamp> {
    Some(Timestamp {
        place: TimestampPlace::Field(text(field)),
        tolerance: TOLERANCE,
    })
}
