//! The registry: which applications, sources and event types there are.
//!
//! One object for the whole gateway, so that a uid is unique. It is asked when something is
//! configured, never on the road of an event: ingress reads KV, and the API remembers what it
//! has resolved.
//!
//! A source must also be known at the edge. Its record is filed with a note that it is unpublished,
//! in one statement, and the note leaves when the edge has it; should the object die in between,
//! its alarm publishes. So does a name that is a source's no more: it is noted as withdrawn, in the
//! statement that takes it away. What a deleted source leaves behind is erased later ([`erasure`]).

mod change;
pub mod erasure;
pub mod tasks;

pub use change::Change;

use std::cell::Cell;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::migration::{Version, migrate};
use crate::page::{Listed, Listing, Page};
use crate::port::{Host, Millis, Unavailable, Value};
use crate::source::Source;
use crate::wake::Wake;

/// Before versions were counted.
const FIRST: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS records (
        kind TEXT NOT NULL, id TEXT NOT NULL, uid TEXT, record TEXT NOT NULL,
        unpublished INTEGER NOT NULL, PRIMARY KEY (kind, id)
    ) WITHOUT ROWID",
    "CREATE UNIQUE INDEX IF NOT EXISTS records_by_uid ON records (kind, uid)
     WHERE uid IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS records_unpublished ON records (id) WHERE unpublished = 1",
];

/// Sources can be changed and deleted.
const SECOND: &[&str] = &[
    "CREATE TABLE withdrawn (name TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE erasures (
        kind TEXT NOT NULL, name TEXT NOT NULL, due_at INTEGER NOT NULL, rounds INTEGER NOT NULL,
        PRIMARY KEY (kind, name)
    ) WITHOUT ROWID",
    "CREATE INDEX erasures_by_time ON erasures (due_at)",
];

const VERSIONS: [Version; 3] = [FIRST, SECOND, tasks::SCHEMA];

const UNPUBLISHED: &str = "SELECT id FROM records WHERE unpublished = 1 ORDER BY id";

/// An edge that is away is tried again after this.
const PUBLISH_RETRY_MS: Millis = 5_000;

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelf {
    /// A tenant.
    Application,
    /// A configured inbound provider.
    Source,
    /// A name of a kind of event; its id is the name.
    EventType,
}

impl Shelf {
    fn column(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Source => "source",
            Self::EventType => "event_type",
        }
    }

    /// The shelf that has its names in common with this one.
    fn sharing(self) -> Self {
        match self {
            Self::Application => Self::Source,
            Self::Source => Self::Application,
            Self::EventType => Self::EventType,
        }
    }
}

/// Where ingress looks sources up.
#[allow(async_fn_in_trait)]
pub trait Edge {
    /// Makes a source known.
    ///
    /// # Errors
    /// The edge did not confirm.
    async fn publish(&self, source: &Source) -> Result<(), Unavailable>;

    /// Makes a name unknown.
    ///
    /// # Errors
    /// The edge did not confirm.
    async fn withdraw(&self, name: &str) -> Result<(), Unavailable>;
}

/// What became of a new record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filed {
    /// It is there now.
    Created,
    /// Its id or uid belongs to another.
    Taken,
}

/// The registry's state machine.
#[derive(Debug)]
pub struct Registry<H> {
    host: H,
    wake: Wake,
    /// Calls that are at it: the edge keeps whatever is written last, so only the last one to end
    /// may say that all is published.
    publishing: Cell<u32>,
}

impl<H: Host> Registry<H> {
    /// Opens the object's storage.
    ///
    /// # Errors
    /// The storage is away.
    pub fn open(host: H) -> Result<Self, Unavailable> {
        migrate(&host, &VERSIONS)?;
        let registry = Self {
            host,
            wake: Wake::default(),
            publishing: Cell::new(0),
        };
        if !registry.is_published()? {
            registry.arm()?;
        }
        Ok(registry)
    }

    /// Should this instance die before it publishes, the alarm does.
    fn arm(&self) -> Result<(), Unavailable> {
        let soon = self.host.now() + PUBLISH_RETRY_MS;
        self.wake.no_later_than(&self.host, Some(soon))
    }

