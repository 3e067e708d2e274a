//! What operators ask of single deliveries: again, or not any more.

use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::attempt::State;
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::endpoint::{Cancel, MOST_CANCELLED};
use hookgate_relay::port::{Hints, HttpOutcome};

use super::Bench;
use crate::host::START;
use crate::neighbour::status;
use crate::sample::{config, waits};
use crate::script::Tasks;

pub(super) fn cancel(bench: &Bench, id: &str) -> bool {
    let cancel = Cancel {
        message_id: id.into(),
        event_type: "invoice.paid".into(),
        created_at: START,
    };
    bench.endpoint.cancel(&cancel).unwrap()
}

fn with_waits(seconds: &[u32]) -> Bench {
    let bench = Bench::with(EndpointConfig {
        retry_schedule: waits(seconds),
        ..config("ep_1", "standard")
    });
    bench.world.load_dice(0);
    bench
}

fn log(bench: &Bench) -> Vec<(State, bool)> {
    let attempts = bench.attempts();
    attempts.iter().map(|a| (a.state, a.manual)).collect()
}

#[test]
fn a_resend_of_what_was_delivered_is_a_new_attempt_under_the_same_message_id() {
    let bench = Bench::new("standard");
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.resend(1, "msg_1", false);
    bench.pump();
    let sent = bench.http.requests();
    let id = |at: usize| {
        let headers = &sent[at].headers;
        headers
            .iter()
            .find(|(name, _)| name == "webhook-id")
            .cloned()
    };
    assert_eq!((sent.len(), id(0)), (2, id(1)));
    assert_eq!(sent[0].body, sent[1].body);
    let expected = [(State::Success, false), (State::Success, true)];
    assert_eq!(log(&bench), expected);
    assert_eq!(
        (bench.delivery("msg_1"), bench.payloads()),
        (Some((State::Success, None)), 0)
    );
}

#[test]
fn a_resend_that_fails_leaves_what_was_delivered_delivered() {
    let bench = Bench::new("standard");
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.http.script().afterwards(status(500));
    bench.resend(1, "msg_1", false);
    bench.pump();
    assert_eq!(log(&bench), [(State::Success, false), (State::Fail, true)]);
    assert_eq!(
        (bench.delivery("msg_1"), bench.payloads()),
        (Some((State::Success, None)), 0)
    );
}

#[test]
fn an_order_that_arrives_twice_or_late_is_followed_once() {
    let mut bench = Bench::new("standard");
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.resend(2, "msg_1", false);
    bench.resend(2, "msg_1", false);
    bench.pump();
    bench.resend(2, "msg_1", false);
    bench.resend(1, "msg_1", false);
    bench.pump();
    bench.reopen();
    bench.resend(2, "msg_1", false);
    bench.pump();
    assert_eq!(bench.http.requests().len(), 2);
}

#[test]
fn a_resend_of_what_waits_goes_now_and_keeps_its_place_in_the_schedule() {
    let bench = with_waits(&[0, 60, 600]);
    bench.http.script().afterwards(status(500));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.world.pass(10_000);
    bench.resend(1, "msg_1", false);
    bench.pump();
    let waiting = (State::Pending, Some(START + 60_000));
    assert_eq!(bench.delivery("msg_1"), Some(waiting));
    bench.world.pass(50_000);
    bench.pump();
    let waiting = (State::Pending, Some(START + 660_000));
    assert_eq!(bench.delivery("msg_1"), Some(waiting));
    let expected = [false, true, false].map(|manual| (State::Fail, manual));
    assert_eq!(log(&bench), expected);
}

#[test]
fn a_resend_of_what_has_failed_for_good_starts_its_schedule_anew() {
    let bench = with_waits(&[0, 60]);
    bench.http.script().afterwards(status(500));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.world.pass(60_000);
    bench.pump();
    assert_eq!(bench.delivery("msg_1"), Some((State::Fail, None)));
    bench.world.pass(1_000_000);
    bench.resend(1, "msg_1", true);
    bench.pump();
    let waiting = (State::Pending, Some(START + 1_120_000));
    assert_eq!(bench.delivery("msg_1"), Some(waiting));
    bench.world.pass(60_000);
    bench.pump();
    assert_eq!(bench.delivery("msg_1"), Some((State::Fail, None)));
    assert_eq!((bench.attempts().len(), bench.payloads()), (4, 0));
}

#[test]
fn what_has_not_failed_is_not_recovered() {
    let bench = with_waits(&[0, 60]);
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.world.pass(1);
    bench.http.script().afterwards(status(500));
    bench.accept(&["msg_2"]);
    bench.pump();
    for id in ["msg_1", "msg_2", "msg_3"] {
        bench.resend(1, id, true);
    }
    bench.pump();
    assert_eq!(bench.attempts().len(), 2);
    assert_eq!(bench.delivery("msg_3"), None);
}

#[test]
fn a_resend_of_a_message_that_never_came_is_its_delivery() {
    let bench = with_waits(&[300, 60]);
    bench.http.script().then(status(500));
    bench.resend(1, "msg_1", false);
    bench.pump();
    let waiting = (State::Pending, Some(START + 60_000));
    assert_eq!(bench.delivery("msg_1"), Some(waiting));
    bench.accept(&["msg_1"]);
    bench.world.pass(60_000);
    bench.pump();
    assert_eq!(log(&bench), [(State::Fail, true), (State::Success, false)]);
}

