//! Mail, chat and social networks.

use super::*;
use crate::scheme::Confidence::{A, B, C};
use crate::scheme::Encoding::{Base64, Hex, Text as Plain};
use crate::scheme::{Hash, SignaturePlace};

// WhatsApp counts changes, Messenger and Instagram messaging events. A change may hold several
// messages or statuses: two are told apart by their first two. A message that is taken back, or
// edited, keeps its `mid`, so that the time of the event is a part of the id. In `standby` is what
// another app of the page answers.
pub(super) const META: Scheme = Scheme::row(
    "meta",
    "Meta",
    "https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
    A,
)
.header("X-Hub-Signature-256", Hex)
.prefix("sha256=")
.batches(list![
    batch(
        "/entry/*/changes/*",
        list![
            joined(list![
                pointer("/value/messages/0/id"),
                pointer("/value/messages/1/id"),
            ]),
            pointer("/value/messages/0/id"),
            joined(list![
                pointer("/value/statuses/0/id"),
                pointer("/value/statuses/0/status"),
                pointer("/value/statuses/1/id"),
                pointer("/value/statuses/1/status"),
            ]),
            joined(list![
                pointer("/value/statuses/0/id"),
                pointer("/value/statuses/0/status"),
            ]),
        ],
        list![pointer("/field")],
    ),
    batch(
        "/entry/*/messaging/*",
        list![joined(list![
            pointer("/message/mid"),
            pointer("/timestamp")
        ])],
        list![],
    ),
    batch("/entry/*/standby/*", list![], list![]),
])
.handshakes(handshakes::META);

// Gupshup signs nothing. What is checked is a header that the subscription was given.
pub(super) const GUPSHUP: Scheme = Scheme::row(
    "gupshup",
    "Gupshup",
    "https://partner-docs.gupshup.io/docs/set-subscription-v3",
    A,
)
.algorithm(Algorithm::Token)
.header("Authorization", Plain)
.over(list![])
.id(list![
    joined(list![pointer("/payload/gsId"), pointer("/payload/type")]),
    joined(list![pointer("/payload/id"), pointer("/payload/type")]),
])
.event_type(list![pointer("/type")])
.choices(list![Choice::Header, Choice::Prefix])
.waits(10)
.acknowledged_empty(200);

// The event itself is not signed, only the time and a token that is made up for each request: the
// token is the key against replay, and must be claimed.
pub(super) const MAILGUN: Scheme = Scheme::row(
    "mailgun",
    "Mailgun",
    "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
    A,
)
.place(SignaturePlace::Pointer(text("/signature/signature")), Hex)
.over(list![
    Part::Timestamp,
    Part::Pointer(text("/signature/token"))
])
.timestamp(
    TimestampPlace::Pointer(text("/signature/timestamp")),
    Unit::Seconds,
    TOLERANCE,
)
.id(list![pointer("/signature/token")])
.event_type(list![pointer("/event-data/event")]);

pub(super) const MAILERSEND: Scheme = Scheme::row(
    "mailersend",
    "MailerSend",
    "https://developers.mailersend.com/api/v1/webhooks.html",
    A,
)
.header("Signature", Hex)
.id(list![pointer("/data/id")])
.event_type(list![pointer("/type")]);

// Signs nothing: user and password stand in the URL that Postmark is given. One message has many
// records, which differ by kind and time.
pub(super) const POSTMARK: Scheme = Scheme::row(
    "postmark",
    "Postmark",
    "https://postmarkapp.com/developer/webhooks/webhooks-overview",
    B,
)
.algorithm(Algorithm::Token)
.secret(SecretForm::Credentials { user: None })
.header("Authorization", Base64)
.grammar(Grammar::Authorization {
    scheme: text("Basic"),
})
.over(list![])
.id(list![
    joined(list![
        pointer("/RecordType"),
        pointer("/MessageID"),
        pointer("/ReceivedAt"),
    ]),
    joined(list![
        pointer("/RecordType"),
        pointer("/MessageID"),
        pointer("/DeliveredAt"),
    ]),
    joined(list![
        pointer("/RecordType"),
        pointer("/MessageID"),
        pointer("/BouncedAt"),
    ]),
    joined(list![
        pointer("/RecordType"),
        pointer("/MessageID"),
        pointer("/ChangedAt"),
    ]),
    pointer("/MessageID"),
])
.event_type(list![pointer("/RecordType")])
.choices(list![Choice::User]);

pub(super) const SLACK: Scheme = Scheme::row(
    "slack",
    "Slack",
    "https://api.slack.com/authentication/verifying-requests-from-slack",
    A,
)
.header("X-Slack-Signature", Hex)
.prefix("v0=")
.over(list![
    Part::Literal(text("v0:")),
    Part::Timestamp,
    Part::Literal(text(":")),
    Part::Body,
])
.timestamp(
    in_header("X-Slack-Request-Timestamp"),
    Unit::Seconds,
    TOLERANCE,
)
.id(list![pointer("/event_id")])
.event_type(list![pointer("/type")])
.handshakes(handshakes::SLACK)
.waits(3);

// Twitch asks for secrets of 10 to 100 bytes, and for ten minutes.
pub(super) const TWITCH: Scheme = Scheme::row(
    "twitch",
    "Twitch EventSub",
    "https://dev.twitch.tv/docs/eventsub/handling-webhook-events/",
    B,
)
.secret(SecretForm::Raw { minimum: 10 })
.header("Twitch-Eventsub-Message-Signature", Hex)
.prefix("sha256=")
.over(list![Part::Id, Part::Timestamp, Part::Body])
.timestamp(
    in_header("Twitch-Eventsub-Message-Timestamp"),
    Unit::DateTime,
    600,
)
.id(list![header("Twitch-Eventsub-Message-Id")])
.event_type(list![joined(list![
    header("Twitch-Eventsub-Message-Type"),
    header("Twitch-Eventsub-Subscription-Type"),
])])
.handshakes(handshakes::TWITCH);

pub(super) const LINE: Scheme = Scheme::row(
    "line",
    "LINE",
    "https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/",
    A,
)
.header("X-Line-Signature", Base64)
.batches(list![batch(
    "/events/*",
    list![pointer("/webhookEventId")],
    list![pointer("/type")],
)]);

pub(super) const X: Scheme = Scheme::row(
    "x",
    "X",
    "https://docs.x.com/x-api/webhooks/introduction",
    B,
)
.header("X-Twitter-Webhooks-Signature", Base64)
.prefix("sha256=")
.handshakes(handshakes::X);

pub(super) const INTERCOM: Scheme = Scheme::row(
    "intercom",
    "Intercom",
    "https://developers.intercom.com/docs/webhooks/setting-up-webhooks",
    B,
)
.algorithm(Algorithm::Hmac(Hash::Sha1))
.header("X-Hub-Signature", Hex)
.prefix("sha1=")
.id(list![pointer("/id")])
.event_type(list![pointer("/topic")])
.handshakes(handshakes::INTERCOM)
.waits(5);

// Signs nothing. The kind of an update is the name of its other key.
pub(super) const TELEGRAM: Scheme = Scheme::row(
    "telegram",
    "Telegram",
    "https://core.telegram.org/bots/api#setwebhook",
    C,
)
.algorithm(Algorithm::Token)
.header("X-Telegram-Bot-Api-Secret-Token", Plain)
.over(list![])
.id(list![pointer("/update_id")])
.event_type(list![Place::KeyBeside(text("update_id"))]);
