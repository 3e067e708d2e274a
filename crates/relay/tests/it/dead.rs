//! Dead letters are kept once, within bounds, and leave when they are told to.

use std::rc::Rc;

use hookgate_relay::dead::{DeadLetters, Given, Letter, MOST_LETTERS};
use hookgate_relay::page::Page;
use serde_json::value::RawValue;

use crate::host::{Disk, Fault, TestHost, World};
use crate::sample::first_page;

struct Bench {
    world: Rc<World>,
    disk: Rc<Disk>,
    letters: DeadLetters<TestHost>,
}

impl Bench {
    fn new() -> Self {
        let (world, disk) = (World::new(), Disk::new());
        let letters = DeadLetters::open(world.host(&disk)).expect("sound storage");
        Self {
            world,
            disk,
            letters,
        }
    }

    fn ids(&self) -> Vec<String> {
        let listed = self.letters.list(&first_page()).unwrap();
        listed.data.into_iter().map(|letter| letter.id).collect()
    }
}

fn given(id: &str, text: &str) -> Given {
    Given {
        id: id.into(),
        source_id: Some("src_1".into()),
        message: RawValue::from_string(format!("{{\"n\":\"{text}\"}}")).unwrap(),
    }
}

#[test]
fn a_letter_that_dies_again_is_one_letter() {
    let bench = Bench::new();
    bench.letters.record(&[given("msg_1", "é")]).unwrap();
    bench.world.pass(60_000);
    bench.letters.record(&[given("msg_1", "é")]).unwrap();
    let letter = Letter {
        id: "msg_1".into(),
        source_id: Some("src_1".into()),
        times: 2,
        died_at: bench.world.now(),
        bytes: 10,
    };
    let listed = bench.letters.list(&first_page()).unwrap();
    assert_eq!((listed.data, listed.done), (vec![letter], true));
    let message = bench.letters.message("msg_1").unwrap();
    assert_eq!(message.as_deref(), Some("{\"n\":\"é\"}"));
    assert_eq!(bench.letters.message("msg_2"), Ok(None));
}

#[test]
fn what_cannot_be_read_is_kept_without_a_source() {
    let bench = Bench::new();
    let unread = Given {
        source_id: None,
        ..given("queue-id", "")
    };
    bench.letters.record(&[unread]).unwrap();
    let listed = bench.letters.list(&first_page()).unwrap();
    assert_eq!(listed.data[0].source_id, None);
}

#[test]
fn beyond_ten_thousand_letters_the_longest_dead_leave() {
    let bench = Bench::new();
    let letters: Vec<Given> = (0..MOST_LETTERS + 5)
        .map(|n| given(&format!("msg_{n:05}"), ""))
        .collect();
    for batch in letters.chunks(5) {
        bench.world.pass(1);
        bench.letters.record(batch).unwrap();
    }
    let kept = bench.disk.rows("SELECT COUNT(*), MIN(id) FROM dead");
    assert_eq!(kept[0].integer(0), Ok(MOST_LETTERS));
    assert_eq!(kept[0].clone().take_text(1).as_deref(), Ok("msg_00005"));
}

#[test]
fn a_letter_leaves_when_it_is_told_to_and_no_other_does() {
    let bench = Bench::new();
    let letters = ["msg_1", "msg_2", "msg_3"].map(|id| given(id, ""));
    bench.letters.record(&letters).unwrap();
    let ids = ["msg_2".to_owned(), "msg_9".to_owned()];
    bench.letters.forget(&ids).unwrap();
    assert_eq!(bench.ids(), ["msg_1", "msg_3"]);
    let page = Page {
        limit: 1,
        ..first_page()
    };
    let listed = bench.letters.list(&page).unwrap();
    assert_eq!((listed.data.len(), listed.done), (1, false));
}

#[test]
fn a_failure_of_any_call_keeps_all_letters_of_a_batch_or_none() {
    for fault in [Fault::Refused, Fault::Misreported] {
        for skip in 0.. {
            let bench = Bench::new();
            bench.world.plan(skip, fault);
            let recorded = bench
                .letters
                .record(&[given("msg_1", ""), given("msg_2", "")]);
            if bench.world.call_off() {
                assert_eq!((recorded, skip), (Ok(()), 4));
                break;
            }
            assert!(recorded.is_err(), "{fault:?} at call {skip}");
            let kept = bench.ids().len();
            assert!(kept == 0 || kept == 2, "{kept}, {fault:?} at call {skip}");
        }
    }
}
