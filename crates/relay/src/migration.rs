//! The versions of an object's tables. An object that was stored by an older build is brought up to
//! date when it is opened, one version after the other, each as a whole or not at all.
//!
//! A version that has been released is never edited: what changes is one more version. The first
//! one creates only what is missing, for objects that were stored before versions were counted.

use crate::port::{Sql, Unavailable};

/// The statements of one version.
pub(crate) type Version = &'static [&'static str];

/// Brings the tables up to the last of `versions`. Tables of a newer build are left as they are:
/// versions only ever add.
pub(crate) fn migrate(sql: &impl Sql, versions: &[Version]) -> Result<(), Unavailable> {
    sql.query(
        "CREATE TABLE IF NOT EXISTS schema_version (
            one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL
        )",
        vec![],
    )?;
    let known = sql
        .query("SELECT version FROM schema_version", vec![])?
        .first()
        .map_or(Ok(0), |row| row.integer(0))?;
    let known = usize::try_from(known).unwrap_or(0);
    for (number, version) in (1_i64..).zip(versions).skip(known) {
        sql.transaction(|| {
            for statement in *version {
                sql.query(statement, vec![])?;
            }
            sql.query(
                "INSERT OR REPLACE INTO schema_version (one, version) VALUES (1, ?)",
                vec![number.into()],
            )?;
            Ok(())
        })?;
    }
    Ok(())
}
