//! The attempt log: one row for each HTTP try.

use serde::{Deserialize, Serialize};

use crate::id::Kind;
use crate::page::{Listed, Listing, Page, horizon};
use crate::port::{Millis, Row, Sql, Unavailable};
use crate::search::{Conditions, Sought};

/// What is asked for most among many: what failed.
pub(crate) const SCHEMA: &[&str] = &[
    "ALTER TABLE deliveries ADD COLUMN channels TEXT",
    "ALTER TABLE deliveries ADD COLUMN tags TEXT",
    "CREATE INDEX attempts_failed ON attempts (state, id) WHERE state = 2",
];

/// The state of a delivery and of an attempt, with the numbers of the public Svix API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Delivered.
    Success,
    /// Waits for its time.
    Pending,
    /// An attempt that failed; a delivery whose schedule is used up.
    Fail,
    /// Its request is out.
    Sending,
    /// A delivery that its operator has ended.
    Canceled,
}

const STATES: [State; 5] = [
    State::Success,
    State::Pending,
    State::Fail,
    State::Sending,
    State::Canceled,
];

impl State {
    /// The number of the public Svix API (`MessageStatus`).
    pub fn number(self) -> i64 {
        match self {
            Self::Success => 0,
            Self::Pending => 1,
            Self::Fail => 2,
            Self::Sending => 3,
            Self::Canceled => 4,
        }
    }

    /// The state of this number.
    pub fn numbered(number: i64) -> Option<Self> {
        STATES.into_iter().find(|state| state.number() == number)
    }

    pub(crate) fn from_number(number: i64) -> Result<Self, Unavailable> {
        Self::numbered(number).ok_or_else(|| Unavailable::new("reading a state", number))
    }
}

/// One HTTP try, as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// `atmpt_…`
    pub id: String,
    /// The message.
    pub message_id: String,
    /// Where it was sent.
    pub url: String,
    /// How it stands.
    pub state: State,
    /// The response's status, 0 where there was none.
    pub status_code: u16,
    /// The response's first 4,096 bytes as text, or why there was none.
    pub response: String,
    /// When it left.
    pub started_at: Millis,
    /// How long it took.
    pub duration_ms: i64,
    /// Whether an operator asked for it.
    #[serde(default)]
    pub manual: bool,
}

/// Which attempts to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AttemptFilter {
    /// This one.
    pub id: Option<String>,
    /// Of this message.
    pub message_id: Option<String>,
    /// In this state.
    pub state: Option<State>,
    /// Answered by a status of this hundred; 0: not at all.
    pub status_code_class: Option<u16>,
    /// When they began, and at which messages.
    pub sought: Sought,
}

/// Writes a new attempt as sending.
pub(crate) fn begin(
    sql: &impl Sql,
    id: &str,
    message_id: &str,
    url: &str,
    manual: bool,
    now: Millis,
) -> Result<(), Unavailable> {
    sql.query(
        "INSERT INTO attempts (id, message_id, url, state, status_code, response, started_at,
            duration_ms, manual)
         VALUES (?, ?, ?, ?, 0, '', ?, 0, ?)",
        vec![
            id.into(),
            message_id.into(),
            url.into(),
            State::Sending.number().into(),
            now.into(),
            i64::from(manual).into(),
        ],
    )?;
    Ok(())
}

/// Writes how an attempt ended.
pub(crate) fn end(
    sql: &impl Sql,
    id: &str,
    state: State,
    status_code: u16,
    response: &str,
    duration_ms: i64,
) -> Result<(), Unavailable> {
    sql.query(
        "UPDATE attempts SET state = ?, status_code = ?, response = ?, duration_ms = ?
         WHERE id = ?",
        vec![
            state.number().into(),
            i64::from(status_code).into(),
            response.into(),
            duration_ms.into(),
            id.into(),
        ],
    )?;
    Ok(())
}

/// Closes the attempt of a message that an earlier instance left out.
pub(crate) fn interrupt(sql: &impl Sql, message_id: &str) -> Result<(), Unavailable> {
    sql.query(
        "UPDATE attempts SET state = ?, response = ? WHERE message_id = ? AND state = ?",
        vec![
            State::Fail.number().into(),
            "interrupted: the gateway stopped before the receiver's answer was recorded".into(),
            message_id.into(),
            State::Sending.number().into(),
        ],
    )?;
    Ok(())
}

/// One page of the log.
pub(crate) fn list(
    sql: &impl Sql,
    filter: &AttemptFilter,
    page: &Page,
) -> Result<Listed<Attempt>, Unavailable> {
    let AttemptFilter {
        id,
        message_id,
        state,
        status_code_class,
        sought,
    } = filter;
    let mut seek = sought.seek(Kind::Attempt);
    let mut rest = Conditions::none();
    match (message_id, state) {
        // Written out, so that the partial index answers.
        (None, Some(State::Fail)) => seek.and("state = 2", []),
        (_, Some(state)) => rest.and("+state = ?", [state.number().into()]),
        _ => {}
    }
    if let Some(id) = id {
        seek.and("id = ?", [id.as_str().into()]);
    }
    if let Some(id) = message_id {
        seek.and("message_id = ?", [id.as_str().into()]);
    }
    if let Some(class) = status_code_class {
        let class = i64::from(*class).into();
        rest.and("status_code / 100 * 100 = ?", [class]);
    }
    sought.dates("started_at", &mut rest);
    let mut labels = Conditions::none();
    if sought.labels(&mut labels)? {
        let at = format!(
            "EXISTS (SELECT 1 FROM deliveries
                WHERE deliveries.message_id = attempts.message_id AND {})",
            labels.text
        );
        rest.and(&at, labels.params);
    }
    // There are few at one message, and without a condition each row is one of the page's.
    let end = match message_id.is_some() || rest.params.is_empty() {
        true => None,
        false => horizon(sql, page, ("attempts", "id"), &seek)?,
    };
    seek.and(&rest.text, rest.params);
    Listing {
        select: "SELECT id, message_id, url, state, status_code, response, started_at, duration_ms,
                    manual
                 FROM attempts",
        condition: (&seek.text, seek.params),
        key: "id",
    }
    .read_to(end, sql, page, |row| {
        let attempt = attempt(row)?;
        Ok((attempt.id.clone(), attempt))
    })
}

fn attempt(mut row: Row) -> Result<Attempt, Unavailable> {
    Ok(Attempt {
        id: row.take_text(0)?,
        message_id: row.take_text(1)?,
        url: row.take_text(2)?,
        state: State::from_number(row.integer(3)?)?,
        status_code: u16::try_from(row.integer(4)?).unwrap_or(0),
        response: row.take_text(5)?,
        started_at: row.integer(6)?,
        duration_ms: row.integer(7)?,
        manual: row.integer(8)? != 0,
    })
}
