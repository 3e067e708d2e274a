//! Amazon SNS and PayPal: the key stands in a certificate at an address that the request names, and
//! the vendor signs with it for all of its customers.
//!
//! So the secret of an endpoint is nothing that must be kept: it says which of all the signed events
//! are its own, by the ARN of a topic or the id of a webhook, and after a space or a line break what
//! makes a certificate the vendor's:
//!
//! | after it | trusted is |
//! | --- | --- |
//! | nothing | what was fetched over TLS from the vendor's host, with the vendor's name and valid now |
//! | `sha256:` and 64 hexadecimal digits, perhaps several | the same, if it is one of these |
//! | certificates in PEM | the same, if it leads to one of these |
//! | a public key in PEM | this key: no certificate is asked for |
//!
//! There is no way to accept every topic: anybody can make one, and Amazon signs its messages.

mod judge;
mod sns;

pub(crate) use sns::signed_content;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::asymmetric::{Algorithm, CertificateUrl, KeyForm, PublicKey};
#[cfg(feature = "x509")]
use crate::asymmetric::{CertificateError, Certificates, JudgedKey, Trust};
#[cfg(feature = "x509")]
use crate::encoding::decode_hex;
use crate::error::SetupError;
use crate::find::contains;
use crate::message::{Piece, texts};
use crate::pair::{Pair, check_ends};
use crate::scheme::{Text, Vendor};

/// The header that says that a request is of Amazon SNS. It is not signed, and never read.
pub(crate) const SNS_TYPE: &str = "x-amz-sns-message-type";
/// What SNS signs that has a name here.
pub(crate) const SNS_SIGNED: [&str; 4] = ["/MessageId", "/Timestamp", "/TopicArn", "/Type"];
/// The header of PayPal's certificate, and what is sent in it: nothing lies there.
pub(crate) const PAYPAL_CERTIFICATE: (&str, &str) = (
    "PAYPAL-CERT-URL",
    "https://api.paypal.com/v1/notifications/certs/CERT-0",
);

/// The certificates that are remembered for one secret: a vendor has one or two at a time for each
/// of its regions.
#[cfg(feature = "x509")]
const KNOWN_LIMIT: usize = 16;

/// One secret of such a scheme.
#[derive(Clone)]
pub(crate) struct Certified {
    /// The topic, of which the last part may be `*`, or the webhook.
    identity: String,
    source: Source,
}

/// Where the key comes from.
#[derive(Clone)]
enum Source {
    Key(Box<Pair>),
    #[cfg(feature = "x509")]
    Certificate {
        trust: Kept,
        known: Vec<Known>,
    },
}

/// As [`Trust`], owned.
#[cfg(feature = "x509")]
#[derive(Clone)]
enum Kept {
    Fetched,
    Pinned(Vec<[u8; 32]>),
    Anchors(Certificates),
}

/// A certificate that was handed in.
#[cfg(feature = "x509")]
#[derive(Clone)]
struct Known {
    url: String,
    /// `None` if another secret trusts it, but not this one.
    key: Option<JudgedKey>,
}

/// What a secret says of a request.
enum Verdict {
    Signed,
    Mismatch,
    #[cfg_attr(
        not(feature = "x509"),
        expect(dead_code, reason = "every key is known beforehand")
    )]
    NeedsCertificate,
    #[cfg(feature = "x509")]
    Unusable(CertificateError),
}

impl Certified {
    /// `index` names the secret in errors.
    pub(crate) fn read(vendor: Vendor, text: &str, index: usize) -> Result<Self, SetupError> {
        let (identity, trust) = split(vendor, text, index)?;
        let source = if contains(trust, BEGIN) && !contains(trust, BEGIN_CERTIFICATE) {
            Source::Key(Box::new(Pair::public(KeyForm::Rsa, trust, index)?))
        } else {
            Source::certificate(vendor, trust, index)?
        };
        Ok(Self { identity, source })
    }

    /// As `read`, for a sender: a private key follows, which verifies what it signs.
    pub(crate) fn signing(vendor: Vendor, text: &str, index: usize) -> Result<Self, SetupError> {
        let (identity, key) = split(vendor, text, index)?;
        if key.is_empty() {
            return Err(SetupError::MalformedSecret {
                index,
                expected: [
                    vendor.expected(),
                    ", and after it ",
                    KeyForm::Rsa.expected_private(),
                ]
                .concat()
                .into(),
            });
        }
        let source = Source::Key(Box::new(Pair::private(KeyForm::Rsa, key, index)?));
        Ok(Self { identity, source })
    }

    /// Whether events of this topic are the endpoint's own.
    fn is_of(&self, topic: &str) -> bool {
        match self.identity.strip_suffix('*') {
            Some(account) => topic.strip_prefix(account).is_some_and(is_topic_name),
            None => self.identity == topic,
        }
    }

