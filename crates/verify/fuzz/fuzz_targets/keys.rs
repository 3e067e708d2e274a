//! Keys in every form: the first byte selects the form. What is no key verifies nothing.

#![no_main]

use hookgate::asymmetric::{KeyForm, PrivateKey, PublicKey};
use libfuzzer_sys::fuzz_target;

const FORMS: [KeyForm; 4] = [
    KeyForm::Ed25519Hex,
    KeyForm::StandardWebhooks,
    KeyForm::P256,
    KeyForm::Rsa,
];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let Ok(text) = core::str::from_utf8(rest) else {
        return;
    };
    let form = FORMS[usize::from(*first) % 4];
    let message = || core::iter::once(&b"message"[..]);
    if let Ok(key) = PublicKey::parse(form, text) {
        for signature in [&rest[..rest.len().min(64)], &[0; 64], &[0; 256]] {
            assert!(key.verify(form.algorithm(), message(), signature).is_err());
        }
    }
    if let Ok(key) = PrivateKey::parse(form, text) {
        let signature = key
            .sign(form.algorithm(), message())
            .expect("its own algorithm");
        let public = key.public_key();
        assert!(
            public
                .verify(form.algorithm(), message(), &signature)
                .is_ok()
        );
        let other = core::iter::once(&b"another"[..]);
        assert!(public.verify(form.algorithm(), other, &signature).is_err());
    }
});
