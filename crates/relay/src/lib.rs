//! Hookgate's state machines: what happens to an event, without a word of where it runs.
//!
//! - [`inbox`] admits a received event once and keeps it until the far side has it;
//! - [`application`] stores messages and fans them out to endpoints;
//! - [`endpoint`] delivers, retries and logs;
//! - [`refusals`] keeps what a source has turned away;
//! - [`operational`] tells what happens to them by the same sender;
//! - [`registry`] knows which applications, sources and event types there are.
//!
//! They ask the world through [`port`]: SQL, an alarm, a clock, dice, a queue, HTTP. The Worker
//! gives them the runtime's; tests give them real SQLite, virtual time and faults.

pub mod admission;
pub mod allowance;
pub mod application;
pub mod attempt;
pub mod config;
pub mod dead;
pub mod dns;
pub mod endpoint;
pub mod envelope;
pub mod filter;
pub mod guard;
pub mod health;
pub mod id;
pub mod inbox;
pub mod message;
pub mod notice;
pub mod once;
pub mod operational;
pub mod orphans;
pub mod outbound;
pub mod outcome;
pub mod page;
pub mod payload;
pub mod port;
pub mod profile;
pub mod refusals;
pub mod registry;
pub mod schedule;
pub mod search;
pub mod secret;
pub mod source;
pub mod task;
pub mod time;
pub mod vault;
pub mod watch;

mod backoff;
mod batch;
mod busy;
mod fanout;
mod migration;
mod turn;
mod wake;
