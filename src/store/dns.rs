//! DNS over HTTPS, as JSON.

use hookgate_relay::dns::{Kind, LARGEST_ANSWER, Resolver};

use super::fetch::fetch;

/// A resolver at this address.
pub(super) struct Doh<'a>(pub(super) &'a str);

impl Resolver for Doh<'_> {
    async fn ask(&self, name: &str, kind: Kind) -> Result<Vec<u8>, String> {
        let url = format!("{}?name={name}&type={}", self.0, kind.name());
        fetch(&url, LARGEST_ANSWER, Some("application/dns-json"))
            .await
            .map_err(|error| error.to_string())
    }
}
