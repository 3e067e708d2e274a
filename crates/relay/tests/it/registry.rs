//! The registry files each record once, by its id and its uid.

use std::rc::Rc;

use hookgate_relay::port::Unavailable;
use hookgate_relay::registry::{Filed, Registry, Shelf};

use crate::host::{Disk, Fault, TestHost, World};
use crate::sample::first_page;

const SHELVES: [Shelf; 3] = [Shelf::Application, Shelf::Source, Shelf::EventType];

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
fn shelves_know_nothing_of_each_other() {
    let bench = Bench::new();
    for shelf in SHELVES {
        let filed = bench.file(shelf, "one", Some("uid"));
        assert_eq!(filed, Ok(Filed::Created), "{shelf:?}");
    }
    bench.registry.remove(Shelf::Source, "one").unwrap();
    for (shelf, count) in SHELVES.into_iter().zip([1, 0, 1]) {
        let listed = bench.registry.list::<String>(shelf, &first_page()).unwrap();
        assert_eq!(listed.data.len(), count, "{shelf:?}");
        assert_eq!(bench.find(shelf, "uid").is_some(), count == 1, "{shelf:?}");
    }
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
            assert_eq!((filed, skip), (Ok(Filed::Created), 3));
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
