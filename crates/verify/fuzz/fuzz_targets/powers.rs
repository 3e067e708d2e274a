//! The public operation of RSA, compared with that of the crate `rsa`: the exponent, then a modulus
//! and a base of one length.

#![no_main]

extern crate alloc;

use libfuzzer_sys::fuzz_target;
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, RsaPublicKey, hazmat::rsa_encrypt};

// No public function shows a power: there, nearly every wrong one would look as a wrong signature.
#[path = "../../src/asymmetric/modular.rs"]
mod modular;
use modular::Modulus;

fuzz_target!(|data: &[u8]| {
    let Some((exponent, rest)) = data.split_first_chunk() else {
        return;
    };
    let exponent = u32::from_le_bytes(*exponent);
    // What longer ones do is the same, and slower.
    let (bytes, base) = rest.split_at(rest.len().min(512) / 2);
    let Some(modulus) = Modulus::new(bytes) else {
        return;
    };
    let power = modulus.power(base, exponent);
    let is_taken = base.len() == bytes.len() && base < bytes && exponent % 2 == 1 && exponent > 1;
    assert_eq!(power.is_some(), is_taken);

    // The other one takes no exponent above its modulus.
    let key = RsaPublicKey::new_with_size_limits(
        BoxedUint::from_be_slice_vartime(bytes),
        BoxedUint::from(u64::from(exponent)),
        0..=2048,
    );
    if let (Some(power), Ok(key)) = (power, key) {
        let base = BoxedUint::from_be_slice(base, key.n_bits_precision()).expect("below");
        let expected = rsa_encrypt(&key, &base).expect("a power");
        assert!(BoxedUint::from_be_slice_vartime(&power) == expected);
        assert!(power[..] < *bytes);
    }
});
