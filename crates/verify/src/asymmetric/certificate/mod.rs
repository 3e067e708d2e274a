//! Certificates that a vendor signs with, from PEM to the key, and what each verdict proves.
//!
//! Name and validity are always checked. Revocation is not: it would need the network. What makes a
//! certificate the vendor's is for the receiver to choose: see [`Trust`].

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use rustls_pki_types::{CertificateDer, DnsName, ServerName, TrustAnchor, UnixTime};
use sha2::{Digest as _, Sha256};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::der::{Der, SEQUENCE};
use super::error::KeyError;
use super::pem::{self, Block};
use super::public::PublicKey;
use crate::scheme::Unit;

mod algorithms;
mod error;

pub use error::{CertificateError, ChainFault};

/// A chain has three or four certificates, a list of anchors a few.
const CERTIFICATES: usize = 16;
const TEXT_LIMIT: usize = 128 * 1024;

/// What makes a certificate the vendor's. It comes from an address that the request itself names,
/// so that it proves nothing alone; under each of these it must also have the vendor's name and be
/// valid now.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Trust<'t> {
    /// It is signed, directly or through the certificates beside it, by one of these, and may be
    /// used for TLS servers, as those of SNS and PayPal are.
    ///
    /// Proves that an authority of the receiver's choice, or one below it, vouches for the name.
    /// The validity of the anchors themselves is not looked at (RFC 5280, 6.1.1).
    Anchors(&'t Certificates),
    /// The SHA-256 of its DER is one of these: see [`Certificates::fingerprint`].
    ///
    /// Proves that it is the very certificate that the receiver stored. SNS and PayPal replace
    /// theirs about once a year.
    Pinned(&'t [[u8; 32]]),
    /// It was fetched over TLS, from an address that `sns_certificate_url` or
    /// `paypal_certificate_url` accepted, without following a redirect.
    ///
    /// Proves nothing beyond name and validity, which anybody can write: the trust lies in how it
    /// was fetched. This is what Amazon's own validators do.
    Fetched,
}

/// Certificates in the order of their PEM: that of the vendor first, then those that lead to its
/// authority; or, as [`Trust::Anchors`], those that the receiver trusts.
///
/// A self-signed authority among the vendor's own certificates is no anchor: the sender of a
/// request could put any there.
#[derive(Clone)]
pub struct Certificates {
    /// At least one.
    chain: Vec<CertificateDer<'static>>,
}

impl Certificates {
    /// Parses one or several certificates in PEM. What stands between them is skipped.
    ///
    /// # Errors
    ///
    /// There is none, a block is something else or malformed, or there are too many.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        if text.len() > TEXT_LIMIT {
            return Err(CertificateError::TooLong { limit: TEXT_LIMIT });
        }
        let mut chain = Vec::new();
        for block in pem::blocks(text) {
            match block.ok_or(CertificateError::NotPem)? {
                _ if chain.len() == CERTIFICATES => {
                    return Err(CertificateError::TooMany {
                        limit: CERTIFICATES,
                    });
                }
                Block {
                    label: "CERTIFICATE",
                    der,
                } => chain.push(CertificateDer::from(der.to_vec())),
                _ => return Err(CertificateError::NotACertificate),
            }
        }
        if chain.is_empty() {
            return Err(CertificateError::NotPem);
        }
        Ok(Self { chain })
    }

    /// Whether they can be anchors.
    pub(crate) fn check_anchors(&self) -> Result<(), CertificateError> {
        self.anchors().map(|_| ())
    }

    fn anchors(&self) -> Result<Vec<TrustAnchor<'_>>, CertificateError> {
        let anchors = self.chain.iter().map(anchor_from_trusted_cert);
        let anchors: Result<_, _> = anchors.collect();
        anchors.map_err(|_| CertificateError::MalformedAnchor)
    }

    /// The SHA-256 of the first certificate's DER, to pin it by.
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(self.leaf()).into()
    }

    /// The key of the first certificate, if it has one of these DNS names, is valid at `now` (unix
    /// seconds) and is trusted.
    ///
    /// # Errors
    ///
    /// See [`CertificateError`]; name and validity are looked at before trust.
    pub fn signing_key<N: AsRef<str>>(
        &self,
        names: &[N],
        now: u64,
        trust: Trust<'_>,
    ) -> Result<PublicKey, CertificateError> {
        self.judge(names, now, trust).map(|judged| judged.key)
    }

    /// As `signing_key`, for as long as the verdict holds.
    pub(crate) fn judge<N: AsRef<str>>(
        &self,
        names: &[N],
        now: u64,
        trust: Trust<'_>,
    ) -> Result<JudgedKey, CertificateError> {
        let leaf = EndEntityCert::try_from(self.leaf()).map_err(CertificateError::of_chain)?;
        let Fields { mut valid, spki } = Fields::read(self.leaf())?;
        valid.check(now)?;
        let is_named = |name: &N| {
            DnsName::try_from(name.as_ref())
                .map(ServerName::DnsName)
                .is_ok_and(|name| leaf.verify_is_valid_for_subject_name(&name).is_ok())
        };
        if !names.iter().any(is_named) {
            let expected = names
                .first()
                .map(|name| String::from(name.as_ref()))
                .unwrap_or_default();
            return Err(CertificateError::OtherName { expected });
        }
        match trust {
            Trust::Fetched => {}
            Trust::Pinned(pins) if pins.contains(&self.fingerprint()) => {}
            Trust::Pinned(_) => return Err(CertificateError::NotPinned),
            Trust::Anchors(anchors) => valid = self.verify_chain(&leaf, anchors, now, valid)?,
        }
        let key = PublicKey::from_spki(spki, "a certificate for an RSA or P-256 key")
            .map_err(|reason: KeyError| CertificateError::Key { reason })?;
        Ok(JudgedKey { key, valid })
    }

    /// For how long the whole chain is valid, the anchor aside.
    fn verify_chain(
        &self,
        leaf: &EndEntityCert<'_>,
        anchors: &Self,
        now: u64,
        valid: Validity,
    ) -> Result<Validity, CertificateError> {
        let anchors = anchors.anchors()?;
        let between = self.chain.get(1..).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
        let path = leaf
            .verify_for_usage(
                algorithms::ALL,
                &anchors,
                between,
                now,
                KeyUsage::server_auth(),
                None,
                None,
            )
            .map_err(CertificateError::of_chain)?;
        path.intermediate_certificates()
            .try_fold(valid, |valid, certificate| {
                Ok(valid.both(Fields::read(&certificate.der())?.valid))
            })
    }

    fn leaf(&self) -> &CertificateDer<'static> {
        const NONE: &CertificateDer<'static> = &CertificateDer::from_slice(&[]);
        self.chain.first().unwrap_or(NONE)
    }
}

