//! Lists, page by page, in the form of the public Svix API: `iterator` goes on after the last
//! item, `prevIterator` (`-` and the first item's id) goes back before the first. An id that begins
//! with one of the signs itself stands behind a `~`, which is safe in a URL.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::port::{Row, Sql, Unavailable, Value};

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
        mut item: impl FnMut(Row) -> Result<(String, T), Unavailable>,
    ) -> Result<Listed<T>, Unavailable> {
        let backwards = page.is_backwards();
        let position = page
            .iterator
            .as_deref()
            .map(|text| text.strip_prefix(['-', '~']).unwrap_or(text));
        let descending = page.descending != backwards;
        let (order, beyond) = if descending {
            ("DESC", "<")
        } else {
            ("ASC", ">")
        };
        let limit = page.limit.clamp(1, MAX_LIMIT) as usize;

        let (condition, mut params) = self.condition;
        let (select, key) = (self.select, self.key);
        let mut statement = format!("{select} WHERE {condition}");
        if let Some(id) = position {
            statement.push_str(&format!(" AND {key} {beyond} ?"));
            params.push(id.into());
        }
        statement.push_str(&format!(" ORDER BY {key} {order} LIMIT ?"));
        params.push((limit as i64 + 1).into());

        let mut items = sql
            .query(&statement, params)?
            .into_iter()
            .map(&mut item)
            .collect::<Result<Vec<_>, _>>()?;
        let done = items.len() <= limit;
        items.truncate(limit);
        if backwards {
            items.reverse();
        }
        Ok(Listed {
            iterator: match items.last() {
                Some((id, _)) if id.starts_with(['-', '~']) => Some(format!("~{id}")),
                Some((id, _)) => Some(id.clone()),
                // Nothing stands before the beginning, and there a walk forwards starts.
                None if backwards => None,
                None => page.iterator.clone(),
            },
            prev_iterator: items.first().map(|(id, _)| format!("-{id}")),
            data: items.into_iter().map(|(_, value)| value).collect(),
            done,
        })
    }
}
