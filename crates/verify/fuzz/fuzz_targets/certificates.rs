//! Certificates in PEM, and their DER: the first byte selects whether the bytes are one or the other.

#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookgate::asymmetric::{Certificates, Trust};
use libfuzzer_sys::fuzz_target;

const LEAF: &str = include_str!("../../tests/it/asymmetric/fixtures/leaf-and-intermediate.pem");
const ROOT: &str = include_str!("../../tests/it/asymmetric/fixtures/root.pem");
/// 2026-01-01, when they are valid.
const NOW: u64 = 1_767_225_600;

static KNOWN: LazyLock<[Certificates; 2]> =
    LazyLock::new(|| [LEAF, ROOT].map(|pem| Certificates::from_pem(pem).expect("certificates")));

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let pem = if first % 2 == 0 {
        String::from_utf8_lossy(rest).into_owned()
    } else {
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            STANDARD.encode(rest)
        )
    };
    let Ok(chain) = Certificates::from_pem(&pem) else {
        return;
    };
    let [leaf, root] = &*KNOWN;
    let pinned = [chain.fingerprint()];
    let names = ["sns.amazonaws.com", "messageverificationcerts.paypal.com"];
    let trusted = chain.signing_key(&names, NOW, Trust::Anchors(root)).is_ok();
    // Whoever writes a certificate has the root's private key, or its words.
    assert!(
        !trusted || chain.fingerprint() == leaf.fingerprint(),
        "trusted without the root"
    );
    let _ = chain.signing_key(&names, NOW, Trust::Anchors(&chain));
    let _ = chain.signing_key(&names, NOW, Trust::Pinned(&pinned));
});
