//! The verdict on a request that names its certificate, and the certificates that were fetched.

use alloc::vec::Vec;

use super::{Certified, PAYPAL_CERTIFICATE, Verdict};
use crate::asymmetric::{Algorithm, CertificateUrl, UrlError, paypal_certificate_url};
#[cfg(feature = "x509")]
use crate::asymmetric::{Certificates, sns_certificate_url};
use crate::envelope::Envelope;
use crate::error::VerifyError;
use crate::key::Key;
use crate::message::Piece;
use crate::request::Request;
use crate::scheme::{Text, Vendor};
use crate::verifier::{Judged, Verifier};

impl Verifier {
    /// Hands in what the address answered that [`VerifyError::NeedsCertificate`] named: one or
    /// several certificates in PEM. They are parsed and their chain is checked here, once; later
    /// requests that name the address are judged with them, and their validity is checked each
    /// time. The 16 addresses that were handed in last are remembered.
    ///
    /// Fetch over https and follow no redirect: unless the secret says more, that the answer came
    /// from the vendor's host is what makes the certificate the vendor's.
    ///
    /// # Errors
    ///
    /// The address is not one of the vendor's, or the certificate is not trusted by any of the
    /// secrets at `now`, in unix seconds. This is then the verdict on the request; to fetch again
    /// would bring the same.
    #[cfg(feature = "x509")]
    pub fn add_certificate(&mut self, url: &str, pem: &str, now: u64) -> Result<(), VerifyError> {
        let name = Text::Borrowed("url");
        let url = match self.scheme.vendor() {
            Some(Vendor::Sns) => sns_certificate_url(url),
            Some(Vendor::Paypal) => paypal_certificate_url(url),
            None => {
                let reason = Text::Borrowed("this scheme has no certificates");
                return Err(VerifyError::CertificateUrl { name, reason });
            }
        };
        let url = url.map_err(|reason| foreign(name, reason))?;
        let unusable = |error| VerifyError::UnusableCertificate {
            reason: error_text(&error),
        };
        let certificates = Certificates::from_pem(pem).map_err(unusable)?;
        let judge = |key: &Key| match key {
            Key::Certified(key) => key.judge_certificate(&url, &certificates, now),
            _ => None,
        };
        let verdicts: Vec<_> = self.keys.iter().map(judge).collect();
        let accepted = verdicts.iter().flatten().any(Result::is_ok);
        for (key, verdict) in self.keys.iter_mut().zip(verdicts) {
            match (key, verdict) {
                (_, Some(Err(error))) if !accepted => return Err(unusable(error)),
                (Key::Certified(key), verdict) => {
                    key.remember(url.as_str(), verdict.and_then(Result::ok));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn judge_certified(
        &self,
        vendor: Vendor,
        envelope: &Envelope<'_, '_, '_>,
        request: &Request<'_>,
        now: u64,
    ) -> Result<Judged, VerifyError> {
        match vendor {
            Vendor::Sns => self.judge_sns(request, now),
            Vendor::Paypal => self.judge_paypal(envelope, request, now),
        }
    }

    /// The template of most schemes, but for the certificate.
    fn judge_paypal(
        &self,
        envelope: &Envelope<'_, '_, '_>,
        request: &Request<'_>,
        now: u64,
    ) -> Result<Judged, VerifyError> {
        let name = Text::Borrowed(PAYPAL_CERTIFICATE.0);
        let url = paypal_certificate_url(envelope.headers.needed(&name)?)
            .map_err(|reason| foreign(name, reason))?;
        let timestamp = envelope.timestamp.as_ref().map(|(_, seconds)| *seconds);
        if let Some(timestamp) = timestamp {
            self.check_age(timestamp, now)?;
        }
        let message = envelope.message(&self.scheme, request)?;
        let pieces = message.pieces();
        let signature = envelope.signatures.first().map_or(&[][..], Vec::as_slice);
        let signed = Signed {
            url,
            algorithm: Algorithm::RsaPkcs1Sha256,
            pieces,
            signature,
        };
        let key_index = self.matching_certified(&signed, &|_| true, now)?;
        Ok(self.judged(key_index, &signed, timestamp))
    }

    /// Which secret accepts the signature, of those that the message is for. One that could not be
    /// asked for want of a certificate outweighs those that refused.
    pub(super) fn matching_certified(
        &self,
        signed: &Signed<'_>,
        is_for: &dyn Fn(&Certified) -> bool,
        now: u64,
    ) -> Result<usize, VerifyError> {
        let mut fault = self.mismatch(1);
        for (index, key) in self.keys.iter().enumerate() {
            let Key::Certified(key) = key else {
                continue;
            };
            if !is_for(key) {
                continue;
            }
            match key.judge(
                &signed.url,
                signed.algorithm,
                signed.pieces,
                signed.signature,
                now,
            ) {
                Verdict::Signed => return Ok(index),
                Verdict::Mismatch => {}
                Verdict::NeedsCertificate => {
                    let url = Text::Owned(signed.url.as_str().into());
                    fault = VerifyError::NeedsCertificate { url };
                }
                #[cfg(feature = "x509")]
                Verdict::Unusable(error) => {
                    fault = VerifyError::UnusableCertificate {
                        reason: error_text(&error),
                    };
                }
            }
        }
        Err(fault)
    }

    pub(super) fn judged(
        &self,
        key_index: usize,
        signed: &Signed<'_>,
        timestamp: Option<u64>,
    ) -> Judged {
        Judged {
            key_index,
            signature: signed.signature.to_vec(),
            timestamp,
            replay_protected: self.checks_replay,
            claims: None,
        }
    }
}

/// A signature, and what it is over.
pub(super) struct Signed<'s> {
    pub(super) url: CertificateUrl<'s>,
    pub(super) algorithm: Algorithm,
    pub(super) pieces: &'s [Piece<'s>],
    pub(super) signature: &'s [u8],
}

pub(super) fn foreign(name: Text, reason: UrlError) -> VerifyError {
    let reason = reason.message().into();
    VerifyError::CertificateUrl { name, reason }
}

#[cfg(feature = "x509")]
fn error_text(error: &crate::asymmetric::CertificateError) -> Text {
    error.message().into()
}
