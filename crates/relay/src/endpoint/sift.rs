//! Which of some messages are meant by a background task: what the endpoint alone can tell.

use std::collections::BTreeSet;

use super::Endpoint;
use crate::batch::json_list;
use crate::port::{Host, Unavailable};
use crate::task::Sieve;

impl<H: Host> Endpoint<H> {
    /// Those of the messages that pass, in the order in which they were given.
    ///
    /// # Errors
    /// The storage is away.
    pub fn sift(&self, sieve: &Sieve) -> Result<Vec<String>, Unavailable> {
        let class = sieve.status_code_class.map(i64::from);
        let rows = self.host.query(
            "SELECT message_id FROM deliveries AS d
             WHERE message_id IN (SELECT value FROM json_each(?1))
                AND (?2 IS NULL OR state = ?2)
                AND (?3 IS NULL OR ?3 = (
                    SELECT status_code / 100 * 100 FROM attempts AS a
                    WHERE a.message_id = d.message_id ORDER BY a.id DESC LIMIT 1))",
            vec![
                json_list(&sieve.ids)?,
                sieve.state.map(|state| state.number()).into(),
                class.into(),
            ],
        )?;
        let found = rows
            .into_iter()
            .map(|mut row| row.take_text(0))
            .collect::<Result<BTreeSet<_>, _>>()?;
        let ids = sieve.ids.iter();
        Ok(ids
            .filter(|id| found.contains(*id) != sieve.missing)
            .cloned()
            .collect())
    }
}
