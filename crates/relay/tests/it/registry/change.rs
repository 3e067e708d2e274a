//! Sources are changed and deleted; the edge learns of it, and what they leave behind is erased.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::application::Replaced;
use hookgate_relay::port::{Millis, Unavailable};
use hookgate_relay::registry::erasure::{ERASE_AFTER_MS, Holder, Remains};
use hookgate_relay::registry::{Change, Edge, Filed, Registry, Shelf};
use hookgate_relay::source::Source;

use super::Bench;
use crate::host::{Fault, START, TestHost};
use crate::neighbour::Taken;
use crate::sample::{self, DAY};
use crate::script::{Script, Tasks};

/// What ingress knows: the time of the record under each name.
#[derive(Clone)]
struct Known(Rc<Inner>);

type Inner = (Script<Taken>, RefCell<BTreeMap<String, Millis>>);

impl Known {
    fn nothing() -> Self {
        Self(Rc::new((Script::always(Taken::Yes), RefCell::default())))
    }

    fn script(&self) -> &Script<Taken> {
        &self.0.0
    }

    fn names(&self) -> Vec<(String, Millis)> {
        let names = self.0.1.borrow();
        names.iter().map(|(name, at)| (name.clone(), *at)).collect()
    }
}

impl Edge for Known {
    async fn publish(&self, source: &Source) -> Result<(), Unavailable> {
        let taken = self.script().next().await;
        if taken.landed() {
            for name in source.uid.iter().chain([&source.id]) {
                let mut names = self.0.1.borrow_mut();
                names.insert(name.clone(), source.updated_at);
            }
        }
        taken.heard()
    }

    async fn withdraw(&self, name: &str) -> Result<(), Unavailable> {
        let taken = self.script().next().await;
        if taken.landed() {
            self.0.1.borrow_mut().remove(name);
        }
        taken.heard()
    }
}

fn source(uid: &str, updated_at: Millis) -> Source {
    Source {
        uid: Some(uid.into()),
        updated_at,
        ..sample::source("src_1", "stripe")
    }
}

fn file(registry: &Registry<TestHost>, source: &Source) {
    let (id, uid) = (source.id.as_str(), source.uid.as_deref());
    let filed = registry.create(Shelf::Source, id, uid, source);
    assert_eq!(filed, Ok(Filed::Created));
}

fn change(
    registry: &Registry<TestHost>,
    source: &Source,
    since: Millis,
) -> Result<Replaced, Unavailable> {
    let change = Change {
        id: &source.id,
        uid: source.uid.as_deref(),
        record: source,
        since,
    };
    registry.replace(Shelf::Source, &change)
}

fn names(list: &[(&str, Millis)]) -> Vec<(String, Millis)> {
    let own = |(name, at): &(&str, Millis)| ((*name).to_owned(), *at);
    list.iter().map(own).collect()
}

#[test]
fn a_changed_source_is_published_and_its_old_uid_withdrawn() {
    let (bench, edge) = (Bench::new(), Known::nothing());
    file(&bench.registry, &source("one", START));
    block_on(bench.registry.publish(&edge)).unwrap();
    let changed = change(&bench.registry, &source("two", START + 1), START);
    assert_eq!(changed, Ok(Replaced::Done));
    // The instance dies before it publishes.
    let reopened = Registry::open(bench.world.host(&bench.disk)).unwrap();
    block_on(reopened.on_alarm(&edge)).unwrap();
    let expected = names(&[("src_1", START + 1), ("two", START + 1)]);
    assert_eq!(edge.names(), expected);
}

#[test]
fn a_change_that_was_made_from_an_older_record_changes_nothing() {
    let bench = Bench::new();
    file(&bench.registry, &source("one", START));
    let first = change(&bench.registry, &source("one", START + 1), START);
    let second = change(&bench.registry, &source("other", START + 2), START);
    assert_eq!((first, second), (Ok(Replaced::Done), Ok(Replaced::Changed)));
    let found: Option<Source> = bench.registry.find(Shelf::Source, "src_1").unwrap();
    assert_eq!(found, Some(source("one", START + 1)));
}

#[test]
fn a_change_takes_no_name_of_another_and_needs_a_record() {
    let bench = Bench::new();
    let nobody = change(&bench.registry, &source("one", START), START);
    assert_eq!(nobody, Ok(Replaced::Unknown));
    file(&bench.registry, &source("one", START));
    let other = bench
        .registry
        .create(Shelf::Application, "app_1", Some("two"), &"x");
    assert_eq!(other, Ok(Filed::Created));
    for uid in ["two", "app_1"] {
        let taken = change(&bench.registry, &source(uid, START + 1), START);
        assert_eq!(taken, Ok(Replaced::Conflict), "{uid}");
    }
    let own = change(&bench.registry, &source("one", START + 1), START);
    assert_eq!(own, Ok(Replaced::Done), "its own name is not another's");
}

