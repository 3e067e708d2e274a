//! What the town's books say: who knows of which event, who waits, who has received.

use std::collections::BTreeSet;

use super::town::{Event, Town};
use crate::host::Disk;

impl Town {
    pub(super) fn all_acknowledged(&self) -> bool {
        let events = self.events.borrow();
        events.iter().all(|event| event.acknowledged.len() > 2)
    }

    pub(super) fn is_quiet(&self) -> bool {
        let waiting = "SELECT COUNT(*) FROM deliveries WHERE next_attempt_at IS NOT NULL";
        let delivered = |disk: &Disk| disk.number(waiting) == 0;
        self.all_acknowledged()
            && self.queue.borrow().is_empty()
            && self.inbox_disk.number("SELECT COUNT(*) FROM outbox") == 0
            && self.app_disk.number("SELECT COUNT(*) FROM fanout") == 0
            && self
                .addresses
                .values()
                .all(|address| delivered(&address.disk))
    }

    pub(super) fn events(&self) -> Vec<Event> {
        self.events.borrow().clone()
    }

    /// The number of a delivery's state, where there is one.
    pub(super) fn delivery(&self, endpoint: &str, id: &str) -> Option<i64> {
        let sql = format!("SELECT state FROM deliveries WHERE message_id = '{id}'");
        let rows = self.addresses[endpoint].disk.rows(&sql);
        rows.first().map(|row| row.integer(0).expect("a number"))
    }

    pub(super) fn messages(&self) -> i64 {
        self.app_disk.number("SELECT COUNT(*) FROM messages")
    }

    /// The endpoints at which an event was received, and the ids under which it was.
    pub(super) fn received_as(&self, key: &str) -> BTreeSet<(String, String)> {
        let received = self.received.borrow();
        let copies = received.iter().filter(|one| one.key == key);
        copies
            .map(|one| (one.endpoint.clone(), one.id.clone()))
            .collect()
    }

    /// How often a receiver answered 200.
    pub(super) fn answers(&self) -> usize {
        let received = self.received.borrow();
        received.iter().filter(|one| one.answered).count()
    }
}
