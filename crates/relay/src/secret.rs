//! An endpoint's signing secrets: making new ones, and what a receiver is shown of them.
//!
//! Not here: how they are kept, which is the `vault`'s.

use base64::{Engine, engine::general_purpose::STANDARD};
use hookgate::asymmetric::{KeyForm, PrivateKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::port::Random;

/// What kind of secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretType {
    /// One that both sides know, `whsec_…`: signs `v1`.
    #[default]
    Hmac256,
    /// A key pair, `whsk_…`: signs `v1a`, and the receiver knows the public half alone.
    Ed25519,
}

/// A new secret of 32 bytes in the form of Standard Webhooks.
pub fn new_secret(kind: SecretType, dice: &impl Random) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    dice.fill(&mut *bytes);
    let prefix = match kind {
        SecretType::Hmac256 => "whsec_",
        SecretType::Ed25519 => "whsk_",
    };
    Zeroizing::new([prefix, &*Zeroizing::new(STANDARD.encode(*bytes))].concat())
}

/// What a receiver needs to verify what `secret` signs: of a key pair the public half (`whpk_…`),
/// else the secret itself. `None` if a private key does not parse, which none that was stored does.
pub fn for_receivers(secret: &str) -> Option<Zeroizing<String>> {
    if !secret.starts_with("whsk_") {
        return Some(Zeroizing::new(secret.to_owned()));
    }
    let key = PrivateKey::parse(KeyForm::StandardWebhooks, secret).ok()?;
    key.public_key().to_standard_webhooks().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Dice(u8);
    impl Random for Dice {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn a_receiver_is_shown_a_shared_secret_and_never_a_private_key() {
        let shared = new_secret(SecretType::Hmac256, &Dice(1));
        assert_eq!(*shared, format!("whsec_{}", STANDARD.encode([1; 32])));
        assert_eq!(for_receivers(&shared), Some(shared));
        let private = new_secret(SecretType::Ed25519, &Dice(0));
        assert_eq!(*private, format!("whsk_{}", STANDARD.encode([0; 32])));
        // What OpenSSL derives from a seed of 32 zero bytes.
        let public = "whpk_O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=";
        let shown = for_receivers(&private);
        assert_eq!(shown.as_ref().map(|key| key.as_str()), Some(public));
        assert_eq!(for_receivers("whsk_nonsense"), None);
    }
}
