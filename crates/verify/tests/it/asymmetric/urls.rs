//! Which addresses may be fetched.

use hookgate::asymmetric::{
    UrlError, paypal_certificate_url, sns_certificate_url, sns_subscribe_url,
};

use crate::test;

#[test]
fn the_addresses_of_sns_are_accepted_and_name_its_certificate() {
    let pem = "SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem";
    for (host, regional) in [
        ("sns.us-west-2.amazonaws.com", "sns-us-west-2.amazonaws.com"),
        (
            "sns.us-gov-west-1.amazonaws.com",
            "sns-us-gov-west-1.amazonaws.com",
        ),
        (
            "sns.ap-southeast-2.amazonaws.com",
            "sns-ap-southeast-2.amazonaws.com",
        ),
        (
            "sns.cn-north-1.amazonaws.com.cn",
            "sns-cn-north-1.amazonaws.com.cn",
        ),
    ] {
        let text = format!("https://{host}/{pem}");
        let url = sns_certificate_url(&text).expect("an address");
        assert_eq!((url.as_str(), url.host()), (text.as_str(), host));
        assert_eq!(url.names()[..3], ["sns.amazonaws.com", host, regional]);
    }
}

#[test]
fn every_other_address_of_an_sns_certificate_is_refused_for_its_own_cause() {
    let host = |url: &str| {
        let error = sns_certificate_url(url).expect_err(url);
        assert_eq!(error.code(), "url_host", "{url}");
    };
    for other in [
        "sns.amazonaws.com",
        "foo.amazonaws.com",
        "sns.us-east-1.amazonaws.com.evil.example",
        "evil.example",
        "sns.us-east-1.amazonaws.com.",
        "sns.us-east-1.evil.amazonaws.com",
        "evil.sns.us-east-1.amazonaws.com",
        "sns-us-east-1.amazonaws.com",
        "sns.us-east-1-amazonaws.com",
        "sns.us-east-1xamazonaws.com",
        "sns.us-east-1.amazonaws.cn",
        "sns.us.amazonaws.com",
        "sns.us-east.amazonaws.com",
        "sns.s3-us-west-2.amazonaws.com",
        "sns.s3-website-us-east-1.amazonaws.com",
        "sns.s3-accelerate.amazonaws.com",
        "sns.s3.amazonaws.com",
        "sns.us-east-1.s3.amazonaws.com",
        "sns.compute-1.amazonaws.com",
        "sns.us-east-1a.amazonaws.com",
        "sns.us-east-123.amazonaws.com",
        "sns.us--east-1.amazonaws.com",
        "sns.-us-east-1.amazonaws.com",
        "sns.us-east-1..amazonaws.com",
        "sns.us-EAST-1.amazonaws.com",
        "sns.us-east-1.amazonaws.COM",
        "sns.us-east-1.amazonaws.com.cn.evil.example",
        "sns.us-east-1.amazonaws.com%2eevil.example",
        "sns.us-east-1.amazonaws%2ecom",
        "sns%2eus-east-1.amazonaws.com",
        "%73ns.us-east-1.amazonaws.com",
        "127.0.0.1",
        "sns..amazonaws.com",
        "SNS.us-east-1.amazonaws.com",
        "sns.us%2Deast.amazonaws.com",
        "sns.us_east.amazonaws.com",
        "",
    ] {
        host(&format!("https://{other}/a.pem"));
    }
    let table = [
        (
            "https://sns.us\u{2010}east-1.amazonaws.com/a.pem",
            UrlError::Characters,
        ),
        (
            "https://sns.us-east-1.amazonaws\u{3002}com/a.pem",
            UrlError::Characters,
        ),
        (
            "https://\u{ff53}ns.us-east-1.amazonaws.com/a.pem",
            UrlError::Characters,
        ),
        (
            "https://sns.us-east-1.amazonaws.com\t.evil.example/a.pem",
            UrlError::Characters,
        ),
        (
            "https://sns.us-east-1.amazonaws.com%40evil.example:443/a.pem",
            UrlError::Port,
        ),
        (
            "https:///sns.us-east-1.amazonaws.com/a.pem",
            UrlError::Host {
                expected: "sns.<region>.amazonaws.com or sns.<region>.amazonaws.com.cn",
            },
        ),
        ("https://[::1]/a.pem", UrlError::Port),
        (
            "http://sns.us-east-1.amazonaws.com/a.pem",
            UrlError::NotHttps,
        ),
        (
            "HTTPS://sns.us-east-1.amazonaws.com/a.pem",
            UrlError::NotHttps,
        ),
        ("//sns.us-east-1.amazonaws.com/a.pem", UrlError::NotHttps),
        ("", UrlError::NotHttps),
        (
            "https://u@sns.us-east-1.amazonaws.com/a.pem",
            UrlError::UserInfo,
        ),
        (
            "https://sns.us-east-1.amazonaws.com:443@evil.example/a.pem",
            UrlError::UserInfo,
        ),
        (
            "https://sns.us-east-1.amazonaws.com:443/a.pem",
            UrlError::Port,
        ),
        ("https://localhost:56789/cert.pem", UrlError::Port),
        (
            "https://evil.example\\@sns.us-east-1.amazonaws.com/a.pem",
            UrlError::Characters,
        ),
        (
            "https://sns.us-east-1.amazonaws.com/a.pem ",
            UrlError::Characters,
        ),
        (
            "https://sns.us-east-1.amazonaws.com/\na.pem",
            UrlError::Characters,
        ),
        (
            "https://sns.us-east-1.amazonaws.com/\u{e9}.pem",
            UrlError::Characters,
        ),
    ];
    for (url, error) in table {
        assert_eq!(sns_certificate_url(url), Err(error), "{url}");
    }
    for path in [
        "/",
        "/a.pem",
        "/SimpleNotificationService-0a.pem?x",
        "/?SimpleNotificationService-0a.pem",
        "/?x#SimpleNotificationService-0a.pem",
        "/SimpleNotificationService-0a.pem#",
        "/SimpleNotificationService-0a.pem/",
        "/SimpleNotificationService-0a.crt",
        "/SimpleNotificationService-0a.PEM",
        "/SimpleNotificationService-0A.pem",
        "/SimpleNotificationService-.pem",
        "/SimpleNotificationService-0g.pem",
        "/SimpleNotificationService-%30a.pem",
        "/SimpleNotificationService-0a.pem.pem",
        "/simplenotificationservice-0a.pem",
        "/x/SimpleNotificationService-0a.pem",
        "/x/../SimpleNotificationService-0a.pem",
        "/./SimpleNotificationService-0a.pem",
        "/%2e%2e/SimpleNotificationService-0a.pem",
        "//SimpleNotificationService-0a.pem",
        "/;/SimpleNotificationService-0a.pem",
    ] {
        let url = format!("https://sns.us-east-1.amazonaws.com{path}");
        let error = UrlError::Path {
            expected: "/SimpleNotificationService-<hex>.pem",
        };
        assert_eq!(sns_certificate_url(&url), Err(error), "{url}");
    }
    let bare = "https://sns.us-east-1.amazonaws.com?a.pem";
    let error = UrlError::Path { expected: "a path" };
    assert_eq!(sns_certificate_url(bare), Err(error));
    let endless = format!(
        "https://sns.us-east-1.amazonaws.com/{}.pem",
        "a".repeat(2048)
    );
    assert_eq!(
        sns_certificate_url(&endless),
        Err(UrlError::TooLong { limit: 2048 })
    );
}

