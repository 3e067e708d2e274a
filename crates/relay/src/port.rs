//! The ports: all that the state machines ask of the world.
//!
//! In the Worker they are the runtime's; in tests they are real SQLite, a virtual clock and
//! scripted replies. Nothing here knows which.

use std::fmt;

/// Milliseconds since the Unix epoch.
pub type Millis = i64;

/// The host did not do what was asked: storage, a queue or another object is away.
///
/// It is never turned into an acknowledgement: ingress and API answer 503, and work that was
/// leased comes back when its lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// What was being done, in a few words.
    pub doing: &'static str,
    /// What the host said; carries no secret, but is for the log and not for the caller.
    pub cause: String,
}

impl Unavailable {
    /// A failure of `doing`, with the host's own words.
    pub fn new(doing: &'static str, cause: impl fmt::Display) -> Self {
        Self {
            doing,
            cause: cause.to_string(),
        }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed: {}", self.doing, self.cause)
    }
}

impl std::error::Error for Unavailable {}

/// One SQL value. Integers stay within ±2^53: the Worker's SQL speaks JavaScript numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `NULL`
    Null,
    /// `INTEGER`
    Integer(i64),
    /// `TEXT`
    Text(String),
    /// `BLOB`
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer, read by column position.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// The integer in `column`.
    ///
    /// # Errors
    /// Another kind of value there: the stored shape is not the one that this build knows.
    pub fn integer(&self, column: usize) -> Result<i64, Unavailable> {
        match self.0.get(column) {
            Some(Value::Integer(value)) => Ok(*value),
            other => Err(Self::unexpected(column, "an integer", other)),
        }
    }

    /// The integer in `column`, or `None` for `NULL`.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn optional_integer(&self, column: usize) -> Result<Option<i64>, Unavailable> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.integer(column).map(Some),
        }
    }

    /// Takes the text out of `column`.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn take_text(&mut self, column: usize) -> Result<String, Unavailable> {
        match self.0.get_mut(column) {
            Some(Value::Text(value)) => Ok(std::mem::take(value)),
            other => Err(Self::unexpected(column, "text", other.map(|v| &*v))),
        }
    }

    /// Takes the text out of `column`, or `None` for `NULL`.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn take_optional_text(&mut self, column: usize) -> Result<Option<String>, Unavailable> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.take_text(column).map(Some),
        }
    }

    /// Takes the bytes out of `column`.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn take_blob(&mut self, column: usize) -> Result<Vec<u8>, Unavailable> {
        match self.0.get_mut(column) {
            Some(Value::Blob(value)) => Ok(std::mem::take(value)),
            other => Err(Self::unexpected(column, "bytes", other.map(|v| &*v))),
        }
    }

    fn unexpected(column: usize, wanted: &str, found: Option<&Value>) -> Unavailable {
        let found = match found {
            None => "no column",
            Some(Value::Null) => "NULL",
            Some(Value::Integer(_)) => "an integer",
            Some(Value::Text(_)) => "text",
            Some(Value::Blob(_)) => "bytes",
        };
        Unavailable::new(
            "reading a row",
            format_args!("column {column} holds {found}, expected {wanted}"),
        )
    }
}

/// An object's own SQLite.
pub trait Sql {
    /// Runs one statement and returns its rows.
    ///
    /// # Errors
    /// The storage refused; nothing of the statement took effect.
    fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, Unavailable>;

    /// Runs `work` as one transaction: all of it is kept, or, when it returns an error, none.
    ///
    /// # Errors
    /// Whatever `work` returns, or the storage's own refusal to commit.
    fn transaction<T>(
        &self,
        work: impl FnOnce() -> Result<T, Unavailable>,
    ) -> Result<T, Unavailable>;
}

/// An object's single alarm.
pub trait Alarm {
    /// Sets the alarm to `at`, in place of an earlier setting. It commits together with the SQL
    /// that ran since the last await.
    ///
    /// # Errors
    /// The storage refused.
    fn set_alarm(&self, at: Millis) -> Result<(), Unavailable>;
}

