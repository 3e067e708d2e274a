//! Telephone and short messages: nearly all sign the URL, and several sign form parameters.

use super::*;
use crate::scheme::Confidence::A;
use crate::scheme::Encoding::{Base64, Text as Plain, UpperHex};
use crate::scheme::{Claims, ContentType, Hash, SignaturePlace};

const HMAC_SHA1: Algorithm = Algorithm::Hmac(Hash::Sha1);

// A JSON body is covered by the query's `bodySHA256`, and is refused without it. Calls have no id
// here: a call asks for instructions several times in the same state, and each one counts.
// The tests of the vendor's own SDK sign with a secret of five bytes. The answer is TwiML that does
// nothing; a plain text would be sent to whoever wrote.
pub(super) const TWILIO: Scheme = Scheme::row(
    "twilio",
    "Twilio",
    "https://www.twilio.com/docs/usage/webhooks/webhooks-security",
    A,
)
.algorithm(HMAC_SHA1)
.header("X-Twilio-Signature", Base64)
.over(list![
    Part::Url(UrlForm::AnyPort),
    Part::Form {
        distinct: true,
        digest: Some(text("bodySHA256")),
    },
])
.id(list![
    joined(list![parameter("MessageSid"), parameter("MessageStatus")]),
    joined(list![parameter("MessageSid"), parameter("SmsStatus")]),
    header("I-Twilio-Idempotency-Token"),
])
.event_type(list![parameter("MessageStatus"), parameter("EventType")])
.waits(15)
.acknowledged(ContentType::Xml, "<Response/>");

// One second of leeway, as in MessageBird's SDK for Python (messagebird 2.2.0, `request_validator.py`);
// the one for Node (4.0.1, `lib/webhook-signature-jwt.js`) has five. The tighter one is kept: it bounds
// how long after its `exp` a captured token serves, and `Verifier::tolerance` widens it. Both take any
// of the three algorithms: all are MACs under the same key.
pub(super) const MESSAGEBIRD: Scheme = Scheme::row(
    "messagebird",
    "MessageBird",
    "https://developers.messagebird.com/docs/verify-http-requests",
    A,
)
.algorithm(Algorithm::Jwt(List::Fixed(list![
    Hash::Sha256,
    Hash::Sha384,
    Hash::Sha512,
])))
.header("MessageBird-Signature-JWT", Plain)
.over(list![])
.claims(Claims {
    issuer: text("MessageBird"),
    url_digest: Some(text("url_hash")),
    body_digest: text("payload_hash"),
})
.timestamp(TimestampPlace::Validity, Unit::Seconds, 1)
.id(list![Place::Claim(text("jti"))])
.event_type(list![pointer("/status")])
.choices(list![Choice::Algorithm]);

// MessageBird's SDKs allow 10 s (PHP) or 100 s (Node).
pub(super) const MESSAGEBIRD_LEGACY: Scheme = Scheme::row(
    "messagebird-legacy",
    "MessageBird (signed requests)",
    "https://developers.messagebird.com/docs/verify-http-requests",
    A,
)
.header("MessageBird-Signature", Base64)
.over(list![
    Part::Timestamp,
    Part::Literal(text("\n")),
    Part::SortedQuery,
    Part::Literal(text("\n")),
    Part::BodySha256,
])
.timestamp(
    in_header("MessageBird-Request-Timestamp"),
    Unit::Seconds,
    100,
)
.id(list![
    joined(list![parameter("id"), parameter("status")]),
    joined(list![pointer("/id"), pointer("/status")]),
])
.event_type(list![parameter("status"), pointer("/status")]);

// The headers of `messagebird-legacy`, over the URL as it stands.
pub(super) const BIRD: Scheme = Scheme::row(
    "bird",
    "Bird",
    "https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions/verifying-a-webhook-subscription",
    A,
)
.header("MessageBird-Signature", Base64)
.over(list![
    Part::Timestamp,
    Part::Literal(text("\n")),
    Part::Url(UrlForm::Exact),
    Part::Literal(text("\n")),
    Part::BodySha256,
])
.timestamp(
    in_header("MessageBird-Request-Timestamp"),
    Unit::Seconds,
    TOLERANCE,
)
.id(list![pointer("/id")]);

