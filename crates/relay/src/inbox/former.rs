//! What an inbox is asked after its source's shards were changed (`admission::layout`).

use super::{Inbox, PURGE_DELAY_MS, PURGE_SLICE};
use crate::admission::layout::Enquiry;
use crate::port::{Host, Millis, Unavailable};

impl<H: Host> Inbox<H> {
    /// The messages that hold these claims here, one answer for each. Where there is none, a note
    /// that the claim is made elsewhere is left in the same transaction, if one is asked for: no
    /// older layout can claim it here from then on.
    ///
    /// # Errors
    /// The storage is away; no note is left.
    pub fn enquire(&self, enquiry: &Enquiry) -> Result<Vec<Option<String>>, Unavailable> {
        let now = self.host.now();
        if let Some(note) = enquiry.note {
            // Before the notes are written: what is noted for nothing is only looked for in vain.
            self.noted.set(true);
            let purge = note.until + PURGE_DELAY_MS;
            self.wake.no_later_than(&self.host, Some(purge))?;
        }
        self.host.transaction(|| {
            let mut holders = vec![];
            for key in &enquiry.keys {
                let holder = self.claimed(key, now)?;
                if let (None, Some(note)) = (&holder, enquiry.note) {
                    self.host.query(
                        "INSERT INTO departures (key, layout, expires_at) VALUES (?, ?, ?)
                         ON CONFLICT (key) DO UPDATE SET
                            layout = MAX(layout, excluded.layout),
                            expires_at = MAX(expires_at, excluded.expires_at)",
                        vec![
                            key.as_str().into(),
                            i64::from(note.layout).into(),
                            note.until.into(),
                        ],
                    )?;
                }
                holders.push(holder);
            }
            Ok(holders)
        })
    }

    /// Refuses a claim under an older layout than one that has made it elsewhere.
    pub(super) fn check_not_departed(&self, key: &str, layout: u32) -> Result<(), Unavailable> {
        if !self.noted.get() {
            return Ok(());
        }
        let later = self.host.query(
            "SELECT 1 FROM departures WHERE key = ? AND layout > ? AND expires_at > ?",
            vec![key.into(), i64::from(layout).into(), self.host.now().into()],
        )?;
        if later.is_empty() {
            return Ok(());
        }
        let cause = "its source's shards were changed, which its isolate does not know yet";
        Err(Unavailable::new("admitting an event", cause))
    }

    /// Looks whether there are notes at all: nearly always there are none.
    pub(super) fn look_for_notes(&self) -> Result<(), Unavailable> {
        let any = self
            .host
            .query("SELECT 1 FROM departures LIMIT 1", vec![])?;
        self.noted.set(!any.is_empty());
        Ok(())
    }

    pub(super) fn purge_notes(&self) -> Result<(), Unavailable> {
        if !self.noted.get() {
            return Ok(());
        }
        self.host.query(
            "DELETE FROM departures WHERE key IN (
                SELECT key FROM departures WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
            vec![self.host.now().into(), PURGE_SLICE.into()],
        )?;
        self.look_for_notes()
    }

    /// When the first note expires.
    pub(super) fn first_note(&self) -> Result<Option<Millis>, Unavailable> {
        if !self.noted.get() {
            return Ok(None);
        }
        let rows = self
            .host
            .query("SELECT MIN(expires_at) FROM departures", vec![])?;
        let at = rows
            .first()
            .map_or(Ok(None), |row| row.optional_integer(0))?;
        Ok(at.map(|at| at + PURGE_DELAY_MS))
    }
}
