//! Verifies webhook signatures: one table of schemes, one verdict everywhere.
//!
//! Every provider is a row of [`SCHEMES`]; a [`Verifier`] holds one row and the secrets of one
//! endpoint, and judges the raw bytes of a request. It reads no clock, rolls no dice and does no
//! I/O: time is an argument. The body is hashed where it lies, and is parsed only after its
//! signature has matched.
//!
//! ```
//! use hookgate::{Outgoing, Request, Verifier, scheme};
//!
//! let standard = scheme("standard").ok_or("no such scheme")?;
//! let verifier = Verifier::new(standard, &["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])?;
//!
//! let body = br#"{"type":"invoice.paid"}"#;
//! let sent = verifier.sign(&Outgoing { id: "msg_1", timestamp: 1_700_000_000, event_type: None, body })?;
//!
//! let headers: Vec<(&str, &[u8])> =
//!     sent.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
//! let request = Request { method: "POST", url: "https://example.com/in", headers: &headers, body };
//! let event = verifier.verify(&request, 1_700_000_010)?;
//! assert_eq!(event.id.as_deref(), Some("msg_1"));
//! assert_eq!(event.event_type.as_deref(), Some("invoice.paid"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

extern crate alloc;

mod adyen;
#[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
pub mod asymmetric;
mod batch;
#[cfg(feature = "rsa")]
mod certified;
mod codes;
mod detect;
mod encoding;
mod envelope;
mod error;
#[cfg(feature = "explain")]
mod explain;
#[cfg(any(
    feature = "ed25519",
    feature = "ecdsa",
    feature = "rsa",
    feature = "explain"
))]
mod find;
mod grammar;
mod handshake;
mod hash;
mod headers;
mod json;
mod key;
mod message;
mod names;
mod outline;
mod outside;
#[cfg(any(feature = "ed25519", feature = "ecdsa", feature = "rsa"))]
mod pair;
mod parameters;
mod places;
mod pointer;
mod request;
mod scheme;
mod sign;
mod stream;
mod table;
mod text;
mod timestamp;
mod token;
mod url;
mod verifier;

pub use codes::{CODES, Code, Stage};
pub use detect::detect;
pub use error::{Data, Datum, Malformed, SetupError, SignError, VerifyError};
#[cfg(feature = "explain")]
pub use explain::{CAUSES, Cause, Check, Diagnosis, Explainer, KnownCause, Verdict, explain};
pub use handshake::{Received, Reply};
pub use outside::{Outside, Pads};
pub use pointer::text_at;
pub use request::{Event, Outgoing, Request, Signed, Target, Verified};
pub use scheme::{Acknowledgement, Confidence, Scheme, SchemeOptions};
pub use stream::{Incoming, Signing, Whole};
pub use table::{SCHEMES, scheme};
pub use verifier::Verifier;
