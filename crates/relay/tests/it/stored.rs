//! A payload that stands in R2 is delivered from there: signed over its very bytes, whatever its
//! length, and never copied into a row.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use futures_executor::block_on;
use hookgate::{Request, Verifier, scheme};
use hookgate_relay::application::Message;
use hookgate_relay::attempt::State;
use hookgate_relay::message::{Body, QueueMessage};
use hookgate_relay::port::{Http, HttpOutcome, HttpRequest, Unavailable, Value, Veto};
use hookgate_relay::profile::PROFILES;

use crate::application;
use crate::endpoint::Bench;
use crate::host::START;
use crate::neighbour::status;
use crate::sample::{SECRET, event, first_page, message};

const KEY: &str = "inbox/src_1/msg_1";

/// R2, and a receiver that is given what R2 has.
#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, Vec<u8>>,
    away: Cell<bool>,
    leads_inside: Cell<bool>,
    /// The requests with their bodies, and whether those came from R2.
    arrived: RefCell<Vec<(HttpRequest, bool)>>,
}

impl Bucket {
    fn with(payload: Vec<u8>) -> Self {
        Self {
            objects: [(KEY.to_owned(), payload)].into(),
            ..Self::default()
        }
    }
}

impl Http for Bucket {
    fn vets(&self) -> bool {
        true
    }

    async fn vet(&self, _: &str, _: u32) -> Result<(), Veto> {
        match self.leads_inside.get() {
            true => Err(Veto::Blocked("the name leads to 10.0.0.1".into())),
            false => Ok(()),
        }
    }

    async fn post(&self, request: HttpRequest) -> HttpOutcome {
        self.arrived.borrow_mut().push((request, false));
        status(200)
    }

    async fn read_stored(
        &self,
        key: &str,
        each: &mut dyn FnMut(&[u8]),
    ) -> Result<bool, Unavailable> {
        if self.away.get() {
            return Err(Unavailable::new("reading R2", "scripted"));
        }
        let Some(object) = self.objects.get(key) else {
            return Ok(false);
        };
        object.chunks(65_537).for_each(each);
        Ok(true)
    }

    async fn post_stored(&self, mut request: HttpRequest, key: &str) -> HttpOutcome {
        assert!(request.body.is_empty());
        request.body = self.objects.get(key).expect("it was read before").clone();
        self.arrived.borrow_mut().push((request, true));
        status(200)
    }
}

fn stored() -> Message {
    Message {
        payload: Body::R2Key(KEY.into()),
        ..message("msg_1")
    }
}

