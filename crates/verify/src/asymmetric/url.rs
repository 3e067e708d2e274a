//! Addresses that a request names and that a receiver is to fetch: each is checked before anybody
//! follows it, for whoever sends the request writes it.
//!
//! This is no parser of URLs. It accepts the one plain form in which the vendors write theirs and
//! refuses the rest, so that no later parser can read another host out of the same text.

use crate::text::{concat, decimal};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// No vendor's address comes near; a `SubscribeURL` with its token is about 500 bytes.
const LIMIT: usize = 2048;

const SNS_HOST: &str = "sns.<region>.amazonaws.com or sns.<region>.amazonaws.com.cn";
const PAYPAL_HOST: &str = "a host under paypal.com";

/// The checked address of a certificate, and what the certificate must be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateUrl<'u> {
    url: &'u str,
    host: &'u str,
    names: Vec<String>,
}

impl<'u> CertificateUrl<'u> {
    /// The address, as it was given. Follow no redirect from it: only this address was checked.
    pub fn as_str(&self) -> &'u str {
        self.url
    }

    /// Its host.
    pub fn host(&self) -> &'u str {
        self.host
    }

    /// The DNS names of which the certificate must hold one.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// Checks the `SigningCertURL` of an Amazon SNS message: https, a host of SNS in one region, the path
/// `/SimpleNotificationService-<hex>.pem`, and nothing else.
///
/// The certificate is called `sns.amazonaws.com`; in some regions (China, GovCloud, those that one
/// opts into) it has the region in its name, in one of the forms that the AWS SDK for Java knows.
///
/// Source: aws/aws-js-sns-message-validator, aws/aws-sdk-java-v2.
///
/// # Errors
///
/// The first of these rules that the address breaks.
pub fn sns_certificate_url(url: &str) -> Result<CertificateUrl<'_>, UrlError> {
    let (host, path) = split(url)?;
    let (region, domain) = sns_region(host)?;
    let digits = path
        .strip_prefix("/SimpleNotificationService-")
        .and_then(|rest| rest.strip_suffix(".pem"));
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if !digits.is_some_and(|digits| (1..=64).contains(&digits.len()) && digits.bytes().all(hex)) {
        return Err(UrlError::Path {
            expected: "/SimpleNotificationService-<hex>.pem",
        });
    }
    let names = vec![
        String::from("sns.amazonaws.com"),
        String::from(host),
        concat(&["sns-", region, ".", domain]),
        concat(&["sns-signing.", region, ".", domain]),
    ];
    Ok(CertificateUrl { url, host, names })
}

/// Checks the `SubscribeURL` or `UnsubscribeURL` of an Amazon SNS message, which has a query: https
/// and a host of SNS. Returns the region.
///
/// To follow it subscribes this endpoint to the topic: look at the topic first.
///
/// # Errors
///
/// The first of these rules that the address breaks.
pub fn sns_subscribe_url(url: &str) -> Result<&str, UrlError> {
    let (host, path) = split(url)?;
    if path.contains('#') {
        return Err(UrlError::Path {
            expected: "/?Action=… without a fragment",
        });
    }
    sns_region(host).map(|(region, _)| region)
}

/// Checks the `PAYPAL-CERT-URL` of a PayPal event: https, a host under `paypal.com`, a path of plain
/// characters under `/v1/notifications/`, and nothing else.
///
/// The certificate is called `messageverificationcerts.paypal.com`, and
/// `messageverificationcerts.sandbox.paypal.com` where the address is of the sandbox. The sender
/// chooses the address: it is the id of the webhook in the signed text that keeps a sandbox's events
/// out of a live endpoint.
///
/// Source: paypal/PayPal-Java-SDK.
///
/// # Errors
///
/// The first of these rules that the address breaks.
pub fn paypal_certificate_url(url: &str) -> Result<CertificateUrl<'_>, UrlError> {
    let (host, path) = split(url)?;
    let labels = host.strip_suffix(".paypal.com");
    let labels = labels.filter(|labels| labels.split('.').all(is_label));
    let Some(labels) = labels else {
        return Err(UrlError::Host {
            expected: PAYPAL_HOST,
        });
    };
    // No dots and no percent signs: both spell a way back out of this path.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte);
    let name = path.strip_prefix("/v1/notifications/");
    if !name.is_some_and(|name| !name.is_empty() && name.bytes().all(plain)) {
        return Err(UrlError::Path {
            expected: "/v1/notifications/<name>",
        });
    }
    let name = if labels.split('.').any(|label| label == "sandbox") {
        "messageverificationcerts.sandbox.paypal.com"
    } else {
        "messageverificationcerts.paypal.com"
    };
    let names = vec![String::from(name)];
    Ok(CertificateUrl { url, host, names })
}

