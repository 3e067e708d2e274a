//! Messages on their way to their first send, which are in storage as well: of what has just come
//! nothing is read back. A few at a time, for an isolate has many inboxes.

use super::{Arrival, BATCH_MESSAGES, Leased};

/// Bytes of messages: some two batches.
const MOST_BYTES: usize = 500_000;

/// What is held, in the order in which it came.
#[derive(Debug, Default)]
pub(super) struct Held {
    arrivals: Vec<Arrival>,
    bytes: usize,
}

impl Held {
    /// Whether this message fits as well.
    pub(super) fn has_room(&self, message: &str) -> bool {
        self.bytes + message.len() <= MOST_BYTES && self.arrivals.len() < BATCH_MESSAGES as usize
    }

    pub(super) fn is_empty(&self) -> bool {
        self.arrivals.is_empty()
    }

    pub(super) fn hold(&mut self, arrival: Arrival) {
        self.bytes += arrival.message.len();
        self.arrivals.push(arrival);
    }

    /// As much of it as goes in one batch, by queue.
    pub(super) fn take(&mut self) -> Leased {
        let (mut count, mut bytes) = (0, 0);
        for arrival in &self.arrivals {
            bytes += arrival.message.len();
            if count > 0 && bytes > super::BATCH_BYTES as usize {
                break;
            }
            count += 1;
        }
        let mut batch = Leased::new();
        for arrival in self.arrivals.drain(..count) {
            self.bytes -= arrival.message.len();
            let message = (arrival.message_id, arrival.message);
            batch.entry(arrival.queue).or_default().push(message);
        }
        batch
    }
}
