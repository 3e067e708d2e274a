//! How a neighbour that is away is asked again: later each time, up to ten minutes. What waits is a row
//! with `tries` and `due_at`.

use crate::port::{Millis, Sql, Unavailable};

/// After the first failure; it doubles with each that follows.
pub(crate) const RETRY_MS: Millis = 1_000;
/// It doubles no further.
pub(crate) const LONGEST_RETRY_MS: Millis = 600_000;

/// When the next row of `table` is due.
pub(crate) fn earliest(sql: &impl Sql, table: &str) -> Result<Option<Millis>, Unavailable> {
    sql.query(&format!("SELECT MIN(due_at) FROM {table}"), vec![])?
        .first()
        .map_or(Ok(None), |row| row.optional_integer(0))
}