fn payload(bytes: usize) -> Vec<u8> {
    let mut payload = br#"{"id":"evt_1","pad":""#.to_vec();
    payload.resize(bytes - 2, b'x');
    payload.extend_from_slice(br#""}"#);
    payload
}

fn deliver(bench: &Bench, bucket: &Bucket) {
    block_on(bench.endpoint.pump(bucket)).expect("sound storage");
}

fn is_genuine(request: &HttpRequest, name: &str) -> bool {
    let headers = request.headers.iter();
    let headers: Vec<(&str, &[u8])> = headers.map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
    let verifier = Verifier::new(scheme(name).unwrap(), &[SECRET]).unwrap();
    let received = Request {
        method: "POST",
        url: &request.url,
        headers: &headers,
        body: &request.body,
    };
    verifier.verify(&received, START as u64 / 1000).is_ok()
}

#[test]
fn a_payload_of_many_megabytes_goes_from_r2_to_its_receiver_under_every_signature() {
    let large = payload(3_000_000);
    for profile in PROFILES {
        let bench = Bench::new(profile.name);
        let bucket = Bucket::with(large.clone());
        bench.offer(vec![stored()]).unwrap();
        deliver(&bench, &bucket);
        let arrived = bucket.arrived.take();
        if profile.envelope != hookgate_relay::envelope::Envelope::Payload {
            let log = bench.endpoint.attempts(&Default::default(), &first_page());
            let log = log.unwrap().data;
            assert!(arrived.is_empty(), "{}", profile.name);
            assert!(
                log[0].response.contains("more than 1 MiB"),
                "{}",
                log[0].response
            );
            continue;
        }
        let [(request, from_r2)] = &arrived[..] else {
            panic!("{}: {} requests", profile.name, arrived.len());
        };
        assert!(*from_r2 && request.body == large, "{}", profile.name);
        assert!(is_genuine(request, profile.name), "{}", profile.name);
    }
}

#[test]
fn a_stored_payload_of_a_mebibyte_goes_in_any_envelope() {
    for profile in PROFILES {
        let bench = Bench::new(profile.name);
        let bucket = Bucket::with(payload(1 << 20));
        bench.offer(vec![stored()]).unwrap();
        deliver(&bench, &bucket);
        let arrived = bucket.arrived.take();
        let [(request, false)] = &arrived[..] else {
            panic!("{}: {} requests", profile.name, arrived.len());
        };
        assert!(is_genuine(request, profile.name), "{}", profile.name);
        assert!(request.body.len() >= 1 << 20, "{}", profile.name);
    }
}

#[test]
fn a_payload_in_r2_does_not_leave_for_a_name_that_leads_inside() {
    for bytes in [3_000_000, 1_000] {
        let bench = Bench::new("standard");
        let bucket = Bucket::with(payload(bytes));
        bucket.leads_inside.set(true);
        bench.offer(vec![stored()]).unwrap();
        deliver(&bench, &bucket);
        assert!(bucket.arrived.take().is_empty());
        let log = bench.attempts();
        assert_eq!(log[0].response, "blocked: the name leads to 10.0.0.1");
    }
}

#[test]
fn rows_hold_the_key_alone() {
    let app = application::Bench::of(&["ep_1"]);
    let large = QueueMessage {
        body: Body::R2Key(KEY.into()),
        ..event("msg_1")
    };
    app.app.accept(vec![large]).unwrap();
    let key = Value::Text(KEY.into());
    assert_eq!(
        app.disk.rows("SELECT payload FROM messages")[0].0,
        std::slice::from_ref(&key)
    );
    let read = app.app.message("msg_1").unwrap().unwrap();
    assert_eq!(read.payload, Body::R2Key(KEY.into()));

    let bench = Bench::new("standard");
    bench.offer(vec![read]).unwrap();
    assert_eq!(bench.disk.rows("SELECT payload FROM payloads")[0].0, [key]);
}

#[test]
fn a_bucket_that_is_away_fails_the_attempt_and_the_next_one_delivers() {
    let bench = Bench::new("standard");
    let bucket = Bucket::with(payload(2_000_000));
    bench.offer(vec![stored()]).unwrap();
    bucket.away.set(true);
    deliver(&bench, &bucket);
    assert!(bucket.arrived.borrow().is_empty());
    // It says nothing of the receiver.
    assert_eq!(bench.endpoint.health().unwrap(), Default::default());
    let (state, next) = bench.endpoint.delivery("msg_1").unwrap().unwrap();
    assert_eq!(state, State::Pending);

    bucket.away.set(false);
    bench.world.reach(next.expect("another attempt"));
    deliver(&bench, &bucket);
    assert_eq!(bucket.arrived.borrow().len(), 1);
    let (state, _) = bench.endpoint.delivery("msg_1").unwrap().unwrap();
    assert_eq!(state, State::Success);
}

#[test]
fn a_payload_that_r2_has_no_more_is_said_in_the_log() {
    let bench = Bench::new("standard");
    let bucket = Bucket::default();
    bench.offer(vec![stored()]).unwrap();
    deliver(&bench, &bucket);
    let log = bench.endpoint.attempts(&Default::default(), &first_page());
    let log = log.unwrap().data;
    assert!(
        log[0].response.contains("in R2 no more"),
        "{}",
        log[0].response
    );
}
