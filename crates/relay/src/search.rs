//! What a list is asked for besides its page: dates, types and labels, as conditions of a statement.
//!
//! A long list is never walked in one call to find little. An id begins with the time at which it was
//! made, so a date is looked up and not searched for; and a page looks at [`MOST_SEEN`] rows at most:
//! it ends where it stopped, with what it has found, and the next one goes on from there.

use serde::{Deserialize, Serialize};

use crate::batch::json_list;
use crate::id::{self, Kind};
use crate::port::{Millis, Unavailable, Value};

/// Rows that one page of a list looks at to find what is asked for.
pub const MOST_SEEN: usize = 5_000;

/// How far the time in an id may be from the one that is written beside it. Both are of the same
/// request: a day is far beyond what one takes.
const ID_SLACK_MS: Millis = 86_400_000;

/// What is asked for, by the words of the public Svix API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Sought {
    /// Made before this moment, and not in it.
    pub before: Option<Millis>,
    /// Made after this moment, and not in it.
    pub after: Option<Millis>,
    /// Of one of these event types.
    pub event_types: Option<Vec<String>>,
    /// In this channel.
    pub channel: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// Of messages: one of these. None named: any.
    pub ids: Vec<String>,
}

impl Sought {
    /// Whether it is all the same.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Where in a list of ids of `kind` the dates are.
    pub(crate) fn seek(&self, kind: Kind) -> Conditions {
        let mut seek = Conditions::none();
        if let Some(from) = self.after.and_then(|at| id::first(kind, at - ID_SLACK_MS)) {
            seek.and("id >= ?", [from.into()]);
        }
        if let Some(to) = self.before.and_then(|at| id::first(kind, at + ID_SLACK_MS)) {
            seek.and("id < ?", [to.into()]);
        }
        if !self.ids.is_empty() {
            let list = serde_json::to_string(&self.ids).unwrap_or_default();
            seek.and("id IN (SELECT value FROM json_each(?))", [list.into()]);
        }
        seek
    }

    /// The dates themselves, in a column of their own. The `+` keeps SQLite to the order of the ids: by
    /// an index of the dates it would sort all of them for each page.
    pub(crate) fn dates(&self, column: &str, into: &mut Conditions) {
        if let Some(after) = self.after {
            into.and(&format!("+{column} > ?"), [after.into()]);
        }
        if let Some(before) = self.before {
            into.and(&format!("+{column} < ?"), [before.into()]);
        }
    }

    /// Type and labels, in the columns `event_type`, `channels` and `tags`; whether any is asked for.
    pub(crate) fn labels(&self, into: &mut Conditions) -> Result<bool, Unavailable> {
        if let Some(types) = &self.event_types {
            let list = json_list(types)?;
            into.and("event_type IN (SELECT value FROM json_each(?))", [list]);
        }
        for (column, label) in [("channels", &self.channel), ("tags", &self.tag)] {
            if let Some(label) = label {
                let among = format!("EXISTS (SELECT 1 FROM json_each({column}) WHERE value = ?)");
                into.and(&among, [label.as_str().into()]);
            }
        }
        Ok(self.event_types.is_some() || self.channel.is_some() || self.tag.is_some())
    }
}

/// Conditions that must all hold, with their parameters. Their text is written in the crate and never
/// from input.
#[derive(Clone, Debug)]
pub(crate) struct Conditions {
    pub(crate) text: String,
    pub(crate) params: Vec<Value>,
}

impl Conditions {
    pub(crate) fn none() -> Self {
        Self {
            text: "TRUE".into(),
            params: vec![],
        }
    }

    pub(crate) fn and(&mut self, condition: &str, params: impl IntoIterator<Item = Value>) {
        self.text.push_str(" AND ");
        self.text.push_str(condition);
        self.params.extend(params);
    }
}
