//! Amazon SNS and PayPal through the verifier: the certificate that a request names is asked for,
//! handed in, and judged.

#![cfg(all(feature = "ed25519", feature = "ecdsa", feature = "x509"))]

mod ages;
mod asked;
mod confirmed;
mod secrets;
#[cfg(feature = "rsa-sign")]
mod signed;
mod tampered;
mod vectors;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookgate::{Request, Verified, Verifier, VerifyError};

use crate::rows::{self, Row};
use crate::samples::by_name;

/// The topic of the vectors.
const TOPIC: &str = "arn:aws:sns:us-west-2:131990247566:dongie-standard-topic";
const RSA_PUBLIC: &str = include_str!("../asymmetric/fixtures/rsa-spki.pem");
const CHAIN: &str = include_str!("../asymmetric/fixtures/leaf-and-intermediate.pem");
const ROOT: &str = include_str!("../asymmetric/fixtures/root.pem");
const OTHER_ROOT: &str = include_str!("../asymmetric/fixtures/p256-root.pem");

fn rows() -> impl Iterator<Item = Row> {
    rows::rows().filter(Row::has_certificate)
}

fn row(id: &str) -> Row {
    rows().find(|row| row.id == id).expect("a row")
}

impl Row {
    fn pem(&self) -> &str {
        self.key("cert_pem").expect("a certificate")
    }

    /// As a user would configure it.
    fn verifier(&self) -> Verifier {
        let name = if self.scheme == "sns" {
            "aws-sns"
        } else {
            "paypal"
        };
        let identity = self.key("webhook_id").unwrap_or(TOPIC);
        let secret = match self.key("spki_pem") {
            Some(key) => format!("{identity}\n{key}"),
            None => identity.into(),
        };
        Verifier::new(by_name(name), &[secret]).expect("a secret")
    }

    fn body(&self) -> Vec<u8> {
        STANDARD.decode(&self.body_base64).expect("base64")
    }

    /// The request as it came, but for its body.
    fn judge(&self, verifier: &Verifier, body: &[u8], now: u64) -> Result<Verified, VerifyError> {
        let headers: Vec<(&str, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        judge(verifier, &headers, body, now)
    }

    /// With a verifier that knows the certificate already.
    fn known(&self) -> Verifier {
        let mut verifier = self.verifier();
        if let Err(VerifyError::NeedsCertificate { url }) =
            self.judge(&verifier, &self.body(), self.now)
        {
            let added = verifier.add_certificate(&url, self.pem(), self.now);
            assert_eq!(added, Ok(()), "{}", self.id);
        }
        verifier
    }
}

fn judge(
    verifier: &Verifier,
    headers: &[(&str, &[u8])],
    body: &[u8],
    now: u64,
) -> Result<Verified, VerifyError> {
    let request = Request {
        method: "POST",
        url: "https://example.com/in",
        headers,
        body,
    };
    verifier.verify(&request, now)
}

fn code<T>(verdict: Result<T, VerifyError>) -> Result<T, &'static str> {
    verdict.map_err(|error| error.code())
}

/// 2026-01-01, when the message below was published.
const NOW: u64 = 1_767_225_600;
const ORDERS: &str = "arn:aws:sns:us-east-1:123456789012:orders";
const URL: &str = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem";

/// A message that names its certificate at this address, signed by OpenSSL with the key of the
/// fixtures: see the last lines of `asymmetric/fixtures/make.sh`.
fn message(url: &str) -> Vec<u8> {
    let signature = include_str!("../asymmetric/fixtures/sns.sig").replace('\n', "");
    let message = serde_json::json!({
        "Type": "Notification", "MessageId": "m-1", "TopicArn": ORDERS, "Message": "hello",
        "Timestamp": "2026-01-01T00:00:00.000Z", "SignatureVersion": "2",
        "Signature": signature, "SigningCertURL": url,
    });
    message.to_string().into_bytes()
}

fn sns(trust: &str) -> Verifier {
    let secret = format!("{ORDERS} {trust}");
    Verifier::new(by_name("aws-sns"), &[secret.trim_end()]).expect("a secret")
}