/// The host, and the path with whatever follows it.
fn split(url: &str) -> Result<(&str, &str), UrlError> {
    if url.len() > LIMIT {
        return Err(UrlError::TooLong { limit: LIMIT });
    }
    // Some parsers read a backslash as a slash, and drop tabs and line breaks.
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) || url.contains('\\') {
        return Err(UrlError::Characters);
    }
    let rest = url.strip_prefix("https://").ok_or(UrlError::NotHttps)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    if host.contains('@') {
        return Err(UrlError::UserInfo);
    }
    if host.contains(':') {
        return Err(UrlError::Port);
    }
    if !path.starts_with('/') {
        return Err(UrlError::Path { expected: "a path" });
    }
    Ok((host, path))
}

/// The region in a host of SNS, and the domain after it.
fn sns_region(host: &str) -> Result<(&str, &str), UrlError> {
    let domain = match host.strip_suffix(".cn") {
        Some(_) => "amazonaws.com.cn",
        None => "amazonaws.com",
    };
    host.strip_prefix("sns.")
        .and_then(|rest| rest.strip_suffix(domain)?.strip_suffix('.'))
        .filter(|region| is_region(region))
        .map(|region| (region, domain))
        .ok_or(UrlError::Host { expected: SNS_HOST })
}

/// `us-east-1`, `us-gov-west-1`: words of letters and a number. Nothing looser, as other hosts of the
/// domain are for customers to name: `sns.s3-us-west-2.amazonaws.com` is a bucket called `sns`.
fn is_region(region: &str) -> bool {
    let Some((words, number)) = region.rsplit_once('-') else {
        return false;
    };
    let is_word = |word: &str| {
        (2..=16).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let is_number = |number: &str| {
        (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    words.contains('-') && words.split('-').all(is_word) && is_number(number)
}

/// One label of a host name, in lower case as the vendors write it.
fn is_label(label: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    !label.is_empty() && label.bytes().all(plain)
}

/// Why an address must not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// It is longer than any address of the vendor.
    TooLong {
        /// The longest accepted length, in bytes.
        limit: usize,
    },
    /// It holds spaces, control characters, backslashes or bytes beyond ASCII.
    Characters,
    /// It does not start with `https://`.
    NotHttps,
    /// It holds a user name or a password.
    UserInfo,
    /// It names a port.
    Port,
    /// Its host is not one of the vendor's.
    Host {
        /// The hosts that are.
        expected: &'static str,
    },
    /// Its path, query or fragment is not as the vendor writes it.
    Path {
        /// How the vendor writes it.
        expected: &'static str,
    },
}

impl UrlError {
    /// The stable code of this cause.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "long_url",
            Self::Characters => "url_characters",
            Self::NotHttps => "url_not_https",
            Self::UserInfo => "url_user_info",
            Self::Port => "url_port",
            Self::Host { .. } => "url_host",
            Self::Path { .. } => "url_path",
        }
    }
}

impl UrlError {
    /// What `Display` writes, without the formatter: for small builds.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::TooLong { limit } => concat(&[
                "the address is longer than ",
                &decimal(*limit as u64),
                " bytes",
            ]),
            Self::Characters => concat(&["the address holds characters that no address has"]),
            Self::NotHttps => concat(&["the address does not start with `https://`"]),
            Self::UserInfo => concat(&["the address holds a user name"]),
            Self::Port => concat(&["the address names a port"]),
            Self::Host { expected } => concat(&["the address is not of ", expected]),
            Self::Path { expected } => concat(&["the address does not go on with ", expected]),
        }
    }
}

impl core::fmt::Display for UrlError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for UrlError {}
