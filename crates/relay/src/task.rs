//! Background tasks: what an operator wants done with many messages, and how far it has come.
//!
//! The application works a task off, page by page (`application/work.rs`), and tells the registry,
//! which answers for it.

use serde::{Deserialize, Serialize};

use crate::attempt::State;
use crate::port::Millis;

/// What a task does, by the names of the public Svix API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskKind {
    /// Sends again what has failed.
    #[serde(rename = "endpoint.recover")]
    Recover,
    /// Sends what the endpoint wants and has never been given.
    #[serde(rename = "endpoint.replay")]
    ReplayMissing,
    /// Sends again what the endpoint was given, as far as it passes a filter.
    #[serde(rename = "endpoint.bulk-replay")]
    BulkReplay,
}

/// How a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskStatus {
    /// It is being worked off.
    Running,
    /// It has been.
    Finished,
    /// It cannot be.
    Failed,
}

/// Which messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaskFilter {
    /// Accepted at this moment or later.
    pub since: Millis,
    /// Accepted at this moment or earlier.
    pub until: Millis,
    /// Of one of these types.
    pub event_types: Option<Vec<String>>,
    /// In this channel.
    pub channel: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// Whose delivery is in this state.
    pub state: Option<State>,
    /// Whose last attempt was answered by a status of this hundred; 0: not at all.
    pub status_code_class: Option<u16>,
}

/// A task, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// `qtask_…`
    pub id: String,
    /// What it does.
    pub kind: TaskKind,
    /// The application.
    pub application_id: String,
    /// The endpoint.
    pub endpoint_id: String,
    /// Which messages.
    pub filter: TaskFilter,
    /// Whether it only counts.
    pub dry_run: bool,
    /// How it stands.
    pub status: TaskStatus,
    /// Messages that have been looked at.
    pub scanned: i64,
    /// Messages of them that are sent, or would be.
    pub matched: i64,
    /// Raised by every change, so that a late copy never replaces a newer one.
    pub revision: i64,
    /// When it last changed.
    pub updated_at: Millis,
}

/// Which of some messages an endpoint is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sieve {
    /// The messages.
    pub ids: Vec<String>,
    /// Those that it has never been given, in place of those that it has.
    pub missing: bool,
    /// In this state.
    pub state: Option<State>,
    /// As in [`TaskFilter`].
    pub status_code_class: Option<u16>,
}
