//! The questions that providers ask of an endpoint, and what they are answered.

mod genuine;
mod oracle;
mod refused;
mod subscription;

use hookgate::{Outgoing, Received, Reply, Request, SCHEMES, Verifier, VerifyError, scheme};

use crate::samples::{self, NOW, SECRETS, by_name};
use crate::test;

const TOKEN: &str = "mein Prüfwort";

/// A request that owns its parts.
#[derive(Clone, Default)]
struct Asked {
    method: &'static str,
    url: String,
    headers: Vec<(String, Vec<u8>)>,
    body: String,
}

impl Asked {
    /// A GET with this query.
    fn get(query: &str) -> Self {
        Self {
            method: "GET",
            url: format!("https://example.com/in?{query}"),
            ..Self::default()
        }
    }

    /// A body, signed as the provider signs its events.
    fn signed(name: &str, body: &str) -> Self {
        let scheme = by_name(name);
        let verifier = samples::verifier(scheme, &SECRETS[..1]);
        let outgoing = Outgoing {
            id: samples::ID,
            timestamp: NOW,
            event_type: None,
            body: body.as_bytes(),
        };
        let headers = verifier.sign(&outgoing).expect("a sound event");
        let headers = headers.into_iter();
        Self {
            method: "POST",
            url: "https://example.com/in".into(),
            headers: headers
                .map(|(name, value)| (name, value.into_bytes()))
                .collect(),
            body: body.into(),
        }
    }

    fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().into()));
        self
    }

    /// What its scheme's verifier makes of it.
    fn of(&self, name: &str) -> Result<Option<Reply>, VerifyError> {
        self.by(&verifier(name))
    }

    fn by(&self, verifier: &Verifier) -> Result<Option<Reply>, VerifyError> {
        self.with(|request| {
            let reply = verifier.handshake(request, NOW);
            // Judged as one, a request is the same handshake.
            match (&reply, verifier.receive(request, NOW)) {
                (Ok(Some(reply)), Ok(Received::Handshake(received))) => {
                    assert_eq!(*reply, received);
                }
                (Err(error), Err(received)) => assert_eq!(*error, received),
                (Ok(None), Ok(Received::Event(_)) | Err(_)) => {}
                (reply, received) => panic!("{reply:?}, but {received:?}"),
            }
            reply
        })
    }

    fn with<T>(&self, judge: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        judge(&Request {
            method: self.method,
            url: &self.url,
            headers: &headers,
            body: self.body.as_bytes(),
        })
    }
}

fn verifier(name: &str) -> Verifier {
    let verifier = samples::verifier(by_name(name), &SECRETS[..1]);
    if by_name(name).has_verify_token() {
        verifier.with_verify_token(TOKEN).expect("a token")
    } else {
        verifier
    }
}

fn answer(status: u16, content_type: &'static str, body: &str) -> Reply {
    let kind = (!content_type.is_empty()).then_some(("content-type", content_type));
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ];
    let headers: Vec<_> = kind.into_iter().chain(fixed).collect();
    let body = body.as_bytes().to_vec();
    Reply::Answer {
        status,
        headers,
        body,
    }
}

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

#[test]
fn every_provider_that_asks_is_answered() {
    let asking: Vec<&str> = SCHEMES
        .iter()
        .filter(|scheme| scheme.has_handshake())
        .map(|scheme| scheme.name())
        .collect();
    let expected = [
        "meta",
        "aws-sns",
        "woocommerce",
        "slack",
        "zoom",
        "discord",
        "twitch",
        "x",
        "intercom",
        "okta",
        "dropbox",
    ];
    let expected = expected.into_iter().filter(|name| samples::is_built(name));
    assert_eq!(asking, expected.collect::<Vec<_>>());
}

