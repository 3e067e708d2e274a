//! Addresses that a request names: what is accepted has its host where every parser finds it.

#![no_main]

use hookgate::asymmetric::{paypal_certificate_url, sns_certificate_url, sns_subscribe_url};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    let host = |url: &str| {
        let rest = url.strip_prefix("https://").expect("https");
        let host = rest.split('/').next().expect("a host");
        assert!(
            host.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)),
            "{url}"
        );
        host.to_owned()
    };
    if let Ok(url) = sns_certificate_url(text) {
        let host = host(url.as_str());
        assert!(host.starts_with("sns.") && host == url.host(), "{text}");
        assert!(
            host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"),
            "{text}"
        );
        assert!(!url.names().is_empty());
    }
    if let Ok(region) = sns_subscribe_url(text) {
        let host = host(text);
        assert!(
            host.starts_with(&format!("sns.{region}.amazonaws.com")),
            "{text}"
        );
    }
    if let Ok(url) = paypal_certificate_url(text) {
        assert!(host(url.as_str()).ends_with(".paypal.com"), "{text}");
    }
});
