//! The questions that providers ask of an endpoint, each with the document that says so.

use super::*;
#[cfg(feature = "ed25519")]
use crate::scheme::ContentType;
use crate::scheme::{Answer, At, Condition, Encoding, Fragment, Handshake};

const EMPTY: Answer = Answer::Say {
    status: 200,
    content_type: None,
    body: List::Fixed(&[]),
};

// The token is chosen with the address, and is not the app's secret.
pub(super) const META: &[Handshake] = list![Handshake {
    documentation: text("https://developers.facebook.com/docs/graph-api/webhooks/getting-started"),
    method: text("GET"),
    signed: false,
    when: List::Fixed(list![is(in_query("hub.mode"), "subscribe")]),
    token: Some(in_query("hub.verify_token")),
    challenge: Some(in_query("hub.challenge")),
    answer: Answer::ECHO,
}];

pub(super) const SLACK: &[Handshake] = list![Handshake::signed(
    "https://api.slack.com/events/url_verification",
    list![is(in_body("/type"), "url_verification")],
    Some(in_body("/challenge")),
    Answer::ECHO,
)];

// Asked when the address is set, and every 72 hours.
pub(super) const ZOOM: &[Handshake] = list![Handshake::signed(
    "https://developers.zoom.us/docs/api/webhooks/",
    list![is(in_body("/event"), "endpoint.url_validation")],
    Some(in_body("/payload/plainToken")),
    Answer::json(list![
        Fragment::Literal(text(r#"{"plainToken":""#)),
        Fragment::Challenge,
        Fragment::Literal(text(r#"","encryptedToken":""#)),
        Fragment::Tag(Encoding::Hex),
        Fragment::Literal(text(r#""}"#)),
    ]),
)];

// Type 1 is the ping of interactions, but of webhook events it is the event; those ping with 0.
#[cfg(feature = "ed25519")]
pub(super) const DISCORD: &[Handshake] = list![
    Handshake::signed(
        "https://discord.com/developers/docs/interactions/overview",
        list![
            is(in_body("/type"), "1"),
            Condition {
                at: in_body("/event"),
                is: None,
            },
        ],
        None,
        Answer::json(list![Fragment::Literal(text(r#"{"type":1}"#))]),
    ),
    Handshake::signed(
        "https://discord.com/developers/docs/events/webhook-events",
        list![is(in_body("/type"), "0")],
        None,
        Answer::Say {
            status: 204,
            content_type: Some(ContentType::Json),
            body: List::Fixed(&[]),
        },
    ),
];

pub(super) const DROPBOX: &[Handshake] = list![Handshake::get(
    "https://www.dropbox.com/developers/reference/webhooks",
    in_query("challenge"),
    Answer::ECHO,
)];

pub(super) const OKTA: &[Handshake] = list![Handshake::get(
    "https://developer.okta.com/docs/concepts/event-hooks/",
    At::Header(text("X-Okta-Verification-Challenge")),
    Answer::json(list![
        Fragment::Literal(text(r#"{"verification":""#)),
        Fragment::Challenge,
        Fragment::Literal(text(r#""}"#)),
    ]),
)];

// The header is not signed, but the challenge is: a notification has none.
pub(super) const TWITCH: &[Handshake] = list![Handshake::signed(
    "https://dev.twitch.tv/docs/eventsub/handling-webhook-events/",
    list![is(
        At::Header(text("Twitch-Eventsub-Message-Type")),
        "webhook_callback_verification"
    )],
    Some(in_body("/challenge")),
    Answer::ECHO,
)];

pub(super) const X: &[Handshake] = list![Handshake::get(
    "https://docs.x.com/x-api/webhooks/introduction",
    in_query("crc_token"),
    Answer::json(list![
        Fragment::Literal(text(r#"{"response_token":"sha256="#)),
        Fragment::Tag(Encoding::Base64),
        Fragment::Literal(text(r#""}"#)),
    ]),
)];

// The ping is a form with the webhook's number, and is not signed; an event is JSON, and is. Without
// a 200 the shop does not switch the webhook on.
pub(super) const WOOCOMMERCE: &[Handshake] = list![Handshake {
    documentation: text("https://woocommerce.github.io/woocommerce-rest-api-docs/"),
    method: text("POST"),
    signed: false,
    when: List::Fixed(list![Condition {
        at: At::Header(text("X-WC-Webhook-Signature")),
        is: None,
    }]),
    token: None,
    challenge: Some(in_query("webhook_id")),
    answer: EMPTY,
}];

// Intercom asks whether anybody is there before it takes an address.
pub(super) const INTERCOM: &[Handshake] = list![Handshake {
    documentation: text("https://developers.intercom.com/docs/webhooks/setting-up-webhooks"),
    method: text("HEAD"),
    signed: false,
    when: List::Fixed(&[]),
    token: None,
    challenge: None,
    answer: EMPTY,
}];

// An `UnsubscribeConfirmation` is an event, and no question: to fetch its address would undo what
// somebody asked for.
#[cfg(feature = "rsa")]
pub(super) const SNS: &[Handshake] = list![Handshake::signed(
    "https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html",
    list![is(in_body("/Type"), "SubscriptionConfirmation")],
    None,
    Answer::SnsSubscribe,
)];

const fn is(at: At, value: &'static str) -> Condition {
    Condition {
        at,
        is: Some(text(value)),
    }
}

const fn in_query(name: &'static str) -> At {
    At::Parameter(text(name))
}

const fn in_body(pointer: &'static str) -> At {
    At::Pointer(text(pointer))
}
