//! The endpoint delivers what it accepted: what leaves, and what the log says of it.

mod configuration;
mod crash;
mod flight;
mod given;
mod health;
mod manual;
mod order;
mod pace;
mod request;
mod retention;
mod retired;
mod schedule;
mod search;
mod sift;
mod simulation;
mod telling;
mod throttle;
mod unsent;

use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::application::{Consignment, Message};
use hookgate_relay::attempt::{Attempt, AttemptFilter, State};
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::endpoint::{Endpoint, Resend};
use hookgate_relay::guard::Guard;
use hookgate_relay::port::{Hints, HttpOutcome, Millis, Unavailable};

use crate::host::{Disk, Fault, START, TestHost, World};
use crate::neighbour::{TestHome, TestHttp, status};
use crate::sample::{config, first_page, message, vault, waits};

/// An endpoint, and all that it stands on.
pub(crate) struct Bench {
    pub(crate) world: Rc<World>,
    pub(crate) disk: Rc<Disk>,
    pub(crate) http: TestHttp,
    pub(crate) home: TestHome,
    pub(crate) config: EndpointConfig,
    pub(crate) endpoint: Rc<Endpoint<TestHost>>,
}

impl Bench {
    pub(crate) fn new(profile: &str) -> Self {
        Self::with(config("ep_1", profile))
    }

    pub(crate) fn with(config: EndpointConfig) -> Self {
        Self::on(World::new(), config)
    }

    pub(crate) fn on(world: Rc<World>, config: EndpointConfig) -> Self {
        let disk = Disk::new();
        let endpoint = Endpoint::open(world.host(&disk), vault(), Guard::default());
        Self {
            world,
            disk,
            http: TestHttp::new(),
            home: TestHome::new(),
            config,
            endpoint: Rc::new(endpoint.expect("sound storage")),
        }
    }

    /// Opens the endpoint anew: the former instance is dead.
    pub(crate) fn reopen(&mut self) {
        let endpoint = Endpoint::open(self.world.host(&self.disk), vault(), Guard::default());
        self.endpoint = Rc::new(endpoint.expect("sound storage"));
    }

    pub(crate) fn offer(&self, messages: Vec<Message>) -> Result<(), Unavailable> {
        self.endpoint.accept(Consignment {
            config: self.config.clone(),
            messages,
            resends: vec![],
        })
    }

    /// The application's order of this number, to send again.
    pub(crate) fn resend(&self, number: i64, id: &str, only_failed: bool) {
        let resend = Resend {
            number,
            only_failed,
            message: message(id),
        };
        let outcome = self.endpoint.accept(Consignment {
            config: self.config.clone(),
            messages: vec![],
            resends: vec![resend],
        });
        outcome.expect("sound storage");
    }

    pub(crate) fn accept(&self, ids: &[&str]) {
        let messages = ids.iter().map(|id| message(id)).collect();
        self.offer(messages).expect("sound storage");
    }

    pub(crate) fn pump(&self) {
        block_on(self.endpoint.pump(&self.http)).expect("sound storage");
    }

    /// The alarm rings, and is handled.
    pub(crate) fn ring(&self) {
        assert!(self.disk.rings(self.world.now()), "not yet");
        block_on(self.endpoint.on_alarm(&self.http)).expect("sound storage");
        block_on(self.endpoint.report(&self.home)).expect("sound storage");
    }

    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        let log = self
            .endpoint
            .attempts(&AttemptFilter::default(), &first_page());
        log.expect("sound storage").data
    }

    pub(crate) fn delivery(&self, id: &str) -> Option<(State, Option<Millis>)> {
        self.endpoint.delivery(id).expect("sound storage")
    }

    pub(crate) fn payloads(&self) -> i64 {
        self.disk.number("SELECT COUNT(*) FROM payloads")
    }
}

#[test]
fn an_attempt_is_written_as_sending_before_its_request_leaves() {
    let bench = Bench::new("standard");
    let disk = Rc::clone(&bench.disk);
    bench.http.on_request(move |_| {
        assert!(disk.committed());
        let log = disk.rows("SELECT message_id, state, url, status_code FROM attempts");
        let sending = State::Sending.number();
        assert_eq!(
            log[log.len() - 1].0,
            [
                "msg_1".into(),
                sending.into(),
                "https://receiver.example/hook".into(),
                0.into()
            ]
        );
        let delivery = disk.rows("SELECT state, next_attempt_at FROM deliveries");
        let due = disk.number("SELECT MAX(started_at) FROM attempts") + 25_000;
        assert_eq!(delivery[0].0, [sending.into(), due.into()]);
    });
    bench.http.script().then(status(500));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.world.pass(6_000);
    bench.pump();
    assert_eq!(bench.http.requests().len(), 2);
    assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
}

#[test]
fn a_delivered_message_has_one_attempt_with_all_that_is_to_know() {
    let bench = Bench::new("standard");
    let world = Rc::clone(&bench.world);
    bench.http.on_request(move |_| world.pass(120));
    bench.http.script().then(HttpOutcome::Answered {
        status: 202,
        hints: Hints::default(),
        body: b"thank \xff you".to_vec(),
    });
    bench.accept(&["msg_1"]);
    bench.world.pass(7);
    bench.pump();
    let attempts = bench.attempts();
    let expected = Attempt {
        id: attempts[0].id.clone(),
        message_id: "msg_1".into(),
        url: "https://receiver.example/hook".into(),
        state: State::Success,
        status_code: 202,
        response: "thank \u{fffd} you".into(),
        started_at: START + 7,
        duration_ms: 120,
        manual: false,
    };
    assert_eq!(attempts, [expected]);
    assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
    assert_eq!(bench.payloads(), 0);
}

