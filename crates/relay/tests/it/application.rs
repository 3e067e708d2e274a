//! The application accepts each message once, and fans it out to the endpoints that want it.

mod again;
mod departure;
mod filter;
mod handover;
mod health;
mod idempotency;
mod later;
mod listing;
mod order;
mod pace;
mod replay;
mod retention;
mod roster;
mod rotation;
mod search;
mod telling;
mod work;

use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::application::{Application, Creation, UNKNOWN_TYPE};
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::message::Body;
use hookgate_relay::port::{Row, Unavailable};

use crate::host::{Disk, Fault, START, TestHost, World};
use crate::neighbour::TestEndpoints;
use crate::sample::{config, event, first_page, message};

/// An application, and all that it stands on.
pub(crate) struct Bench {
    pub(crate) world: Rc<World>,
    pub(crate) disk: Rc<Disk>,
    pub(crate) objects: TestEndpoints,
    pub(crate) app: Rc<Application<TestHost>>,
}

impl Bench {
    /// An application with these endpoints.
    pub(crate) fn with(endpoints: &[EndpointConfig]) -> Self {
        Self::on(World::new(), endpoints)
    }

    pub(crate) fn on(world: Rc<World>, endpoints: &[EndpointConfig]) -> Self {
        let disk = Disk::new();
        let open = || Application::open(world.host(&disk)).expect("sound storage");
        let (app, objects) = (open(), TestEndpoints::default());
        for endpoint in endpoints {
            assert_eq!(app.add_endpoint(endpoint), Ok(Creation::Created));
        }
        // That they are there has been told.
        block_on(app.chores(&objects)).expect("sound storage");
        disk.forget_alarm();
        Self {
            app: Rc::new(open()),
            world,
            disk,
            objects,
        }
    }

    /// An application with endpoints of these ids that take everything.
    pub(crate) fn of(ids: &[&str]) -> Self {
        let configs: Vec<_> = ids.iter().map(|id| config(id, "standard")).collect();
        Self::with(&configs)
    }

    pub(crate) fn reopen(&mut self) {
        let app = Application::open(self.world.host(&self.disk));
        self.app = Rc::new(app.expect("sound storage"));
    }

    pub(crate) fn drain(&self) {
        block_on(self.app.drain(&self.objects)).expect("sound storage");
    }

    /// What is due besides hand-overs is done.
    pub(crate) fn chores(&self) {
        block_on(self.app.chores(&self.objects)).expect("sound storage");
    }

    /// The alarm rings, and is handled.
    pub(crate) fn ring(&self) {
        assert!(self.disk.rings(self.world.now()), "not yet");
        block_on(self.app.on_alarm(&self.objects)).expect("sound storage");
    }

    /// Rows of messages, and of the fan-out.
    pub(crate) fn sizes(&self) -> (i64, i64) {
        (
            self.disk.number("SELECT COUNT(*) FROM messages"),
            self.disk.number("SELECT COUNT(*) FROM fanout"),
        )
    }
}

/// One hand-over, as the scripted endpoints record it.
pub(crate) fn handed(endpoint: &str, messages: &[&str]) -> (String, Vec<String>) {
    let messages = messages.iter().map(|&id| id.to_owned()).collect();
    (endpoint.to_owned(), messages)
}

#[test]
fn accept_is_idempotent_a_redelivered_event_is_fanned_out_once() {
    let mut bench = Bench::of(&["ep_a"]);
    bench
        .app
        .accept(vec![event("msg_1"), event("msg_1")])
        .unwrap();
    bench.app.accept(vec![event("msg_1")]).unwrap();
    assert_eq!(bench.sizes(), (1, 1));
    bench.drain();
    assert_eq!(bench.objects.landed(), [handed("ep_a", &["msg_1"])]);
    bench.reopen();
    bench
        .app
        .accept(vec![event("msg_1"), event("msg_2")])
        .unwrap();
    bench.drain();
    assert_eq!(bench.objects.landed(), [handed("ep_a", &["msg_2"])]);
}

