//! How much goes in one call, and how a list of ids is handed to one statement.

use serde::Serialize;

use crate::port::{Row, Sql, Unavailable, Value};

/// The bound of a list, a parameter. As a sum: SQLite looks at a `LIMIT ?` while it compiles a statement, and
/// from then on compiles it anew for each value, which takes longer than to run it (since 3.48,
/// `sqlite3ExprIsInteger`).
pub(crate) const LIMIT: &str = "LIMIT 0 + ?";

/// How many of the rows, whose sizes these are, fit into `most` bytes: at least one, so that what
/// is larger goes alone.
pub(crate) fn fitting(sizes: &[Row], most: i64) -> Result<i64, Unavailable> {
    let (mut count, mut bytes) = (0, 0);
    for row in sizes {
        bytes += row.integer(0)?;
        if count > 0 && bytes > most {
            break;
        }
        count += 1;
    }
    Ok(count)
}

/// Those of `ids` that stand in a column.
pub(crate) fn present(
    sql: &impl Sql,
    (table, column): (&str, &str),
    ids: &[String],
) -> Result<Vec<String>, Unavailable> {
    let query =
        format!("SELECT {column} FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))");
    let rows = sql.query(&query, vec![json_list(ids)?])?;
    rows.into_iter().map(|mut row| row.take_text(0)).collect()
}

/// One bound parameter for any number of ids, to be read by `json_each`: a statement has room for
/// 100 parameters.
pub(crate) fn json_list(ids: &[impl Serialize]) -> Result<Value, Unavailable> {
    serde_json::to_string(ids)
        .map(Value::Text)
        .map_err(|error| Unavailable::new("writing a list of ids", error))
}
