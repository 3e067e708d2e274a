//! The table of schemes holds together, and errors speak to people.

use hookgate::{SCHEMES, VerifyError, scheme};

use crate::samples::is_built;
use crate::test;

#[test]
fn the_schemes_are_found_by_name() {
    let names: Vec<&str> = SCHEMES.iter().map(|scheme| scheme.name()).collect();
    let expected = "standard svix clerk resend visiwise visibuild vicket helpdesk vexylcloud stripe github meta twilio sendgrid sendgrid-inbound messagebird messagebird-legacy bird gupshup vonage vonage-legacy plivo plivo-v2 plivo-v1 mailgun mailersend postmark aws-sns shopify woocommerce slack zoom discord twitch line box hubspot hubspot-v2 hubspot-v1 zendesk square paddle adyen adyen-banking razorpay coinbase-commerce coinbase-cdp wise paypal x typeform intercom atlassian gitlab okta auth0 telegram linear dropbox xero docusign calendly hmac token basic";
    let expected = expected.split(' ').filter(|name| is_built(name));
    assert_eq!(names, expected.collect::<Vec<_>>());
    for name in names {
        assert_eq!(scheme(name).map(|scheme| scheme.name()), Some(name));
    }
    for unknown in ["", "Stripe", "stripe ", "unknown"] {
        assert_eq!(scheme(unknown), None);
    }
}

#[test]
fn every_scheme_cites_its_document() {
    const UNPUBLISHED: [&str; 5] = ["visiwise", "visibuild", "vicket", "helpdesk", "vexylcloud"];
    for scheme in SCHEMES {
        assert!(!scheme.title().is_empty());
        let public = scheme.documentation().starts_with("https://");
        assert_eq!(
            public,
            !UNPUBLISHED.contains(&scheme.name()),
            "{}",
            scheme.name()
        );
    }
}

#[test]
fn only_these_have_no_id() {
    let without: Vec<&str> = SCHEMES
        .iter()
        .filter(|scheme| !scheme.has_id())
        .map(|scheme| scheme.name())
        .collect();
    let expected = [
        "vexylcloud",
        "sendgrid-inbound",
        "x",
        "dropbox",
        "calendly",
        "hmac",
        "token",
        "basic",
    ];
    let expected = expected.into_iter().filter(|name| is_built(name));
    assert_eq!(without, expected.collect::<Vec<_>>());
}

#[test]
fn only_these_sign_nothing() {
    let tokens: Vec<&str> = SCHEMES
        .iter()
        .filter(|scheme| !scheme.signs_content())
        .map(|scheme| scheme.name())
        .collect();
    let expected = [
        "gupshup", "postmark", "gitlab", "okta", "auth0", "telegram", "token", "basic",
    ];
    assert_eq!(tokens, expected);
    for name in expected {
        let scheme = scheme(name).expect("a scheme");
        assert!(!scheme.signs_id() && !scheme.signs_timestamp(), "{name}");
        let header = match name {
            "gitlab" => "X-Gitlab-Token",
            "telegram" => "X-Telegram-Bot-Api-Secret-Token",
            _ => "Authorization",
        };
        assert_eq!(scheme.secret_header(), Some(header), "{name}");
    }
    assert_eq!(
        scheme("github").and_then(|github| github.secret_header()),
        None
    );
}

#[test]
fn a_mismatch_asks_the_questions_that_find_its_cause() {
    let error = VerifyError::SignatureMismatch {
        signatures: 2,
        secrets: 1,
    };
    assert_eq!(
        error.to_string(),
        "no signature matches (2 in the request, 1 secret(s) tried): is it this endpoint's own secret, and are \
         you passing the raw request body, as it was before any parsing?"
    );
}