#[test]
fn a_created_message_is_made_once_by_its_id_and_once_by_its_event_id() {
    let bench = Bench::of(&["ep_a"]);
    let mut first = message("msg_1");
    first.event_id = Some("evt_1".into());
    assert_eq!(bench.app.create(first.clone()), Ok(Creation::Created));
    let mut second = message("msg_2");
    second.event_id = Some("evt_1".into());
    assert_eq!(bench.app.create(second), Ok(Creation::Conflict));
    let free = message("msg_3");
    assert_eq!(bench.app.create(free.clone()), Ok(Creation::Created));
    assert_eq!(bench.app.create(free), Ok(Creation::Created));
    assert_eq!(bench.sizes(), (2, 2));
    assert_eq!(bench.app.message("evt_1"), Ok(Some(first)));
}

#[test]
fn a_message_is_found_by_its_own_id_before_an_event_id_that_poses_as_it() {
    for ids in [["msg_1", "msg_2"], ["msg_2", "msg_1"]] {
        let bench = Bench::of(&[]);
        for id in ids {
            let mut message = message(id);
            message.event_id = (id == "msg_1").then(|| "msg_2".into());
            bench.app.create(message).unwrap();
        }
        let found = bench.app.message("msg_2").unwrap().unwrap();
        assert_eq!(found.id, "msg_2");
    }
}

#[test]
fn an_event_id_of_a_provider_never_stands_in_the_way_of_another_event() {
    // A provider's id is unique where the inbox says so, and the inbox has spoken.
    let bench = Bench::of(&["ep_a"]);
    let mut again = event("msg_2");
    again.event_id = event("msg_1").event_id;
    bench.app.accept(vec![event("msg_1"), again]).unwrap();
    assert_eq!(bench.sizes(), (2, 2));
}

#[test]
fn an_accepted_event_is_the_message_that_it_says_it_is() {
    let bench = Bench::of(&[]);
    let bytes: Vec<u8> = (0..=255).collect();
    let mut received = event("msg_1");
    received.event_type = None;
    received.body = Body::from_bytes(bytes.clone());
    bench.app.accept(vec![received]).unwrap();
    let stored = bench.app.message("evt_of_msg_1").unwrap().unwrap();
    assert_eq!(stored.payload.clone().into_bytes(), Ok(bytes));
    let expected = hookgate_relay::application::Message {
        event_id: Some("evt_of_msg_1".into()),
        event_type: UNKNOWN_TYPE.into(),
        content_type: Some("application/json".into()),
        payload: stored.payload.clone(),
        ..message("msg_1")
    };
    assert_eq!(stored, expected);
    assert_eq!(bench.app.message("msg_1"), Ok(Some(expected)));
    assert_eq!(bench.app.message("msg_2"), Ok(None));
    let listed = bench
        .app
        .list_messages(&Default::default(), &first_page(), true)
        .unwrap();
    assert_eq!((listed.data.len(), listed.done), (1, true));
}

#[test]
fn a_damaged_payload_refuses_its_batch_and_leaves_nothing() {
    let bench = Bench::of(&["ep_a"]);
    let mut damaged = event("msg_2");
    damaged.body = Body::Base64("not base64!".into());
    let refused = bench.app.accept(vec![event("msg_1"), damaged]);
    assert_eq!(refused.unwrap_err().doing, "decoding a payload");
    assert_eq!(bench.sizes(), (0, 0));
}

