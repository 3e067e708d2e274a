//! What a receiver's answers do to its endpoint: it is slowed down, disabled, and enabled again.

use futures_executor::block_on;
use hookgate_relay::attempt::State;
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::health::{DisableReason, DisableRule};
use hookgate_relay::notice::Notice;
use hookgate_relay::port::{Hints, HttpOutcome};

use super::Bench;
use crate::host::START;
use crate::neighbour::{Taken, status};
use crate::sample::{DAY, config, waits};

/// An answer with these headers.
fn answer(status: u16, retry_after: Option<&str>, delivery: Option<&str>) -> HttpOutcome {
    HttpOutcome::Answered {
        status,
        hints: Hints {
            retry_after: retry_after.map(str::to_owned),
            delivery: delivery.map(str::to_owned),
        },
        body: vec![],
    }
}

impl Bench {
    fn unscattered(config: EndpointConfig) -> Self {
        let bench = Self::with(config);
        bench.world.load_dice(0);
        bench
    }

    fn disabled(&self) -> bool {
        let health = self.endpoint.health().unwrap();
        health.is_disabled(&self.config)
    }

    /// Alarm after alarm rings until none is set, or `until` is past.
    fn run(&self, until: i64) {
        while let Some(alarm) = self.disk.alarm().filter(|at| *at <= until) {
            self.world.reach(alarm);
            self.ring();
        }
    }
}

fn disabled_notice(version: u64, reason: DisableReason, at: i64) -> (String, Notice) {
    let endpoint_id = "ep_1".to_owned();
    (
        "app_1".to_owned(),
        Notice::Disabled {
            id: String::new(),
            failing_since: None,
            endpoint_id,
            version,
            reason,
            at,
        },
    )
}

#[test]
fn a_410_or_the_receivers_header_disables_the_endpoint_and_its_deliveries_wait() {
    for gone in [
        answer(410, None, None),
        answer(500, None, Some("disable")),
        answer(200, None, Some("disable")),
    ] {
        let mut bench = Bench::unscattered(config("ep_1", "vicket"));
        bench.http.script().then(gone.clone());
        bench.accept(&["msg_1"]);
        bench.pump();
        assert!(bench.disabled(), "{gone:?}");
        bench.accept(&["msg_2"]);
        bench.run(START + 30 * DAY);
        bench.reopen();
        bench.run(START + 60 * DAY);
        bench.pump();
        assert_eq!(bench.http.requests().len(), 1, "{gone:?}");
        assert_eq!(bench.delivery("msg_2").unwrap().0, State::Pending);
        let notice = disabled_notice(1, DisableReason::Gone, START);
        assert_eq!(bench.home.heard_disabled(), [notice]);
    }
}

#[test]
fn an_endpoint_that_is_enabled_again_delivers_what_has_waited() {
    let mut bench = Bench::with(config("ep_1", "standard"));
    bench.http.script().then(status(410));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.accept(&["msg_2"]);
    // A change that does not enable it leaves it disabled.
    bench.config.version = 2;
    bench.accept(&[]);
    bench.pump();
    assert!(bench.disabled());
    bench.config.version = 3;
    bench.config.enabled_in = 3;
    bench.accept(&[]);
    bench.run(START + DAY);
    for id in ["msg_1", "msg_2"] {
        assert_eq!(bench.delivery(id), Some((State::Success, None)));
    }
    assert_eq!(bench.http.requests().len(), 3);
}

#[test]
fn an_endpoint_that_its_operator_disables_holds_what_it_has() {
    let mut bench = Bench::unscattered(config("ep_1", "standard"));
    bench.http.script().then(status(500));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.config.version = 2;
    bench.config.disabled = true;
    bench.accept(&[]);
    bench.run(START + 30 * DAY);
    assert_eq!(bench.http.requests().len(), 1);
    assert_eq!((bench.payloads(), bench.home.heard_disabled()), (1, vec![]));
}

