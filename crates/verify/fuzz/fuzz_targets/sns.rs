//! Messages of Amazon SNS: the fields that are signed.

#![no_main]

use hookgate::asymmetric::{SnsMessage, sns_subscribe_url};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(message) = SnsMessage::read(data) else {
        return;
    };
    let signed = message.signed().concat();
    let text = core::str::from_utf8(&signed).expect("text");
    assert!(text.ends_with('\n') && text.contains(message.message_id()));
    assert!(!message.topic_arn().chars().any(char::is_control));
    if let Ok(url) = message.certificate_url() {
        assert!(url.as_str().starts_with("https://sns."));
    }
    if let Some(url) = message.subscribe_url()
        && let Ok(region) = sns_subscribe_url(url)
    {
        assert!(url.starts_with(&format!("https://sns.{region}.")));
    }
    let _ = message.signature();
});
