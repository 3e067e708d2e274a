//! Why a key or a signature was refused. Keys fail at set-up, signatures at a request: two types.
//! No error quotes a key.

use alloc::string::String;

use crate::text::{concat, decimal};

/// Why a key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The key is empty, or nothing follows its prefix.
    Empty {
        /// The form that is expected.
        expected: &'static str,
    },
    /// The key is longer than any key of its form.
    TooLong {
        /// The longest accepted length, in bytes of text.
        limit: usize,
    },
    /// The key is not of the expected form.
    Malformed {
        /// The form that is expected.
        expected: &'static str,
    },
    /// The key holds another number of bytes than it must.
    WrongLength {
        /// How many bytes it holds once decoded.
        length: usize,
        /// The form that is expected.
        expected: &'static str,
    },
    /// A private key stands where a public one is expected. It has now been somewhere that it did
    /// not belong: replace it.
    PrivateKeyGiven {
        /// The form that is expected.
        expected: &'static str,
    },
    /// A public key stands where a private one is expected.
    PublicKeyGiven {
        /// The form that is expected.
        expected: &'static str,
    },
    /// A certificate stands where a bare key is expected.
    CertificateGiven {
        /// The form that is expected.
        expected: &'static str,
    },
    /// The key is well formed, but for another algorithm, or on another curve.
    OtherAlgorithm {
        /// The form that is expected.
        expected: &'static str,
    },
    /// The key is no point of its curve, is one of small order, or is not written in its one
    /// canonical form (for P-256 both coordinates, uncompressed): anybody could sign for it, or it
    /// could be mistaken for another.
    UnsafePoint,
    /// The RSA modulus is even, or not 2048 to 8192 bits long.
    RsaModulus {
        /// Its length in bits.
        bits: usize,
    },
    /// The public exponent of RSA is not an odd number from 65537 to 2^32 - 1.
    RsaExponent,
    /// The two halves of a private key, the seed and the public key, do not belong together.
    MismatchedHalves,
    /// This build cannot use such keys.
    NotCompiledIn {
        /// The crate's feature that can.
        feature: &'static str,
    },
}

impl KeyError {
    /// The stable code of this cause.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "empty_key",
            Self::TooLong { .. } => "long_key",
            Self::Malformed { .. } => "malformed_key",
            Self::WrongLength { .. } => "wrong_key_length",
            Self::PrivateKeyGiven { .. } => "private_key_given",
            Self::PublicKeyGiven { .. } => "public_key_given",
            Self::CertificateGiven { .. } => "certificate_given",
            Self::OtherAlgorithm { .. } => "other_key_algorithm",
            Self::UnsafePoint => "unsafe_key",
            Self::RsaModulus { .. } => "rsa_modulus",
            Self::RsaExponent => "rsa_exponent",
            Self::MismatchedHalves => "mismatched_key_halves",
            Self::NotCompiledIn { .. } => "not_compiled_in",
        }
    }
}

impl KeyError {
    /// What `Display` writes, without the formatter: for small builds.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Empty { expected } => concat(&["the key is empty: expected ", expected]),
            Self::TooLong { limit } => {
                concat(&["the key is longer than ", &decimal(*limit as u64), " bytes"])
            }
            Self::Malformed { expected } => {
                concat(&["the key has the wrong form: expected ", expected])
            }
            Self::WrongLength { length, expected } => concat(&[
                "the key holds ",
                &decimal(*length as u64),
                " bytes: expected ",
                expected,
            ]),
            Self::PrivateKeyGiven { expected } => concat(&[
                "this is a private key, and it should be replaced now that it was shown: expected ",
                expected,
            ]),
            Self::PublicKeyGiven { expected } => concat(&[
                "this is a public key, which cannot sign: expected ",
                expected,
            ]),
            Self::CertificateGiven { expected } => {
                concat(&["this is a certificate, not a bare key: expected ", expected])
            }
            Self::OtherAlgorithm { expected } => {
                concat(&["the key is for another algorithm: expected ", expected])
            }
            Self::UnsafePoint => concat(&["the key is not a safe point of its curve"]),
            Self::RsaModulus { bits } => concat(&[
                "the RSA modulus has ",
                &decimal(*bits as u64),
                " bits: it must be odd and have 2048 to 8192",
            ]),
            Self::RsaExponent => {
                concat(&["the RSA exponent must be odd and from 65537 to 2^32 - 1"])
            }
            Self::MismatchedHalves => {
                concat(&["the second half of the private key is not the first one's public key"])
            }
            Self::NotCompiledIn { feature } => concat(&[
                "this build lacks the feature `",
                feature,
                "` that such a key needs",
            ]),
        }
    }
}

impl core::fmt::Display for KeyError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for KeyError {}

/// Why a signature was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// The key cannot be used with this algorithm: a fault of the set-up, not of the request.
    WrongKey,
    /// The signature has another length than every signature of this key.
    WrongLength {
        /// How many bytes a signature must have.
        expected: usize,
        /// How many it has.
        length: usize,
    },
    /// The signature is not written as its algorithm asks: an ECDSA signature in canonical DER with
    /// two numbers of the curve's range, an Ed25519 one with a reduced scalar and a point that is
    /// not of small order.
    Malformed,
    /// The signature is well formed, but not of this key over this message.
    Mismatch,
}

impl SignatureError {
    /// The stable code of this cause.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongKey => "wrong_key",
            Self::WrongLength { .. } => "wrong_signature_length",
            Self::Malformed => "malformed_signature",
            Self::Mismatch => "signature_mismatch",
        }
    }
}

impl SignatureError {
    /// What `Display` writes, without the formatter: for small builds.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::WrongKey => concat(&["the key is not one for this algorithm"]),
            Self::WrongLength { expected, length } => concat(&[
                "the signature has ",
                &decimal(*length as u64),
                " bytes, and must have ",
                &decimal(*expected as u64),
            ]),
            Self::Malformed => concat(&["the signature is not in its algorithm's canonical form"]),
            Self::Mismatch => concat(&["the signature is not one of this key over this content"]),
        }
    }
}

impl core::fmt::Display for SignatureError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for SignatureError {}
