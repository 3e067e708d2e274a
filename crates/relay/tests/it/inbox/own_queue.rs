//! A source that feeds a consumer of the user's: nobody confirms, and its rows leave at the send.

use hookgate_relay::inbox::Arrival;

use super::{Bench, LEASE};
use crate::neighbour::Taken;
use crate::sample::arrival;

fn own(key: &str, id: &str, queue: &str) -> Arrival {
    Arrival {
        queue: Some(queue.into()),
        ..arrival(&[key], id)
    }
}

#[test]
fn an_event_for_the_users_own_queue_goes_there_and_leaves_at_the_send() {
    let mut bench = Bench::new();
    bench.inbox.accept(own("id:a", "msg_1", "ORDERS")).unwrap();
    bench.reopen();
    bench.drain();
    let sent = bench.queue.own();
    assert_eq!((sent.len(), sent[0].0.as_str()), (1, "ORDERS"));
    assert!(sent[0].1[0].contains("msg_1"));
    assert!(bench.sent().is_empty(), "and not to the gateway's own");
    assert_eq!(bench.sizes(), (0, 1), "the claim stays");
    bench.world.pass(10 * LEASE);
    bench.drain();
    assert!(bench.queue.own().is_empty(), "nothing is sent again");
}

#[test]
fn a_queue_of_the_users_that_is_away_keeps_its_events_waiting_and_no_others() {
    for taken in [Taken::No, Taken::YesUnheard] {
        let bench = Bench::new();
        bench.inbox.accept(own("id:a", "msg_1", "ORDERS")).unwrap();
        bench.inbox.accept(arrival(&["id:b"], "msg_2")).unwrap();
        // The gateway's own is sent to first.
        bench.queue.script().then(Taken::Yes);
        bench.queue.script().then(taken);
        bench.drain();
        assert_eq!(bench.sent(), [["msg_2"]]);
        assert_eq!(bench.sizes().0, 2);
        bench.world.pass(1_000);
        bench.ring();
        assert_eq!(bench.queue.own().last().map(|batch| batch.1.len()), Some(1));
        assert_eq!(bench.sizes().0, 1, "only what waits to be confirmed");
    }
}

#[test]
fn each_queue_gets_its_own_events_when_a_source_was_changed() {
    let bench = Bench::new();
    for (at, queue) in ["ORDERS", "INVOICES", "ORDERS"].into_iter().enumerate() {
        let (key, id) = (format!("id:{at}"), format!("msg_{at}"));
        bench.inbox.accept(own(&key, &id, queue)).unwrap();
    }
    bench.drain();
    let sent = bench.queue.own();
    let counts: Vec<_> = sent
        .iter()
        .map(|(name, batch)| (name.as_str(), batch.len()))
        .collect();
    assert_eq!(counts, [("INVOICES", 1), ("ORDERS", 2)]);
    assert_eq!(bench.sizes().0, 0);
}
