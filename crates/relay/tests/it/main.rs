//! One binary for all tests of the state machines: real SQLite, virtual time, scripted neighbours,
//! and a fault or a crash at any call of a port.
#![allow(clippy::unwrap_used)] // in a test a failure is a panic, in its helpers too

mod admission;
mod application;
mod dead;
mod dns;
mod endpoint;
mod failures_of_others;
mod guard;
mod host;
mod inbox;
mod migration;
mod neighbour;
mod once;
mod orphans;
mod page;
mod refusals;
mod registry;
mod road;
mod sample;
mod script;
mod secrecy;
mod seeds;
mod stored;
mod watch;
mod world;