#[test]
fn a_resend_while_an_attempt_is_out_follows_it_and_never_runs_beside_it() {
    for (first, end) in [(200, State::Success), (500, State::Fail)] {
        let bench = Bench::with(EndpointConfig {
            retry_schedule: waits(&[0]),
            ..config("ep_1", "standard")
        });
        let endpoint = Rc::clone(&bench.endpoint);
        let order = bench.config.clone();
        let asked = std::cell::Cell::new(false);
        bench.http.on_request(move |_| {
            if !asked.replace(true) {
                let resend = hookgate_relay::endpoint::Resend {
                    number: 1,
                    only_failed: false,
                    message: crate::sample::message("msg_1"),
                };
                let consignment = hookgate_relay::application::Consignment {
                    config: order.clone(),
                    messages: vec![],
                    resends: vec![resend],
                };
                endpoint.accept(consignment).unwrap();
            }
        });
        bench.http.script().then(status(first));
        bench.http.script().afterwards(status(500));
        bench.accept(&["msg_1"]);
        bench.pump();
        let (_, most) = bench.http.out();
        assert_eq!((most, bench.http.requests().len()), (1, 2), "{first}");
        let first_state = end;
        assert_eq!(
            log(&bench),
            [(first_state, false), (State::Fail, true)],
            "{first}"
        );
        assert_eq!(bench.delivery("msg_1"), Some((end, None)), "{first}");
        assert_eq!(bench.payloads(), 0, "{first}");
    }
}

#[test]
fn a_resend_that_was_out_when_the_gateway_stopped_is_made_again() {
    let mut bench = Bench::new("standard");
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.resend(1, "msg_1", false);
    bench.http.script().then_hold();
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    drop(tasks);
    bench.reopen();
    bench.http.script().afterwards(status(500));
    bench.pump();
    let expected = [
        (State::Success, false),
        (State::Fail, true),
        (State::Fail, true),
    ];
    assert_eq!(log(&bench), expected);
    assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
}

#[test]
fn a_cancelled_delivery_is_not_tried_again_until_somebody_asks() {
    let bench = with_waits(&[0, 60]);
    bench.http.script().then(status(500));
    bench.accept(&["msg_1"]);
    bench.pump();
    assert!(cancel(&bench, "msg_1"));
    assert_eq!(
        (bench.delivery("msg_1"), bench.payloads()),
        (Some((State::Canceled, None)), 0)
    );
    bench.world.pass(1_000_000);
    bench.accept(&["msg_1"]);
    bench.pump();
    assert_eq!(bench.http.requests().len(), 1);
    bench.resend(1, "msg_1", false);
    bench.pump();
    assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
    assert!(!cancel(&bench, "msg_1"), "what has ended is not cancelled");
}

#[test]
fn what_is_cancelled_before_it_came_never_leaves() {
    let bench = Bench::new("standard");
    assert!(cancel(&bench, "msg_1"));
    bench.accept(&["msg_1"]);
    bench.pump();
    assert_eq!((bench.http.requests().len(), bench.payloads()), (0, 0));
    assert_eq!(bench.delivery("msg_1"), Some((State::Canceled, None)));
}

#[test]
fn an_attempt_that_is_out_when_its_delivery_is_cancelled_is_the_last() {
    for (answer, state) in [(200, State::Success), (500, State::Canceled)] {
        let bench = with_waits(&[0, 60]);
        let endpoint = Rc::clone(&bench.endpoint);
        bench
            .http
            .on_request(move |_| assert_eq!(endpoint.cancel_pending(), Ok(1)));
        bench.http.script().afterwards(status(answer));
        bench.accept(&["msg_1"]);
        bench.pump();
        assert_eq!(bench.delivery("msg_1"), Some((state, None)), "{answer}");
        assert_eq!(bench.payloads(), 0);
    }
}

#[test]
fn a_cancelled_delivery_whose_attempt_was_lost_in_a_crash_is_not_made_again() {
    let mut bench = Bench::new("standard");
    bench.accept(&["msg_1"]);
    bench.http.script().then_hold();
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    assert!(cancel(&bench, "msg_1"));
    drop(tasks);
    bench.reopen();
    bench.pump();
    assert_eq!(log(&bench), [(State::Fail, false)]);
    assert_eq!(
        (bench.delivery("msg_1"), bench.payloads()),
        (Some((State::Canceled, None)), 0)
    );
}

#[test]
fn all_that_waits_is_cancelled_in_bounded_steps() {
    let bench = with_waits(&[300]);
    let ids: Vec<String> = (0..MOST_CANCELLED + 3)
        .map(|n| format!("msg_{n:04}"))
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    bench.accept(&ids);
    assert_eq!(bench.endpoint.cancel_pending(), Ok(MOST_CANCELLED));
    assert_eq!(bench.endpoint.cancel_pending(), Ok(3));
    assert_eq!(bench.endpoint.cancel_pending(), Ok(0));
    bench.world.pass(1_000_000);
    block_on(bench.endpoint.on_alarm(&bench.http)).unwrap();
    assert_eq!((bench.http.requests().len(), bench.payloads()), (0, 0));
}

#[test]
fn a_busy_receiver_holds_a_resend_back_too() {
    let bench = with_waits(&[0, 60]);
    bench.http.script().then(HttpOutcome::Answered {
        status: 429,
        hints: Hints {
            retry_after: Some("120".into()),
            delivery: None,
        },
        body: vec![],
    });
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.resend(1, "msg_1", false);
    bench.pump();
    assert_eq!(bench.http.requests().len(), 1);
    bench.world.pass(120_000);
    bench.pump();
    assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
}
