//! Notices: what an endpoint's object tells its application, kept until it has been heard.
//!
//! A notice commits together with what it tells of. It may arrive twice.

use serde::{Deserialize, Serialize};

use crate::backoff::{LONGEST_RETRY_MS, RETRY_MS};
use crate::batch::LIMIT;
use crate::health::DisableReason;
use crate::port::{Millis, Sql, Unavailable};

/// Notices that are told in one go.
const MOST_AT_ONCE: i64 = 50;

pub(crate) const SCHEMA: &[&str] = &[
    "CREATE TABLE notices (
        seq INTEGER PRIMARY KEY, notice TEXT NOT NULL, tries INTEGER NOT NULL,
        due_at INTEGER NOT NULL
    )",
    "CREATE INDEX notices_by_due ON notices (due_at)",
];

/// What an application is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    try_from = "AnyNotice"
)]
pub enum Notice {
    /// Something became of a message.
    Message {
        /// The endpoint.
        endpoint_id: String,
        /// The id under which it is told on.
        id: String,
        /// What.
        fate: Fate,
        /// The message.
        message_id: String,
        /// The attempt that showed it.
        attempt: LastAttempt,
        /// When.
        at: Millis,
    },
    /// An endpoint has disabled itself.
    Disabled {
        /// The id under which it is told on.
        id: String,
        /// Since when its attempts have failed, if they had.
        failing_since: Option<Millis>,
        /// Which one.
        endpoint_id: String,
        /// The version of its configuration then.
        version: u64,
        /// Why.
        reason: DisableReason,
        /// When.
        at: Millis,
    },
}

/// A notice as it is read. What serde makes for an enum with its tag inside keeps every value until
/// the tag has come, which weighs several kilobytes in WebAssembly.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyNotice {
    r#type: String,
    endpoint_id: String,
    at: Millis,
    // Absent in those of before it was told on.
    #[serde(default)]
    id: String,
    // Of a message.
    fate: Option<Fate>,
    message_id: Option<String>,
    attempt: Option<LastAttempt>,
    // Of an endpoint.
    failing_since: Option<Millis>,
    version: Option<u64>,
    reason: Option<DisableReason>,
}

impl TryFrom<AnyNotice> for Notice {
    type Error = String;

    fn try_from(any: AnyNotice) -> Result<Self, String> {
        let AnyNotice {
            id,
            endpoint_id,
            at,
            failing_since,
            ..
        } = any;
        let notice = match any.r#type.as_str() {
            "message" => (any.fate.zip(any.message_id).zip(any.attempt)).map(
                |((fate, message_id), attempt)| Self::Message {
                    endpoint_id,
                    id,
                    fate,
                    message_id,
                    attempt,
                    at,
                },
            ),
            "disabled" => (any.version.zip(any.reason)).map(|(version, reason)| Self::Disabled {
                id,
                failing_since,
                endpoint_id,
                version,
                reason,
                at,
            }),
            _ => None,
        };
        notice.ok_or_else(|| format!("no notice of the type {}", any.r#type))
    }
}

/// What may become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// It keeps failing, and is tried on.
    Failing,
    /// It was told as failing, and got through.
    Recovered,
    /// It is not tried any more.
    Exhausted,
}

impl Fate {
    /// The name of the public Svix set.
    pub fn event_type(self) -> &'static str {
        match self {
            Self::Failing => "message.attempt.failing",
            Self::Recovered => "message.attempt.recovered",
            Self::Exhausted => "message.attempt.exhausted",
        }
    }
}

/// What is told of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastAttempt {
    /// `atmpt_…`
    pub id: String,
    /// The response's status, 0 where there was none.
    pub status_code: u16,
    /// When it left.
    pub at: Millis,
}

impl Notice {
    /// The endpoint that it is about.
    pub fn endpoint_id(&self) -> &str {
        match self {
            Self::Disabled { endpoint_id, .. } | Self::Message { endpoint_id, .. } => endpoint_id,
        }
    }
}

/// The application of an endpoint, as its object reaches it.
#[allow(async_fn_in_trait)]
pub trait Home {
    /// Tells the application of this id.
    ///
    /// # Errors
    /// The application did not confirm; it may have heard all the same.
    async fn tell(&self, application: &str, notices: Vec<Notice>) -> Result<(), Unavailable>;
}

/// Keeps a notice until it has been heard, inside the caller's transaction.
pub(crate) fn keep(sql: &impl Sql, notice: &Notice, now: Millis) -> Result<(), Unavailable> {
    let text = serde_json::to_string(notice)
        .map_err(|error| Unavailable::new("writing a notice", error))?;
    sql.query(
        "INSERT INTO notices (notice, tries, due_at) VALUES (?, 0, ?)",
        vec![text.into(), now.into()],
    )?;
    Ok(())
}

/// The notices that are due, put off to the next try, and the last of their numbers.
pub(crate) fn take(sql: &impl Sql, now: Millis) -> Result<Option<(i64, Vec<Notice>)>, Unavailable> {
    let due = sql.query(
        "SELECT MIN(due_at) FROM notices HAVING MIN(due_at) <= ?",
        vec![now.into()],
    )?;
    if due.is_empty() {
        return Ok(None);
    }
    // In their order: an application that was away hears the earlier one first.
    let rows = sql.query(
        &format!(
            "UPDATE notices SET tries = tries + 1, due_at = ? + MIN(?, ? << MIN(tries, 20))
             WHERE seq IN (SELECT seq FROM notices ORDER BY seq {LIMIT}) RETURNING seq, notice"
        ),
        vec![
            now.into(),
            LONGEST_RETRY_MS.into(),
            RETRY_MS.into(),
            MOST_AT_ONCE.into(),
        ],
    )?;
    let mut notices = rows
        .into_iter()
        .map(|mut row| {
            let notice = serde_json::from_str(&row.take_text(1)?)
                .map_err(|error| Unavailable::new("reading a notice", error))?;
            Ok((row.integer(0)?, notice))
        })
        .collect::<Result<Vec<(i64, Notice)>, Unavailable>>()?;
    notices.sort_by_key(|(seq, _)| *seq);
    let last = notices.last().map(|(seq, _)| *seq);
    let notices = notices.into_iter().map(|(_, notice)| notice).collect();
    Ok(last.map(|seq| (seq, notices)))
}

/// These have been heard.
pub(crate) fn heard(sql: &impl Sql, last: i64) -> Result<(), Unavailable> {
    sql.query("DELETE FROM notices WHERE seq <= ?", vec![last.into()])?;
    Ok(())
}
