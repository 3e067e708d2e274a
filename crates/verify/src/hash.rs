//! The hashes that vendors sign with, behind one face.

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit as _};
use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::scheme::Hash;

/// What is hashed, one piece after the other. Behind a pointer, so that there is one copy of the code
/// for each hash, and not one for each caller.
type Parts<'i, 'p> = &'i mut dyn Iterator<Item = &'p [u8]>;

#[cfg(feature = "explain")]
impl Hash {
    /// The bytes of what it makes.
    pub(crate) fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// HMAC with its key in place; each message starts from a clone.
#[derive(Clone)]
pub(crate) enum Mac {
    Md5(Hmac<Md5>),
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

/// A keyed state for any key: HMAC hashes long keys first, and pads short ones.
macro_rules! keyed {
    ($kind:ident, $key:expr) => {{
        // HMAC takes a key of any length: the other branch cannot arise, and its key of zeros fits
        // no signature that anyone was given.
        let keyed = Hmac::<$kind>::new_from_slice($key);
        Mac::$kind(keyed.unwrap_or_else(|_| Hmac::<$kind>::new(&Default::default())))
    }};
}

impl Mac {
    pub(crate) fn new(hash: Hash, key: &[u8]) -> Self {
        match hash {
            Hash::Md5 => keyed!(Md5, key),
            Hash::Sha1 => keyed!(Sha1, key),
            Hash::Sha256 => keyed!(Sha256, key),
            Hash::Sha384 => keyed!(Sha384, key),
            Hash::Sha512 => keyed!(Sha512, key),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        use hmac::Mac as _;
        match self {
            Self::Md5(mac) => mac.update(bytes),
            Self::Sha1(mac) => mac.update(bytes),
            Self::Sha256(mac) => mac.update(bytes),
            Self::Sha384(mac) => mac.update(bytes),
            Self::Sha512(mac) => mac.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Zeroizing<Vec<u8>> {
        self.tag(&mut core::iter::empty())
    }

    pub(crate) fn tag(&self, parts: Parts<'_, '_>) -> Zeroizing<Vec<u8>> {
        fn finish<M: hmac::Mac>(mut mac: M, parts: Parts<'_, '_>) -> Zeroizing<Vec<u8>> {
            parts.for_each(|part| mac.update(part));
            Zeroizing::new(mac.finalize().into_bytes().to_vec())
        }
        // Cloned where its kind is known: the largest is four times as large as the most frequent one.
        match self {
            Self::Md5(mac) => finish(mac.clone(), parts),
            Self::Sha1(mac) => finish(mac.clone(), parts),
            Self::Sha256(mac) => finish(mac.clone(), parts),
            Self::Sha384(mac) => finish(mac.clone(), parts),
            Self::Sha512(mac) => finish(mac.clone(), parts),
        }
    }
}

/// The SHA-256 of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(crate) fn digest(hash: Hash, parts: Parts<'_, '_>) -> Zeroizing<Vec<u8>> {
    fn finish<D: Digest>(parts: Parts<'_, '_>) -> Zeroizing<Vec<u8>> {
        let mut hash = D::new();
        parts.for_each(|part| hash.update(part));
        Zeroizing::new(hash.finalize().to_vec())
    }
    match hash {
        Hash::Md5 => finish::<Md5>(parts),
        Hash::Sha1 => finish::<Sha1>(parts),
        Hash::Sha256 => finish::<Sha256>(parts),
        Hash::Sha384 => finish::<Sha384>(parts),
        Hash::Sha512 => finish::<Sha512>(parts),
    }
}
