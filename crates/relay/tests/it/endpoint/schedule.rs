//! Retries come when the profile says, driven by the alarm alone, to success or exhaustion.

use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::attempt::State;
use hookgate_relay::config::EndpointConfig;

use super::Bench;
use crate::host::START;
use crate::neighbour::status;
use crate::sample::{config, waits};

impl Bench {
    /// Accepts one message, and lets alarm after alarm ring until none is set. The times at which
    /// a request left, in milliseconds since the acceptance.
    fn request_times(&self) -> Vec<i64> {
        let start = self.world.now();
        self.accept(&["msg_1"]);
        self.pump();
        let mut times = vec![0; self.http.requests().len()];
        let mut rings = 0;
        while let Some(alarm) = self.disk.alarm() {
            self.world.reach(alarm);
            self.ring();
            rings += 1;
            for _ in self.http.requests() {
                times.push(self.world.now() - start);
            }
        }
        assert!(rings <= 2 * times.len() + 1, "{rings} rings");
        times
    }

    fn logged_times(&self) -> Vec<i64> {
        let attempts = self.attempts();
        let times = attempts.iter().map(|attempt| attempt.started_at - START);
        times.collect()
    }
}

#[test]
fn three_failures_and_a_success_are_four_attempts_after_exactly_the_profiles_delays() {
    for (profile, dice, times) in [
        ("standard", 0x00, [0, 5_000, 305_000, 2_105_000]),
        ("standard", 0xff, [0, 5_499, 335_498, 2_315_495]),
        ("visibuild", 0x00, [0, 30_000, 150_000, 450_000]),
        ("visibuild", 0xff, [0, 32_999, 164_998, 494_997]),
        ("svix", 0x00, [0, 5_000, 305_000, 2_105_000]),
        ("vicket", 0x00, [0, 30_000, 120_000, 390_000]),
        ("helpdesk", 0x00, [0, 1_000, 6_000, 36_000]),
        ("vexylcloud", 0x00, [0, 5_000, 305_000, 2_105_000]),
        ("visiwise", 0x00, [0, 5_000, 305_000, 2_105_000]),
    ] {
        let bench = Bench::new(profile);
        bench.world.load_dice(dice);
        for answer in [500, 503, 301, 200] {
            bench.http.script().then(status(answer));
        }
        assert_eq!(bench.request_times(), times, "{profile}, dice {dice}");
        assert_eq!(bench.logged_times(), times);
        let attempts = bench.attempts();
        let log: Vec<_> = attempts.iter().map(|a| (a.state, a.status_code)).collect();
        let expected = [
            (State::Fail, 500),
            (State::Fail, 503),
            (State::Fail, 301),
            (State::Success, 200),
        ];
        assert_eq!(log, expected);
        assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
    }
}

#[test]
fn a_schedule_that_is_used_up_ends_in_failure_and_deletes_the_payload() {
    for (profile, seconds) in [
        (
            "standard",
            &[
                0, 5, 305, 2_105, 9_305, 27_305, 63_305, 113_705, 185_705, 272_105,
            ][..],
        ),
        ("svix", &[0, 5, 305, 2_105, 9_305, 27_305, 63_305, 99_305]),
        (
            "visibuild",
            &[0, 30, 150, 450, 1_350, 3_150, 6_750, 13_950, 28_350, 57_150],
        ),
        (
            "vicket",
            &[
                0, 30, 120, 390, 1_200, 3_630, 10_920, 32_790, 61_590, 90_390,
            ],
        ),
        ("helpdesk", &[0, 1, 6, 36, 336, 2_136, 9_336]),
    ] {
        let bench = Bench::new(profile);
        bench.world.load_dice(0);
        bench.http.script().afterwards(status(500));
        let times = bench.request_times();
        let expected: Vec<i64> = seconds.iter().map(|s| s * 1_000).collect();
        assert_eq!(times, expected, "{profile}");
        assert_eq!(bench.attempts().len(), seconds.len());
        assert_eq!(bench.delivery("msg_1"), Some((State::Fail, None)));
        assert_eq!((bench.payloads(), bench.disk.alarm()), (0, None));
    }
}

#[test]
fn the_payload_stays_until_the_last_attempt() {
    let bench = Bench::with(EndpointConfig {
        retry_schedule: waits(&[0, 1, 1]),
        ..config("ep_1", "standard")
    });
    bench.world.load_dice(0);
    bench.http.script().afterwards(status(500));
    bench.accept(&["msg_1"]);
    for left in [1, 1, 0] {
        bench.pump();
        assert_eq!(bench.payloads(), left);
        bench.world.pass(1_000);
    }
}

#[test]
fn an_endpoints_own_schedule_is_kept_first_delay_and_all() {
    for (schedule, times) in [
        (vec![], vec![1_000]),
        (vec![60], vec![60_000]),
        (vec![10, 20], vec![10_000, 30_000]),
    ] {
        let bench = Bench::with(EndpointConfig {
            retry_schedule: waits(&schedule),
            ..config("ep_1", "standard")
        });
        bench.world.load_dice(0);
        bench.http.script().afterwards(status(500));
        // Without a schedule there is one attempt, at once.
        let expected = if schedule.is_empty() { vec![0] } else { times };
        assert_eq!(bench.request_times(), expected, "{schedule:?}");
        assert_eq!(bench.delivery("msg_1"), Some((State::Fail, None)));
    }
}

#[test]
fn no_attempt_leaves_a_millisecond_early() {
    let bench = Bench::new("standard");
    bench.world.load_dice(0);
    bench.http.script().then(status(500));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.world.pass(4_999);
    bench.pump();
    assert_eq!(bench.http.requests().len(), 1);
    bench.world.pass(1);
    bench.pump();
    assert_eq!(bench.http.requests().len(), 1);
}

#[test]
fn the_next_attempt_counts_from_the_end_of_the_one_before() {
    let bench = Bench::new("standard");
    bench.world.load_dice(0);
    let world = Rc::clone(&bench.world);
    bench.http.on_request(move |_| world.pass(19_000));
    bench.http.script().then(status(500));
    bench.accept(&["msg_1"]);
    bench.pump();
    let next = (State::Pending, Some(START + 19_000 + 5_000));
    assert_eq!(bench.delivery("msg_1"), Some(next));
}

#[test]
fn an_alarm_never_fails_because_a_delivery_did() {
    let bench = Bench::new("visibuild");
    bench.http.script().afterwards(status(500));
    bench.accept(&["msg_1"]);
    let mut rings = 0;
    while let Some(alarm) = bench.disk.alarm() {
        bench.world.reach(alarm);
        assert!(bench.disk.rings(bench.world.now()));
        assert_eq!(block_on(bench.endpoint.on_alarm(&bench.http)), Ok(()));
        assert_eq!(block_on(bench.endpoint.report(&bench.home)), Ok(()));
        rings += 1;
    }
    assert_eq!(bench.attempts().len(), 10);
    assert!(rings <= 21, "{rings} rings");
}

#[test]
fn the_work_of_an_alarm_is_in_what_is_due_not_in_what_is_stored() {
    let statements = |waiting: usize| {
        let mut bench = Bench::new("standard");
        bench.config.retry_schedule = waits(&[3_600]);
        let ids: Vec<String> = (0..waiting).map(|n| format!("msg_{n}")).collect();
        bench.accept(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        bench.config.retry_schedule = waits(&[0]);
        bench.config.version = 2;
        bench.accept(&["msg_due"]);
        bench.disk.statements();
        bench.pump();
        assert_eq!(bench.http.requests().len(), 1);
        bench.disk.statements().len()
    };
    assert_eq!(statements(1), statements(1_000));
}