// `jti` is of the attempt, message and status are of the event: they come first.
pub(super) const VONAGE: Scheme = Scheme::row(
    "vonage",
    "Vonage",
    "https://developer.vonage.com/en/getting-started/concepts/webhooks",
    A,
)
.algorithm(Algorithm::Jwt(List::Fixed(list![Hash::Sha256])))
.header("Authorization", Plain)
.grammar(Grammar::Authorization {
    scheme: text("Bearer"),
})
.over(list![])
.claims(Claims {
    issuer: text("Vonage"),
    url_digest: None,
    body_digest: text("payload_hash"),
})
.timestamp(TimestampPlace::IssuedAt, Unit::Seconds, TOLERANCE)
.id(list![
    joined(list![pointer("/message_uuid"), pointer("/status")]),
    pointer("/message_uuid"),
    Place::Claim(text("jti")),
])
.event_type(list![pointer("/status")]);

// The account's setting names the algorithm: `md5hash`, `md5`, `sha1`, `sha256` or `sha512`. Some
// are weak, and so the strongest common one is the default.
pub(super) const VONAGE_LEGACY: Scheme = Scheme::row(
    "vonage-legacy",
    "Vonage SMS (signed messages)",
    "https://developer.vonage.com/en/getting-started/concepts/signing-messages",
    A,
)
.place(SignaturePlace::Parameter(text("sig")), UpperHex)
.over(list![Part::Parameters])
.timestamp(
    TimestampPlace::Parameter(text("timestamp")),
    Unit::Seconds,
    TOLERANCE,
)
.id(list![
    joined(list![parameter("messageId"), parameter("status")]),
    parameter("messageId"),
])
.event_type(list![parameter("status")])
.choices(list![Choice::Algorithm]);

/// A call asks for instructions several times in the same state, and each one counts: only messages
/// have an id.
const PLIVO_ID: &[Place] = list![joined(list![parameter("MessageUUID"), parameter("Status")])];
const PLIVO_TYPE: &[Place] = list![parameter("Status"), parameter("CallStatus")];

// The second header is signed with the main account's token.
pub(super) const PLIVO: Scheme = Scheme::row(
    "plivo",
    "Plivo V3",
    "https://www.plivo.com/docs/voice/concepts/signature-validation",
    A,
)
.place(
    SignaturePlace::Headers(List::Fixed(list![
        text("X-Plivo-Signature-V3"),
        text("X-Plivo-Signature-Ma-V3"),
    ])),
    Base64,
)
.grammar(Grammar::CommaList)
.over(list![
    Part::QueryAndForm,
    Part::Literal(text(".")),
    Part::Header(text("X-Plivo-Signature-V3-Nonce")),
])
.id(PLIVO_ID)
.event_type(PLIVO_TYPE);

// Covers no parameters and no body: whoever captured one request can send any other.
pub(super) const PLIVO_V2: Scheme = Scheme::row(
    "plivo-v2",
    "Plivo V2",
    "https://www.plivo.com/docs/messaging/concepts/signature-validation",
    A,
)
.header("X-Plivo-Signature-V2", Base64)
.grammar(Grammar::CommaList)
.over(list![
    Part::Url(UrlForm::WithoutQuery),
    Part::Header(text("X-Plivo-Signature-V2-Nonce")),
])
.id(PLIVO_ID)
.event_type(PLIVO_TYPE);

pub(super) const PLIVO_V1: Scheme = Scheme::row(
    "plivo-v1",
    "Plivo V1",
    "https://www.plivo.com/docs/voice/concepts/signature-validation",
    A,
)
.algorithm(HMAC_SHA1)
.header("X-Plivo-Signature", Base64)
.over(list![
    Part::Url(UrlForm::Exact),
    Part::Form {
        distinct: false,
        digest: None,
    },
])
.id(PLIVO_ID)
.event_type(PLIVO_TYPE);
