//! Requests that do not leave after all: the name could not be looked up, or somebody came between.

use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::application::{Consignment, Message};
use hookgate_relay::attempt::State;
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::endpoint::{Cancel, MOST_IN_A_RUN};
use hookgate_relay::health::DisableRule;
use hookgate_relay::port::{Http, HttpOutcome, HttpRequest, Millis, Unavailable, Veto};

use super::Bench;
use crate::host::START;
use crate::neighbour::{TestHttp, status};
use crate::sample::{config, message, waits};
use crate::script::{Script, Task, Tasks};

/// A receiver whose name is looked up.
#[derive(Clone)]
struct Named {
    http: TestHttp,
    vets: Rc<Script<Result<(), Veto>>>,
}

impl Named {
    fn of(bench: &Bench) -> Self {
        Self {
            http: bench.http.clone(),
            vets: Rc::new(Script::always(Ok(()))),
        }
    }

    fn hiccup(&self) {
        self.vets.then(unknown());
    }
}

fn unknown() -> Result<(), Veto> {
    Err(Veto::Unknown("no answer in time".into()))
}

impl Http for Named {
    fn vets(&self) -> bool {
        true
    }

    async fn vet(&self, _: &str, timeout_ms: u32) -> Result<(), Veto> {
        assert_eq!(timeout_ms, 20_000, "the endpoint's own");
        self.vets.next().await
    }

    async fn post(&self, request: HttpRequest) -> HttpOutcome {
        self.http.post(request).await
    }
}

fn once() -> Bench {
    Bench::with(EndpointConfig {
        retry_schedule: waits(&[0]),
        disable_rule: Some(DisableRule {
            consecutive_failures: Some(1),
            failing_for_secs: Some(0),
        }),
        ..config("ep_1", "standard")
    })
}

impl Bench {
    fn pump_by(&self, http: &Named) {
        block_on(self.endpoint.pump(http)).expect("sound storage");
    }

    fn ring_by(&self, http: &Named) {
        assert!(self.disk.rings(self.world.now()), "not yet");
        block_on(self.endpoint.on_alarm(http)).expect("sound storage");
    }

    fn state(&self) -> (State, Option<Millis>) {
        self.delivery("msg_1").expect("it is there")
    }
}

#[test]
fn a_name_that_cannot_be_looked_up_uses_up_no_schedule_and_is_asked_for_again() {
    let bench = once();
    let named = Named::of(&bench);
    bench.accept(&["msg_1"]);
    for _ in 0..3 {
        named.hiccup();
    }
    bench.pump_by(&named);
    for (wait, made) in [(5_000, 1), (10_000, 2), (20_000, 3)] {
        assert_eq!(bench.state().0, State::Pending);
        bench.world.pass(wait - 1);
        bench.pump_by(&named);
        assert_eq!(bench.attempts().len(), made);
        bench.world.pass(1);
        bench.ring_by(&named);
    }
    assert_eq!(bench.state(), (State::Success, None));
    assert_eq!(bench.http.requests().len(), 1);
    let log = bench.attempts();
    assert_eq!(log.len(), 4);
    for unsent in &log[..3] {
        let logged = (unsent.state, unsent.status_code, unsent.response.as_str());
        assert_eq!(logged, (State::Fail, 0, "not sent: no answer in time"));
    }
    let health = bench.endpoint.health().unwrap();
    assert_eq!((health.failures, health.disabled_in), (0, None));
}

#[test]
fn where_no_name_is_looked_up_nothing_is_asked_between_the_taking_and_the_sending() {
    let between = |named: bool| {
        let bench = once();
        bench.accept(&["msg_1"]);
        let disk = Rc::clone(&bench.disk);
        bench.http.on_request(move |_| {
            let statements = disk.statements();
            let taken = statements
                .iter()
                .position(|sql| sql.starts_with("INSERT INTO attempts"));
            let asked = statements.len() - 1 - taken.expect("it is written first");
            // The next delivery is looked for first: there is none.
            assert_eq!(asked, if named { 2 } else { 1 }, "{statements:?}");
        });
        bench.disk.statements();
        match named {
            true => bench.pump_by(&Named::of(&bench)),
            false => bench.pump(),
        }
        assert_eq!(bench.http.requests().len(), 1);
    };
    between(false);
    between(true);
}

#[test]
fn of_an_endpoint_whose_name_cannot_be_looked_up_everything_waits_for_one_pause() {
    let bench = once();
    let named = Named::of(&bench);
    bench.accept(&["msg_1", "msg_2", "msg_3"]);
    for _ in 0..3 {
        named.hiccup();
    }
    bench.pump_by(&named);
    bench.accept(&["msg_4"]);
    bench.pump_by(&named);
    assert_eq!(bench.attempts().len(), 3);
    bench.world.pass(5_000);
    bench.ring_by(&named);
    assert_eq!(bench.http.requests().len(), 4);
}

