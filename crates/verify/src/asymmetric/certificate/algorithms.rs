//! The algorithms with which authorities sign certificates, for webpki: RSA PKCS#1 with SHA-256,
//! SHA-384 and SHA-512, and ECDSA over P-256. SHA-1 is not among them.

use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::super::rsa::{self, Hash};

pub(super) const ALL: &[&dyn SignatureVerificationAlgorithm] = &[
    &Rsa {
        hash: Hash::Sha256,
        id: alg_id::RSA_PKCS1_SHA256,
    },
    &Rsa {
        hash: Hash::Sha384,
        id: alg_id::RSA_PKCS1_SHA384,
    },
    &Rsa {
        hash: Hash::Sha512,
        id: alg_id::RSA_PKCS1_SHA512,
    },
    #[cfg(feature = "ecdsa")]
    &P256,
];

#[derive(Debug)]
struct Rsa {
    hash: Hash,
    id: AlgorithmIdentifier,
}

impl SignatureVerificationAlgorithm for Rsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = rsa::public_key(public_key)
            .and_then(Result::ok)
            .ok_or(InvalidSignature)?;
        let verified = match self.hash {
            Hash::Sha256 => rsa::verify(&key, self.hash, &Sha256::digest(message), signature),
            Hash::Sha384 => rsa::verify(&key, self.hash, &Sha384::digest(message), signature),
            Hash::Sha512 => rsa::verify(&key, self.hash, &Sha512::digest(message), signature),
            Hash::Sha1 => return Err(InvalidSignature),
        };
        verified.map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.id
    }
}

#[cfg(feature = "ecdsa")]
#[derive(Debug)]
struct P256;

#[cfg(feature = "ecdsa")]
impl SignatureVerificationAlgorithm for P256 {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        use super::super::ecdsa;
        let key = ecdsa::public_key(public_key).map_err(|_| InvalidSignature)?;
        let digest = Sha256::digest(message).into();
        ecdsa::verify(&key, &digest, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P256
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA256
    }
}