#[test]
fn each_endpoint_gets_the_types_and_channels_it_asked_for_and_a_disabled_one_nothing() {
    let filtered = |id: &str, types: Option<&[&str]>, channels: Option<&[&str]>| {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        EndpointConfig {
            event_types: types.map(owned),
            channels: channels.map(owned),
            ..config(id, "standard")
        }
    };
    let bench = Bench::with(&[
        filtered("ep_all", None, None),
        filtered("ep_channel", None, Some(&["eu", "us"])),
        EndpointConfig {
            disabled: true,
            ..config("ep_disabled", "standard")
        },
        filtered("ep_none", Some(&[]), None),
        filtered("ep_type", Some(&["invoice.paid", "user.made"]), None),
        filtered("ep_type_channel", Some(&["invoice.paid"]), Some(&["eu"])),
    ]);
    for (id, event_type, channels, wanted) in [
        ("msg_1", "invoice.paid", vec![], vec!["ep_all", "ep_type"]),
        ("msg_2", "invoice.pai", vec![], vec!["ep_all"]),
        ("msg_3", "Invoice.Paid", vec!["apac"], vec!["ep_all"]),
        (
            "msg_4",
            "user.made",
            vec!["apac", "us"],
            vec!["ep_all", "ep_channel", "ep_type"],
        ),
        (
            "msg_5",
            "invoice.paid",
            vec!["eu"],
            vec!["ep_all", "ep_channel", "ep_type", "ep_type_channel"],
        ),
    ] {
        let mut message = message(id);
        message.event_type = event_type.into();
        message.channels = channels.into_iter().map(str::to_owned).collect();
        bench.app.create(message).unwrap();
        bench.drain();
        let expected: Vec<_> = wanted.iter().map(|to| handed(to, &[id])).collect();
        assert_eq!(bench.objects.landed(), expected, "{id}");
    }
}

/// Makes `entry` fail at each of its calls in turn, and looks at what is left behind.
fn at_every_call(entry: impl Fn(&Bench) -> Result<(), Unavailable>, calls: u64) {
    for skip in 0.. {
        let bench = Bench::of(&["ep_a", "ep_b"]);
        bench.world.plan(skip, Fault::Refused);
        let outcome = entry(&bench);
        if bench.world.call_off() {
            assert_eq!((outcome, skip), (Ok(()), calls));
            return;
        }
        assert!(outcome.is_err(), "call {skip}");
        assert_eq!(bench.sizes(), (0, 0), "call {skip}");
        assert_eq!(entry(&bench), Ok(()), "call {skip}");
        bench.drain();
        let expected = [handed("ep_a", &["msg_1"]), handed("ep_b", &["msg_1"])];
        assert_eq!(bench.objects.landed(), expected, "call {skip}");
    }
}

#[test]
fn a_store_failure_is_never_an_acknowledgement_of_a_created_message() {
    let create = |bench: &Bench| {
        let mut message = message("msg_1");
        message.event_id = Some("evt_1".into());
        match bench.app.create(message)? {
            Creation::Created => Ok(()),
            Creation::Conflict => panic!("the failed call left its event id behind"),
            Creation::Gone => panic!("nobody has deleted it"),
        }
    };
    // The endpoints, the alarm, the event id, the message, two rows of fan-out, the commit.
    at_every_call(create, 7);
}

#[test]
fn a_store_failure_is_never_an_acknowledgement_of_a_received_event() {
    let accept = |bench: &Bench| bench.app.accept(vec![event("msg_1")]);
    at_every_call(accept, 6);
}

#[test]
fn the_stored_form_of_a_message_is_what_the_schema_says() {
    let bench = Bench::of(&["ep_a"]);
    let mut sent = message("msg_1");
    sent.channels = vec!["eu".into()];
    bench.app.create(sent).unwrap();
    let row = bench.disk.rows("SELECT * FROM messages");
    let expected = Row(vec![
        "msg_1".into(),
        None::<&str>.into(),
        "invoice.paid".into(),
        r#"["eu"]"#.into(),
        "[]".into(),
        None::<&str>.into(),
        br#"{"amount":1.10}"#.to_vec().into(),
        START.into(),
        None::<&str>.into(),
        None::<&str>.into(),
        None::<i64>.into(),
        None::<i64>.into(),
        0.into(),
    ]);
    assert_eq!(row, [expected]);
}
