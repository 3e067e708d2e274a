//! The end of an endpoint: what it has is deleted, and what still arrives is not taken in.

use super::Endpoint;
use crate::port::{Host, Unavailable};

pub(crate) const SCHEMA: &[&str] =
    &["CREATE TABLE retired (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL)"];

const TABLES: [&str; 8] = [
    "endpoint",
    "deliveries",
    "payloads",
    "attempts",
    "manual",
    "notices",
    "failing",
    "throttle",
];

impl<H: Host> Endpoint<H> {
    /// Deletes all that the endpoint has. An attempt that is out leaves no trace.
    ///
    /// # Errors
    /// The storage is away; nothing is deleted.
    pub fn retire(&self) -> Result<(), Unavailable> {
        self.transaction(|| {
            for table in TABLES {
                self.host.query(&format!("DELETE FROM {table}"), vec![])?;
            }
            self.host.query(
                "INSERT OR IGNORE INTO retired (one, at) VALUES (1, ?)",
                vec![self.host.now().into()],
            )?;
            Ok(())
        })?;
        self.config.replace(None);
        self.memory.forget();
        self.retired.set(true);
        Ok(())
    }

    pub(super) fn read_retired(&self) -> Result<(), Unavailable> {
        let rows = self.host.query("SELECT 1 FROM retired", vec![])?;
        self.retired.set(!rows.is_empty());
        Ok(())
    }
}
