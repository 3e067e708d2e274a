//! A record becomes another, or goes.

use serde::Serialize;

use super::erasure::{ERASE_AFTER_MS, ROUNDS, Remains};
use super::{Registry, Shelf};
use crate::application::Replaced;
use crate::port::{Host, Millis, Unavailable, Value};

/// A record in the place of an earlier one.
#[derive(Debug)]
pub struct Change<'a, T> {
    /// Whose it is.
    pub id: &'a str,
    /// Its uid from now on.
    pub uid: Option<&'a str>,
    /// The record.
    pub record: &'a T,
    /// `updatedAt` of the record that it was made from: two changes that do not know of each other
    /// would else lose one of them.
    pub since: Millis,
}

impl<H: Host> Registry<H> {
    /// Puts a record in the place of an earlier one. A source is unpublished then:
    /// [`Registry::publish`] follows.
    ///
    /// # Errors
    /// The storage is away; nothing is changed.
    pub fn replace(
        &self,
        shelf: Shelf,
        change: &Change<'_, impl Serialize>,
    ) -> Result<Replaced, Unavailable> {
        let record = serde_json::to_string(change.record)
            .map_err(|error| Unavailable::new("writing a record", error))?;
        let (id, uid) = (change.id, change.uid);
        let published = shelf == Shelf::Source;
        if published {
            self.arm()?;
        }
        self.host.transaction(|| {
            let Some(mut before) = self
                .host
                .query(
                    "SELECT uid, json_extract(record, '$.updatedAt') FROM records
                     WHERE kind = ? AND id = ?",
                    vec![shelf.column().into(), id.into()],
                )?
                .pop()
            else {
                return Ok(Replaced::Unknown);
            };
            if before.integer(1)? != change.since {
                return Ok(Replaced::Changed);
            }
            let taken = self.host.query(
                "SELECT 1 FROM records WHERE kind IN (?, ?) AND (id = ? OR uid = ?) AND id <> ?",
                vec![
                    shelf.column().into(),
                    shelf.sharing().column().into(),
                    uid.into(),
                    uid.into(),
                    id.into(),
                ],
            )?;
            if !taken.is_empty() {
                return Ok(Replaced::Conflict);
            }
            let former = before.take_optional_text(0)?;
            if published && former.as_deref() != uid {
                self.withdraw(former)?;
            }
            self.host.query(
                "UPDATE records SET uid = ?, record = ?, unpublished = ? WHERE kind = ? AND id = ?",
                vec![
                    uid.into(),
                    Value::Text(record),
                    i64::from(published).into(),
                    shelf.column().into(),
                    id.into(),
                ],
            )?;
            Ok(Replaced::Done)
        })
    }

    /// Takes a source away, with a note of what it leaves behind. Whether there was one.
    /// [`Registry::publish`] follows.
    ///
    /// # Errors
    /// The storage is away; nothing is changed.
    pub fn delete_source(&self, id: &str, remains: &[Remains]) -> Result<bool, Unavailable> {
        self.arm()?;
        self.host.transaction(|| {
            let gone = self.host.query(
                "DELETE FROM records WHERE kind = ? AND id = ? RETURNING uid",
                vec![Shelf::Source.column().into(), id.into()],
            )?;
            let Some(mut row) = gone.into_iter().next() else {
                return Ok(false);
            };
            self.withdraw(Some(id.to_owned()))?;
            self.withdraw(row.take_optional_text(0)?)?;
            for Remains { kind, name } in remains {
                self.host.query(
                    "INSERT OR REPLACE INTO erasures (kind, name, due_at, rounds)
                     VALUES (?, ?, ?, ?)",
                    vec![
                        kind.column().into(),
                        name.as_str().into(),
                        (self.host.now() + ERASE_AFTER_MS).into(),
                        ROUNDS.into(),
                    ],
                )?;
            }
            Ok(true)
        })
    }

    pub(super) fn withdraw(&self, name: Option<String>) -> Result<(), Unavailable> {
        if let Some(name) = name {
            let sql = "INSERT OR IGNORE INTO withdrawn (name) VALUES (?)";
            self.host.query(sql, vec![name.into()])?;
        }
        Ok(())
    }
}
