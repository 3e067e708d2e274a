//! Judges a request: headers, then age, then signature, and only then the body's content.

mod age;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

#[cfg(feature = "rsa")]
use crate::certified::signed_content;
use crate::envelope::{Envelope, Kinds};
use crate::error::{SetupError, VerifyError};
use crate::key::Key;
use crate::message::{Message, texts};
use crate::outside::Outside;
use crate::request::{Request, Verified};
use crate::scheme::{Algorithm, Scheme, SignaturePlace};

/// A scheme with the secrets of one endpoint, ready to judge requests and to sign events.
///
/// Of the secrets is kept what their scheme needs: the keyed state of a hash, for most. It is wiped
/// when the verifier is dropped, and `Debug` does not show it.
#[derive(Clone)]
pub struct Verifier {
    pub(crate) scheme: Scheme,
    /// One for each secret, in their order. At least one.
    pub(crate) keys: Vec<Key>,
    pub(crate) tolerance: u32,
    /// Whether to hash the body is all that must be done with it.
    pub(crate) body_apart: bool,
    pub(crate) checks_replay: bool,
    pub(crate) unchecked_claims: Vec<String>,
    /// The SHA-256 of the token that a handshake must carry.
    pub(crate) verify_token: Option<Zeroizing<[u8; 32]>>,
}

impl Verifier {
    /// Prepares the secrets of one endpoint: several while a secret rotates, the current one first.
    /// Each is written as the provider shows it.
    ///
    /// # Errors
    ///
    /// There is no secret, or one of them is not of the form that the scheme expects. The error
    /// says which form that is, and never quotes the secret.
    pub fn new<S: AsRef<str>>(scheme: &Scheme, secrets: &[S]) -> Result<Self, SetupError> {
        Self::with_keys(scheme, secrets, Key::new)
    }

    /// As [`new`](Self::new), for a sender: where the scheme has public keys, these are the private
    /// ones. It verifies what it signs. Of other schemes, the secret does both.
    ///
    /// # Errors
    ///
    /// As for `new`.
    pub fn signing<S: AsRef<str>>(scheme: &Scheme, secrets: &[S]) -> Result<Self, SetupError> {
        Self::with_keys(scheme, secrets, Key::signing)
    }

    fn with_keys<S: AsRef<str>>(
        scheme: &Scheme,
        secrets: &[S],
        read: fn(&Scheme, &str, usize) -> Result<Key, SetupError>,
    ) -> Result<Self, SetupError> {
        if secrets.is_empty() {
            return Err(SetupError::NoSecret);
        }
        let key = |(index, secret): (usize, &S)| read(scheme, secret.as_ref(), index);
        let keys = secrets
            .iter()
            .enumerate()
            .map(key)
            .collect::<Result<_, _>>()?;
        let tolerance = scheme.tolerance().unwrap_or(0);
        Ok(Self {
            scheme: scheme.copied(),
            keys,
            tolerance,
            body_apart: scheme.hashes_body_apart(),
            checks_replay: true,
            unchecked_claims: Vec::new(),
            verify_token: None,
        })
    }

    /// By how many seconds a timestamp may differ from now, both ways. 0 means exactly now: it does
    /// not turn the check off, and neither does any other value.
    ///
    /// Without effect for a scheme that has no timestamp.
    #[must_use]
    pub fn tolerance(mut self, seconds: u32) -> Self {
        self.tolerance = seconds;
        self
    }

    /// Accepts a request of any age: whoever captured one can send it again. For tests, and for
    /// events that were stored before they are verified.
    #[must_use]
    pub fn without_replay_check(mut self) -> Self {
        self.checks_replay = false;
        self
    }

    /// The scheme that this verifier judges by.
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Does not compare one claim of a token: `iss`, `url_hash` or `payload_hash`. For tokens that
    /// are verified without the request they came with. Claims of time are not switched off here:
    /// see [`without_replay_check`](Self::without_replay_check).
    #[must_use]
    pub fn without_claim_check(mut self, claim: &str) -> Self {
        self.unchecked_claims.push(claim.into());
        self
    }

    /// Judges a request at the time `now`, in unix seconds.
    ///
    /// # Errors
    ///
    /// The first cause that was found, in this order: the form of the headers, the age, the
    /// signature; where the timestamp stands in what is signed, the age comes last. See
    /// [`VerifyError::is_malformed`] for the kinds, and [`VerifyError::NeedsCertificate`] for the one
    /// that is no verdict.
    pub fn verify(&self, request: &Request<'_>, now: u64) -> Result<Verified, VerifyError> {
        let scheme = &self.scheme;
        let envelope = Envelope::read(scheme, request, self.kinds())?;
        #[cfg(feature = "rsa")]
        if let Algorithm::Certificate(vendor) = scheme.algorithm {
            let judged = self.judge_certified(vendor, &envelope, request, now)?;
            return Ok(self.read(request, &envelope, judged));
        }
        let judged = if scheme.claims.is_some() {
            self.judge_token(&envelope, request, now)?
        } else if scheme.signature == SignaturePlace::AdyenItems {
            self.judge_adyen(request)?
        } else {
            self.judge(&envelope, request, now, None)?
        };
        Ok(self.read(request, &envelope, judged))
    }

