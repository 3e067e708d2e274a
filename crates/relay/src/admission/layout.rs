//! In which inboxes the claims of a source stand, also after its number of shards was changed.
//!
//! A claim stands in the shard that its key and the number of shards give. Another number gives
//! another shard: so a source remembers its former numbers until the last claim that was made under
//! them has expired, and the gate asks those inboxes ([`Enquiry`]) before it claims in the new one.
//!
//! To ask is not enough. An isolate acts upon a source's record for a while after it was changed:
//! it remembers it (10 s by default), and KV may give it an old one (60 s, and no bound is promised).
//! So at the moment of a change two copies of one event may be on their way to two inboxes, and
//! both could find nothing and claim. There must be one place at which both come by, and that is
//! the *former* inbox: the copy under the old record claims there; the copy under the new one asks
//! there, and in the same transaction leaves a note that this key has departed. Whichever comes first
//! holds:
//!
//! - the claim came first: who asks is told of it, and the event is a duplicate;
//! - the note came first: the claim under the older layout is refused (503, nothing is kept), and the
//!   provider's retry finds an isolate that knows the new record, or is refused again until one does.
//!
//! Layouts are numbered, for a source may go from 4 shards to 8 and back, and a note of the first
//! change must not hold up who claims in the same inbox after the second: a note stops older layouts
//! alone. An event claims under the newest layout that its isolate knows, asks in all former inboxes
//! and leaves notes in all of them, so that the same holds between any two layouts: the one that is
//! older claims in an inbox in which the newer one asks. No clock is trusted for that.
//!
//! One thing is timed: notes are left for [`STALE_MS`] after a change, and no longer. An isolate
//! that acts upon an older record than that does not exist; after that time a former inbox is only
//! read, and a source whose claims live for a month does not pay a row of notes for each event of it.
//!
//! Claims that stand together (`Claims`) are in shard 0 under every number, and are not asked for.

use serde::{Deserialize, Serialize};

use super::Dedup;
use crate::port::Millis;

/// No isolate acts upon a record that was replaced so long ago: an hour. KV says 60 seconds 'or
/// more'.
pub const STALE_MS: Millis = 3_600_000;

/// Former layouts whose claims may be alive at once. Each is asked about each event.
pub const MOST_FORMER: usize = 3;

/// What a source remembers of how it admitted before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Past {
    /// How often the number of shards was changed.
    pub layout: u32,
    /// The numbers of shards before, oldest first.
    pub former: Vec<Former>,
    /// Until when claims may live that were made under a longer TTL than today's.
    pub claimed_until: Millis,
}

/// A number of shards that claims were made under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Former {
    /// How many there were.
    pub shards: u8,
    /// When there came to be another number.
    pub changed_at: Millis,
    /// When the last of its claims has expired.
    pub until: Millis,
}

/// Asks a former inbox about claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enquiry {
    /// The claims.
    pub keys: Vec<String>,
    /// The note to leave for each that is not held there.
    #[serde(default)]
    pub note: Option<Departure>,
}

/// A note that a claim is made elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Departure {
    /// The layout that it is made under.
    pub layout: u32,
    /// Until when the note is needed.
    pub until: Millis,
}

/// The shards were changed too often for all former ones to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedTooOften {
    /// When the oldest of them is forgotten.
    pub until: Millis,
}

impl Past {
    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The former layouts whose claims may still be alive, and the note to leave in their inboxes.
    pub fn alive(&self, now: Millis) -> impl Iterator<Item = (&Former, Option<Departure>)> {
        let note = move |former: &Former| {
            let until = former.changed_at + STALE_MS;
            let layout = self.layout;
            (now < until).then_some(Departure { layout, until })
        };
        let alive = self.former.iter().filter(move |former| former.until > now);
        alive.map(move |former| (former, note(former)))
    }
}

impl Dedup {
    /// This becomes `next`, at `now`; what was before is remembered.
    ///
    /// # Errors
    /// [`MOST_FORMER`] changes of the shards are remembered already.
    pub fn changed_to(&self, next: Self, now: Millis) -> Result<Self, ChangedTooOften> {
        let mut past = self.past.clone();
        past.former.retain(|former| former.until > now);
        // A stale isolate claims under this TTL for a while yet.
        let until = now + STALE_MS + Millis::from(self.ttl_secs) * 1000;
        let until = until.max(past.claimed_until);
        if next.ttl_secs < self.ttl_secs {
            past.claimed_until = until;
        }
        if next.shards != self.shards {
            if past.former.len() >= MOST_FORMER {
                let ends = past.former.iter().map(|former| former.until);
                let until = ends.min().unwrap_or(now);
                return Err(ChangedTooOften { until });
            }
            past.layout += 1;
            past.former.push(Former {
                shards: self.shards,
                changed_at: now,
                until,
            });
        }
        Ok(Self { past, ..next })
    }
}
