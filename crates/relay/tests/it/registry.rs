//! The registry files each record once, by its id and its uid.

mod change;
mod tasks;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::port::Unavailable;
use hookgate_relay::registry::{Edge, Filed, Registry, Shelf};
use hookgate_relay::source::Source;

use crate::host::{Disk, Fault, TestHost, World};
use crate::sample;

pub(crate) struct Bench {
    pub(crate) world: Rc<World>,
    pub(crate) disk: Rc<Disk>,
    pub(crate) registry: Registry<TestHost>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let (world, disk) = (World::new(), Disk::new());
        let registry = Registry::open(world.host(&disk)).expect("sound storage");
        Self {
            world,
            disk,
            registry,
        }
    }

    fn file(&self, shelf: Shelf, id: &str, uid: Option<&str>) -> Result<Filed, Unavailable> {
        self.registry
            .create(shelf, id, uid, &format!("record of {id}"))
    }

    fn find(&self, shelf: Shelf, id_or_uid: &str) -> Option<String> {
        self.registry.find(shelf, id_or_uid).expect("sound storage")
    }
}

#[test]
fn a_record_is_found_by_its_id_and_by_its_uid() {
    let bench = Bench::new();
    let filed = bench.file(Shelf::Source, "src_1", Some("stripe"));
    assert_eq!(filed, Ok(Filed::Created));
    let reopened = Registry::open(bench.world.host(&bench.disk)).unwrap();
    for name in ["src_1", "stripe"] {
        let found: Option<String> = reopened.find(Shelf::Source, name).unwrap();
        assert_eq!(found.as_deref(), Some("record of src_1"));
    }
    assert_eq!(bench.find(Shelf::Source, "src_"), None);
}

#[test]
fn an_id_or_uid_is_taken_once_whichever_of_the_two_it_is() {
    let bench = Bench::new();
    bench.file(Shelf::Source, "src_1", Some("stripe")).unwrap();
    for (id, uid) in [
        ("src_1", None),
        ("src_2", Some("stripe")),
        ("stripe", None),
        ("src_2", Some("src_1")),
    ] {
        let second = bench.file(Shelf::Source, id, uid);
        assert_eq!(second, Ok(Filed::Taken), "{id}, {uid:?}");
    }
    assert_eq!(bench.disk.number("SELECT COUNT(*) FROM records"), 1);
}

#[test]
fn any_number_of_records_may_have_no_uid() {
    let bench = Bench::new();
    for id in ["src_1", "src_2", "src_3"] {
        let filed = bench.file(Shelf::Source, id, None);
        assert_eq!(filed, Ok(Filed::Created), "{id}");
    }
}

#[test]
fn an_application_and_a_source_never_share_a_name_and_event_types_stand_apart() {
    for (first, second) in [
        (Shelf::Application, Shelf::Source),
        (Shelf::Source, Shelf::Application),
    ] {
        let bench = Bench::new();
        bench.file(first, "one", Some("uid")).unwrap();
        for (id, uid) in [("one", None), ("two", Some("uid")), ("two", Some("one"))] {
            let filed = bench.file(second, id, uid);
            assert_eq!(filed, Ok(Filed::Taken), "{second:?} {id} {uid:?}");
        }
        let event_type = bench.file(Shelf::EventType, "one", Some("uid"));
        assert_eq!(event_type, Ok(Filed::Created));
        assert_eq!(
            bench.find(second, "one"),
            None,
            "a shelf shows its own alone"
        );
    }
}

/// An edge that is away, or tells what it was told.
#[derive(Default)]
struct TestEdge {
    away: Cell<bool>,
    known: RefCell<Vec<String>>,
}

impl Edge for TestEdge {
    async fn publish(&self, source: &Source) -> Result<(), Unavailable> {
        if self.away.get() {
            return Err(Unavailable::new("publishing", "away"));
        }
        self.known.borrow_mut().push(source.id.clone());
        Ok(())
    }

    async fn withdraw(&self, _name: &str) -> Result<(), Unavailable> {
        panic!("nothing was taken away");
    }
}

#[test]
fn a_source_is_published_once_and_by_the_alarm_if_nobody_else_did() {
    let bench = Bench::new();
    let edge = TestEdge::default();
    let record = sample::source("src_1", "stripe");
    let filed = bench
        .registry
        .create(Shelf::Source, "src_1", Some("stripe"), &record);
    assert_eq!(filed, Ok(Filed::Created));
    let alarm = bench.disk.alarm().expect("an alarm before the answer");

    // The instance that filed it dies, and the edge is away at first.
    let reopened = Registry::open(bench.world.host(&bench.disk)).unwrap();
    edge.away.set(true);
    assert!(block_on(reopened.on_alarm(&edge)).is_err());
    edge.away.set(false);
    assert!(alarm > bench.world.now());
    assert_eq!(block_on(reopened.on_alarm(&edge)), Ok(()));
    assert_eq!(block_on(reopened.publish(&edge)), Ok(()));
    assert_eq!(*edge.known.borrow(), ["src_1"]);
}

#[test]
fn a_removed_record_leaves_its_names_free() {
    let bench = Bench::new();
    bench.file(Shelf::Source, "src_1", Some("stripe")).unwrap();
    bench.registry.remove(Shelf::Source, "stripe").unwrap();
    assert!(bench.find(Shelf::Source, "src_1").is_some(), "by id alone");
    bench.registry.remove(Shelf::Source, "src_1").unwrap();
    bench.registry.remove(Shelf::Source, "src_1").unwrap();
    assert_eq!(bench.find(Shelf::Source, "stripe"), None);
    let again = bench.file(Shelf::Source, "src_2", Some("stripe"));
    assert_eq!(again, Ok(Filed::Created));
}

#[test]
fn a_store_failure_at_any_call_files_nothing() {
    for skip in 0.. {
        let bench = Bench::new();
        bench.world.plan(skip, Fault::Refused);
        let filed = bench.file(Shelf::Source, "src_1", Some("stripe"));
        if bench.world.call_off() {
            assert_eq!((filed, skip), (Ok(Filed::Created), 4));
            return;
        }
        assert!(filed.is_err(), "call {skip}");
        let retry = bench.file(Shelf::Source, "src_1", Some("stripe"));
        assert_eq!(retry, Ok(Filed::Created), "call {skip}");
    }
}

#[test]
fn a_record_of_another_form_is_an_error_and_not_an_absence() {
    let bench = Bench::new();
    bench.file(Shelf::Source, "src_1", None).unwrap();
    let found = bench.registry.find::<u32>(Shelf::Source, "src_1");
    assert_eq!(found.unwrap_err().doing, "reading a record");
}
