//! The schemes of which the provider keeps the private key: each in the builds that can judge it.

use super::*;
use crate::asymmetric::KeyForm;
use crate::scheme::Confidence::A;
#[cfg(any(feature = "ecdsa", feature = "rsa"))]
use crate::scheme::Encoding::Base64;
#[cfg(feature = "ed25519")]
use crate::scheme::Encoding::Hex;
#[cfg(feature = "rsa")]
use crate::scheme::{Expected, SignaturePlace, Vendor};

// Discord probes an endpoint with wrong signatures, and wants 401 for them. No tolerance is
// documented. Interactions have an id and a number as their type; webhook events name theirs, and are
// answered 204.
#[cfg(feature = "ed25519")]
pub(super) const DISCORD: Scheme = Scheme::row(
    "discord",
    "Discord",
    "https://discord.com/developers/docs/events/webhook-events",
    A,
)
.algorithm(Algorithm::PublicKey(KeyForm::Ed25519Hex))
.header("X-Signature-Ed25519", Hex)
.over(list![Part::Timestamp, Part::Body])
.timestamp(in_header("X-Signature-Timestamp"), Unit::Seconds, TOLERANCE)
.id(list![pointer("/id")])
.event_type(list![pointer("/event/type"), pointer("/type")])
.handshakes(handshakes::DISCORD)
.waits(3)
.acknowledged_empty(204);

// The SDK knows no tolerance. The body ends in CRLF, which is signed.
#[cfg(feature = "ecdsa")]
const fn twilio_email(row: Scheme) -> Scheme {
    row.algorithm(Algorithm::PublicKey(KeyForm::P256))
        .header("X-Twilio-Email-Event-Webhook-Signature", Base64)
        .over(list![Part::Timestamp, Part::Body])
        .timestamp(
            in_header("X-Twilio-Email-Event-Webhook-Timestamp"),
            Unit::Seconds,
            TOLERANCE,
        )
}

#[cfg(feature = "ecdsa")]
pub(super) const SENDGRID: Scheme = twilio_email(Scheme::row(
    "sendgrid",
    "SendGrid",
    "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
    A,
))
.batches(list![batch(
    "/*",
    list![pointer("/sg_event_id")],
    list![pointer("/event")],
)]);

// Signed where a security policy asks for it. A form of several parts, without an id.
#[cfg(feature = "ecdsa")]
pub(super) const SENDGRID_INBOUND: Scheme = twilio_email(Scheme::row(
    "sendgrid-inbound",
    "SendGrid Inbound Parse",
    "https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/securing-your-parse-webhooks",
    A,
));

// One key for all; it is published with the document. The delivery's id is not signed.
#[cfg(feature = "rsa")]
pub(super) const WISE: Scheme = Scheme::row(
    "wise",
    "Wise",
    "https://docs.wise.com/guides/developer/webhooks/event-handling",
    A,
)
.algorithm(Algorithm::PublicKey(KeyForm::Rsa))
.header("X-Signature-SHA256", Base64)
.id(list![header("X-Delivery-Id")])
.event_type(list![pointer("/event_type")]);

// A topic's policy retries for an hour at most, and the timestamp is that of the publication. The
// headers repeat what the body says; the body's other fields are not signed.
#[cfg(feature = "rsa")]
pub(super) const AWS_SNS: Scheme = Scheme::row(
    "aws-sns",
    "Amazon SNS",
    "https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html",
    A,
)
.algorithm(Algorithm::Certificate(Vendor::Sns))
.place(SignaturePlace::SnsMessage, Base64)
.over(list![])
.timestamp(
    TimestampPlace::Pointer(text("/Timestamp")),
    Unit::DateTime,
    3_600,
)
.id(list![pointer("/MessageId")])
.event_type(list![pointer("/Type")])
.sends_id("x-amz-sns-message-id")
.handshakes(handshakes::SNS)
.waits(15);

// PayPal retries for three days, and no document says that it renews the time then: a shorter
// tolerance could refuse events for good. The body is covered by a checksum alone: the id is that of
// the transmission, and not the body's, which could be made up anew for each replay.
#[cfg(feature = "rsa")]
pub(super) const PAYPAL: Scheme = Scheme::row(
    "paypal",
    "PayPal",
    "https://developer.paypal.com/api/rest/webhooks/rest/",
    A,
)
.algorithm(Algorithm::Certificate(Vendor::Paypal))
.header("PAYPAL-TRANSMISSION-SIG", Base64)
.expects(list![Expected {
    header: text("PAYPAL-AUTH-ALGO"),
    value: text("SHA256withRSA"),
}])
.over(list![
    Part::Id,
    Part::Literal(text("|")),
    Part::Timestamp,
    Part::Literal(text("|")),
    Part::Secret,
    Part::Literal(text("|")),
    Part::BodyCrc32,
])
.timestamp(
    in_header("PAYPAL-TRANSMISSION-TIME"),
    Unit::DateTime,
    259_200,
)
.id(list![header("PAYPAL-TRANSMISSION-ID")])
.event_type(list![pointer("/event_type")]);
