//! URLs and methods that are not those that were signed.

use super::*;

pub(super) fn urls() -> Vec<Mistake> {
    let square = |url| at("square", url);
    vec![
        (
            "square: http",
            "url_scheme",
            square("https://a.example/in").url("http://a.example/in"),
        ),
        (
            "square: a port",
            "url_port",
            square("https://a.example/in").url("https://a.example:8443/in"),
        ),
        (
            "square: a slash",
            "url_trailing_slash",
            square("https://a.example/in").url("https://a.example/in/"),
        ),
        (
            "square: no slash",
            "url_trailing_slash",
            square("https://a.example/in/").url("https://a.example/in"),
        ),
        (
            "square: a query",
            "url_query",
            square("https://a.example/in").url("https://a.example/in?utm=1"),
        ),
        (
            "square: behind a proxy",
            "url_proxy",
            square("https://a.example/in")
                .url("http://10.0.0.7:3000/in")
                .add("X-Forwarded-Host", "a.example")
                .add("X-Forwarded-Proto", "https"),
        ),
        (
            "twilio: behind a proxy",
            "url_proxy",
            at("twilio", "https://a.example/sms")
                .url("http://localhost:3000/sms")
                .add("X-Forwarded-Host", "a.example")
                .add("X-Forwarded-Proto", "https, http"),
        ),
        (
            "twilio: http",
            "url_scheme",
            at("twilio", "https://a.example/sms").url("http://a.example/sms"),
        ),
        (
            "plivo: a slash",
            "url_trailing_slash",
            at("plivo", "https://a.example/sms/").url("https://a.example/sms"),
        ),
        (
            "hubspot: Forwarded",
            "url_proxy",
            at("hubspot", "https://a.example/h")
                .url("http://internal/h")
                .add("Forwarded", "for=1.2.3.4;host=a.example;proto=https"),
        ),
        (
            "hubspot: another method",
            "method",
            Judged::of("hubspot").method("PUT"),
        ),
        (
            "hubspot: in lower case",
            "method",
            Judged::of("hubspot").method("post"),
        ),
        (
            "bird: only a path",
            "url_relative",
            at("bird", "https://a.example/b?x=1")
                .url("/b?x=1")
                .add("Host", "a.example"),
        ),
        (
            "bird: another host",
            "url_host",
            at("bird", "https://a.example/b")
                .url("https://internal/b")
                .add("Host", "a.example"),
        ),
        (
            "messagebird: http",
            "url_scheme",
            at("messagebird", "https://a.example/m").url("http://a.example/m"),
        ),
        (
            "plivo-v2: a path prefix",
            "url_proxy",
            at("plivo-v2", "https://a.example/api/p")
                .url("https://a.example/p")
                .add("X-Forwarded-Prefix", "/api"),
        ),
        (
            "square: decoded",
            "url_encoding",
            square("https://a.example/in?q=a b").url("https://a.example/in?q=a%20b"),
        ),
        (
            "square: http and a slash",
            "url_scheme",
            square("https://a.example/in/").url("http://a.example/in"),
        ),
        (
            "square: somewhere else",
            "url_other",
            square("https://a.example/in")
                .url("https://b.example/other")
                .secret(RAW),
        ),
    ]
}