#[test]
fn ten_consecutive_failures_disable_by_the_rules_of_visibuild_and_helpdesk() {
    for profile in ["visibuild", "helpdesk"] {
        let bench = Bench::with(config("ep_1", profile));
        bench.http.script().afterwards(status(500));
        bench.accept(&["msg_1", "msg_2", "msg_3"]);
        bench.run(START + 30 * DAY);
        assert_eq!(bench.attempts().len(), 10, "{profile}");
        assert!(bench.disabled());
        let heard = bench.home.heard_disabled();
        assert!(
            matches!(
                &heard[..],
                [(
                    _,
                    Notice::Disabled {
                        reason: DisableReason::Failing,
                        ..
                    }
                )]
            ),
            "{heard:?}"
        );
    }
}

#[test]
fn one_success_in_between_is_the_end_of_a_row_of_failures() {
    let bench = Bench::with(EndpointConfig {
        retry_schedule: waits(&[0; 19]),
        ..config("ep_1", "helpdesk")
    });
    for _ in 0..9 {
        bench.http.script().then(status(500));
    }
    bench.http.script().then(status(200));
    for _ in 0..9 {
        bench.http.script().then(status(500));
    }
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.accept(&["msg_2"]);
    bench.pump();
    assert_eq!(bench.attempts().len(), 20);
    assert_eq!(
        (bench.disabled(), bench.home.heard_disabled()),
        (false, vec![])
    );
}

#[test]
fn an_endpoint_that_fails_for_five_days_is_disabled_by_the_standard_rule() {
    let bench = Bench::unscattered(EndpointConfig {
        retry_schedule: waits(&[0, 5 * 86_400 - 1, 1, 1]),
        ..config("ep_1", "standard")
    });
    bench.http.script().afterwards(status(500));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.run(START + 5 * DAY - 1);
    assert_eq!((bench.disabled(), bench.attempts().len()), (false, 2));
    bench.run(START + 30 * DAY);
    assert_eq!((bench.disabled(), bench.attempts().len()), (true, 3));
    let notice = disabled_notice(1, DisableReason::Failing, START + 5 * DAY);
    assert_eq!(bench.home.heard_disabled(), [notice]);
}

#[test]
fn an_endpoints_own_rule_stands_in_place_of_its_profiles() {
    for (rule, attempts) in [
        (DisableRule::default(), 10),
        (
            DisableRule {
                consecutive_failures: Some(3),
                failing_for_secs: None,
            },
            3,
        ),
    ] {
        let bench = Bench::unscattered(EndpointConfig {
            disable_rule: Some(rule),
            ..config("ep_1", "visibuild")
        });
        bench.http.script().afterwards(status(500));
        bench.accept(&["msg_1"]);
        bench.run(START + 30 * DAY);
        assert_eq!(bench.attempts().len(), attempts);
        assert_eq!(bench.disabled(), rule != DisableRule::default());
    }
}

#[test]
fn a_blocked_url_never_counts_toward_disabling() {
    let bench = Bench::with(EndpointConfig {
        url: "https://10.0.0.1/".into(),
        ..config("ep_1", "visibuild")
    });
    bench.accept(&["msg_1", "msg_2"]);
    bench.run(START + 30 * DAY);
    assert_eq!(bench.attempts().len(), 20);
    assert_eq!(bench.endpoint.health().unwrap().failures, 0);
    assert!(!bench.disabled());
}

#[test]
fn a_receiver_that_asks_for_it_is_not_sent_that_message_again() {
    let bench = Bench::with(config("ep_1", "standard"));
    bench
        .http
        .script()
        .then(answer(400, None, Some("abort-message")));
    bench.accept(&["msg_1", "msg_2"]);
    bench.run(START + 30 * DAY);
    assert_eq!(bench.delivery("msg_1"), Some((State::Fail, None)));
    assert_eq!(bench.delivery("msg_2"), Some((State::Success, None)));
    assert_eq!((bench.payloads(), bench.disabled()), (0, false));
}

