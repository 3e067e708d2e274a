//! Bodies in R2 that no message names are removed, and no others.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use futures_executor::block_on;
use hookgate_relay::orphans::{Bucket, Holders, Object, PAGE, Walk, collect};
use hookgate_relay::port::{Millis, Unavailable};

use crate::application;
use crate::host::{Disk, START, World};
use crate::inbox;
use crate::sample::{DAY, arrival, event};

#[derive(Default)]
struct Town {
    objects: RefCell<BTreeMap<String, Millis>>,
    known: BTreeSet<String>,
    away: Cell<bool>,
}

impl Town {
    fn with(objects: &[(&str, Millis)], known: &[&str]) -> Self {
        let objects = objects.iter().map(|(key, at)| ((*key).to_owned(), *at));
        Self {
            objects: RefCell::new(objects.collect()),
            known: known.iter().map(|&id| id.to_owned()).collect(),
            away: Cell::new(false),
        }
    }

    fn left(&self) -> Vec<String> {
        self.objects.borrow().keys().cloned().collect()
    }

    fn collect(&self, after: Option<String>, now: Millis) -> Result<Option<String>, Unavailable> {
        block_on(collect(self, self, after, now))
    }
}

impl Bucket for Town {
    async fn page(&self, after: Option<String>) -> Result<Vec<Object>, Unavailable> {
        let objects = self.objects.borrow();
        let behind = objects
            .iter()
            .filter(|(key, _)| Some(*key) > after.as_ref());
        let object = |(key, at): (&String, &Millis)| Object {
            key: key.clone(),
            uploaded_at: *at,
        };
        Ok(behind.take(PAGE as usize).map(object).collect())
    }

    async fn remove(&self, keys: &[String]) -> Result<(), Unavailable> {
        for key in keys {
            self.objects.borrow_mut().remove(key);
        }
        Ok(())
    }
}

impl Holders for Town {
    async fn known(&self, _: &str, ids: Vec<String>) -> Result<Vec<String>, Unavailable> {
        if self.away.get() {
            return Err(Unavailable::new("asking", "scripted"));
        }
        Ok(ids
            .into_iter()
            .filter(|id| self.known.contains(id))
            .collect())
    }
}

#[test]
fn what_is_older_than_a_day_and_known_to_nobody_is_removed() {
    let town = Town::with(
        &[
            ("inbox/src_1/msg_known", START),
            ("inbox/src_1/msg_orphan", START),
            ("inbox/src_2/msg_orphan2", START - 1),
            ("inbox/src_1/msg_young", START + 1),
            ("queue/src_1/msg_queued", START),
            ("somebody/elses/object", 0),
            ("inbox/src_1/msg_x/more", 0),
        ],
        &["msg_known"],
    );
    assert_eq!(town.collect(None, START + DAY), Ok(None));
    assert!(
        town.left().contains(&"inbox/src_1/msg_orphan".to_owned()),
        "it is a day old"
    );
    assert_eq!(town.collect(None, START + DAY + 1), Ok(None));
    let left = [
        "inbox/src_1/msg_known",
        "inbox/src_1/msg_x/more",
        "inbox/src_1/msg_young",
        "queue/src_1/msg_queued",
        "somebody/elses/object",
    ];
    assert_eq!(town.left(), left);
    assert_eq!(town.collect(None, START + 15 * DAY + 2), Ok(None));
    let left = [
        "inbox/src_1/msg_known",
        "inbox/src_1/msg_x/more",
        "somebody/elses/object",
    ];
    assert_eq!(town.left(), left);
}

#[test]
fn while_a_holder_is_away_nothing_is_removed() {
    let town = Town::with(&[("inbox/src_1/msg_1", START)], &[]);
    town.away.set(true);
    assert!(town.collect(None, START + 2 * DAY).is_err());
    assert_eq!(town.left().len(), 1);
}

#[test]
fn a_large_bucket_is_walked_page_by_page_and_again_after_an_hour() {
    let keys: Vec<String> = (0..PAGE + 20)
        .map(|at| format!("inbox/src_1/msg_{at:05}"))
        .collect();
    let objects: Vec<(&str, Millis)> = keys.iter().map(|key| (key.as_str(), START)).collect();
    let town = Town::with(&objects, &[]);
    let (world, disk) = (World::new(), Disk::new());
    let walk = Walk::open(world.host(&disk)).unwrap();
    let now = START + 2 * DAY;

    assert_eq!(walk.take(now), Ok(Some(None)));
    assert_eq!(walk.take(now + 49_999), Ok(None), "another has it");
    let next = town.collect(None, now).unwrap();
    assert_eq!(town.left().len(), 20);
    walk.done(next.as_deref(), now).unwrap();
    assert_eq!(walk.take(now + 60_000), Ok(Some(next.clone())));
    assert_eq!(town.collect(next, now), Ok(None));
    assert!(town.left().is_empty());
    walk.done(None, now).unwrap();
    assert_eq!(walk.take(now + 3_599_999), Ok(None));
    assert_eq!(walk.take(now + 3_600_000), Ok(Some(None)));
}

#[test]
fn a_page_with_many_sources_is_cut_short_and_goes_on_behind_the_last_that_was_asked() {
    let keys: Vec<String> = (0..20)
        .map(|at| format!("inbox/src_{at:02}/msg_{at:02}"))
        .collect();
    let objects: Vec<(&str, Millis)> = keys.iter().map(|key| (key.as_str(), START)).collect();
    let town = Town::with(&objects, &["msg_06"]);
    let now = START + 2 * DAY;
    let next = town.collect(None, now).unwrap();
    assert_eq!(next.as_deref(), Some("inbox/src_06/msg_06"));
    assert_eq!(town.left().len(), 14);
    let next = town.collect(next, now).unwrap();
    assert_eq!(next.as_deref(), Some("inbox/src_13/msg_13"));
    assert_eq!(town.collect(next, now), Ok(None));
    assert_eq!(town.left(), ["inbox/src_06/msg_06"]);
}

#[test]
fn an_inbox_and_an_application_say_which_messages_they_know() {
    let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
    let inbox = inbox::Bench::new();
    inbox.inbox.accept(arrival(&["id:a"], "msg_a")).unwrap();
    assert_eq!(
        inbox.inbox.holds(&ids(&["msg_a", "msg_b"])),
        Ok(ids(&["msg_a"]))
    );
    inbox.inbox.confirm(&ids(&["msg_a"])).unwrap();
    assert_eq!(inbox.inbox.holds(&ids(&["msg_a", "msg_b"])), Ok(vec![]));

    let app = application::Bench::of(&[]);
    app.app.accept(vec![event("msg_a")]).unwrap();
    assert_eq!(
        app.app.knows(&ids(&["msg_a", "msg_b"])),
        Ok(ids(&["msg_a"]))
    );
}
