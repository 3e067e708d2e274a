//! Lists, page by page, in the form of the public Svix API: `iterator` goes on after the last
//! item, `prevIterator` (`-` and the first item's id) goes back before the first. An id that begins
//! with one of the signs itself stands behind a `~`, which is safe in a URL.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::port::{Row, Sql, Unavailable, Value};
use crate::search::{Conditions, MOST_SEEN};

/// Most items of one page.
pub const MAX_LIMIT: u32 = 250;

/// Which page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Items at most, 1 to [`MAX_LIMIT`].
    pub limit: u32,
    /// Where an earlier page ended; with a leading `-`, where it began.
    pub iterator: Option<String>,
    /// Newest first.
    pub descending: bool,
}

impl Page {
    /// Whether it ends where an earlier page began.
    pub(crate) fn is_backwards(&self) -> bool {
        self.iterator
            .as_deref()
            .is_some_and(|text| text.starts_with('-'))
    }

    fn way(&self) -> Way<'_> {
        let iterator = self.iterator.as_deref();
        let descending = self.descending != self.is_backwards();
        Way {
            position: iterator.map(|text| text.strip_prefix(['-', '~']).unwrap_or(text)),
            order: if descending { "DESC" } else { "ASC" },
            beyond: if descending { "<" } else { ">" },
            within: if descending { ">=" } else { "<=" },
        }
    }
}

/// From where and which way a page goes.
struct Way<'a> {
    position: Option<&'a str>,
    order: &'static str,
    /// How a key that is still to come compares with a position, and one that is not past it.
    beyond: &'static str,
    within: &'static str,
}

/// The key of the last row that a page of `table` looks at, in the order of its text column `key`, among
/// those that `seek` leads to. None: it looks at all that are left.
pub(crate) fn horizon(
    sql: &impl Sql,
    page: &Page,
    (table, key): (&str, &str),
    seek: &Conditions,
) -> Result<Option<String>, Unavailable> {
    let Way {
        position,
        order,
        beyond,
        ..
    } = page.way();
    let mut seek = seek.clone();
    if let Some(id) = position {
        seek.and(&format!("{key} {beyond} ?"), [id.into()]);
    }
    seek.params.push((MOST_SEEN as i64 - 1).into());
    let condition = seek.text;
    sql.query(
        &format!(
            "SELECT {key} FROM {table} WHERE {condition} ORDER BY {key} {order} LIMIT 1 OFFSET ?"
        ),
        seek.params,
    )?
    .pop()
    .map(|mut row| row.take_text(0))
    .transpose()
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed<T> {
    /// The items.
    pub data: Vec<T>,
    /// Goes on after the last item.
    pub iterator: Option<String>,
    /// Goes back before the first item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev_iterator: Option<String>,
    /// Nothing follows in the direction that was asked for.
    pub done: bool,
}

/// One page of anything.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyPage {
    data: Box<RawValue>,
    iterator: Option<String>,
    #[serde(default)]
    prev_iterator: Option<String>,
    done: bool,
}

/// By way of what is the same for all: in WebAssembly the reader of a page would else stand there once
/// for each kind of item.
impl<'de, T: DeserializeOwned> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let page = AnyPage::deserialize(deserializer)?;
        Ok(Self {
            data: serde_json::from_str(page.data.get()).map_err(D::Error::custom)?,
            iterator: page.iterator,
            prev_iterator: page.prev_iterator,
            done: page.done,
        })
    }
}

impl<T> Listed<T> {
    /// The same page with each item turned into another form.
    pub fn map<U>(self, form: impl FnMut(T) -> U) -> Listed<U> {
        Listed {
            data: self.data.into_iter().map(form).collect(),
            iterator: self.iterator,
            prev_iterator: self.prev_iterator,
            done: self.done,
        }
    }
}

/// What is listed: a statement's parts, written here in the crate and never from input.
pub(crate) struct Listing<'a> {
    /// `SELECT … FROM …`
    pub(crate) select: &'a str,
    /// A condition, with its parameters.
    pub(crate) condition: (&'a str, Vec<Value>),
    /// The unique text column that orders the list and is its iterator.
    pub(crate) key: &'a str,
}

impl Listing<'_> {
    /// Reads one page; `item` gives each row's key and value.
    pub(crate) fn read<T>(
        self,
        sql: &impl Sql,
        page: &Page,
        item: impl FnMut(Row) -> Result<(String, T), Unavailable>,
    ) -> Result<Listed<T>, Unavailable> {
        self.read_to(None, sql, page, item)
    }

    /// Reads one page that ends at its [`horizon`] if it is not full before. It may be empty and yet not
    /// the last.
    pub(crate) fn read_to<T>(
        self,
        horizon: Option<String>,
        sql: &impl Sql,
        page: &Page,
        mut item: impl FnMut(Row) -> Result<(String, T), Unavailable>,
    ) -> Result<Listed<T>, Unavailable> {
        let (rows, more) = self.rows(horizon.as_deref(), sql, page)?;
        let (mut ids, mut data) = (vec![], vec![]);
        for row in rows {
            let (id, value) = item(row)?;
            ids.push(id);
            data.push(value);
        }
        let Listed {
            iterator,
            prev_iterator,
            done,
            ..
        } = frame(page, &ids, more, horizon);
        Ok(Listed {
            data,
            iterator,
            prev_iterator,
            done,
        })
    }

    /// The rows of a page in its order, and whether there are more within the horizon.
    fn rows(
        self,
        horizon: Option<&str>,
        sql: &impl Sql,
        page: &Page,
    ) -> Result<(Vec<Row>, bool), Unavailable> {
        let Way {
            position,
            order,
            beyond,
            within,
        } = page.way();
        let limit = page.limit.clamp(1, MAX_LIMIT) as usize;

        let (condition, mut params) = self.condition;
        let (select, key) = (self.select, self.key);
        let mut statement = format!("{select} WHERE {condition}");
        for (compares, id) in [(beyond, position), (within, horizon)] {
            if let Some(id) = id {
                statement.push_str(&format!(" AND {key} {compares} ?"));
                params.push(id.into());
            }
        }
        statement.push_str(&format!(" ORDER BY {key} {order} LIMIT ?"));
        params.push((limit as i64 + 1).into());

        let mut rows = sql.query(&statement, params)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        if page.is_backwards() {
            rows.reverse();
        }
        Ok((rows, more))
    }
}

/// What stands around the items of these ids. Not for each kind of item anew: see [`AnyPage`].
fn frame(page: &Page, ids: &[String], more: bool, horizon: Option<String>) -> Listed<()> {
    let backwards = page.is_backwards();
    // Where the page stopped without being full.
    let stopped = horizon.filter(|_| !more);
    let done = !more && stopped.is_none();
    let (mut first, mut last) = (ids.first().cloned(), ids.last().cloned());
    if stopped.is_some() {
        if backwards || first.is_none() {
            first.clone_from(&stopped);
        }
        if !backwards || last.is_none() {
            last = stopped;
        }
    }
    Listed {
        data: vec![],
        iterator: match last {
            Some(id) if id.starts_with(['-', '~']) => Some(format!("~{id}")),
            Some(id) => Some(id),
            // Nothing stands before the beginning, and there a walk forwards starts.
            None if backwards => None,
            None => page.iterator.clone(),
        },
        prev_iterator: first.map(|id| format!("-{id}")),
        done,
    }
}