    /// Files a new record, unless its id or uid is taken. Applications and sources share their
    /// names: a source is an application, too. A new source is unpublished:
    /// [`Registry::publish`] follows.
    ///
    /// # Errors
    /// The storage is away; nothing is filed.
    pub fn create(
        &self,
        shelf: Shelf,
        id: &str,
        uid: Option<&str>,
        record: &impl Serialize,
    ) -> Result<Filed, Unavailable> {
        let record = serde_json::to_string(record)
            .map_err(|error| Unavailable::new("writing a record", error))?;
        let unpublished = shelf == Shelf::Source;
        if unpublished {
            self.arm()?;
        }
        self.host.transaction(|| {
            let taken = self.host.query(
                "SELECT 1 FROM records WHERE kind IN (?, ?) AND (id IN (?, ?) OR uid IN (?, ?))",
                vec![
                    shelf.column().into(),
                    shelf.sharing().column().into(),
                    id.into(),
                    uid.into(),
                    id.into(),
                    uid.into(),
                ],
            )?;
            if !taken.is_empty() {
                return Ok(Filed::Taken);
            }
            self.host.query(
                "INSERT INTO records (kind, id, uid, record, unpublished)
                 VALUES (?, ?, ?, ?, ?)",
                vec![
                    shelf.column().into(),
                    id.into(),
                    uid.into(),
                    Value::Text(record),
                    i64::from(unpublished).into(),
                ],
            )?;
            Ok(Filed::Created)
        })
    }

    /// The record with this id or uid.
    ///
    /// # Errors
    /// The storage is away.
    pub fn find<T: DeserializeOwned>(
        &self,
        shelf: Shelf,
        id_or_uid: &str,
    ) -> Result<Option<T>, Unavailable> {
        self.host
            .query(
                "SELECT record FROM records WHERE kind = ?1 AND (id = ?2 OR uid = ?2)",
                vec![shelf.column().into(), id_or_uid.into()],
            )?
            .pop()
            .map(|mut row| parse(&row.take_text(0)?))
            .transpose()
    }

    /// Replaces a record; nothing happens where there is none.
    ///
    /// # Errors
    /// The storage is away.
    pub fn amend(
        &self,
        shelf: Shelf,
        id: &str,
        record: &impl Serialize,
    ) -> Result<(), Unavailable> {
        let record = serde_json::to_string(record)
            .map_err(|error| Unavailable::new("writing a record", error))?;
        self.host.query(
            "UPDATE records SET record = ? WHERE kind = ? AND id = ?",
            vec![Value::Text(record), shelf.column().into(), id.into()],
        )?;
        Ok(())
    }

    /// One page of the event types that are not archived.
    ///
    /// # Errors
    /// The storage is away.
    pub fn list_event_types<T: DeserializeOwned>(
        &self,
        page: &Page,
    ) -> Result<Listed<T>, Unavailable> {
        Listing {
            select: "SELECT id, record FROM records",
            condition: (
                "kind = ? AND COALESCE(record ->> '$.archived', 0) = 0",
                vec![Shelf::EventType.column().into()],
            ),
            key: "id",
        }
        .read(&self.host, page, |mut row| {
            Ok((row.take_text(0)?, parse(&row.take_text(1)?)?))
        })
    }

    /// Takes a record away that no edge knows; nothing happens where there is none.
    ///
    /// # Errors
    /// The storage is away.
    pub fn remove(&self, shelf: Shelf, id: &str) -> Result<(), Unavailable> {
        self.host.query(
            "DELETE FROM records WHERE kind = ? AND id = ?",
            vec![shelf.column().into(), id.into()],
        )?;
        Ok(())
    }

    fn is_published(&self) -> Result<bool, Unavailable> {
        let open = self.host.query(
            "SELECT 1 FROM records WHERE unpublished = 1
             UNION ALL SELECT 1 FROM withdrawn LIMIT 1",
            vec![],
        )?;
        Ok(open.is_empty())
    }