#[test]
fn an_overloaded_receiver_is_left_alone_by_every_delivery() {
    for overloaded in [429, 502, 504] {
        let bench = Bench::with(EndpointConfig {
            retry_schedule: waits(&[0, 1, 1, 1]),
            ..config("ep_1", "standard")
        });
        bench
            .http
            .script()
            .then(answer(overloaded, Some("60"), None));
        bench.accept(&["msg_1"]);
        bench.pump();
        bench.accept(&["msg_2"]);
        bench.run(START + 59_999);
        bench.pump();
        assert_eq!(bench.http.requests().len(), 1, "{overloaded}");
        bench.run(START + 60_000);
        assert_eq!(bench.http.requests().len(), 2, "{overloaded}");
        for id in ["msg_1", "msg_2"] {
            assert_eq!(bench.delivery(id), Some((State::Success, None)));
        }
    }
}

#[test]
fn the_pauses_of_an_overloaded_receiver_double_up_to_five_minutes_and_end_with_a_success() {
    let bench = Bench::unscattered(EndpointConfig {
        retry_schedule: waits(&[0; 12]),
        ..config("ep_1", "vicket")
    });
    for _ in 0..8 {
        bench.http.script().then(status(429));
    }
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.run(START + DAY);
    let log = bench.attempts();
    let started: Vec<_> = log.iter().map(|a| (a.started_at - START) / 1_000).collect();
    assert_eq!(started, [0, 5, 15, 35, 75, 155, 315, 615, 915]);
    assert_eq!(bench.endpoint.health().unwrap().pauses, 0);
}

#[test]
fn requests_that_were_out_together_make_one_pause() {
    let bench = Bench::unscattered(config("ep_1", "vicket"));
    bench.http.script().afterwards(status(503));
    for _ in 0..6 {
        bench.http.script().then(status(429));
    }
    bench.http.script().afterwards_hold();
    let mut tasks = crate::script::Tasks::default();
    bench.accept(&["msg_1", "msg_2", "msg_3", "msg_4", "msg_5", "msg_6"]);
    bench.start_pump(&mut tasks);
    let health = bench.endpoint.health().unwrap();
    assert_eq!(
        (health.pauses, health.paused_until),
        (1, Some(START + 5_000))
    );
}

#[test]
fn retry_after_moves_one_delivery_to_later_and_never_to_earlier() {
    for (retry_after, next) in [("3600", 3_600_000), ("1", 5_000), ("99999999", DAY)] {
        let bench = Bench::unscattered(config("ep_1", "standard"));
        bench
            .http
            .script()
            .then(answer(503, Some(retry_after), None));
        bench.accept(&["msg_1"]);
        bench.pump();
        let waiting = Some((State::Pending, Some(START + next)));
        assert_eq!(bench.delivery("msg_1"), waiting, "{retry_after}");
        bench.world.pass(1);
        bench.accept(&["msg_2"]);
        bench.pump();
        assert_eq!(bench.delivery("msg_2"), Some((State::Success, None)));
    }
}

#[test]
fn a_clock_that_was_set_back_does_not_stretch_a_pause_beyond_a_day() {
    let bench = Bench::unscattered(config("ep_1", "standard"));
    bench.http.script().then(answer(429, Some("60"), None));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.world.pass(-365 * DAY);
    let health = bench.endpoint.health().unwrap();
    let now = bench.world.now();
    assert_eq!(health.paused_until(now), now + DAY);
}

#[test]
fn an_application_that_is_away_is_told_until_it_has_heard() {
    let mut bench = Bench::unscattered(config("ep_1", "standard"));
    bench.http.script().then(status(410));
    bench.home.script().then(Taken::No);
    bench.home.script().then(Taken::No);
    bench.accept(&["msg_1"]);
    bench.pump();
    block_on(bench.endpoint.report(&bench.home)).unwrap();
    assert_eq!(bench.home.heard_disabled(), []);
    bench.reopen();
    bench.run(START + DAY);
    let notice = disabled_notice(1, DisableReason::Gone, START);
    assert_eq!(bench.home.heard_disabled(), [notice]);
    assert_eq!(bench.disk.number("SELECT COUNT(*) FROM notices"), 0);
}
