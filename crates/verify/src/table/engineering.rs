//! Source code, identity and the work on both.

use super::*;
use crate::scheme::Confidence::{A, B};
use crate::scheme::Encoding::{Hex, Text as Plain};

// The older `X-Hub-Signature` (SHA-1) is not read.
pub(super) const GITHUB: Scheme = Scheme::row(
    "github",
    "GitHub",
    "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    A,
)
.header("X-Hub-Signature-256", Hex)
.prefix("sha256=")
.id(list![header("X-GitHub-Delivery")])
.event_type(list![header("X-GitHub-Event")])
.waits(10);

// Bitbucket and Jira; Connect apps sign with tokens of their own, which are not read.
pub(super) const ATLASSIAN: Scheme = Scheme::row(
    "atlassian",
    "Atlassian",
    "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
    A,
)
.header("X-Hub-Signature", Hex)
.prefix("sha256=")
.id(list![
    header("X-Request-UUID"),
    header("X-Atlassian-Webhook-Identifier"),
])
.event_type(list![header("X-Event-Key"), pointer("/webhookEvent")]);

// GitLab's newer signing tokens are `standard`.
pub(super) const GITLAB: Scheme = Scheme::row(
    "gitlab",
    "GitLab",
    "https://docs.gitlab.com/user/project/integrations/webhooks/",
    A,
)
.algorithm(Algorithm::Token)
.header("X-Gitlab-Token", Plain)
.over(list![])
.id(list![
    header("Idempotency-Key"),
    header("X-Gitlab-Event-UUID")
])
.event_type(list![Place::TextHeader(text("X-Gitlab-Event"))])
.waits(10);

// The header is whatever the hook was given.
pub(super) const OKTA: Scheme = Scheme::row(
    "okta",
    "Okta",
    "https://developer.okta.com/docs/concepts/event-hooks/",
    B,
)
.algorithm(Algorithm::Token)
.header("Authorization", Plain)
.over(list![])
.id(list![pointer("/eventId")])
.event_type(list![pointer("/eventType")])
.batches(list![batch(
    "/data/events/*",
    list![pointer("/uuid")],
    list![pointer("/eventType")],
)])
.choices(list![Choice::Header, Choice::Prefix])
.handshakes(handshakes::OKTA)
.waits(3);

pub(super) const AUTH0: Scheme = Scheme::row(
    "auth0",
    "Auth0",
    "https://auth0.com/docs/customize/log-streams/custom-log-streams",
    B,
)
.algorithm(Algorithm::Token)
.header("Authorization", Plain)
.over(list![])
.id(list![pointer("/log_id")])
.event_type(list![pointer("/data/type")])
.batches(list![batch(
    "/*",
    list![pointer("/log_id")],
    list![pointer("/data/type")]
)]);

// The timestamp is signed because the body is; it is read once the signature has matched.
pub(super) const LINEAR: Scheme = Scheme::row(
    "linear",
    "Linear",
    "https://linear.app/developers/webhooks",
    A,
)
.header("Linear-Signature", Hex)
.timestamp(
    TimestampPlace::Pointer(text("/webhookTimestamp")),
    Unit::Milliseconds,
    60,
)
.id(list![header("Linear-Delivery")])
.event_type(list![header("Linear-Event")])
.waits(5);