#[test]
fn only_meta_has_a_verify_token() {
    for scheme in SCHEMES {
        let expected = scheme.name() == "meta";
        assert_eq!(scheme.has_verify_token(), expected, "{}", scheme.name());
    }
    for scheme in samples::signable() {
        let expected = scheme.has_verify_token();
        let verifier = samples::verifier(scheme, &SECRETS[..1]);
        let token = verifier.with_verify_token("token");
        let code = token.map(|_| ()).map_err(|error| error.code());
        let refused = if expected {
            Ok(())
        } else {
            Err("unknown_option")
        };
        assert_eq!(code, refused, "{}", scheme.name());
    }
    for token in [String::new(), "x".repeat(257)] {
        let verifier = samples::verifier(by_name("meta"), &SECRETS[..1]);
        let error = verifier.with_verify_token(&token).expect_err("no token");
        assert_eq!(error.code(), "invalid_option");
        assert!(token.is_empty() || !error.to_string().contains(&token));
    }
}

#[test]
fn an_event_is_no_handshake() {
    for sample in samples::all() {
        let verifier = sample.verifier();
        let judged = sample.with(|request| {
            let handshake = verifier.handshake(request, NOW);
            (handshake, verifier.receive(request, NOW))
        });
        let name = sample.scheme.name();
        assert_eq!(judged.0, Ok(None), "{name}");
        assert!(matches!(judged.1, Ok(Received::Event(_))), "{name}");
    }
}

#[test]
fn an_event_that_speaks_of_a_handshake_is_none() {
    for (name, body) in [
        (
            "slack",
            r#"{"type":"event_callback","text":"url_verification"}"#,
        ),
        (
            "slack",
            r#"{"event":{"type":"url_verification","challenge":"abc"}}"#,
        ),
        (
            "slack",
            r#"{"type":"url_verification","type":"url_verification","challenge":"a"}"#,
        ),
        ("slack", r#"["type","url_verification"]"#),
        (
            "zoom",
            r#"{"event":"endpoint.url_validation.failed","payload":{"plainToken":"a"}}"#,
        ),
        (
            "discord",
            r#"{"version":1,"type":1,"event":{"type":"APPLICATION_AUTHORIZED"}}"#,
        ),
        ("discord", r#"{"type":2,"id":"1","data":{"type":1}}"#),
        ("discord", r#"{"type":10}"#),
        ("x", r#"{"crc_token":"abc"}"#),
    ] {
        if samples::is_built(name) {
            assert_eq!(Asked::signed(name, body).of(name), Ok(None), "{body}");
        }
    }
}

#[test]
fn a_plain_visit_is_no_handshake() {
    for scheme in samples::signable() {
        for method in ["GET", "PUT", "get", ""] {
            let visit = Asked {
                method,
                ..Asked::get("a=1")
            };
            assert_eq!(visit.of(scheme.name()), Ok(None), "{}", scheme.name());
        }
    }
}

#[test]
fn the_acknowledgements_are_those_that_the_documents_name() {
    let of = |name: &str| {
        let acknowledgement = scheme(name).expect(name).acknowledgement();
        (
            acknowledgement.status(),
            acknowledgement.content_type(),
            acknowledgement.body(),
            acknowledgement.timeout(),
        )
    };
    let text = Some(TEXT);
    assert_eq!(of("adyen"), (200, text, Some("[accepted]"), Some(10)));
    let xml = Some("text/xml; charset=utf-8");
    assert_eq!(of("twilio"), (200, xml, Some("<Response/>"), Some(15)));
    assert_eq!(of("xero"), (200, None, Some(""), Some(5)));
    assert_eq!(of("gupshup"), (200, None, Some(""), Some(10)));
    assert_eq!(of("stripe"), (200, None, None, None));
    for (name, seconds) in [
        ("visibuild", 30),
        ("vicket", 10),
        ("helpdesk", 10),
        ("vexylcloud", 10),
        ("visiwise", 15),
        ("svix", 15),
        ("standard", 15),
        ("slack", 3),
        ("zoom", 3),
        ("okta", 3),
        ("shopify", 5),
        ("linear", 5),
        ("paddle", 5),
        ("razorpay", 5),
        ("intercom", 5),
        ("github", 10),
        ("gitlab", 10),
        ("dropbox", 10),
    ] {
        assert_eq!(of(name), (200, None, None, Some(seconds)), "{name}");
    }
    #[cfg(feature = "ed25519")]
    assert_eq!(of("discord"), (204, None, Some(""), Some(3)));
}