#[test]
fn a_late_publication_of_an_older_record_is_followed_by_the_newer() {
    let (bench, edge) = (Bench::new(), Known::nothing());
    let registry = Rc::new(Registry::open(bench.world.host(&bench.disk)).unwrap());
    let mut tasks = Tasks::default();
    let mut publish = || {
        let (registry, edge) = (Rc::clone(&registry), edge.clone());
        tasks.start(async move { registry.publish(&edge).await })
    };
    file(&registry, &source("one", START));
    edge.script().then_hold();
    let slow = publish();
    change(&registry, &source("one", START + 1), START).unwrap();
    let quick = publish();
    assert_eq!(quick.result(), Some(Ok(())));
    edge.script().release(0, Taken::Yes);
    tasks.settle();
    assert_eq!(slow.result(), Some(Ok(())));
    let newer = names(&[("one", START + 1), ("src_1", START + 1)]);
    assert_eq!(edge.names(), newer);
}

#[test]
fn a_source_that_is_deleted_while_it_is_published_does_not_stay_at_the_edge() {
    let (bench, edge) = (Bench::new(), Known::nothing());
    let registry = Rc::new(Registry::open(bench.world.host(&bench.disk)).unwrap());
    let mut tasks = Tasks::default();
    file(&registry, &source("one", START));
    edge.script().then_hold();
    let slow = {
        let (registry, edge) = (Rc::clone(&registry), edge.clone());
        tasks.start(async move { registry.publish(&edge).await })
    };
    assert_eq!(registry.delete_source("src_1", &[]), Ok(true));
    block_on(registry.publish(&edge)).unwrap();
    edge.script().release(0, Taken::Yes);
    tasks.settle();
    assert_eq!(slow.result(), Some(Ok(())));
    assert_eq!(edge.names().len(), 2, "it is there again");
    block_on(registry.on_alarm(&edge)).unwrap();
    assert_eq!(edge.names(), []);
}

#[test]
fn a_name_that_another_source_has_by_now_is_not_withdrawn() {
    let (bench, edge) = (Bench::new(), Known::nothing());
    file(&bench.registry, &source("one", START));
    block_on(bench.registry.publish(&edge)).unwrap();
    // The edge does not hear of the deletion at first.
    assert_eq!(bench.registry.delete_source("src_1", &[]), Ok(true));
    edge.script().then(Taken::No);
    edge.script().then(Taken::YesUnheard);
    assert!(block_on(bench.registry.publish(&edge)).is_err());
    let next = Source {
        id: "src_2".into(),
        ..source("one", START + 5)
    };
    file(&bench.registry, &next);
    block_on(bench.registry.publish(&edge)).unwrap();
    let expected = names(&[("one", START + 5), ("src_2", START + 5)]);
    assert_eq!(edge.names(), expected);
    let left = "SELECT (SELECT COUNT(*) FROM withdrawn) +
        (SELECT COUNT(*) FROM records WHERE unpublished = 1)";
    assert_eq!(bench.disk.number(left), 0);
}

#[test]
fn what_a_deleted_source_leaves_is_erased_twice_after_a_while_and_then_forgotten() {
    let bench = Bench::new();
    file(&bench.registry, &source("one", START));
    let remains = [Holder::Inbox, Holder::Application, Holder::Refusals].map(|kind| Remains {
        kind,
        name: "src_1".into(),
    });
    let now = bench.world.now();
    assert_eq!(bench.registry.delete_source("src_1", &remains), Ok(true));
    assert_eq!(bench.registry.delete_source("src_1", &remains), Ok(false));
    let take = |at: Millis| bench.registry.take_erasures(at, 10).unwrap().len();
    assert_eq!(take(now + ERASE_AFTER_MS - 1), 0, "isolates know it yet");
    let due = now + ERASE_AFTER_MS;
    assert_eq!((take(due), take(due + 1)), (3, 0), "taken");
    assert_eq!(take(due + 5 * 60_000), 3, "and not heard of");
    let erased = |at: Millis| bench.registry.erased(at, &remains).unwrap();
    erased(due);
    assert_eq!((take(due + DAY - 1), take(due + DAY)), (0, 3));
    erased(due + DAY);
    assert_eq!(bench.disk.number("SELECT COUNT(*) FROM erasures"), 0);
}

#[test]
fn a_store_failure_at_any_call_of_a_deletion_deletes_nothing() {
    for skip in 0.. {
        let bench = Bench::new();
        file(&bench.registry, &source("one", START));
        bench.world.plan(skip, Fault::Refused);
        let remains = [Remains {
            kind: Holder::Inbox,
            name: "src_1/0".into(),
        }];
        let deleted = bench.registry.delete_source("src_1", &remains);
        if bench.world.call_off() {
            assert!(skip > 3);
            return;
        }
        assert!(deleted.is_err(), "call {skip}");
        let there: Option<Source> = bench.registry.find(Shelf::Source, "one").unwrap();
        assert!(there.is_some());
        let noted = "SELECT (SELECT COUNT(*) FROM withdrawn) + (SELECT COUNT(*) FROM erasures)";
        assert_eq!(bench.disk.number(noted), 0, "call {skip}");
    }
}