#[test]
fn after_a_day_in_which_a_name_was_never_found_its_deliveries_fail_by_their_schedule() {
    let bench = once();
    let named = Named::of(&bench);
    named.vets.afterwards(unknown());
    bench.accept(&["msg_1"]);
    bench.pump_by(&named);
    while bench.state().0 == State::Pending {
        let alarm = bench.disk.alarm().expect("it is tried again");
        bench.world.reach(alarm);
        bench.ring_by(&named);
    }
    assert_eq!(bench.state(), (State::Fail, None));
    let took = bench.world.now() - START;
    assert!((86_400_000..87_000_000).contains(&took), "{took}");
    assert_eq!(bench.http.requests().len(), 0);
}

#[test]
fn what_was_asked_for_by_hand_is_still_asked_for_when_a_name_cannot_be_looked_up() {
    let bench = once();
    let named = Named::of(&bench);
    bench.accept(&["msg_1"]);
    bench.pump_by(&named);
    bench.resend(1, "msg_1", false);
    named.hiccup();
    bench.pump_by(&named);
    bench.world.pass(5_000);
    bench.http.script().then(status(500));
    bench.ring_by(&named);
    // It fails by hand, and so what was delivered stays delivered.
    assert_eq!(bench.state(), (State::Success, None));
    let manual: Vec<bool> = bench.attempts().iter().map(|one| one.manual).collect();
    assert_eq!(manual, [false, true, true]);
}

/// Something that comes between, by its name.
type Between = (&'static str, fn(&Bench));

/// An attempt whose name is being looked up while `between` happens; then the name is found to be sound.
fn come_between(between: fn(&Bench)) -> Bench {
    let bench = once();
    let named = Named::of(&bench);
    named.vets.then_hold();
    bench.accept(&["msg_1"]);
    let mut tasks = Tasks::default();
    let (endpoint, http) = (Rc::clone(&bench.endpoint), named.clone());
    let pump: Task<Result<(), Unavailable>> =
        tasks.start(async move { endpoint.pump(&http).await });
    between(&bench);
    named.vets.release(0, Ok(()));
    tasks.settle();
    assert_eq!(pump.result(), Some(Ok(())));
    bench
}

fn expunge(bench: &Bench) {
    let expunged = Message {
        expunged: true,
        ..message("msg_1")
    };
    bench.offer(vec![expunged]).unwrap();
}

fn cancel(bench: &Bench) {
    let cancel = Cancel {
        message_id: "msg_1".into(),
        event_type: "a".into(),
        created_at: START,
    };
    assert_eq!(bench.endpoint.cancel(&cancel), Ok(true));
}

fn change(bench: &Bench, disabled: bool) {
    let config = EndpointConfig {
        version: bench.config.version + 1 + u64::from(!disabled),
        disabled,
        ..bench.config.clone()
    };
    let consignment = Consignment {
        config,
        messages: vec![],
        resends: vec![],
    };
    bench.endpoint.accept(consignment).unwrap();
}

#[test]
fn what_comes_between_while_a_name_is_looked_up_holds() {
    let all: [Between; 4] = [
        ("expunged", expunge),
        ("cancelled", cancel),
        ("disabled", |bench| change(bench, true)),
        ("retired", |bench| bench.endpoint.retire().unwrap()),
    ];
    for (name, between) in all {
        let bench = come_between(between);
        assert_eq!(bench.http.requests().len(), 0, "{name}");
        let expected = match name {
            "expunged" => Some((State::Fail, None)),
            "cancelled" => Some((State::Canceled, None)),
            "disabled" => Some((State::Pending, Some(START))),
            _ => None,
        };
        assert_eq!(bench.delivery("msg_1"), expected, "{name}");
        let log = bench.attempts();
        let open = log.iter().filter(|one| one.state == State::Sending).count();
        assert_eq!(open, 0, "{name}");
        assert_eq!(bench.payloads(), i64::from(name == "disabled"), "{name}");
    }
}

#[test]
fn a_delivery_that_a_disabling_came_before_goes_once_its_endpoint_is_enabled() {
    let bench = come_between(|bench| change(bench, true));
    change(&bench, false);
    bench.pump();
    assert_eq!(bench.http.requests().len(), 1);
    assert_eq!(bench.state(), (State::Success, None));
}

#[test]
fn one_run_makes_a_bounded_number_of_requests_and_the_alarm_goes_on_at_once() {
    let bench = Bench::new("standard");
    let ids: Vec<String> = (0..MOST_IN_A_RUN + 1).map(|n| format!("msg_{n}")).collect();
    bench.accept(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    bench.pump();
    assert_eq!(bench.http.requests().len(), MOST_IN_A_RUN);
    bench.ring();
    assert_eq!(bench.http.requests().len(), 1);
}
