//! Each provider's own question.

use super::{Asked, JSON, TEXT, answer};
use crate::samples::{self, NOW, SECRETS, by_name};
use crate::test;

/// HMAC-SHA256 of `qgg8vlvZRS6UYooatFL8Aw` under the first secret, made with Python's `hmac`.
const HEX: &str = "521e99b43a6fbe1d5d76936702943fb99a6f865bcfbad3bee12ffc6cac0f85c3";
/// The same of `NzE2MzIxMzAtMjYzMC00ZmM5LTlkZTktMjRmNDZjNDM5ZGEz`, in base64.
const BASE64: &str = "ONu3i5cdkoBN5lHoxlbUKHU31SewdnxIHLbICLCcISY=";

#[test]
fn meta_gets_its_challenge_if_it_knows_the_verify_token() {
    let asked = Asked::get(
        "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=mein+Pr%C3%BCfwort",
    );
    assert_eq!(asked.of("meta"), Ok(Some(answer(200, TEXT, "1158201444"))));
}

#[test]
fn slack_gets_its_challenge_back() {
    let body = r#"{"token":"Jhj5dZrVaK7ZwHHjRyZWjbDl","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}"#;
    let expected = answer(
        200,
        TEXT,
        "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
    );
    assert_eq!(Asked::signed("slack", body).of("slack"), Ok(Some(expected)));
}

#[test]
fn zoom_gets_its_token_and_the_tokens_hmac() {
    let body = r#"{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,"event":"endpoint.url_validation"}"#;
    let expected = format!(r#"{{"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":"{HEX}"}}"#);
    let expected = answer(200, JSON, &expected);
    assert_eq!(Asked::signed("zoom", body).of("zoom"), Ok(Some(expected)));
}

#[test]
fn zoom_is_answered_with_the_secret_that_it_signed_with() {
    let body =
        r#"{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event":"endpoint.url_validation"}"#;
    let rotated = [SECRETS[1], SECRETS[0]];
    let verifier = samples::verifier(by_name("zoom"), &rotated);
    let reply = Asked::signed("zoom", body).by(&verifier);
    let reply = format!("{:?}", reply.map(|reply| reply.map(body_of)));
    assert!(reply.contains(HEX), "{reply}");
}

fn body_of(reply: hookgate::Reply) -> String {
    let hookgate::Reply::Answer { body, .. } = reply else {
        panic!("{reply:?}");
    };
    String::from_utf8(body).expect("text")
}

#[cfg(feature = "ed25519")]
#[test]
fn discord_gets_a_pong_for_an_interaction_and_204_for_a_webhook_event() {
    let interaction = r#"{"app_permissions":"562949953601536","application_id":"1","entitlements":[],"id":"2","token":"t","type":1,"user":{"id":"3"},"version":1}"#;
    let pong = answer(200, JSON, r#"{"type":1}"#);
    let asked = Asked::signed("discord", interaction);
    assert_eq!(asked.of("discord"), Ok(Some(pong)));

    let event = r#"{"version":1,"application_id":"1","type":0}"#;
    let asked = Asked::signed("discord", event);
    assert_eq!(asked.of("discord"), Ok(Some(answer(204, JSON, ""))));
}

#[test]
fn dropbox_gets_its_challenge_back() {
    let asked = Asked::get("challenge=IjY2MmE-x_Z.0~");
    let expected = answer(200, TEXT, "IjY2MmE-x_Z.0~");
    assert_eq!(asked.of("dropbox"), Ok(Some(expected)));
}

#[test]
fn okta_gets_its_challenge_in_json() {
    let challenge = "aGMfEUB5SlPbLiNOC1-aYFSAAlxdZ-x8GZbsbi1f";
    let asked = Asked::get("").header("x-okta-verification-challenge", challenge);
    let expected = answer(200, JSON, &format!(r#"{{"verification":"{challenge}"}}"#));
    assert_eq!(asked.of("okta"), Ok(Some(expected)));
}

#[test]
fn twitch_gets_its_challenge_back() {
    let body =
        r#"{"challenge":"pogchamp-kappa-360noscope-vohiyo","subscription":{"id":"f1c2a387"}}"#;
    let kind = "webhook_callback_verification";
    let asked = Asked::signed("twitch", body).header("Twitch-Eventsub-Message-Type", kind);
    let expected = answer(200, TEXT, "pogchamp-kappa-360noscope-vohiyo");
    assert_eq!(asked.of("twitch"), Ok(Some(expected)));

    let revoked =
        Asked::signed("twitch", body).header("Twitch-Eventsub-Message-Type", "revocation");
    assert_eq!(revoked.of("twitch"), Ok(None));
}

#[test]
fn x_gets_the_hmac_of_its_token() {
    let asked = Asked::get("crc_token=NzE2MzIxMzAtMjYzMC00ZmM5LTlkZTktMjRmNDZjNDM5ZGEz&nonce=1");
    let expected = format!(r#"{{"response_token":"sha256={BASE64}"}}"#);
    assert_eq!(asked.of("x"), Ok(Some(answer(200, JSON, &expected))));
}

#[test]
fn woocommerce_and_intercom_hear_that_somebody_is_there() {
    let ping = Asked {
        method: "POST",
        body: "webhook_id=12".into(),
        ..Asked::default()
    };
    let form = "application/x-www-form-urlencoded; charset=UTF-8";
    let ping = ping.header("content-type", form);
    assert_eq!(ping.of("woocommerce"), Ok(Some(answer(200, "", ""))));

    let head = Asked {
        method: "HEAD",
        ..Asked::default()
    };
    assert_eq!(head.of("intercom"), Ok(Some(answer(200, "", ""))));
    assert_eq!(head.of("woocommerce"), Ok(None));
}

#[test]
fn an_unsigned_event_of_woocommerce_is_no_ping() {
    let event = Asked {
        method: "POST",
        url: "https://example.com/in?webhook_id=12".into(),
        body: r#"{"webhook_id":12}"#.into(),
        ..Asked::default()
    };
    let event = event.header("content-type", "application/json");
    assert_eq!(event.of("woocommerce"), Ok(None));
    let signed = Asked::signed("woocommerce", "webhook_id=12")
        .header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(signed.of("woocommerce"), Ok(None));
}

#[test]
fn xero_intends_to_receive_with_an_event_like_any_other() {
    let body =
        r#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"S0m3r4Nd0mt3xt"}"#;
    let asked = Asked::signed("xero", body);
    assert_eq!(asked.of("xero"), Ok(None));
    let verdict = |secret| {
        let verifier = samples::verifier(by_name("xero"), &[secret]);
        asked.with(|request| verifier.verify(request, NOW))
    };
    assert!(verdict(SECRETS[0]).is_ok());
    // Xero asks with wrong signatures as well, and expects 401: 400 would be for a malformed one.
    let refused = verdict(SECRETS[1]).expect_err("another key");
    assert_eq!(refused.code(), "signature_mismatch");
    assert!(!refused.is_malformed());
}
