//! The ways in which other senders lose or double deliveries, one test each.

use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::application::{Creation, Message, ResendOrder};
use hookgate_relay::attempt::State;
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::health::DisableRule;
use hookgate_relay::port::{Http, HttpOutcome, HttpRequest, Veto};

use crate::application::Bench as App;
use crate::endpoint::Bench;
use crate::host::World;
use crate::neighbour::{TestHttp, status};
use crate::sample::{config, message, waits};
use crate::script::Tasks;

#[test]
fn the_retries_of_one_message_at_two_endpoints_do_not_collide() {
    let world = World::new();
    let benches = ["ep_1", "ep_2"].map(|id| {
        let config = EndpointConfig {
            retry_schedule: waits(&[0, 60, 60]),
            ..config(id, "standard")
        };
        Bench::on(Rc::clone(&world), config)
    });
    for bench in &benches {
        bench.http.script().then(status(500));
        bench.http.script().then(status(500));
        bench.accept(&["msg_1"]);
    }
    for _ in 0..3 {
        benches.iter().for_each(Bench::pump);
        world.pass(67_000);
    }
    for bench in &benches {
        assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
        assert_eq!(bench.attempts().len(), 3);
    }
}

#[test]
fn a_manual_retry_is_not_taken_for_a_copy_of_the_message() {
    let app = App::of(&["ep_1"]);
    let with_key = || Message {
        event_id: Some("order-7".into()),
        ..message("msg_1")
    };
    assert_eq!(app.app.create(with_key()), Ok(Creation::Created));
    assert_eq!(app.app.create(with_key()), Ok(Creation::Conflict));
    let bench = Bench::new("standard");
    let deliver = || {
        app.drain();
        for consignment in app.objects.consignments() {
            bench.endpoint.accept(consignment).unwrap();
        }
        bench.pump();
        bench.http.requests().len()
    };
    assert_eq!(deliver(), 1);
    for _ in 0..2 {
        let order = ResendOrder {
            message_id: "msg_1".into(),
            endpoint_id: "ep_1".into(),
            call_id: None,
        };
        assert_eq!(app.app.resend(&order), Ok(true));
        assert_eq!(deliver(), 1);
    }
    let log = bench.attempts();
    assert_eq!(log.iter().filter(|attempt| attempt.manual).count(), 2);
    assert_eq!(log.len(), 3);
}

#[test]
fn a_request_that_outlives_every_lease_is_out_once() {
    let bench = Bench::with(EndpointConfig {
        timeout_secs: Some(60),
        ..config("ep_1", "standard")
    });
    bench.http.script().afterwards_hold();
    let mut tasks = Tasks::default();
    bench.accept(&["msg_1"]);
    let pump = bench.start_pump(&mut tasks);
    // The application's lease is 30 s, the net of the alarm 1 s.
    for _ in 0..59 {
        bench.world.pass(1_000);
        bench.accept(&["msg_1"]);
        bench.start_pump(&mut tasks);
        if bench.disk.rings(bench.world.now()) {
            let (endpoint, http) = (Rc::clone(&bench.endpoint), bench.http.clone());
            tasks.start(async move { endpoint.on_alarm(&http).await });
        }
    }
    assert_eq!(bench.http.out(), (1, 1));
    bench.release(&mut tasks, 0, status(200));
    assert_eq!(pump.result(), Some(Ok(())));
    assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
    assert_eq!(bench.http.requests().len(), 1);
}

#[test]
fn a_wake_that_comes_during_a_drain_is_not_missed() {
    let bench = App::of(&["ep_1"]);
    let script = bench.objects.script("ep_1");
    script.then_hold();
    bench.app.create(message("msg_1")).unwrap();
    let mut tasks = Tasks::default();
    let drain = |tasks: &mut Tasks| {
        let (app, objects) = (Rc::clone(&bench.app), bench.objects.clone());
        tasks.start(async move { app.drain(&objects).await })
    };
    let first = drain(&mut tasks);
    bench.app.create(message("msg_2")).unwrap();
    let second = drain(&mut tasks);
    assert_eq!(second.result(), Some(Ok(())), "the first has the place");
    script.release(0, crate::neighbour::Taken::Yes);
    tasks.settle();
    assert_eq!(first.result(), Some(Ok(())));
    assert_eq!(bench.objects.landed_at("ep_1"), 2);
    assert_eq!(bench.sizes(), (2, 0));
}

#[test]
fn an_alarm_that_meets_one_failure_after_the_other_never_fails_and_is_always_set_again() {
    let bench = Bench::with(EndpointConfig {
        retry_schedule: waits(&[1; 20]),
        ..config("ep_1", "vicket")
    });
    bench
        .http
        .script()
        .afterwards(HttpOutcome::Failed("no route".into()));
    bench.accept(&["msg_1"]);
    let mut rung = 0;
    while bench.delivery("msg_1").map(|(state, _)| state) != Some(State::Fail) {
        let alarm = bench.disk.alarm().expect("it is set again");
        bench.world.reach(alarm.max(bench.world.now()));
        assert!(bench.disk.rings(bench.world.now()));
        let outcome = block_on(bench.endpoint.on_alarm(&bench.http));
        assert_eq!(outcome, Ok(()), "alarm {rung}");
        block_on(bench.endpoint.report(&bench.home)).unwrap();
        rung += 1;
        assert!(rung < 100, "still not at its end");
    }
    assert_eq!(bench.attempts().len(), 20);
}

/// A receiver whose name leads inside.
struct Inside(TestHttp);

impl Http for Inside {
    fn vets(&self) -> bool {
        true
    }

    async fn vet(&self, _: &str, _: u32) -> Result<(), Veto> {
        let reason = "the name leads to 10.0.0.1, which is not public";
        Err(Veto::Blocked(reason.into()))
    }

    async fn post(&self, request: HttpRequest) -> HttpOutcome {
        self.0.post(request).await
    }
}

#[test]
fn a_block_of_the_guard_never_counts_toward_disabling() {
    for url in ["https://127.0.0.1/hook", "https://receiver.example/hook"] {
        let bench = Bench::with(EndpointConfig {
            url: url.into(),
            retry_schedule: waits(&[0; 12]),
            disable_rule: Some(DisableRule {
                consecutive_failures: Some(1),
                failing_for_secs: Some(0),
            }),
            ..config("ep_1", "standard")
        });
        bench.accept(&["msg_1"]);
        for _ in 0..12 {
            block_on(bench.endpoint.pump(&Inside(bench.http.clone()))).unwrap();
            bench.world.pass(1);
        }
        assert_eq!(bench.http.requests().len(), 0);
        let log = bench.attempts();
        assert!(log.len() == 12 && log.iter().all(|one| one.response.starts_with("blocked: ")));
        let health = bench.endpoint.health().unwrap();
        assert_eq!((health.failures, health.disabled_in), (0, None), "{url}");
    }
}