/// The clock.
pub trait Clock {
    /// The time now.
    fn now(&self) -> Millis;
}

/// The dice.
pub trait Random {
    /// Fills `buffer` with bytes that cannot be guessed.
    fn fill(&self, buffer: &mut [u8]);
}

/// What a storage-backed state machine runs on.
pub trait Host: Sql + Alarm + Clock + Random {}
impl<T: Sql + Alarm + Clock + Random> Host for T {}

/// The queue that received events go to.
#[allow(async_fn_in_trait)]
pub trait Queue {
    /// Sends all of `messages` (the JSON of [`crate::message::QueueMessage`]), or none that the
    /// caller may count on.
    ///
    /// # Errors
    /// The queue did not confirm; some may have been sent all the same.
    async fn send_batch(&self, messages: &[String]) -> Result<(), Unavailable>;

    /// The same, to a queue of the user's that is bound under the name `queue`.
    ///
    /// # Errors
    /// As [`Queue::send_batch`], and where no queue is bound under that name.
    async fn send_batch_to(&self, queue: &str, messages: &[String]) -> Result<(), Unavailable> {
        let _ = messages;
        Err(Unavailable::new("finding a queue", queue))
    }
}

/// One outgoing request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// Where to; has passed the guard.
    pub url: String,
    /// Names and values, as sent.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte what was signed.
    pub body: Vec<u8>,
    /// Covers connecting, sending, and reading the answer's body.
    pub timeout_ms: u32,
}

/// The headers of an answer that mean something to the sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// `retry-after`
    pub retry_after: Option<String>,
    /// `webhook-delivery`
    pub delivery: Option<String>,
}

/// How one outgoing request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpOutcome {
    /// The receiver answered.
    Answered {
        /// The status code.
        status: u16,
        /// What its headers ask for.
        hints: Hints,
        /// The first [`MAX_RESPONSE_BODY`] bytes at most.
        body: Vec<u8>,
    },
    /// The receiver did not finish its answer in time.
    TimedOut,
    /// No connection, or it broke; with the host's words.
    Failed(String),
}

/// Bytes of a response that are read and kept.
pub const MAX_RESPONSE_BODY: usize = 4096;

/// Why a request does not go to a URL; in words for the attempt log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Veto {
    /// It must not.
    Blocked(String),
    /// Nobody could tell at this moment.
    Unknown(String),
}

impl fmt::Display for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Blocked(reason) | Self::Unknown(reason)) = self;
        f.write_str(reason)
    }
}

/// Outgoing HTTP.
#[allow(async_fn_in_trait)]
pub trait Http {
    /// Whether [`vet`](Self::vet) has anything to find out. Where it has not, a request leaves in the
    /// moment in which its delivery is taken.
    fn vets(&self) -> bool {
        false
    }

    /// Whether a request may go to `url`, as far as only the outside world can tell. Never takes longer
    /// than `timeout_ms`.
    ///
    /// # Errors
    /// It may not, or that could not be found out.
    async fn vet(&self, url: &str, timeout_ms: u32) -> Result<(), Veto> {
        let _ = (url, timeout_ms);
        Ok(())
    }

    /// Sends a POST. Never follows a redirect, never takes longer than the request's timeout.
    async fn post(&self, request: HttpRequest) -> HttpOutcome;

    /// Reads the payload that R2 has under `key`, piece by piece and to its end. Whether it is there.
    ///
    /// # Errors
    /// R2 is away, or broke off.
    async fn read_stored(
        &self,
        key: &str,
        each: &mut dyn FnMut(&[u8]),
    ) -> Result<bool, Unavailable> {
        let _ = (key, each);
        Ok(false)
    }

    /// As [`post`](Self::post), with the payload that R2 has under `key` as its body.
    async fn post_stored(&self, request: HttpRequest, key: &str) -> HttpOutcome {
        let _ = request;
        HttpOutcome::Failed(format!("nothing is stored under {key}"))
    }
}
