//! The consumer of the dead-letter queue: what was given up is recorded, for an operator.

use hookgate_relay::dead::Given;
use hookgate_relay::port::Unavailable;
use worker::{MessageBatch, MessageExt, console_error};

use crate::object::method;
use crate::store::{Stores, given};

/// Whether this is a queue of what another has given up, by its name.
pub(crate) fn is_dead_letter_queue(name: &str) -> bool {
    name.ends_with("-dead")
}

/// Records a batch. What cannot be recorded now comes again.
pub(crate) async fn record(batch: &MessageBatch<()>, stores: &Stores) {
    let (mut messages, mut letters) = (vec![], vec![]);
    for message in batch.raw_iter() {
        match given(&message) {
            Some(letter) => {
                console_error!("the queue has given {} up", letter.id);
                letters.push(letter);
                messages.push(message);
            }
            // It is no JSON at all: nothing of ours, and nothing that could be sent again.
            None => message.ack(),
        }
    }
    match keep(&letters, stores).await {
        Ok(()) => messages.iter().for_each(MessageExt::ack),
        Err(error) => {
            console_error!("dead letters: {error}");
            messages.iter().for_each(MessageExt::retry);
        }
    }
}

async fn keep(letters: &Vec<Given>, stores: &Stores) -> Result<(), Unavailable> {
    stores.registry()?.call::<method::RecordDead>(letters).await
}

#[cfg(test)]
mod tests {
    use super::is_dead_letter_queue;

    #[test]
    fn the_dead_letter_queue_is_known_by_its_name_in_every_environment() {
        assert!(is_dead_letter_queue("hookgate-events-dead"));
        assert!(is_dead_letter_queue("hookgate-staging-events-dead"));
        assert!(!is_dead_letter_queue("hookgate-events"));
    }
}