impl core::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Certificates({})", self.chain.len())
    }
}

/// The key of a certificate that was judged, for as long as name, validity and trust hold.
#[derive(Clone)]
pub(crate) struct JudgedKey {
    key: PublicKey,
    valid: Validity,
}

impl JudgedKey {
    /// The key, if the certificate is valid at `now`.
    pub(crate) fn at(&self, now: u64) -> Result<&PublicKey, CertificateError> {
        self.valid.check(now).map(|()| &self.key)
    }
}

/// What is read here of a certificate that webpki has read as a whole.
struct Fields<'c> {
    /// webpki reads it only along a chain, and a pinned or fetched certificate has none.
    valid: Validity,
    /// The key, in DER. webpki hands it out only together with texts about names, which weigh 3 KB.
    spki: &'c [u8],
}

impl<'c> Fields<'c> {
    fn read(certificate: &'c [u8]) -> Result<Self, CertificateError> {
        fields(certificate).ok_or(CertificateError::Malformed)
    }
}

fn fields(certificate: &[u8]) -> Option<Fields<'_>> {
    let mut certificate = Der::sequence(certificate)?;
    let mut tbs = Der::new(certificate.read(SEQUENCE)?);
    // RFC 5280, 4.1: version (there, as webpki takes version 3 alone), serial number, algorithm and
    // issuer come before the validity, the subject between it and the key.
    for _ in 0..4 {
        tbs.any()?;
    }
    let mut times = Der::new(tbs.read(SEQUENCE)?);
    let valid = Validity {
        not_before: time(&mut times)?,
        not_after: time(&mut times)?,
    };
    times.end()?;
    tbs.any()?;
    let spki = tbs.whole()?;
    Some(Fields { valid, spki })
}

/// `notBefore` and `notAfter` in unix seconds.
#[derive(Clone, Copy)]
struct Validity {
    not_before: u64,
    not_after: u64,
}

impl Validity {
    fn check(self, now: u64) -> Result<(), CertificateError> {
        let Self {
            not_before,
            not_after,
        } = self;
        if now < not_before {
            return Err(CertificateError::NotYetValid { not_before, now });
        }
        if now > not_after {
            return Err(CertificateError::Expired { not_after, now });
        }
        Ok(())
    }

    fn both(self, other: Self) -> Self {
        Self {
            not_before: self.not_before.max(other.not_before),
            not_after: self.not_after.min(other.not_after),
        }
    }
}

/// RFC 5280, 4.1.2.5: `YYMMDDHHMMSSZ`, of 1950 to 2049, or `YYYYMMDDHHMMSSZ`; no leap seconds.
fn time(der: &mut Der<'_>) -> Option<u64> {
    const UTC_TIME: u8 = 0x17;
    const GENERALIZED_TIME: u8 = 0x18;
    let (tag, text) = der.any()?;
    let text = core::str::from_utf8(text).ok()?;
    let century = match (tag, text.len(), text.as_bytes()) {
        (UTC_TIME, 13, [b'5'..=b'9', ..]) => "19",
        (UTC_TIME, 13, _) => "20",
        (GENERALIZED_TIME, 15, _) => "",
        _ => return None,
    };
    let text = [century, text].concat();
    let part = |from: usize, to: usize| text.get(from..to);
    let [date, clock] = [
        [part(0, 4)?, "-", part(4, 6)?, "-", part(6, 8)?],
        [part(8, 10)?, ":", part(10, 12)?, ":", part(12, 14)?],
    ];
    let is_leap = part(12, 14) == Some("60");
    let written = [&date.concat(), "T", &clock.concat(), part(14, 15)?].concat();
    Unit::DateTime.parse(&written).ok().filter(|_| !is_leap)
}
