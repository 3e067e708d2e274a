//! The refusals of one source: what was turned away, and why, for whoever sets the source up.
//!
//! Anybody who knows the source's address can be refused, so the log is bounded in every direction:
//! the newest [`MOST`] entries of the last [`KEPT_MS`], each of a bounded size. What a request
//! carried stands here redacted ([`redact`]). How often it is written is rationed where it is
//! called.

pub mod redact;

use serde::{Deserialize, Serialize};

use crate::migration::{Version, migrate};
use crate::page::{Listed, Listing, Page};
use crate::port::{Host, Millis, Unavailable};
use crate::wake::Wake;

/// Entries of one source.
pub const MOST: i64 = 500;
/// How long an entry is kept: a week.
pub const KEPT_MS: Millis = 7 * 86_400_000;
/// Bytes of one entry, all told: past it the entry is kept without what the request carried.
pub const LARGEST: usize = 32 * 1024;

/// Before versions were counted.
const FIRST: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS refusals (
        id TEXT PRIMARY KEY, at INTEGER NOT NULL, entry TEXT NOT NULL
    ) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS refusals_by_age ON refusals (at)",
];

const VERSIONS: [Version; 1] = [FIRST];

/// One refused request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// `log…`; sorts by time.
    pub id: String,
    /// When it was refused.
    pub at: Millis,
    /// What the sender was answered.
    pub status: u16,
    /// The stable code of the cause.
    pub code: String,
    /// The cause in words.
    pub detail: String,
    /// The request's headers, redacted.
    pub headers: Vec<(String, String)>,
    /// The beginning of its body, redacted.
    pub payload: String,
    /// Bytes of the whole body, where it was read.
    #[serde(default)]
    pub body_bytes: Option<u64>,
    /// What was found out about the cause.
    #[serde(default)]
    pub causes: Vec<Cause>,
    /// What was checked, in order.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// How many before it were not written down.
    #[serde(default)]
    pub unlogged: u32,
}

/// What is wrong with a request, as the verifier explains it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Its code.
    pub code: String,
    /// Whether it was proved.
    pub certain: bool,
    /// What it is.
    pub meaning: String,
    /// What to do about it.
    pub remedy: String,
}

/// One check of the verifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// `passed`, `failed` or `not_reached`.
    pub verdict: String,
    /// What it saw, in a sentence.
    pub summary: String,
}

/// One source's log.
#[derive(Debug)]
pub struct Refusals<H> {
    host: H,
    wake: Wake,
}

impl<H: Host> Refusals<H> {
    /// Opens the object's storage.
    ///
    /// # Errors
    /// The storage is away.
    pub fn open(host: H) -> Result<Self, Unavailable> {
        migrate(&host, &VERSIONS)?;
        let refusals = Self {
            host,
            wake: Wake::default(),
        };
        refusals.arm()?;
        Ok(refusals)
    }

    /// Writes an entry down, and lets go of what is over the bounds.
    ///
    /// # Errors
    /// The storage is away; nothing is written.
    pub fn record(&self, mut refusal: Refusal) -> Result<(), Unavailable> {
        let mut entry = json(&refusal)?;
        if entry.len() > LARGEST {
            (refusal.headers, refusal.payload) = (vec![], String::new());
            (refusal.causes, refusal.checks) = (vec![], vec![]);
            refusal.detail = redact::clip(&refusal.detail, 256);
            entry = json(&refusal)?;
        }
        self.host.transaction(|| {
            self.host.query(
                "INSERT OR REPLACE INTO refusals (id, at, entry) VALUES (?, ?, ?)",
                vec![
                    refusal.id.as_str().into(),
                    refusal.at.into(),
                    entry.as_str().into(),
                ],
            )?;
            self.forget_old()?;
            self.host.query(
                "DELETE FROM refusals WHERE id <=
                    (SELECT id FROM refusals ORDER BY id DESC LIMIT 1 OFFSET ?)",
                vec![MOST.into()],
            )
        })?;
        self.arm()
    }

    /// One page of the log.
    ///
    /// # Errors
    /// The storage is away.
    pub fn list(&self, page: &Page) -> Result<Listed<Refusal>, Unavailable> {
        let oldest = self.host.now() - KEPT_MS;
        Listing {
            select: "SELECT id, entry FROM refusals",
            condition: ("at > ?", vec![oldest.into()]),
            key: "id",
        }
        .read(&self.host, page, |mut row| {
            let (id, entry) = (row.take_text(0)?, row.take_text(1)?);
            let refusal = serde_json::from_str(&entry)
                .map_err(|error| Unavailable::new("reading a refusal", error))?;
            Ok((id, refusal))
        })
    }

    /// What the alarm does: lets go of what is too old.
    ///
    /// # Errors
    /// The storage is away; the shell arms a later alarm and does not throw.
    pub fn on_alarm(&self) -> Result<(), Unavailable> {
        self.wake.void();
        self.forget_old()?;
        self.arm()
    }

    fn forget_old(&self) -> Result<(), Unavailable> {
        let oldest = self.host.now() - KEPT_MS;
        self.host
            .query("DELETE FROM refusals WHERE at <= ?", vec![oldest.into()])?;
        Ok(())
    }

    fn arm(&self) -> Result<(), Unavailable> {
        let rows = self.host.query("SELECT MIN(at) FROM refusals", vec![])?;
        let first = rows
            .first()
            .map_or(Ok(None), |row| row.optional_integer(0))?;
        let due = first.map(|at| at + KEPT_MS);
        self.wake.no_later_than(&self.host, due)
    }
}

fn json(refusal: &Refusal) -> Result<String, Unavailable> {
    serde_json::to_string(refusal).map_err(|error| Unavailable::new("writing a refusal", error))
}
