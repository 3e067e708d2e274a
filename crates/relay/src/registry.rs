//! The registry: which applications, sources and event types there are.
//!
//! One object for the whole gateway, so that a uid is unique. It is asked when something is
//! configured, never on the road of an event: ingress reads KV, and the API remembers what it
//! has resolved.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::page::{Listed, Listing, Page};
use crate::port::{Sql, Unavailable, Value};

const SCHEMA: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS records (
        kind TEXT NOT NULL, id TEXT NOT NULL, uid TEXT, record TEXT NOT NULL,
        PRIMARY KEY (kind, id)
    ) WITHOUT ROWID",
    "CREATE UNIQUE INDEX IF NOT EXISTS records_by_uid ON records (kind, uid)
     WHERE uid IS NOT NULL",
];

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
pub struct Registry<S> {
    sql: S,
}

impl<S: Sql> Registry<S> {
    /// Opens the object's storage.
    ///
    /// # Errors
    /// The storage is away.
    pub fn open(sql: S) -> Result<Self, Unavailable> {
        for statement in SCHEMA {
            sql.query(statement, vec![])?;
        }
        Ok(Self { sql })
    }

    /// Files a new record, unless its id or uid is taken.
    ///
    /// # Errors
    /// The storage is away.
    pub fn create(
        &self,
        shelf: Shelf,
        id: &str,
        uid: Option<&str>,
        record: &impl Serialize,
    ) -> Result<Filed, Unavailable> {
        let record = serde_json::to_string(record)
            .map_err(|error| Unavailable::new("writing a record", error))?;
        self.sql.transaction(|| {
            let taken = self.sql.query(
                "SELECT 1 FROM records WHERE kind = ? AND (id IN (?, ?) OR uid IN (?, ?))",
                vec![
                    shelf.column().into(),
                    id.into(),
                    uid.into(),
                    id.into(),
                    uid.into(),
                ],
            )?;
            if !taken.is_empty() {
                return Ok(Filed::Taken);
            }
            self.sql.query(
                "INSERT INTO records (kind, id, uid, record) VALUES (?, ?, ?, ?)",
                vec![
                    shelf.column().into(),
                    id.into(),
                    uid.into(),
                    Value::Text(record),
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
        self.sql
            .query(
                "SELECT record FROM records WHERE kind = ?1 AND (id = ?2 OR uid = ?2)",
                vec![shelf.column().into(), id_or_uid.into()],
            )?
            .pop()
            .map(|mut row| parse(&row.take_text(0)?))
            .transpose()
    }

    /// Takes a record away; nothing happens where there is none.
    ///
    /// # Errors
    /// The storage is away.
    pub fn remove(&self, shelf: Shelf, id: &str) -> Result<(), Unavailable> {
        self.sql.query(
            "DELETE FROM records WHERE kind = ? AND id = ?",
            vec![shelf.column().into(), id.into()],
        )?;
        Ok(())
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
        .read(&self.sql, page, |mut row| {
            Ok((row.take_text(0)?, parse(&row.take_text(1)?)?))
        })
    }
}

fn parse<T: DeserializeOwned>(record: &str) -> Result<T, Unavailable> {
    serde_json::from_str(record).map_err(|error| Unavailable::new("reading a record", error))
}
