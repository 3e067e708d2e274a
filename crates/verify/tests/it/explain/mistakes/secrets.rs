//! Secrets that were copied, stored or decoded wrongly.

use super::*;

pub(super) fn secrets() -> Vec<Mistake> {
    let text = SECRETS[0];
    let bare = &text[6..];
    let key = STANDARD.decode(bare).expect("base64");
    let key = String::from_utf8(key).expect("ASCII");
    let adyen = form(by_name("adyen"), text);
    let pair = form(by_name("basic"), text);
    let hex_secret = "0123456789abcdef0123456789abcdef0123456789abcdef";
    let to_base64 = |hex: &str| as_base64(hex);
    vec![
        (
            "stripe: without whsec_",
            "secret_prefix_missing",
            Judged::of("stripe").secret(bare),
        ),
        (
            "stripe: decoded as Standard Webhooks are",
            "secret_base64",
            under("stripe", &key).secret(bare),
        ),
        (
            "stripe: whsec_ in front of another's",
            "secret_prefix_added",
            under("stripe", RAW).secret(format!("whsec_{RAW}")),
        ),
        (
            "github: a line break",
            "secret_whitespace",
            Judged::of("github").secret(format!("{text}\n")),
        ),
        (
            "github: spaces",
            "secret_whitespace",
            Judged::of("github").secret(format!(" {text} ")),
        ),
        (
            "github: quoted",
            "secret_quoted",
            Judged::of("github").secret(format!("\"{text}\"")),
        ),
        (
            "slack: in base64, as Kubernetes has it",
            "secret_base64",
            Judged::of("slack").secret(STANDARD.encode(text)),
        ),
        (
            "slack: in hex",
            "secret_hex",
            Judged::of("slack").secret(hex(text)),
        ),
        (
            "zendesk: decoded too early",
            "secret_decoded",
            under("zendesk", bare).secret(&key),
        ),
        (
            "xero: decoded too early",
            "secret_decoded",
            under("xero", bare).secret(&key),
        ),
        (
            "standard: a line break",
            "secret_whitespace",
            Judged::of("standard").secret(format!("{text}\r\n")),
        ),
        (
            "standard: quoted",
            "secret_quoted",
            Judged::of("standard").secret(format!("'{text}'")),
        ),
        (
            "standard: decoded too early",
            "secret_decoded",
            Judged::of("standard").secret(&key),
        ),
        (
            "standard: not padded",
            "secret_base64_form",
            under("standard", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/8=")
                .secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-_8"),
        ),
        (
            "svix: in base64 once more",
            "secret_base64",
            Judged::of("svix").secret(STANDARD.encode(text)),
        ),
        (
            "standard: the sender does not decode",
            "secret_undecoded",
            undecoded(text, text),
        ),
        (
            "standard: the sender only strips",
            "secret_undecoded",
            undecoded(bare, text),
        ),
        (
            "adyen: base64 for hex",
            "secret_base64",
            under_form("adyen-banking", hex_secret).secret(to_base64(hex_secret)),
        ),
        (
            "adyen: quoted",
            "secret_quoted",
            Judged::of("adyen").secret(format!("\"{adyen}\"")),
        ),
        (
            "adyen-banking: the text itself",
            "secret_decoded",
            Judged::of("adyen-banking").secret(text),
        ),
        (
            "basic: already in base64",
            "secret_base64",
            Judged::of("basic").secret(format!("Basic {}", STANDARD.encode(&pair))),
        ),
        (
            "postmark: spaces",
            "secret_whitespace",
            Judged::of("postmark").secret(format!("  {pair}")),
        ),
        (
            "gitlab: quoted",
            "secret_quoted",
            Judged::of("gitlab").secret(format!("\"{text}\"")),
        ),
        (
            "token: with Bearer",
            "secret_prefix_added",
            Judged::of("token").secret(format!("Bearer {text}")),
        ),
        (
            "telegram: another",
            "secret_other",
            Judged::of("telegram").secret("another-token-1"),
        ),
        (
            "github: another",
            "secret_other",
            Judged::of("github").secret(SECRETS[1].replace("whsec_", "other-")),
        ),
        (
            "stripe: an API key",
            "secret_of_another_kind",
            Judged::of("stripe").secret("sk_test_51H8xyzabcdefghijklmnop"),
        ),
        (
            "github: of Standard Webhooks",
            "secret_of_another_kind",
            Judged::of("github").secret(SECRETS[1]),
        ),
        (
            "standard: too short",
            "secret_malformed",
            Judged::of("standard").secret("whsec_cXp4N3Y="),
        ),
        (
            "stripe: none",
            "secret_malformed",
            Judged {
                secrets: Vec::new(),
                ..Judged::of("stripe")
            },
        ),
        (
            "vonage: quoted",
            "secret_quoted",
            Judged::of("vonage").secret(format!("\"{text}\"")),
        ),
        (
            "messagebird: in base64",
            "secret_base64",
            Judged::of("messagebird").secret(STANDARD.encode(text)),
        ),
        (
            "mailgun: spaces",
            "secret_whitespace",
            Judged::of("mailgun").secret(format!("{text} ")),
        ),
        (
            "hubspot-v2: quoted",
            "secret_quoted",
            Judged::of("hubspot-v2").secret(format!("\"{text}\"")),
        ),
        (
            "stripe: an old one",
            "secret_old",
            Judged {
                secrets: vec![SECRETS[1].into(), text.into()],
                ..Judged::of("stripe")
            },
        ),
    ]
}

fn under_form(name: &'static str, secret: &str) -> Judged {
    under(name, secret)
}

/// A sender of Standard Webhooks who takes the secret's text for the key.
fn undecoded(key: &str, secret: &str) -> Judged {
    let base64 = STANDARD.encode(key);
    under("standard", &format!("whsec_{base64}")).secret(secret)
}
