//! One secret of every scheme, and its verifier, which can sign.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use hookgate::{Scheme, Verifier};

/// In the form that most schemes take: base64 of 27 bytes after `whsec_`.
pub const SECRET: &str = "whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu";

/// PKCS#8 of a key that is used nowhere.
const RSA: &str = include_str!("../../tests/it/asymmetric/fixtures/rsa-pkcs8.pem");
/// SEC1 of P-256, the number 1 to 32.
const P256: &str = "MDECAQEEIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8goAoGCCqGSM49AwEH";

thread_local! {
    static SIGNERS: RefCell<BTreeMap<String, Option<Rc<Verifier>>>> = const { RefCell::new(BTreeMap::new()) };
}

/// The verifier of a row of the table, prepared once.
pub fn signer(scheme: &Scheme) -> Option<Rc<Verifier>> {
    SIGNERS.with_borrow_mut(|signers| {
        let signer = || {
            let secrets = [
                SECRET.to_owned(),
                hex(),
                format!("user:{SECRET}"),
                "07".repeat(32),
                P256.into(),
                RSA.into(),
            ];
            let mut signers = secrets
                .iter()
                .filter_map(|secret| Verifier::signing(scheme, &[secret]).ok());
            signers.next().map(Rc::new)
        };
        signers
            .entry(scheme.name().to_owned())
            .or_insert_with(signer)
            .clone()
    })
}

fn hex() -> String {
    SECRET.bytes().map(|byte| format!("{byte:02x}")).collect()
}
