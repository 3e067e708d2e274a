//! The application knows its endpoints, each by its id and its uid.

use hookgate_relay::application::{Creation, GRACE_MS};
use hookgate_relay::config::EndpointConfig;

use super::{Bench, handed};
use crate::host::Fault;
use crate::sample::{config, first_page, message};

#[test]
fn an_endpoint_gets_what_is_made_after_it_and_nothing_older() {
    let bench = Bench::of(&["ep_a"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.app.add_endpoint(&config("ep_b", "standard")).unwrap();
    bench.app.create(message("msg_2")).unwrap();
    bench.drain();
    let expected = [
        handed("ep_a", &["msg_1", "msg_2"]),
        handed("ep_b", &["msg_2"]),
    ];
    assert_eq!(bench.objects.landed(), expected);
}

#[test]
fn a_uid_is_taken_once_whether_as_uid_or_as_id() {
    let named = |id: &str, uid: &str| EndpointConfig {
        uid: Some(uid.into()),
        ..config(id, "standard")
    };
    let bench = Bench::with(&[named("ep_a", "billing")]);
    for taken in ["billing", "ep_a"] {
        let second = bench.app.add_endpoint(&named("ep_b", taken));
        assert_eq!(second, Ok(Creation::Conflict), "{taken}");
    }
    let by_uid = bench.app.endpoint("billing").unwrap();
    assert_eq!(
        by_uid,
        Some(named("ep_a", "billing")).map(|c| EndpointConfig {
            secrets: by_uid.clone().unwrap().secrets,
            ..c
        })
    );
    assert_eq!(bench.app.endpoint("nobody"), Ok(None));
    assert_eq!(bench.app.all_endpoints().unwrap().len(), 1);
    let listed = bench.app.list_endpoints(&first_page()).unwrap();
    assert_eq!((listed.data.len(), listed.done), (1, true));
}

#[test]
fn a_call_that_comes_again_makes_no_second_endpoint_and_brings_none_back_that_is_leaving() {
    let mut bench = Bench::of(&["ep_a"]);
    let mut again = config("ep_a", "standard");
    again.description = "the same call".into();
    assert_eq!(bench.app.add_endpoint(&again), Ok(Creation::Created));
    let known = bench.app.endpoint("ep_a").unwrap().unwrap();
    assert_eq!(known.description, "", "as it was made");
    bench.app.remove_endpoint("ep_a").unwrap();
    assert_eq!(bench.app.add_endpoint(&again), Ok(Creation::Conflict));
    bench.chores();
    bench.world.pass(GRACE_MS);
    bench.chores();
    bench.reopen();
    assert_eq!(bench.app.add_endpoint(&again), Ok(Creation::Created));
}

#[test]
fn an_endpoint_that_was_stored_although_the_call_failed_gets_its_messages() {
    let mut was_stored = false;
    for skip in 0.. {
        let bench = Bench::of(&["ep_a"]);
        assert_eq!(bench.app.all_endpoints().unwrap().len(), 1);
        bench.world.plan(skip, Fault::Misreported);
        let added = bench.app.add_endpoint(&config("ep_b", "standard"));
        if bench.world.call_off() {
            assert!(added.is_ok());
            break;
        }
        assert!(added.is_err(), "call {skip}");
        let stored = bench.disk.number("SELECT COUNT(*) FROM endpoints") == 2;
        was_stored |= stored;
        bench.app.create(message("msg_1")).unwrap();
        bench.drain();
        let landed = bench.objects.landed();
        assert!(landed.contains(&handed("ep_a", &["msg_1"])));
        assert_eq!(
            landed.contains(&handed("ep_b", &["msg_1"])),
            stored,
            "call {skip}"
        );
    }
    assert!(was_stored);
}
