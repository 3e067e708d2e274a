//! Public-key signatures: Ed25519, ECDSA over P-256 and RSA PKCS#1 v1.5, their keys as vendors hand
//! them out, the certificates of Amazon SNS and PayPal, and the strings that those two sign.
//!
//! | vendor | key | algorithm |
//! | --- | --- | --- |
//! | Discord | [`KeyForm::Ed25519Hex`] | [`Algorithm::Ed25519`] |
//! | Standard Webhooks `v1a` | [`KeyForm::StandardWebhooks`] | [`Algorithm::Ed25519`] |
//! | SendGrid | [`KeyForm::P256`] | [`Algorithm::EcdsaP256Sha256`] |
//! | Wise | [`KeyForm::Rsa`] | [`Algorithm::RsaPkcs1Sha256`] |
//! | PayPal | `Certificates`, or [`KeyForm::Rsa`] | [`Algorithm::RsaPkcs1Sha256`] |
//! | Amazon SNS | `Certificates`, or [`KeyForm::Rsa`] | `SnsMessage::algorithm` |
//!
//! This module knows no header and no scheme: it is handed the signed message part by part, so that
//! a body is hashed where it lies, and the signature as decoded bytes. It does no I/O: whoever
//! fetches a certificate checks its address here first, and hands in the answer.
//!
//! Every encoding is read strictly, so that one signature has one form: Ed25519 refuses keys and
//! commitments of small order, ECDSA takes canonical DER, RSA asks for the full length and compares
//! the whole padding.

#[cfg(feature = "x509")]
mod certificate;
#[cfg(any(feature = "ecdsa", feature = "rsa"))]
mod der;
#[cfg(any(feature = "ecdsa", feature = "rsa"))]
mod der_form;
#[cfg(feature = "ecdsa")]
mod ecdsa;
#[cfg(feature = "ed25519")]
mod ed25519;
mod error;
mod form;
#[cfg(feature = "rsa")]
mod modular;
#[cfg(feature = "rsa")]
mod paypal;
#[cfg(any(feature = "ecdsa", feature = "rsa"))]
mod pem;
#[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa-sign"))]
mod private;
mod public;
#[cfg(feature = "rsa")]
mod rsa;
#[cfg(feature = "rsa-sign")]
mod rsa_private;
#[cfg(feature = "rsa")]
mod sns;
mod text;
#[cfg(feature = "rsa")]
mod url;

#[cfg(feature = "x509")]
pub(crate) use certificate::JudgedKey;
#[cfg(feature = "x509")]
pub use certificate::{CertificateError, Certificates, ChainFault, Trust};
pub use error::{KeyError, SignatureError};
pub use form::{Algorithm, KeyForm};
#[cfg(feature = "rsa")]
pub(crate) use paypal::crc32;
#[cfg(feature = "rsa")]
pub use paypal::{PaypalError, paypal_algorithm, paypal_message};
#[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa-sign"))]
pub use private::PrivateKey;
pub use public::PublicKey;
#[cfg(feature = "rsa")]
pub use sns::{SnsError, SnsKind, SnsMessage};
#[cfg(feature = "rsa")]
pub use url::{
    CertificateUrl, UrlError, paypal_certificate_url, sns_certificate_url, sns_subscribe_url,
};
