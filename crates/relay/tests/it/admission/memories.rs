//! What copies cost that are known before an inbox is asked, and how long they are.

use hookgate_relay::admission::DedupStore;

use super::gate::{Edge, batch, copy, counts};
use crate::neighbour::Taken;

#[test]
fn a_storm_of_copies_is_answered_without_the_inbox_and_writes_nothing() {
    let edge = Edge::of(DedupStore::Both);
    edge.pass(vec![copy("evt_1", 1)]).unwrap();
    edge.pass(batch(20, 1)).unwrap();
    edge.door.afterwards(Taken::No);
    let _ = (edge.kv_reads.take(), edge.kv_writes.take());
    assert_eq!(
        counts(&edge.elsewhere().pass(vec![copy("evt_1", 2)])),
        (0, 1)
    );
    assert_eq!(counts(&edge.pass(batch(20, 2))), (0, 20));
    assert_eq!(counts(&edge.pass(vec![copy("evt_1", 3)])), (0, 1));
    assert_eq!(edge.kv_reads.get(), 2, "one marker stands for a whole body");
    assert_eq!(
        edge.kv_writes.get(),
        0,
        "a marker that is known stays as it is"
    );
}

#[test]
fn copies_that_keep_coming_do_not_renew_what_the_isolate_remembers() {
    for store in [DedupStore::Both, DedupStore::DurableObject, DedupStore::Kv] {
        let edge = Edge::of(store);
        edge.pass(vec![copy("evt_1", 1)]).unwrap();
        edge.pass(batch(20, 1)).unwrap();
        edge.notes.set(0);
        assert_eq!(counts(&edge.pass(vec![copy("evt_1", 2)])), (0, 1));
        assert_eq!(counts(&edge.pass(batch(20, 2))), (0, 20));
        assert_eq!(edge.notes.get(), 0, "{store:?}");
    }
}
