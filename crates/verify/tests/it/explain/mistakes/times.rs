//! Times of another unit, and requests of another time.

use super::*;

pub(super) fn times() -> Vec<Mistake> {
    let milliseconds = |name: &str| {
        let json = r#"{"name":"x","algorithm":{"hmac":"sha256"},
            "secret":{"base64":{"prefix":"whsec_","minimum":24}},
            "signature":{"header":"webhook-signature"},
            "grammar":{"space-list":{"version":"v1"}},"encoding":"base64",
            "message":["id",{"literal":"."},"timestamp",{"literal":"."},"body"],
            "timestamp":{"place":{"header":"webhook-timestamp"},"unit":"milliseconds","tolerance":300},
            "id":[{"header":"webhook-id"}]}"#;
        sent_by(json, name)
    };
    vec![
        (
            "standard: milliseconds",
            "timestamp_unit",
            milliseconds("standard"),
        ),
        (
            "stripe: now in milliseconds",
            "now_in_milliseconds",
            Judged::of("stripe").now(NOW * 1_000),
        ),
        (
            "stripe: old",
            "timestamp_old",
            Judged::of("stripe").now(NOW + 301),
        ),
        (
            "paddle: old",
            "timestamp_old",
            Judged::of("paddle").now(NOW + 6),
        ),
        (
            "slack: ahead",
            "timestamp_future",
            Judged::of("slack").now(NOW - 301),
        ),
        (
            "linear: old",
            "timestamp_old",
            Judged::of("linear").now(NOW + 3_000),
        ),
        (
            "vonage: old",
            "timestamp_old",
            Judged::of("vonage").now(NOW + 3_000),
        ),
        (
            "mailgun: ahead",
            "timestamp_future",
            Judged::of("mailgun").now(NOW - 4_000),
        ),
        (
            "twitch: old",
            "timestamp_old",
            Judged::of("twitch").now(NOW + 86_400),
        ),
        (
            "linear: seconds",
            "timestamp_unit",
            Judged::signed("linear", &BODY.replace("1773738000000", "1773738000")),
        ),
        (
            "stripe: old and trimmed",
            "body_newline_lost",
            Judged::signed("stripe", &format!("{JS}\n"))
                .body(JS)
                .now(NOW + 5_000),
        ),
    ]
}
