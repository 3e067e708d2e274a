//! Standard Webhooks, its relatives, and the five providers that Hookgate was founded on.

use super::*;
use crate::scheme::Confidence::A;
use crate::scheme::Encoding::{Base64, Hex};

/// The Standard Webhooks specification asks for 24 to 64 bytes; Svix allows up to 75.
const WHSEC: SecretForm = SecretForm::Base64 {
    prefix: text("whsec_"),
    minimum: 24,
};

/// `whpk_` and `whsk_` are the keys of `v1a`, `whsec_` the secrets of `v1`.
const BOTH: Grammar = Grammar::SpaceList {
    version: text("v1"),
    public_key_version: Some(text("v1a")),
};

const fn id_timestamp_body(
    row: Scheme,
    signature: &'static str,
    timestamp: &'static str,
    id: &'static [Place],
) -> Scheme {
    row.secret(WHSEC)
        .header(signature, Base64)
        .grammar(Grammar::SpaceList {
            version: text("v1"),
            public_key_version: None,
        })
        .over(list![
            Part::Id,
            Part::Literal(text(".")),
            Part::Timestamp,
            Part::Literal(text(".")),
            Part::Body,
        ])
        .timestamp(in_header(timestamp), Unit::Seconds, TOLERANCE)
        .id(id)
        .event_type(list![pointer("/type")])
}

const fn svix(row: Scheme) -> Scheme {
    id_timestamp_body(
        row,
        "svix-signature",
        "svix-timestamp",
        list![header("svix-id")],
    )
    .waits(15)
}

pub(super) const STANDARD: Scheme = id_timestamp_body(
    Scheme::row(
        "standard",
        "Standard Webhooks",
        "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
        A,
    ),
    "webhook-signature",
    "webhook-timestamp",
    list![header("webhook-id")],
)
.grammar(BOTH)
.waits(15);

// Svix sends either family of names, a whole one; its SDKs read both. Its server signs `v1a` too.
pub(super) const SVIX: Scheme = svix(Scheme::row(
    "svix",
    "Svix",
    "https://docs.svix.com/receiving/verifying-payloads/how-manual",
    A,
))
.grammar(BOTH)
.families(list![text("svix-"), text("webhook-")]);

pub(super) const CLERK: Scheme = svix(Scheme::row(
    "clerk",
    "Clerk",
    "https://clerk.com/docs/webhooks/overview",
    A,
));

pub(super) const RESEND: Scheme = svix(Scheme::row(
    "resend",
    "Resend",
    "https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests",
    A,
));

// Signs through Svix, and documents the `svix-` names alone.
pub(super) const VISIWISE: Scheme = svix(Scheme::row(
    "visiwise",
    "Visiwise",
    "Visiwise, 'Setup Your Webhook Integration'",
    A,
));

// The delivery and event headers are not signed, but the body's own `id` and `type` are.
pub(super) const VISIBUILD: Scheme = Scheme::row(
    "visibuild",
    "Visibuild",
    "Visibuild help centre, 'Webhooks'",
    A,
)
.header("X-Visibuild-Signature", Hex)
.prefix("sha256=")
.over(TIMESTAMP_BODY)
.timestamp(in_header("X-Visibuild-Timestamp"), Unit::Seconds, TOLERANCE)
.id(list![pointer("/id")])
.event_type(list![pointer("/type")])
.sends_id("X-Visibuild-Delivery")
.sends_event_type("X-Visibuild-Event")
.waits(30);

// `t=` is checked as the document asks, but only the body is signed: whoever captured a request may
// write a fresh `t=`. The body's `occurred_at` is the event's time, not the attempt's, and so cannot
// stand in for it.
pub(super) const VICKET: Scheme =
    Scheme::row("vicket", "Vicket", "Vicket, 'Webhooks' (API reference)", A)
        .header("X-Vicket-Signature", Hex)
        .grammar(Grammar::Fields {
            lead: Some(text("hmac-sha256")),
            separator: text(", "),
            signature: text("v1"),
            repeats: false,
            listed: None,
        })
        .timestamp(in_field("t"), Unit::Seconds, TOLERANCE)
        .id(list![pointer("/id")])
        .event_type(list![pointer("/event")])
        .waits(10);

// Neither header is signed, and the body's form is left to the event.
pub(super) const HELPDESK: Scheme = Scheme::row(
    "helpdesk",
    "Helpdesk",
    "Helpdesk platform, 'Webhooks Overview'",
    A,
)
.header("X-Webhook-Signature", Hex)
.prefix("sha256=")
.id(list![header("X-Webhook-Delivery")])
.event_type(list![header("X-Webhook-Event")])
.waits(10);

// No event id anywhere. The type is read from the body, which is signed, not from the header. The
// document gives no tolerance for the body's `timestamp`, and a retry may repeat it.
pub(super) const VEXYLCLOUD: Scheme =
    Scheme::row("vexylcloud", "VexylCloud", "VexylCloud, 'API webhooks'", A)
        .header("X-Webhook-Signature", Hex)
        .prefix("sha256=")
        .event_type(list![pointer("/event")])
        .sends_event_type("X-Webhook-Event")
        .waits(10);
