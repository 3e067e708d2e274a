//! Shops, customers and support.

use alloc::borrow::Cow::Borrowed;

use super::*;
use crate::scheme::Confidence::{A, B};
use crate::scheme::Encoding::{Base64, Hex};
use crate::scheme::{Expected, Hash};

pub(super) const SHOPIFY: Scheme = Scheme::row(
    "shopify",
    "Shopify",
    "https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
    A,
)
.header("X-Shopify-Hmac-Sha256", Base64)
.id(list![
    header("X-Shopify-Webhook-Id"),
    header("X-Shopify-Event-Id")
])
.event_type(list![header("X-Shopify-Topic")])
.waits(5);

pub(super) const WOOCOMMERCE: Scheme = Scheme::row(
    "woocommerce",
    "WooCommerce",
    "https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks",
    B,
)
.header("X-WC-Webhook-Signature", Base64)
.id(list![header("X-WC-Webhook-Delivery-ID")])
.event_type(list![header("X-WC-Webhook-Topic")])
.handshakes(handshakes::WOOCOMMERCE);

const HUBSPOT_EVENTS: &[Batch] = list![batch(
    "/*",
    list![pointer("/eventId")],
    list![pointer("/subscriptionType")],
)];

pub(super) const HUBSPOT: Scheme = Scheme::row(
    "hubspot",
    "HubSpot v3",
    "https://developers.hubspot.com/docs/api/webhooks/validating-requests",
    A,
)
.header("X-HubSpot-Signature-v3", Base64)
.over(list![
    Part::Method,
    Part::Url(UrlForm::ReservedDecoded),
    Part::Body,
    Part::Timestamp,
])
.timestamp(
    in_header("X-HubSpot-Request-Timestamp"),
    Unit::Milliseconds,
    TOLERANCE,
)
.batches(HUBSPOT_EVENTS)
.waits(5);

/// A plain hash with the secret first is no MAC: whoever has one signed body can append to it.
/// HubSpot advises v3.
const fn hubspot_hash(
    row: Scheme,
    message: &'static [Part],
    version: &'static [Expected],
) -> Scheme {
    row.algorithm(Algorithm::Plain(Hash::Sha256))
        .header("X-HubSpot-Signature", Hex)
        .over(message)
        .expects(version)
        .batches(HUBSPOT_EVENTS)
}

pub(super) const HUBSPOT_V2: Scheme = hubspot_hash(
    Scheme::row(
        "hubspot-v2",
        "HubSpot v2",
        "https://developers.hubspot.com/docs/api/webhooks/validating-requests",
        A,
    ),
    list![
        Part::Secret,
        Part::Method,
        Part::Url(UrlForm::Exact),
        Part::Body,
    ],
    list![Expected {
        header: Borrowed("X-HubSpot-Signature-Version"),
        value: Borrowed("v2"),
    }],
);

pub(super) const HUBSPOT_V1: Scheme = hubspot_hash(
    Scheme::row(
        "hubspot-v1",
        "HubSpot v1",
        "https://developers.hubspot.com/docs/api/webhooks/validating-requests",
        A,
    ),
    list![Part::Secret, Part::Body],
    list![Expected {
        header: Borrowed("X-HubSpot-Signature-Version"),
        value: Borrowed("v1"),
    }],
);

// The secret looks like base64 and is not decoded. Zendesk documents a date and no tolerance; some
// of its published examples have seconds.
pub(super) const ZENDESK: Scheme = Scheme::row(
    "zendesk",
    "Zendesk",
    "https://developer.zendesk.com/documentation/webhooks/verifying/",
    B,
)
.header("X-Zendesk-Webhook-Signature", Base64)
.over(list![Part::Timestamp, Part::Body])
.timestamp(
    in_header("X-Zendesk-Webhook-Signature-Timestamp"),
    Unit::DateTimeOrSeconds,
    TOLERANCE,
)
.id(list![header("X-Zendesk-Webhook-Invocation-Id")])
.event_type(list![pointer("/type")])
.waits(12);