#[test]
fn a_subscribe_url_has_a_query_and_a_host_of_sns() {
    let url = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:x&Token=y";
    assert_eq!(sns_subscribe_url(url), Ok("eu-central-1"));
    for (url, code) in [
        ("https://evil.example/", "url_host"),
        (
            "https://evil.example/?sns.eu-central-1.amazonaws.com/",
            "url_host",
        ),
        (
            "http://sns.eu-central-1.amazonaws.com/?Action=x",
            "url_not_https",
        ),
        (
            "https://sns.eu-central-1.amazonaws.com/?Action=x#y",
            "url_path",
        ),
        ("https://sns.eu-central-1.amazonaws.com", "url_path"),
    ] {
        assert_eq!(
            sns_subscribe_url(url).map_err(|error| error.code()),
            Err(code),
            "{url}"
        );
    }
}

#[test]
fn the_addresses_of_paypal_are_accepted_and_name_its_certificate() {
    for (host, name) in [
        ("api.paypal.com", "messageverificationcerts.paypal.com"),
        (
            "api.sandbox.paypal.com",
            "messageverificationcerts.sandbox.paypal.com",
        ),
    ] {
        let text = format!("https://{host}/v1/notifications/certs/CERT-360caa42-fca2a594");
        let url = paypal_certificate_url(&text).expect("an address");
        assert_eq!((url.host(), url.names()), (host, &[String::from(name)][..]));
    }
}

#[test]
fn every_other_address_of_a_paypal_certificate_is_refused_for_its_own_cause() {
    for (url, code) in [
        ("https://paypal.com/cert", "url_host"),
        ("https://evil.example/paypal.com/cert", "url_host"),
        ("https://evilpaypal.com/cert", "url_host"),
        ("https://api.paypal.com.evil.example/cert", "url_host"),
        ("https://.paypal.com/cert", "url_host"),
        ("https://a..paypal.com/cert", "url_host"),
        ("https://API.paypal.com/cert", "url_host"),
        ("https://symantec.com/cert", "url_host"),
        ("https://x@api.paypal.com/cert", "url_user_info"),
        ("https://api.paypal.com:443/cert", "url_port"),
        ("http://api.paypal.com/cert", "url_not_https"),
        ("https://api.paypal.com", "url_path"),
        ("https://api.paypal.com/cert?to=evil", "url_path"),
        ("https://api.paypal.com/cert#x", "url_path"),
        ("https://api.paypal.com/../cert", "url_path"),
        ("https://api.paypal.com/v1/notifications/", "url_path"),
        (
            "https://api.paypal.com/v1/notifications/../../cert",
            "url_path",
        ),
        (
            "https://api.paypal.com/v1/notifications/%2e%2e/cert",
            "url_path",
        ),
        (
            "https://api.paypal.com/v1/notifications/certs/CERT-0?to=evil",
            "url_path",
        ),
        (
            "https://api.paypal.com/V1/notifications/certs/CERT-0",
            "url_path",
        ),
        ("https://api.paypal.com./v1/notifications/x", "url_host"),
        ("https://api.paypal.com%2eevil.example/x", "url_host"),
        (
            "https://evil.example%2f.paypal.com/v1/notifications/x",
            "url_host",
        ),
        ("https://evil.example\\.paypal.com/cert", "url_characters"),
    ] {
        let error = paypal_certificate_url(url).map_err(|error| error.code());
        assert_eq!(error.map(|url| url.host().to_owned()), Err(code), "{url}");
    }
}