    /// Makes every unpublished source known at the edge, and every withdrawn name unknown.
    ///
    /// # Errors
    /// The storage or the edge is away; the alarm tries again.
    pub async fn publish(&self, edge: &impl Edge) -> Result<(), Unavailable> {
        let _publishing = Publishing::begin(&self.publishing);
        let mut failure = None;
        // One that fails does not hold the others up.
        for mut row in self.host.query("SELECT name FROM withdrawn", vec![])? {
            let name = row.take_text(0)?;
            if let Err(error) = self.withdraw_one(&name, edge).await {
                failure = Some(error);
            }
        }
        for mut row in self.host.query(UNPUBLISHED, vec![])? {
            if let Err(error) = self.publish_one(&row.take_text(0)?, edge).await {
                failure = Some(error);
            }
        }
        failure.map_or(Ok(()), Err)
    }

    async fn withdraw_one(&self, name: &str, edge: &impl Edge) -> Result<(), Unavailable> {
        let taken = "SELECT 1 FROM records WHERE kind = ?1 AND (id = ?2 OR uid = ?2)";
        let is_taken = || -> Result<bool, Unavailable> {
            let params = vec![Shelf::Source.column().into(), name.into()];
            Ok(!self.host.query(taken, params)?.is_empty())
        };
        // Another source has the name by now: its record takes the place of the old one.
        if !is_taken()? {
            edge.withdraw(name).await?;
        }
        if is_taken()? {
            // It may have come in between, and its record been taken away.
            self.host.query(
                "UPDATE records SET unpublished = 1 WHERE kind = ?1 AND (id = ?2 OR uid = ?2)",
                vec![Shelf::Source.column().into(), name.into()],
            )?;
        }
        if self.publishing.get() == 1 {
            let sql = "DELETE FROM withdrawn WHERE name = ?";
            self.host.query(sql, vec![name.into()])?;
        }
        Ok(())
    }

    async fn publish_one(&self, id: &str, edge: &impl Edge) -> Result<(), Unavailable> {
        let sql = "SELECT record FROM records WHERE kind = ? AND id = ?";
        let current = || -> Result<Option<String>, Unavailable> {
            let params = vec![Shelf::Source.column().into(), id.into()];
            let row = self.host.query(sql, params)?.pop();
            row.map(|mut row| row.take_text(0)).transpose()
        };
        // A record that was changed while the former one was on its way goes after it.
        while let Some(record) = current()? {
            let source: Source = parse(&record)?;
            edge.publish(&source).await?;
            match current()? {
                // It was deleted meanwhile, and is at the edge again.
                None => {
                    self.arm()?;
                    self.withdraw(Some(source.id))?;
                    return self.withdraw(source.uid);
                }
                Some(now) if now != record => {}
                // An older one may still be on its way.
                Some(_) if self.publishing.get() > 1 => return self.arm(),
                Some(_) => {
                    self.host.query(
                        "UPDATE records SET unpublished = 0 WHERE kind = ? AND id = ?",
                        vec![Shelf::Source.column().into(), id.into()],
                    )?;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// What the alarm does.
    ///
    /// # Errors
    /// The storage or the edge is away; the shell arms a later alarm and does not throw.
    pub async fn on_alarm(&self, edge: &impl Edge) -> Result<(), Unavailable> {
        self.wake.void();
        self.publish(edge).await?;
        match self.is_published()? {
            true => Ok(()),
            false => self.arm(),
        }
    }

    /// One page of a shelf.
    ///
    /// # Errors
    /// The storage is away.
    pub fn list<T: DeserializeOwned>(
        &self,
        shelf: Shelf,
        page: &Page,
    ) -> Result<Listed<T>, Unavailable> {
        Listing {
            select: "SELECT id, record FROM records",
            condition: ("kind = ?", vec![shelf.column().into()]),
            key: "id",
        }
        .read(&self.host, page, |mut row| {
            Ok((row.take_text(0)?, parse(&row.take_text(1)?)?))
        })
    }
}

/// One call that publishes; dropping it ends it.
struct Publishing<'a>(&'a Cell<u32>);

impl<'a> Publishing<'a> {
    fn begin(count: &'a Cell<u32>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Publishing<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

fn parse<T: DeserializeOwned>(record: &str) -> Result<T, Unavailable> {
    serde_json::from_str(record).map_err(|error| Unavailable::new("reading a record", error))
}
