//! What an endpoint tells of its messages.

use std::rc::Rc;

use hookgate_relay::config::EndpointConfig;
use hookgate_relay::notice::{Fate, Notice};
use hookgate_relay::operational::APPLICATION;

use futures_executor::block_on;

use super::Bench;
use crate::host::START;
use crate::neighbour::status;
use crate::sample::{config, waits};
use crate::script::Tasks;

fn failing(attempts: usize) -> Bench {
    let bench = Bench::with(EndpointConfig {
        retry_schedule: waits(&vec![0; attempts]),
        ..config("ep_1", "vicket")
    });
    bench.http.script().afterwards(status(500));
    bench
}

fn heard(bench: &Bench) -> Vec<(String, Fate, u16)> {
    bench.world.pass(1_000);
    bench.pump();
    block_on(bench.endpoint.report(&bench.home)).unwrap();
    let heard = bench.home.heard().into_iter();
    heard
        .filter_map(|(_, notice)| match notice {
            Notice::Message {
                message_id,
                fate,
                attempt,
                ..
            } => Some((message_id, fate, attempt.status_code)),
            Notice::Disabled { .. } => None,
        })
        .collect()
}

fn one(fate: Fate, status_code: u16) -> Vec<(String, Fate, u16)> {
    vec![("msg_1".into(), fate, status_code)]
}

#[test]
fn a_message_is_told_as_failing_at_its_fourth_failure_and_as_exhausted_at_its_last() {
    let bench = failing(6);
    bench.accept(&["msg_1"]);
    let told = heard(&bench);
    assert_eq!(
        told,
        [one(Fate::Failing, 500), one(Fate::Exhausted, 500)].concat()
    );
    assert_eq!(bench.attempts().len(), 6);
    assert_eq!(bench.disk.number("SELECT COUNT(*) FROM failing"), 0);
}

#[test]
fn a_message_that_was_told_as_failing_is_told_as_recovered_and_no_other_is() {
    for (failures, told) in [
        (3, vec![]),
        (4, one(Fate::Failing, 500)),
        (5, one(Fate::Failing, 500)),
    ] {
        let bench = failing(10);
        for _ in 0..failures {
            bench.http.script().then(status(500));
        }
        bench.http.script().afterwards(status(204));
        bench.accept(&["msg_1"]);
        let mut expected = told;
        if failures >= 4 {
            expected.extend(one(Fate::Recovered, 204));
        }
        assert_eq!(heard(&bench), expected, "{failures}");
    }
}

#[test]
fn of_many_messages_that_fail_together_twenty_in_an_hour_are_told_as_failing() {
    let bench = Bench::with(EndpointConfig {
        retry_schedule: waits(&[0, 0, 0, 0, 7_200]),
        ..config("ep_1", "vicket")
    });
    bench.http.script().afterwards(status(500));
    let ids: Vec<String> = (0..50).map(|number| format!("msg_{number}")).collect();
    bench.accept(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(heard(&bench).len(), 20);
    bench.world.pass(3_600_000);
    bench.accept(&["msg_late"]);
    let told = heard(&bench);
    assert_eq!(told, [("msg_late".to_owned(), Fate::Failing, 500)]);
}

#[test]
fn an_endpoint_of_operational_webhooks_tells_nothing_of_its_messages() {
    let bench = Bench::with(EndpointConfig {
        application: Some(APPLICATION.into()),
        retry_schedule: waits(&[0; 5]),
        ..config("ep_1", "vicket")
    });
    bench.http.script().afterwards(status(500));
    bench.accept(&["msg_1"]);
    assert_eq!(heard(&bench), []);
    assert_eq!(bench.attempts().len(), 5);
}

#[test]
fn an_alarm_does_not_ring_without_end_while_the_application_is_told() {
    let bench = failing(1);
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.home.script().afterwards_hold();
    let mut tasks = Tasks::default();
    let (endpoint, home) = (Rc::clone(&bench.endpoint), bench.home.clone());
    let told = tasks.start(async move { endpoint.report(&home).await });
    let rings = bench.rings_in(10_000, &mut tasks);
    assert_eq!(told.result(), None);
    assert!((1..=10).contains(&rings), "{rings} in ten seconds");
}

#[test]
fn a_notice_is_told_while_another_request_is_still_out() {
    let bench = failing(1);
    bench.accept(&["msg_1", "msg_2"]);
    bench.http.script().afterwards_hold();
    let mut tasks = Tasks::default();
    bench.start_pump(&mut tasks);
    // The net below the acceptance has rung: the next alarm is for what is out.
    bench.world.reach(bench.disk.alarm().unwrap());
    bench.ring();
    assert!(bench.disk.alarm() > Some(bench.world.now() + 1_000));
    bench.release(&mut tasks, 0, status(500));
    bench.world.reach(bench.disk.alarm().unwrap());
    assert!(bench.world.now() <= START + 2_000);
    bench.ring();
    assert_eq!(bench.home.heard().len(), 1);
}
