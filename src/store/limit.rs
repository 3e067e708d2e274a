//! The rate-limit bindings: `REFUSED`, and `REQUESTS` where the operator has bound it.
//!
//! They count for each of Cloudflare's locations and are not exact. One that is not bound or does not
//! answer allows everything: a limit guards the cost, and never decides what is genuine.

use std::time::Duration;

use super::Stores;
use super::patience::within;

/// It is memory of the machine that the Worker runs on.
const LIMIT: Duration = Duration::from_secs(1);

impl Stores {
    /// Counts a refusal under `key`. Whether there may be more.
    pub(crate) async fn count_refusal(&self, key: String) -> bool {
        self.count("REFUSED", key).await
    }

    /// Counts a request to a source. Whether it may go on.
    pub(crate) async fn count_request(&self, source_id: &str) -> bool {
        self.count("REQUESTS", source_id.to_owned()).await
    }

    async fn count(&self, binding: &'static str, key: String) -> bool {
        let Ok(limiter) = self.env.rate_limiter(binding) else {
            return true;
        };
        let outcome = within(LIMIT, binding, limiter.limit(key)).await;
        outcome.map_or(true, |outcome| outcome.success)
    }
}
