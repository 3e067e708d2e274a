//! Meetings, files, forms and appointments.

use super::*;
use crate::scheme::Confidence::{A, B};
use crate::scheme::Encoding::{Base64, Hex};
use crate::scheme::{Expected, SignaturePlace};

// Zoom does not say which unit its timestamp has, and both are seen.
// The tests of the vendor's own SDK sign with a secret of six bytes.
pub(super) const ZOOM: Scheme = Scheme::row(
    "zoom",
    "Zoom",
    "https://developers.zoom.us/docs/api/webhooks/",
    A,
)
.header("x-zm-signature", Hex)
.prefix("v0=")
.over(list![
    Part::Literal(text("v0:")),
    Part::Timestamp,
    Part::Literal(text(":")),
    Part::Body,
])
.timestamp(
    in_header("x-zm-request-timestamp"),
    Unit::SecondsOrMilliseconds,
    TOLERANCE,
)
.id(list![joined(list![
    pointer("/event"),
    pointer("/payload/object/uuid"),
    pointer("/event_ts"),
])])
.event_type(list![pointer("/event")])
.handshakes(handshakes::ZOOM)
.waits(3);

// Two keys at a time, so that one can be changed: a request is signed with both.
pub(super) const BOX: Scheme = Scheme::row(
    "box",
    "Box",
    "https://developer.box.com/guides/webhooks/v2/signatures-v2/",
    A,
)
.place(
    SignaturePlace::Headers(List::Fixed(list![
        text("BOX-SIGNATURE-PRIMARY"),
        text("BOX-SIGNATURE-SECONDARY"),
    ])),
    Base64,
)
.over(list![Part::Body, Part::Timestamp])
.expects(list![
    Expected {
        header: text("BOX-SIGNATURE-VERSION"),
        value: text("1"),
    },
    Expected {
        header: text("BOX-SIGNATURE-ALGORITHM"),
        value: text("HmacSHA256"),
    },
])
.timestamp(in_header("BOX-DELIVERY-TIMESTAMP"), Unit::DateTime, 600)
.id(list![header("BOX-DELIVERY-ID")])
.event_type(list![pointer("/trigger")])
.waits(30);

pub(super) const TYPEFORM: Scheme = Scheme::row(
    "typeform",
    "Typeform",
    "https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
    B,
)
.header("Typeform-Signature", Base64)
.prefix("sha256=")
.id(list![pointer("/event_id")])
.event_type(list![pointer("/event_type")])
.waits(30);

// Says only whose files changed: there is neither id nor type.
pub(super) const DROPBOX: Scheme = Scheme::row(
    "dropbox",
    "Dropbox",
    "https://www.dropbox.com/developers/reference/webhooks",
    B,
)
.header("X-Dropbox-Signature", Hex)
.handshakes(handshakes::DROPBOX)
.waits(10);

// One header for each of the account's keys, in no order that a receiver could know.
pub(super) const DOCUSIGN: Scheme = Scheme::row(
    "docusign",
    "Docusign Connect",
    "https://developers.docusign.com/platform/webhooks/connect/validate/",
    B,
)
.place(
    SignaturePlace::Numbered(text("X-DocuSign-Signature-")),
    Base64,
)
.id(list![joined(list![
    pointer("/event"),
    pointer("/data/envelopeId"),
    pointer("/generatedDateTime"),
])])
.event_type(list![pointer("/event")]);

pub(super) const CALENDLY: Scheme = Scheme::row(
    "calendly",
    "Calendly",
    "https://developer.calendly.com/api-docs/ZG9jOjM2MzE2MDM4-webhook-signatures",
    B,
)
.header("Calendly-Webhook-Signature", Hex)
.grammar(fields(",", "v1"))
.over(TIMESTAMP_BODY)
.timestamp(in_field("t"), Unit::Seconds, 180)
.event_type(list![pointer("/event")]);