    fn judge(
        &self,
        url: &CertificateUrl<'_>,
        algorithm: Algorithm,
        message: &[Piece<'_>],
        signature: &[u8],
        now: u64,
    ) -> Verdict {
        let key = match self.source.key(url, now) {
            Ok(key) => key,
            Err(verdict) => return verdict,
        };
        let secret = self.identity.as_bytes();
        let parts = texts(message, secret);
        match key.verify(algorithm, parts, signature) {
            Ok(()) => Verdict::Signed,
            Err(_) => Verdict::Mismatch,
        }
    }

    /// `None` if there is no private key.
    pub(crate) fn sign(&self, message: &[Piece<'_>]) -> Option<Vec<u8>> {
        match &self.source {
            Source::Key(pair) => pair.sign(message, self.identity.as_bytes()),
            #[cfg(feature = "x509")]
            Source::Certificate { .. } => None,
        }
    }

    /// `None` if this secret has a key of its own.
    #[cfg(feature = "x509")]
    fn judge_certificate(
        &self,
        url: &CertificateUrl<'_>,
        certificates: &Certificates,
        now: u64,
    ) -> Option<Result<JudgedKey, CertificateError>> {
        let Source::Certificate { trust, .. } = &self.source else {
            return None;
        };
        let trust = match trust {
            Kept::Fetched => Trust::Fetched,
            Kept::Pinned(pins) => Trust::Pinned(pins),
            Kept::Anchors(anchors) => Trust::Anchors(anchors),
        };
        Some(certificates.judge(url.names(), now, trust))
    }

    #[cfg(feature = "x509")]
    fn remember(&mut self, url: &str, key: Option<JudgedKey>) {
        if let Source::Certificate { known, .. } = &mut self.source {
            known.retain(|known| known.url != url);
            if known.len() == KNOWN_LIMIT {
                known.remove(0);
            }
            let url = String::from(url);
            known.push(Known { url, key });
        }
    }
}

impl Source {
    #[cfg(feature = "x509")]
    fn certificate(vendor: Vendor, trust: &str, index: usize) -> Result<Self, SetupError> {
        let trust = if trust.is_empty() {
            Kept::Fetched
        } else if contains(trust, BEGIN) {
            let unusable = |error: CertificateError| SetupError::UnusableKey {
                index,
                reason: error.message().into(),
            };
            let anchors = Certificates::from_pem(trust).map_err(unusable)?;
            anchors.check_anchors().map_err(unusable)?;
            Kept::Anchors(anchors)
        } else {
            let pin = |pin: &str| {
                let bytes = decode_hex(pin.strip_prefix("sha256:")?.as_bytes())?;
                <[u8; 32]>::try_from(bytes).ok()
            };
            let pins = trust.split_ascii_whitespace().map(pin).collect();
            let pins: Option<Vec<[u8; 32]>> = pins;
            Kept::Pinned(pins.ok_or_else(|| malformed(vendor, index))?)
        };
        let known = Vec::new();
        Ok(Self::Certificate { trust, known })
    }

    #[cfg(not(feature = "x509"))]
    fn certificate(_: Vendor, _: &str, index: usize) -> Result<Self, SetupError> {
        let error = crate::asymmetric::KeyError::NotCompiledIn { feature: "x509" };
        Err(SetupError::UnusableKey {
            index,
            reason: error.message().into(),
        })
    }

    #[cfg(feature = "x509")]
    fn key(&self, url: &CertificateUrl<'_>, now: u64) -> Result<&PublicKey, Verdict> {
        match self {
            Self::Key(pair) => Ok(pair.public_key()),
            Self::Certificate { known, .. } => {
                let known = known.iter().find(|known| known.url == url.as_str());
                let known = known.ok_or(Verdict::NeedsCertificate)?;
                let key = known.key.as_ref().ok_or(Verdict::Mismatch)?;
                key.at(now).map_err(Verdict::Unusable)
            }
        }
    }

    #[cfg(not(feature = "x509"))]
    fn key(&self, _: &CertificateUrl<'_>, _: u64) -> Result<&PublicKey, Verdict> {
        let Self::Key(pair) = self;
        Ok(pair.public_key())
    }
}

const BEGIN: &str = "-----BEGIN ";
const BEGIN_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

impl Vendor {
    /// The form of a secret's first part in words, for errors and documents.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Sns => {
                "the ARN of the topic, `arn:aws:sns:<region>:<account>:<name>`, in which the name may \
                 be `*`"
            }
            Self::Paypal => "the id of the webhook",
        }
    }

    fn is_identity(self, text: &str) -> bool {
        match self {
            Self::Sns => is_topic(text),
            Self::Paypal => {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
                (1..=64).contains(&text.len()) && text.bytes().all(plain)
            }
        }
    }
}

/// `arn:aws:sns:us-east-1:123456789012:name`, in any partition. Region and account must be there: a
/// topic of any account would be anybody's.
fn is_topic(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (arn, partition, service) = (next(), next(), next());
    let (region, account, name) = (next(), next(), next());
    let word = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    arn == "arn"
        && partition.starts_with("aws")
        && partition.bytes().all(word)
        && service == "sns"
        && !region.is_empty()
        && region.bytes().all(word)
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && (name == "*" || is_topic_name(name))
}

fn is_topic_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=256).contains(&name.len()) && name.bytes().all(plain)
}

/// The first part of a secret, and what follows it.
fn split(vendor: Vendor, text: &str, index: usize) -> Result<(String, &str), SetupError> {
    if text.is_empty() {
        return Err(SetupError::EmptySecret { index });
    }
    check_ends(text, index)?;
    let space = text.bytes().position(|byte| byte.is_ascii_whitespace());
    let (identity, rest) = text
        .split_at_checked(space.unwrap_or(text.len()))
        .unwrap_or((text, ""));
    if !vendor.is_identity(identity) {
        return Err(malformed(vendor, index));
    }
    Ok((identity.into(), rest.trim_ascii()))
}

fn malformed(vendor: Vendor, index: usize) -> SetupError {
    let trust = "; after a space, `sha256:` and the hexadecimal fingerprint of the certificate, \
                 certificates in PEM that it must lead to, or a public key in PEM, or nothing";
    SetupError::MalformedSecret {
        index,
        expected: Text::Owned([vendor.expected(), trust].concat()),
    }
}
