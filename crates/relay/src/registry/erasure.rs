//! What a deleted source leaves behind, until it is erased.
//!
//! An isolate acts upon a source's record for a while after it was deleted, and the queue holds
//! events of it. So its objects are erased some minutes later, and once more after a day: what came
//! in between was acknowledged to a source that is gone, and goes with it. The scheduled handler takes
//! what is due, and tells what was done.

use serde::{Deserialize, Serialize};

use super::Registry;
use crate::port::{Host, Millis, Row, Unavailable};

/// How long after the deletion: longer than an isolate remembers a source and KV's cache holds it.
pub const ERASE_AFTER_MS: Millis = 3 * 60_000;

/// How often, and how long after the time before.
pub(super) const ROUNDS: i64 = 2;
const ROUND_MS: Millis = 86_400_000;

/// What is taken and not heard of is due again after this.
const LEASE_MS: Millis = 5 * 60_000;

/// The kinds of object that have storage of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// One shard of a source's inbox.
    Inbox,
    /// An application, and the endpoints that it has by then.
    Application,
    /// An endpoint.
    Endpoint,
    /// The log of what a source has refused.
    Refusals,
}

impl Holder {
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Application => "application",
            Self::Endpoint => "endpoint",
            Self::Refusals => "refusals",
        }
    }

    fn from_column(text: &str) -> Result<Self, Unavailable> {
        [
            Self::Inbox,
            Self::Application,
            Self::Endpoint,
            Self::Refusals,
        ]
        .into_iter()
        .find(|kind| kind.column() == text)
        .ok_or_else(|| Unavailable::new("reading erasures", "a kind that is not known here"))
    }
}

/// An object that is to be erased.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Remains {
    /// What it is.
    pub kind: Holder,
    /// Its name among its kind.
    pub name: String,
}

impl<H: Host> Registry<H> {
    /// What is to be erased now, at most `most`. Each is taken for some minutes.
    ///
    /// # Errors
    /// The storage is away.
    pub fn take_erasures(&self, now: Millis, most: u32) -> Result<Vec<Remains>, Unavailable> {
        let taken = self.host.query(
            "UPDATE erasures SET due_at = ? WHERE (kind, name) IN (
                SELECT kind, name FROM erasures WHERE due_at <= ? ORDER BY due_at LIMIT ?)
             RETURNING kind, name",
            vec![(now + LEASE_MS).into(), now.into(), i64::from(most).into()],
        )?;
        let remains = |mut row: Row| {
            Ok(Remains {
                kind: Holder::from_column(&row.take_text(0)?)?,
                name: row.take_text(1)?,
            })
        };
        taken.into_iter().map(remains).collect()
    }

    /// These were erased at `now`.
    ///
    /// # Errors
    /// The storage is away; they are erased once more.
    pub fn erased(&self, now: Millis, erased: &[Remains]) -> Result<(), Unavailable> {
        self.host.transaction(|| {
            for Remains { kind, name } in erased {
                let which = || vec![kind.column().into(), name.as_str().into()];
                if *kind == Holder::Application {
                    self.fail_tasks_of(name, now)?;
                }
                self.host.query(
                    "DELETE FROM erasures WHERE kind = ? AND name = ? AND rounds <= 1",
                    which(),
                )?;
                let mut params = vec![(now + ROUND_MS).into()];
                params.extend(which());
                self.host.query(
                    "UPDATE erasures SET due_at = ?, rounds = rounds - 1
                     WHERE kind = ? AND name = ?",
                    params,
                )?;
            }
            Ok(())
        })
    }
}
