//! The log leaves when it is too old; content leaves when it is expunged.

use std::rc::Rc;

use hookgate_relay::application::Message;
use hookgate_relay::attempt::State;
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::endpoint::Endpoint;
use hookgate_relay::guard::Guard;
use hookgate_relay::message::Body;

use super::Bench;
use crate::host::START;
use crate::neighbour::status;
use crate::sample::{DAY, config, message, vault, waits};
use crate::script::Tasks;

impl Bench {
    pub(super) fn keep(&mut self, days: i64) {
        let host = self.world.host(&self.disk);
        let endpoint = Endpoint::open(host, vault(), Guard::default()).unwrap();
        self.endpoint = Rc::new(endpoint.keeping(days * DAY).unwrap());
    }

    pub(super) fn ring_until(&self, at: i64) -> usize {
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

    fn deliver_now(&self, id: &str) {
        let now = Message {
            created_at: self.world.now(),
            ..message(id)
        };
        self.offer(vec![now]).unwrap();
        self.pump();
    }

    fn expunge(&self, id: &str) {
        let expunged = Message {
            expunged: true,
            payload: Body::Text(String::new()),
            ..message(id)
        };
        self.offer(vec![expunged]).unwrap();
    }

    fn rows(&self, table: &str) -> i64 {
        self.disk.number(&format!("SELECT COUNT(*) FROM {table}"))
    }
}

#[test]
fn attempts_and_ended_deliveries_leave_when_they_are_too_old_and_not_before() {
    let mut bench = Bench::new("standard");
    bench.keep(90);
    bench.deliver_now("msg_1");
    bench.world.pass(DAY);
    bench.deliver_now("msg_2");
    let rings = bench.ring_until(START + 90 * DAY - 1);
    assert!(rings <= 2, "{rings} rings for nothing");
    assert_eq!((bench.rows("attempts"), bench.rows("deliveries")), (2, 2));
    bench.ring_until(START + 90 * DAY + 1_000);
    assert_eq!((bench.rows("attempts"), bench.rows("deliveries")), (1, 1));
    bench.reopen();
    bench.keep(90);
    bench.ring_until(START + 93 * DAY);
    assert_eq!((bench.rows("attempts"), bench.rows("deliveries")), (0, 0));
    assert_eq!(bench.disk.alarm(), None);
}

#[test]
fn a_delivery_outlives_its_attempts_where_little_is_kept_and_is_known_again() {
    let mut bench = Bench::new("standard");
    bench.keep(1);
    bench.deliver_now("msg_1");
    bench.ring_until(START + 29 * DAY);
    assert_eq!((bench.rows("attempts"), bench.rows("deliveries")), (0, 1));
    bench.accept(&["msg_1"]);
    bench.pump();
    assert_eq!(bench.http.requests().len(), 1);
    bench.ring_until(START + 32 * DAY);
    assert_eq!(bench.rows("deliveries"), 0);
}

#[test]
fn what_a_disabled_endpoint_holds_stays_however_old_it_is() {
    let mut bench = Bench::with(EndpointConfig {
        retry_schedule: waits(&[0, 60]),
        ..config("ep_1", "standard")
    });
    bench.keep(90);
    bench.http.script().then(status(410));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.ring_until(START + 200 * DAY);
    assert_eq!((bench.rows("attempts"), bench.rows("deliveries")), (0, 1));
    assert_eq!(bench.payloads(), 1);
    bench.config.version += 1;
    bench.config.enabled_in = bench.config.version;
    bench.accept(&[]);
    bench.pump();
    assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
}

#[test]
fn thousands_leave_in_slices() {
    let mut bench = Bench::new("standard");
    bench.disk.write(
        "WITH RECURSIVE n(i) AS (SELECT 10001 UNION ALL SELECT i + 1 FROM n WHERE i < 13000)
         INSERT INTO deliveries (message_id, event_type, created_at, state, made, next_attempt_at)
         SELECT 'msg_' || i, 'a', 1773738000000, 0, 1, NULL FROM n;
         INSERT INTO attempts SELECT 'atmpt_' || message_id, message_id, '', 0, 200, '',
            1773738000000, 1, 0 FROM deliveries",
    );
    bench.keep(90);
    bench.ring_until(START + 90 * DAY + 1);
    let after_one = (bench.rows("attempts"), bench.rows("deliveries"));
    assert_eq!(after_one, (2_500, 3_000));
    bench.ring_until(START + 90 * DAY + 2_000);
    assert_eq!((bench.rows("attempts"), bench.rows("deliveries")), (0, 0));
}

#[test]
fn what_was_asked_of_a_delivery_and_told_of_it_leaves_with_it() {
    let mut bench = Bench::with(EndpointConfig {
        retry_schedule: waits(&[0, 0, 0, 0, 600]),
        ..config("ep_1", "vicket")
    });
    bench.http.script().afterwards(status(500));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.resend(1, "msg_1", false);
    bench.pump();
    assert_eq!((bench.rows("manual"), bench.rows("failing")), (1, 1));
    bench.endpoint.cancel_pending().unwrap();
    bench.keep(90);
    bench.ring_until(START + 90 * DAY - 1);
    assert_eq!((bench.rows("manual"), bench.rows("failing")), (1, 1));
    bench.ring_until(START + 91 * DAY);
    let left = ["deliveries", "manual", "failing", "payloads"].map(|table| bench.rows(table));
    assert_eq!(left, [0; 4]);
}

#[test]
fn an_expunged_message_that_waits_is_not_delivered_any_more() {
    let bench = Bench::new("standard");
    bench.http.script().then(status(500));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.expunge("msg_1");
    assert_eq!(bench.delivery("msg_1"), Some((State::Fail, None)));
    assert_eq!(bench.payloads(), 0);
    bench.world.pass(DAY);
    bench.pump();
    assert_eq!(bench.http.requests().len(), 1);
}

#[test]
fn a_copy_that_arrives_after_the_news_is_not_delivered() {
    let bench = Bench::new("standard");
    bench.expunge("msg_1");
    bench.accept(&["msg_1"]);
    bench.pump();
    assert_eq!(bench.delivery("msg_1"), Some((State::Fail, None)));
    assert_eq!((bench.payloads(), bench.http.requests().len()), (0, 0));
}

#[test]
fn a_request_that_is_out_ends_as_it_ends_and_is_not_made_again() {
    for (answer, state) in [(200, State::Success), (500, State::Fail)] {
        let bench = Bench::new("standard");
        bench.http.script().then_hold();
        bench.accept(&["msg_1"]);
        let mut tasks = Tasks::default();
        bench.start_pump(&mut tasks);
        bench.expunge("msg_1");
        assert_eq!(bench.payloads(), 0);
        bench.release(&mut tasks, 0, status(answer));
        assert_eq!(bench.delivery("msg_1"), Some((state, None)));
    }
}

#[test]
fn a_crash_while_an_expunged_message_is_out_wedges_nothing() {
    let mut bench = Bench::new("standard");
    bench.http.script().then_hold();
    bench.accept(&["msg_1"]);
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    bench.expunge("msg_1");
    drop(tasks);
    bench.world.kill();
    bench.reopen();
    bench.accept(&["msg_2"]);
    bench.pump();
    assert_eq!(bench.delivery("msg_1"), Some((State::Fail, None)));
    assert_eq!(bench.delivery("msg_2"), Some((State::Success, None)));
    let interrupted = &bench.attempts()[0];
    assert_eq!(interrupted.state, State::Fail);
    assert!(interrupted.response.starts_with("interrupted"));
}

#[test]
fn the_response_of_one_attempt_is_taken_away_and_no_other() {
    let bench = Bench::new("standard");
    bench
        .http
        .script()
        .then(hookgate_relay::port::HttpOutcome::Failed("a secret".into()));
    bench
        .http
        .script()
        .then(hookgate_relay::port::HttpOutcome::Failed("another".into()));
    bench.accept(&["msg_1", "msg_2"]);
    bench.pump();
    let id = bench.attempts()[0].id.clone();
    let of = bench.attempts()[0].message_id.clone();
    assert_eq!(bench.endpoint.expunge_response("msg_3", &id), Ok(false));
    assert_eq!(bench.endpoint.expunge_response(&of, &id), Ok(true));
    let kept: Vec<_> = bench
        .attempts()
        .into_iter()
        .map(|a| a.response.len())
        .collect();
    assert_eq!(kept.iter().filter(|bytes| **bytes == 0).count(), 1);
    assert_eq!(bench.attempts().len(), 2);
}
