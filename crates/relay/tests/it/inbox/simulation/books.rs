//! What must be true: at any moment, and when all is quiet.

use std::collections::{BTreeMap, BTreeSet};

use hookgate_relay::port::Row;

use super::gateway::{Gateway, Object};
use super::neighbours::ENOUGH;

/// The texts of a query's first column, where its table is there yet.
fn texts<M>(object: &Object<M>, table: &str, sql: &str) -> Vec<String> {
    let exists = format!("SELECT COUNT(*) FROM sqlite_master WHERE name = '{table}'");
    if object.disk.number(&exists) == 0 {
        return vec![];
    }
    let text = |mut row: Row| row.take_text(0).expect("text");
    object.disk.rows(sql).into_iter().map(text).collect()
}

impl Gateway {
    fn forwarded(&self) -> BTreeSet<String> {
        let ids = texts(&self.application, "messages", "SELECT id FROM messages");
        ids.into_iter().collect()
    }

    /// A claim and its event are there together or not at all, also while everything burns.
    pub(super) fn assert_claims_and_events_go_together(&self) {
        let forwarded = self.forwarded();
        for shard in &self.shards {
            let object = &shard.object;
            let waiting = texts(object, "outbox", "SELECT message_id FROM outbox");
            let claimed = texts(object, "claims", "SELECT message_id FROM claims");
            for id in &claimed {
                let there = waiting.contains(id) || forwarded.contains(id);
                assert!(there, "a claim without its event: {id}");
            }
            for id in &waiting {
                assert!(claimed.contains(id), "an event without its claim: {id}");
            }
        }
    }

    pub(super) fn is_quiet(&self) -> bool {
        let events = self.events.borrow();
        let waiting = |object| texts(object, "outbox", "SELECT message_id FROM outbox").len();
        events
            .iter()
            .all(|event| event.acknowledged.len() >= ENOUGH)
            && self.queue.is_empty()
            && self.shards.iter().all(|shard| waiting(&shard.object) == 0)
    }

    pub(super) fn assert_all_is_well(&self) {
        self.assert_claims_and_events_go_together();
        assert!(self.is_quiet(), "still not quiet");
        let forwarded = self.forwarded();
        for event in self.events.borrow().iter() {
            let ids: BTreeSet<&String> = event.acknowledged.iter().collect();
            assert_eq!(ids.len(), 1, "{} was acknowledged as {ids:?}", event.key);
            for id in ids {
                assert!(forwarded.contains(id), "{id} was never forwarded");
            }
        }
        let sql = "SELECT event_id FROM messages";
        let mut copies: BTreeMap<String, usize> = BTreeMap::new();
        for key in texts(&self.application, "messages", sql) {
            *copies.entry(key).or_default() += 1;
        }
        let events = self.events.borrow();
        let once = events.iter().map(|event| (event.key.clone(), 1)).collect();
        assert_eq!(copies, once, "admitted once");
    }

    pub(super) fn assert_nothing_is_left(&self) {
        for shard in &self.shards {
            for (table, column) in [
                ("outbox", "message_id"),
                ("claims", "key"),
                ("departures", "key"),
            ] {
                let left = format!("SELECT {column} FROM {table}");
                assert_eq!(texts(&shard.object, table, &left), [""; 0], "{table}");
            }
        }
    }
}
