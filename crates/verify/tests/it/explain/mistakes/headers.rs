//! Headers that were renamed, joined, quoted or lost.

use super::*;

pub(super) fn headers() -> Vec<Mistake> {
    let cgi = |name: &str| format!("HTTP_{}", name.to_uppercase().replace('-', "_"));
    let standard = || Judged::of("standard");
    vec![
        (
            "stripe: CGI names",
            "header_renamed",
            Judged::of("stripe").names(cgi),
        ),
        (
            "standard: CGI names",
            "header_renamed",
            standard().names(cgi),
        ),
        (
            "slack: underscores",
            "header_renamed",
            Judged::of("slack").names(|name| name.replace('-', "_")),
        ),
        (
            "shopify: without X-",
            "header_renamed",
            Judged::of("shopify").names(|name| name.trim_start_matches("X-").into()),
        ),
        (
            "github: quoted",
            "header_quoted",
            Judged::of("github").signature(|value| format!("\"{value}\"")),
        ),
        (
            "stripe: a list's JSON",
            "header_quoted",
            Judged::of("stripe").signature(|value| format!("[\"{value}\"]")),
        ),
        (
            "gitlab: quoted",
            "header_quoted",
            Judged::of("gitlab").signature(|value| format!("\"{value}\"")),
        ),
        (
            "github: a line break",
            "header_whitespace",
            Judged::of("github").signature(|value| format!("{value}\n")),
        ),
        (
            "stripe: spaces",
            "header_whitespace",
            Judged::of("stripe").signature(|value| format!(" {value}  ")),
        ),
        (
            "github: joined",
            "header_joined",
            Judged::of("github").signature(|value| format!("{value}, {value}")),
        ),
        (
            "stripe: joined",
            "header_joined",
            Judged::of("stripe").signature(|value| format!("{value},{value}")),
        ),
        (
            "standard: percent-encoded",
            "header_escaped",
            standard().signature(|value| value.replace(',', "%2C").replace('=', "%3D")),
        ),
        (
            "github: no sha256=",
            "header_prefix",
            Judged::of("github").signature(|value| value[7..].into()),
        ),
        (
            "shopify: sha256= added",
            "header_prefix",
            Judged::of("shopify").signature(|value| format!("sha256={value}")),
        ),
        (
            "vonage: no Bearer",
            "header_prefix",
            Judged::of("vonage").signature(|value| value[7..].into()),
        ),
        (
            "standard: no v1,",
            "header_prefix",
            standard().signature(|value| value[3..].into()),
        ),
        (
            "github: twice",
            "header_repeated",
            twice(Judged::of("github")),
        ),
        (
            "stripe: missing",
            "header_missing",
            Judged::of("stripe").without("Stripe-Signature"),
        ),
        (
            "standard: no id",
            "header_missing",
            standard().without("webhook-id"),
        ),
        (
            "paddle: other grammar",
            "header_malformed",
            Judged::of("paddle").signature(|_| "nonsense".into()),
        ),
        (
            "stripe: only v0",
            "signature_version",
            Judged::of("stripe").signature(|value| value.replace("v1=", "v0=")),
        ),
        (
            "standard: only v2",
            "signature_version",
            standard().signature(|value| value.replace("v1,", "v2,")),
        ),
        (
            "twilio: no content type",
            "content_type",
            Judged::of("twilio").without("Content-Type"),
        ),
        (
            "twilio: newline",
            "header_whitespace",
            Judged::of("twilio").signature(|value| format!("{value}\r\n")),
        ),
        (
            "stripe: CGI names and a trimmed body",
            "header_renamed",
            Judged::signed("stripe", &format!("{JS}\n"))
                .body(JS)
                .names(cgi),
        ),
    ]
}

fn twice(judged: Judged) -> Judged {
    let name = judged.sample.signature_header();
    let value = judged.sample.value(&name).to_owned();
    judged.add(&name, value)
}