#[test]
fn only_a_2xx_is_a_success_and_a_redirect_is_a_failure_like_any_other() {
    let failed = |reason: &str| HttpOutcome::Failed(reason.to_owned());
    for (outcome, state, status_code, response) in [
        (status(200), State::Success, 200, ""),
        (status(204), State::Success, 204, ""),
        (status(299), State::Success, 299, ""),
        (status(199), State::Fail, 199, ""),
        (status(300), State::Fail, 300, ""),
        (status(301), State::Fail, 301, ""),
        (status(304), State::Fail, 304, ""),
        (status(307), State::Fail, 307, ""),
        (status(400), State::Fail, 400, ""),
        (status(410), State::Fail, 410, ""),
        (status(429), State::Fail, 429, ""),
        (status(500), State::Fail, 500, ""),
        (HttpOutcome::TimedOut, State::Fail, 0, "timed out"),
        (
            failed("connection refused"),
            State::Fail,
            0,
            "connection refused",
        ),
    ] {
        let bench = Bench::new("standard");
        bench.world.load_dice(0);
        bench.http.script().then(outcome.clone());
        bench.accept(&["msg_1"]);
        bench.pump();
        let attempt = bench.attempts().remove(0);
        let logged = (
            attempt.state,
            attempt.status_code,
            attempt.response.as_str(),
        );
        assert_eq!(logged, (state, status_code, response), "{outcome:?}");
        let delivery = match state {
            State::Success => (State::Success, None),
            _ => (State::Pending, Some(START + 5_000)),
        };
        assert_eq!(bench.delivery("msg_1"), Some(delivery), "{outcome:?}");
    }
}

#[test]
fn accept_is_idempotent_and_nothing_is_delivered_again_after_a_recorded_success() {
    let mut bench = Bench::new("standard");
    bench.accept(&["msg_1", "msg_1"]);
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.reopen();
    bench.accept(&["msg_1"]);
    bench.world.pass(100_000_000);
    bench.pump();
    while bench.disk.rings(bench.world.now()) {
        block_on(bench.endpoint.on_alarm(&bench.http)).unwrap();
    }
    assert_eq!(bench.http.requests().len(), 1);
    assert_eq!(bench.attempts().len(), 1);
    assert_eq!(bench.payloads(), 0);
}

#[test]
fn accept_is_idempotent_while_a_delivery_waits_or_has_failed_for_good() {
    let bench = Bench::with(EndpointConfig {
        retry_schedule: waits(&[0, 60]),
        ..config("ep_1", "standard")
    });
    bench.world.load_dice(0);
    bench.http.script().afterwards(status(500));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.accept(&["msg_1"]);
    bench.pump();
    let waiting = (State::Pending, Some(START + 60_000));
    assert_eq!(bench.delivery("msg_1"), Some(waiting));
    bench.world.pass(60_000);
    bench.pump();
    bench.accept(&["msg_1"]);
    bench.pump();
    assert_eq!(bench.delivery("msg_1"), Some((State::Fail, None)));
    assert_eq!((bench.http.requests().len(), bench.payloads()), (2, 0));
}

#[test]
fn a_store_failure_is_never_an_acknowledgement_to_the_application() {
    for skip in 0.. {
        let bench = Bench::new("standard");
        bench.world.plan(skip, Fault::Refused);
        let outcome = bench.offer(vec![message("msg_1")]);
        if bench.world.call_off() {
            // The configuration, the alarm, it again, the health, the delivery, the payload, the
            // commit.
            assert_eq!((outcome, skip), (Ok(()), 7));
            return;
        }
        assert!(outcome.is_err(), "call {skip}");
        for table in ["endpoint", "deliveries", "payloads", "attempts"] {
            let rows = bench.disk.number(&format!("SELECT COUNT(*) FROM {table}"));
            assert_eq!(rows, 0, "{table} at call {skip}");
        }
        bench.accept(&["msg_1"]);
        bench.pump();
        assert_eq!(bench.delivery("msg_1"), Some((State::Success, None)));
    }
}

#[test]
fn the_log_is_read_by_message_and_by_state() {
    let bench = Bench::new("standard");
    bench.accept(&["msg_1", "msg_2"]);
    bench.http.script().then(status(500));
    bench.pump();
    let count = |message_id: Option<&str>, state| {
        let filter = AttemptFilter {
            message_id: message_id.map(str::to_owned),
            state,
            ..AttemptFilter::default()
        };
        let log = bench.endpoint.attempts(&filter, &first_page()).unwrap();
        log.data.len()
    };
    assert_eq!(count(None, None), 2);
    assert_eq!(count(Some("msg_1"), None), 1);
    assert_eq!(count(Some("msg_1"), Some(State::Success)), 0);
    assert_eq!(count(None, Some(State::Success)), 1);
    assert_eq!(count(Some("msg_2"), Some(State::Success)), 1);
    assert_eq!(count(Some("msg_3"), None), 0);
    assert_eq!(bench.delivery("msg_3"), None);
    let log = bench.attempts();
    let one = AttemptFilter {
        id: Some(log[0].id.clone()),
        message_id: Some(log[0].message_id.clone()),
        ..AttemptFilter::default()
    };
    let found = bench.endpoint.attempts(&one, &first_page()).unwrap().data;
    assert_eq!(found, &log[..1]);
    let of_another = AttemptFilter {
        message_id: Some(log[1].message_id.clone()),
        ..one
    };
    let found = bench.endpoint.attempts(&of_another, &first_page()).unwrap();
    assert_eq!(found.data, []);
}
