//! Payments and accounting.

use super::*;
use crate::scheme::Confidence::{A, B};
use crate::scheme::Encoding::{Base64, Hex};
use crate::scheme::{ContentType, SignaturePlace};

// The secret's `whsec_` is part of the key, and what follows it is not base64. `v0` is made for test
// events with another key, and skipped.
pub(super) const STRIPE: Scheme = Scheme::row(
    "stripe",
    "Stripe",
    "https://docs.stripe.com/webhooks/signature",
    A,
)
.header("Stripe-Signature", Hex)
.grammar(fields(",", "v1"))
.over(TIMESTAMP_BODY)
.timestamp(in_field("t"), Unit::Seconds, TOLERANCE)
.id(list![pointer("/id")])
.event_type(list![pointer("/type")]);

// The URL exactly as it was registered. The older `x-square-signature` (SHA-1) is not read.
pub(super) const SQUARE: Scheme = Scheme::row(
    "square",
    "Square",
    "https://developer.squareup.com/docs/webhooks/step3validate",
    A,
)
.header("x-square-hmacsha256-signature", Base64)
.over(list![Part::Url(UrlForm::Exact), Part::Body])
.id(list![pointer("/event_id")])
.event_type(list![pointer("/type")])
.waits(10);

// Five seconds, as Paddle's own SDKs have it.
pub(super) const PADDLE: Scheme = Scheme::row(
    "paddle",
    "Paddle",
    "https://developer.paddle.com/webhooks/signature-verification",
    A,
)
.header("Paddle-Signature", Hex)
.grammar(fields(";", "h1"))
.over(list![Part::Timestamp, Part::Literal(text(":")), Part::Body])
.timestamp(in_field("ts"), Unit::Seconds, 5)
.id(list![pointer("/event_id")])
.event_type(list![pointer("/event_type")])
.waits(5);

/// Adyen hands out 32 bytes.
const ADYEN_KEY: SecretForm = SecretForm::Hex { minimum: 16 };

// Each item of the body is signed for itself; see `adyen`. Of an item, eight fields are signed. Adyen
// takes any 2xx of late, and `[accepted]` always:
// https://docs.adyen.com/development-resources/webhooks/handle-webhook-events
pub(super) const ADYEN: Scheme = Scheme::row(
    "adyen",
    "Adyen payments",
    "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
    A,
)
.secret(ADYEN_KEY)
.place(SignaturePlace::AdyenItems, Base64)
.over(list![])
.batches(list![batch(
    "/notificationItems/*/NotificationRequestItem",
    list![joined(list![
        pointer("/pspReference"),
        pointer("/eventCode")
    ])],
    list![pointer("/eventCode")],
)])
.waits(10)
.acknowledged(ContentType::Text, "[accepted]");

pub(super) const ADYEN_BANKING: Scheme = Scheme::row(
    "adyen-banking",
    "Adyen for Platforms",
    "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
    A,
)
.secret(ADYEN_KEY)
.header("HmacSignature", Base64)
.id(list![pointer("/data/id")])
.event_type(list![pointer("/type")])
.waits(10);

pub(super) const RAZORPAY: Scheme = Scheme::row(
    "razorpay",
    "Razorpay",
    "https://razorpay.com/docs/webhooks/validate-test/",
    A,
)
.header("X-Razorpay-Signature", Hex)
.id(list![header("x-razorpay-event-id")])
.event_type(list![pointer("/event")])
.waits(5);

pub(super) const COINBASE_COMMERCE: Scheme = Scheme::row(
    "coinbase-commerce",
    "Coinbase Commerce",
    "https://docs.cdp.coinbase.com/commerce/docs/webhooks-security",
    A,
)
.header("X-CC-Webhook-Signature", Hex)
.id(list![pointer("/event/id")])
.event_type(list![pointer("/event/type")]);

// `v1` is over the headers that `h` names as well; `v0` stands alone where there are none. The names
// of the headers are signed before their values.
pub(super) const COINBASE_CDP: Scheme = Scheme::row(
    "coinbase-cdp",
    "Coinbase Developer Platform",
    "https://docs.cdp.coinbase.com/webhooks/verify-signatures",
    B,
)
.header("X-Hook0-Signature", Hex)
.grammar(Grammar::Fields {
    lead: None,
    separator: text(","),
    signature: text("v1"),
    repeats: false,
    listed: Some(ListedHeaders {
        field: text("h"),
        unlisted_signature: text("v0"),
    }),
})
.over(list![
    Part::Timestamp,
    Part::Literal(text(".")),
    Part::ListedHeaders,
    Part::Body,
])
.timestamp(in_field("t"), Unit::Seconds, TOLERANCE)
.id(list![pointer("/id")])
.event_type(list![pointer("/eventType")]);

// The key looks like base64 and is not decoded. The 'intent to receive' is a request like any other,
// some of them with wrong signatures: 200 or 401, both with an empty body.
pub(super) const XERO: Scheme = Scheme::row(
    "xero",
    "Xero",
    "https://developer.xero.com/documentation/guides/webhooks/overview/",
    B,
)
.header("x-xero-signature", Base64)
.batches(list![batch(
    "/events/*",
    list![joined(list![
        pointer("/resourceId"),
        pointer("/eventDateUtc")
    ])],
    list![pointer("/eventType")],
)])
.id(list![pointer("/firstEventSequence")])
.waits(5)
.acknowledged_empty(200);
