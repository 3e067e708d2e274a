//! What PayPal signs: `id|time|webhook id|crc32 of the body`.
//!
//! A CRC is no cryptographic hash: whoever holds one signed event can make another body of the same
//! checksum within milliseconds. The signature proves that PayPal sent some event with this
//! transmission id at this time to this webhook, not that it sent this body. Treat the body as a
//! hint, and ask PayPal's API for the resource before acting on it.
//!
//! Source: paypal/PayPal-Java-SDK.

use alloc::string::String;
use core::fmt;

use crc::{CRC_32_ISO_HDLC, Crc};

use super::form::Algorithm;
use crate::text::{concat, decimal};

const CRC32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The text that PayPal signs. `transmission_id` and `time` are the values of the headers
/// `PAYPAL-TRANSMISSION-ID` and `-TIME`; `webhook_id` is the receiver's own, from its configuration,
/// never from the request.
///
/// # Errors
///
/// A part is empty, or holds a character that could be read as the border of another.
pub fn paypal_message(
    transmission_id: &str,
    time: &str,
    webhook_id: &str,
    body: &[u8],
) -> Result<String, PaypalError> {
    let parts = [
        ("transmission id", transmission_id),
        ("transmission time", time),
        ("webhook id", webhook_id),
    ];
    for (part, text) in parts {
        // 64 is twice the longest that PayPal sends.
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'|');
        if !plain || !(1..=64).contains(&text.len()) {
            return Err(PaypalError::MalformedPart { part });
        }
    }
    let crc = crc32(body);
    Ok(concat(&[
        transmission_id,
        "|",
        time,
        "|",
        webhook_id,
        "|",
        &decimal(u64::from(crc)),
    ]))
}

pub(crate) fn crc32(body: &[u8]) -> u32 {
    CRC32.checksum(body)
}

/// The algorithm that `PAYPAL-AUTH-ALGO` names. There is one; any other is refused, not obeyed.
///
/// # Errors
///
/// It is not `SHA256withRSA`.
pub fn paypal_algorithm(name: &str) -> Result<Algorithm, PaypalError> {
    match name {
        "SHA256withRSA" => Ok(Algorithm::RsaPkcs1Sha256),
        _ => Err(PaypalError::UnknownAlgorithm),
    }
}

/// Why a PayPal event has no signed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaypalError {
    /// A part is empty, longer than 64 bytes, or holds `|`, spaces or bytes beyond ASCII.
    MalformedPart {
        /// Which part.
        part: &'static str,
    },
    /// The algorithm is not `SHA256withRSA`.
    UnknownAlgorithm,
}

impl PaypalError {
    /// The stable code of this cause.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MalformedPart { .. } => "malformed_part",
            Self::UnknownAlgorithm => "unknown_algorithm",
        }
    }
}

impl fmt::Display for PaypalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MalformedPart { part } => write!(
                f,
                "the {part} is not 1 to 64 visible ASCII characters without `|`"
            ),
            Self::UnknownAlgorithm => f.write_str("the algorithm is not `SHA256withRSA`"),
        }
    }
}

impl core::error::Error for PaypalError {}
