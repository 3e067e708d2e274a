//! Published requests of private keys.

use super::*;

/// A published request, judged with the provider's public key.
#[cfg(all(feature = "ed25519", feature = "ecdsa"))]
pub(crate) fn published(name: &str) -> Judged {
    let lines = include_str!("../../../vectors-asymmetric.jsonl").lines();
    let mut rows =
        lines.map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a row"));
    let row = rows.find(|row| row["id"] == name).expect("the row");
    let headers = row["headers"].as_object().expect("headers").iter();
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let scheme = by_name(row["scheme"].as_str().expect("a scheme"));
    let sample = crate::samples::Sample {
        scheme,
        url: text(&row["url"]),
        headers: headers
            .map(|(name, value)| (name.clone(), text(value).into_bytes()))
            .collect(),
        body: STANDARD.decode(text(&row["body_base64"])).expect("base64"),
    };
    let judged = Judged::new(Judged::of("github").sample);
    let judged = Judged {
        scheme: scheme.clone(),
        sample,
        ..judged
    };
    judged
        .secret(text(&row["secret_or_key"]))
        .now(row["now"].as_u64().expect("a time"))
}

#[cfg(not(all(feature = "ed25519", feature = "ecdsa")))]
pub(super) fn public_keys() -> Vec<Mistake> {
    Vec::new()
}

#[cfg(all(feature = "ed25519", feature = "ecdsa"))]
pub(super) fn public_keys() -> Vec<Mistake> {
    let discord = || published("discord-01");
    let sendgrid = || published("sendgrid-01");
    let with = |judged: Judged, change: &dyn Fn(&str) -> String| {
        let body = String::from_utf8(judged.sample.body.clone()).expect("text");
        judged.body(change(&body))
    };
    let key = sendgrid().secrets[0].clone();
    let pem = format!("-----BEGIN PUBLIC KEY-----\\n{key}\\n-----END PUBLIC KEY-----\\n");
    let hex = discord().secrets[0].clone();
    vec![
        (
            "sendgrid: trimmed",
            "body_newline_lost",
            with(sendgrid(), &|body| body.trim_end().into()),
        ),
        (
            "sendgrid: `\\n` written out",
            "secret_line_breaks_escaped",
            sendgrid().secret(pem),
        ),
        (
            "sendgrid: quoted",
            "secret_quoted",
            sendgrid().secret(format!("\"{key}\"")),
        ),
        (
            "sendgrid: an API key",
            "secret_malformed",
            sendgrid().secret("SG.abcdefghijklmnop.qrstuvwxyz"),
        ),
        (
            "discord: newline added",
            "body_newline_added",
            with(discord(), &|body| format!("{body}\n")),
        ),
        (
            "discord: spaces around the key",
            "secret_whitespace",
            discord().secret(format!(" {hex} ")),
        ),
        (
            "discord: cut",
            "header_missing",
            discord()
                .without("X-Signature-Timestamp")
                .without("x-signature-timestamp"),
        ),
        ("discord: old", "timestamp_old", {
            let now = discord().now;
            discord().now(now + 1_000)
        }),
    ]
}
