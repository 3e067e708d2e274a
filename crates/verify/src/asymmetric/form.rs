//! The algorithms, and the forms in which vendors hand out their keys: what a row of the table
//! names. Both lists are whole in every build; what was not compiled in is refused by name.

/// How a message is signed. Always chosen by the receiver's configuration: only Amazon SNS names
/// one in its messages, and there it merely chooses between two hashes for the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// Ed25519 (RFC 8032): 64 bytes. Small orders and other encodings of a point are refused.
    Ed25519,
    /// ECDSA over P-256 with SHA-256, the signature as DER. Both of the two signatures that fit,
    /// `s` and `n - s`, are accepted, as SendGrid sends either.
    EcdsaP256Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, the signature as long as the modulus.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-1, which Amazon SNS still sends as its signature version 1.
    /// Whoever can choose what is signed may find two messages of one hash: prefer version 2.
    RsaPkcs1Sha1,
}

/// How a vendor writes a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(test, derive(serde::Deserialize, schemars::JsonSchema))]
#[cfg_attr(test, serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum KeyForm {
    /// Ed25519, 32 bytes in hexadecimal (Discord). The private key is the seed, written likewise.
    #[cfg_attr(test, serde(rename = "ed25519-hex"))]
    Ed25519Hex,
    /// Ed25519, `whpk_` and then base64 of 32 bytes (Standard Webhooks). The private key is `whsk_`
    /// and then base64 of the 32 bytes of the seed, or of the seed and the public key after it.
    StandardWebhooks,
    /// P-256, base64 of its SPKI (SendGrid), or the same as PEM. The private key is PKCS#8 or SEC1,
    /// as PEM or base64.
    #[cfg_attr(test, serde(rename = "p256"))]
    P256,
    /// RSA, PEM of its SPKI or of PKCS#1 (Wise), or base64 of the SPKI. The private key is PKCS#8,
    /// as PEM or base64.
    Rsa,
}

impl KeyForm {
    /// What keys of this form sign with. Of the two hashes of RSA, the sound one.
    pub fn algorithm(self) -> Algorithm {
        match self {
            Self::Ed25519Hex | Self::StandardWebhooks => Algorithm::Ed25519,
            Self::P256 => Algorithm::EcdsaP256Sha256,
            Self::Rsa => Algorithm::RsaPkcs1Sha256,
        }
    }

    /// The form of a public key in words, for errors and documents.
    pub fn expected_public(self) -> &'static str {
        match self {
            Self::Ed25519Hex => "an Ed25519 public key as 64 hexadecimal digits",
            Self::StandardWebhooks => {
                "`whpk_` and then standard base64 with padding of 32 bytes; the prefix may be left out"
            }
            Self::P256 => {
                "a P-256 public key, base64 of its SPKI (it starts with `MFkw`) or a `PUBLIC KEY` in PEM"
            }
            Self::Rsa => {
                "an RSA public key of 2048 to 8192 bits, a `PUBLIC KEY` or `RSA PUBLIC KEY` in PEM or \
                 base64 of its SPKI"
            }
        }
    }

    /// The form of a private key in words, for errors and documents.
    pub fn expected_private(self) -> &'static str {
        match self {
            Self::Ed25519Hex => "an Ed25519 seed as 64 hexadecimal digits",
            Self::StandardWebhooks => {
                "`whsk_` and then standard base64 with padding of 32 bytes (the seed) or 64 bytes (the \
                 seed and its public key); the prefix may be left out"
            }
            Self::P256 => {
                "a P-256 private key, a `PRIVATE KEY` or `EC PRIVATE KEY` in PEM or base64 of its DER"
            }
            Self::Rsa => {
                "an RSA private key of 2048 to 8192 bits, a `PRIVATE KEY` in PEM or base64 of its PKCS#8"
            }
        }
    }
}
