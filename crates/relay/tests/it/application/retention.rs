//! What is too old leaves, in slices and by the alarm; what still has to be handed over stays.

use hookgate_relay::application::{Application, Message, Terms};
use hookgate_relay::message::Body;

use super::{Bench, handed};
use crate::host::START;
use crate::neighbour::Taken;
use crate::sample::{DAY, message};

const HOUR: i64 = 3_600_000;

impl Bench {
    fn keeping(days: i64, endpoints: &[&str]) -> Self {
        let mut bench = Self::of(endpoints);
        bench.keep(days);
        bench
    }

    fn keep(&mut self, days: i64) {
        let app = Application::open(self.world.host(&self.disk)).unwrap();
        self.app = std::rc::Rc::new(app.keeping(days * DAY).unwrap());
    }

    /// Lets the alarm ring until `at`, and counts.
    fn ring_until(&self, at: i64) -> usize {
        let mut rings = 0;
        while let Some(next) = self.disk.alarm().filter(|next| *next <= at) {
            self.world.reach(next);
            self.ring();
            rings += 1;
            assert!(rings < 1_000, "it rings without end");
        }
        self.world.reach(at);
        rings
    }

    fn make_now(&self, id: &str, keep: Option<i64>) {
        let message = Message {
            created_at: self.world.now(),
            ..message(id)
        };
        let terms = Terms {
            keep_content_ms: keep,
            ..Terms::default()
        };
        self.app.make(message, terms).unwrap();
        self.drain();
    }

    fn content(&self, id: &str) -> Option<(bool, usize)> {
        let message = self.app.message(id).unwrap()?;
        let bytes = message.payload.into_bytes().unwrap();
        Some((message.expunged, bytes.len()))
    }
}

#[test]
fn a_message_leaves_when_it_is_too_old_and_not_before() {
    let bench = Bench::keeping(90, &["ep_a"]);
    bench.make_now("msg_1", None);
    bench.world.pass(DAY);
    bench.make_now("msg_2", None);
    let rings = bench.ring_until(START + 90 * DAY - 1);
    assert!(rings <= 2, "{rings} rings for nothing");
    assert_eq!(bench.sizes(), (2, 0));
    bench.ring_until(START + 90 * DAY + 1);
    assert_eq!(bench.app.message("msg_1"), Ok(None));
    assert!(bench.app.message("msg_2").unwrap().is_some());
    bench.ring_until(START + 92 * DAY);
    assert_eq!((bench.sizes(), bench.disk.alarm()), ((0, 0), None));
}

#[test]
fn a_payload_leaves_earlier_than_its_message_where_that_was_asked_for_or_little_is_kept() {
    let mut bench = Bench::keeping(90, &[]);
    bench.make_now("msg_short", Some(HOUR));
    bench.make_now("msg_long", None);
    bench.ring_until(START + HOUR - 1);
    assert_eq!(bench.content("msg_short"), Some((false, 15)));
    bench.ring_until(START + HOUR + 1);
    assert_eq!(bench.content("msg_short"), Some((true, 0)));
    assert_eq!(bench.content("msg_long"), Some((false, 15)));
    // Rows stay for 30 days where content is kept for less.
    bench.keep(7);
    bench.make_now("msg_week", Some(60 * DAY));
    bench.ring_until(START + 8 * DAY);
    assert_eq!(bench.content("msg_week"), Some((true, 0)));
    bench.ring_until(START + 29 * DAY);
    assert_eq!(bench.sizes().0, 3);
    bench.ring_until(START + 32 * DAY);
    assert_eq!(bench.sizes().0, 0);
}