    /// The SHA-256 of the signed content: the same for the same event whichever secret signed it.
    /// A key for deduplication where the scheme has no id. Where the content is not signed as a
    /// whole (static tokens, tokens with claims, Adyen's items), that of the body.
    ///
    /// Only a request that verifies has a meaningful digest: of one that is malformed it is that of
    /// the body.
    pub fn content_digest(&self, request: &Request<'_>) -> [u8; 32] {
        let mut hash = Sha256::new();
        let scheme = &self.scheme;
        let whole = scheme.signs_content()
            && scheme.claims.is_none()
            && scheme.signature != SignaturePlace::AdyenItems;
        #[cfg(feature = "rsa")]
        if scheme.signature == SignaturePlace::SnsMessage {
            if signed_content(request.body, &mut |part| hash.update(part)).is_none() {
                hash.update(request.body);
            }
            return hash.finalize().into();
        }
        let envelope = Envelope::read(scheme, request, self.kinds()).ok();
        let message = envelope.as_ref().filter(|_| whole);
        let message = message.and_then(|envelope| envelope.message(scheme, request).ok());
        match message {
            Some(message) => texts(message.pieces(), &[]).for_each(|text| hash.update(text)),
            None => hash.update(request.body),
        }
        hash.finalize().into()
    }

    /// The template that most schemes follow: one message, signed by one of the secrets.
    pub(crate) fn judge(
        &self,
        envelope: &Envelope<'_, '_, '_>,
        request: &Request<'_>,
        now: u64,
        outside: Option<&mut Outside<'_>>,
    ) -> Result<Judged, VerifyError> {
        let mut timestamp = envelope.timestamp.as_ref().map(|(_, seconds)| *seconds);
        if let Some(timestamp) = timestamp {
            self.check_age(timestamp, now)?;
        }
        let mut message = envelope.message(&self.scheme, request)?;
        let (key_index, signature) = self.matching(&mut message, envelope, outside)?;
        self.check_no_challenge(&mut message)?;
        message.check_body(request)?;
        if timestamp.is_none() && self.scheme.timestamp.is_some() {
            let signed = self.timestamp_in_body(request)?;
            self.check_age(signed, now)?;
            timestamp = Some(signed);
        }
        let signature = match self.scheme.algorithm {
            Algorithm::Token => Vec::new(),
            _ => signature.to_vec(),
        };
        Ok(Judged {
            key_index,
            signature,
            timestamp,
            replay_protected: self.checks_replay && self.scheme.signs_timestamp(),
            claims: None,
        })
    }

    /// Which secret made which of the request's signatures.
    fn matching<'e>(
        &self,
        message: &mut Message<'_>,
        envelope: &'e Envelope<'_, '_, '_>,
        mut outside: Option<&mut Outside<'_>>,
    ) -> Result<(usize, &'e [u8]), VerifyError> {
        for (key_index, key) in self.keys.iter().enumerate() {
            let signatures = if key.is_public() && !self.scheme.has_public_keys() {
                &envelope.by_public_key
            } else {
                &envelope.signatures
            };
            let mut found = None;
            message.any(&mut |pieces| {
                found = match &mut outside {
                    Some(outside) => outside.matching(key_index, &self.scheme, pieces, signatures),
                    None => key.matching(pieces, signatures),
                };
                found.is_some()
            });
            if let Some(signature) = found.and_then(|found| signatures.get(found)) {
                return Ok((key_index, signature));
            }
        }
        let signatures = envelope.signatures.len() + envelope.by_public_key.len();
        Err(self.mismatch(signatures))
    }

    pub(crate) fn kinds(&self) -> Kinds {
        let public = |key: &Key| key.is_public() && !self.scheme.has_public_keys();
        Kinds {
            by_secret: !self.keys.iter().all(public),
            by_public_key: self.keys.iter().any(public),
        }
    }

    pub(crate) fn mismatch(&self, signatures: usize) -> VerifyError {
        VerifyError::SignatureMismatch {
            signatures,
            secrets: self.keys.len(),
        }
    }

    /// What a request says whose signature has matched.
    fn read(
        &self,
        request: &Request<'_>,
        envelope: &Envelope<'_, '_, '_>,
        mut judged: Judged,
    ) -> Verified {
        let claims = judged.claims.take();
        let mut verified = self.unread(judged);
        self.name(request, &envelope.headers, claims.as_deref(), &mut verified);
        verified
    }
}

/// What is known once a signature has matched.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) key_index: usize,
    pub(crate) signature: Vec<u8>,
    pub(crate) timestamp: Option<u64>,
    pub(crate) replay_protected: bool,
    /// The claims of a token, in JSON.
    pub(crate) claims: Option<Vec<u8>>,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("scheme", &self.scheme.name)
            .field("secrets", &format_args!("[{} redacted]", self.keys.len()))
            .field("tolerance", &self.tolerance)
            .field("checks_replay", &self.checks_replay)
            .finish()
    }
}