#[test]
fn what_waits_for_its_endpoint_or_its_time_keeps_its_payload() {
    let bench = Bench::keeping(90, &["ep_a"]);
    bench.objects.script("ep_a").afterwards(Taken::No);
    bench.make_now("msg_1", Some(HOUR));
    let later = Message {
        deliver_at: Some(START + 5 * DAY),
        ..message("msg_2")
    };
    let terms = Terms {
        keep_content_ms: Some(HOUR),
        ..Terms::default()
    };
    bench.app.make(later, terms).unwrap();
    bench.ring_until(START + 3 * HOUR);
    assert_eq!(bench.content("msg_1"), Some((false, 15)));
    bench.objects.script("ep_a").afterwards(Taken::Yes);
    bench.ring_until(START + 5 * HOUR);
    assert_eq!(bench.objects.landed(), [handed("ep_a", &["msg_1"])]);
    assert_eq!(bench.content("msg_1"), Some((true, 0)));
    bench.ring_until(START + 5 * DAY);
    let landed = bench.objects.consignments();
    assert_eq!(landed[0].messages[0].payload, message("msg_2").payload);
    bench.ring_until(START + 5 * DAY + 2 * HOUR);
    assert_eq!(bench.content("msg_2"), Some((true, 0)));
}

#[test]
fn thousands_leave_in_slices_and_what_is_due_goes_between() {
    let bench = Bench::keeping(90, &[]);
    bench.disk.write(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         INSERT INTO messages (id, event_type, channels, tags, payload, created_at)
         SELECT 'msg_' || i, 'a', '[]', '[]', x'7b7d', 1773738000000 FROM n",
    );
    bench.make_now("msg_last", None);
    bench.world.reach(START + 90 * DAY - 2_000);
    bench.ring();
    bench.ring_until(START + 90 * DAY + 1);
    let after_one = bench.sizes().0;
    assert!((4_000..5_001).contains(&after_one), "{after_one}");
    bench.ring_until(START + 90 * DAY + 3_000);
    assert_eq!(bench.sizes().0, 0);
}

#[test]
fn an_expunged_message_is_empty_at_once_and_every_endpoint_hears_of_it() {
    let bench = Bench::of(&["ep_a", "ep_b"]);
    bench.objects.script("ep_b").then(Taken::No);
    bench.app.create(message("msg_1")).unwrap();
    bench.drain();
    assert_eq!(bench.objects.landed(), [handed("ep_a", &["msg_1"])]);
    assert_eq!(bench.app.expunge("msg_1"), Ok(true));
    assert_eq!(bench.app.expunge("msg_2"), Ok(false));
    assert_eq!(bench.content("msg_1"), Some((true, 0)));
    bench.drain();
    for consignment in bench.objects.consignments() {
        let [only] = &consignment.messages[..] else {
            panic!("{consignment:?}")
        };
        assert_eq!((&*only.id, only.expunged), ("msg_1", true));
        assert_eq!(only.payload, Body::Text(String::new()));
    }
    assert_eq!(bench.sizes(), (1, 0));
    let bytes = bench
        .disk
        .number("SELECT SUM(LENGTH(payload)) FROM messages");
    assert_eq!(bytes, 0);
}

#[test]
fn a_hand_over_that_is_out_does_not_take_the_news_of_an_expunged_message_along() {
    let bench = Bench::of(&["ep_a"]);
    bench.objects.script("ep_a").then_hold();
    bench.app.create(message("msg_1")).unwrap();
    let mut tasks = crate::script::Tasks::default();
    let (app, objects) = (std::rc::Rc::clone(&bench.app), bench.objects.clone());
    tasks.start(async move { app.drain(&objects).await });
    bench.app.expunge("msg_1").unwrap();
    bench.objects.script("ep_a").release(0, Taken::Yes);
    tasks.settle();
    let landed = bench.objects.consignments();
    let told: Vec<_> = landed.iter().map(|c| c.messages[0].expunged).collect();
    assert_eq!(told, [false, true]);
}

#[test]
fn content_that_has_aged_may_still_be_needed_and_what_was_expunged_is_not() {
    let bench = Bench::keeping(90, &["ep_a"]);
    bench.make_now("msg_1", Some(HOUR));
    bench.make_now("msg_2", None);
    bench.ring_until(START + 2 * HOUR);
    assert_eq!(bench.content("msg_1"), Some((true, 0)));
    assert_eq!(bench.app.expunge("msg_2"), Ok(true));
    let asked = ["msg_1", "msg_2", "msg_3"].map(str::to_owned);
    assert_eq!(bench.app.knows(&asked), Ok(vec!["msg_1".to_owned()]));
}
