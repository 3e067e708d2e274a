//! What is sent again, or for the first time, after all: nothing that its endpoint does not want, and
//! nothing whose content is gone.

use hookgate_relay::application::{FilterFailures, Message, ResendOrder};
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::message::Body;
use hookgate_relay::task::TaskKind;

use super::work::{run, task};
use super::{Bench, handed};
use crate::host::START;
use crate::sample::{config, message};

fn with_payload(id: &str, payload: Body) -> Message {
    Message {
        payload,
        ..message(id)
    }
}

/// An endpoint that comes after the messages.
fn late(filter: Option<&str>) -> EndpointConfig {
    EndpointConfig {
        filter: filter.map(str::to_owned),
        ..config("ep_1", "standard")
    }
}

fn replay_missing(bench: &Bench) -> (Vec<String>, i64) {
    let replay = task(TaskKind::ReplayMissing);
    bench.app.start_task(&replay).unwrap();
    let (sent, end) = run(bench);
    assert_eq!(end.matched, sent.len() as i64);
    (sent, end.scanned)
}

#[test]
fn what_is_missing_is_only_what_the_filter_of_the_payload_wants() {
    let bench = Bench::of(&[]);
    for (id, payload) in [
        ("msg_1", Body::Text(r#"{"amount":250}"#.into())),
        ("msg_2", Body::Text(r#"{"amount":100}"#.into())),
        ("msg_3", Body::R2Key("inbox/src_1/msg_3".into())),
        ("msg_4", Body::Text(r#"{"amount":300}"#.into())),
    ] {
        bench.app.create(with_payload(id, payload)).unwrap();
    }
    bench
        .app
        .add_endpoint(&late(Some("amount > `100`")))
        .unwrap();
    let (sent, scanned) = replay_missing(&bench);
    assert_eq!((sent, scanned), (vec!["msg_1".into(), "msg_4".into()], 4));
    // Of what is in R2 no filter can say.
    let failures = FilterFailures {
        count: 1,
        message_id: "msg_3".into(),
        reason: "the payload is too large for filters".into(),
        at: START,
    };
    assert_eq!(bench.app.filter_failures("ep_1"), Ok(Some(failures)));
}

#[test]
fn payloads_that_a_filter_reads_are_a_page_by_their_bytes() {
    let bench = Bench::of(&[]);
    let large = format!(r#"{{"amount":250,"pad":"{}"}}"#, "x".repeat(1_500_000));
    for number in 0..5 {
        let one = with_payload(&format!("msg_{number}"), Body::Text(large.clone()));
        bench.app.create(one).unwrap();
    }
    bench
        .app
        .add_endpoint(&late(Some("amount > `100`")))
        .unwrap();
    let (sent, scanned) = replay_missing(&bench);
    assert_eq!((sent.len(), scanned), (5, 5));
    let pages: Vec<_> = bench.objects.sieves().iter().map(|s| s.ids.len()).collect();
    assert_eq!(pages, [2, 2, 1]);
}

#[test]
fn what_was_expunged_is_neither_replayed_nor_recovered_nor_resent() {
    for kind in [
        TaskKind::ReplayMissing,
        TaskKind::Recover,
        TaskKind::BulkReplay,
    ] {
        let bench = Bench::of(&["ep_1"]);
        for id in ["msg_1", "msg_2"] {
            bench.app.create(message(id)).unwrap();
        }
        bench.app.expunge("msg_1").unwrap();
        bench.drain();
        bench.objects.consignments();
        bench.app.start_task(&task(kind)).unwrap();
        let (sent, end) = run(&bench);
        assert_eq!((sent, end.scanned), (vec!["msg_2".into()], 2), "{kind:?}");
        let order = ResendOrder {
            message_id: "msg_1".into(),
            endpoint_id: "ep_1".into(),
            call_id: None,
        };
        assert_eq!(bench.app.resend(&order), Ok(false));
    }
}

#[test]
fn what_is_expunged_after_it_was_found_is_not_sent() {
    for kind in [TaskKind::ReplayMissing, TaskKind::BulkReplay] {
        let bench = Bench::of(&["ep_1"]);
        bench.app.create(message("msg_1")).unwrap();
        bench.drain();
        bench.objects.consignments();
        bench.app.start_task(&task(kind)).unwrap();
        bench.chores();
        bench.app.expunge("msg_1").unwrap();
        bench.drain();
        for one in bench.objects.consignments() {
            assert!(one.messages.iter().all(|m| m.expunged), "{kind:?}");
            assert_eq!(one.resends, [], "{kind:?}");
        }
    }
}

#[test]
fn what_is_missing_does_not_go_before_its_time() {
    let bench = Bench::of(&[]);
    let later = Message {
        deliver_at: Some(START + 60_000),
        ..message("msg_1")
    };
    bench.app.create(later).unwrap();
    bench.app.add_endpoint(&late(None)).unwrap();
    bench
        .app
        .start_task(&task(TaskKind::ReplayMissing))
        .unwrap();
    bench.chores();
    bench.drain();
    assert_eq!(bench.objects.landed(), []);
    bench.world.reach(START + 60_000);
    bench.drain();
    assert_eq!(bench.objects.landed(), [handed("ep_1", &["msg_1"])]);
}

#[test]
fn what_is_missing_goes_in_its_order_before_what_is_new() {
    let bench = Bench::of(&[]);
    // More than one hand-over, and not in the order of their ids.
    let ids: Vec<_> = (0..150).map(|n| format!("msg_{}", 900 - n)).collect();
    for id in &ids {
        bench.app.create(message(id)).unwrap();
    }
    let fifo = EndpointConfig {
        fifo: true,
        ..late(None)
    };
    bench.app.add_endpoint(&fifo).unwrap();
    bench
        .app
        .start_task(&task(TaskKind::ReplayMissing))
        .unwrap();
    bench.chores();
    bench.app.create(message("msg_0")).unwrap();
    bench.drain();
    let landed = bench.objects.landed();
    let sent: Vec<_> = landed.into_iter().flat_map(|(_, ids)| ids).collect();
    let expected: Vec<_> = ids.into_iter().chain(["msg_0".to_owned()]).collect();
    assert_eq!(sent, expected);
}

#[test]
fn the_news_of_an_expunged_message_is_not_taken_back_with_the_message() {
    let bench = Bench::of(&["ep_1"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.app.create(message("msg_2")).unwrap();
    bench.app.expunge("msg_1").unwrap();
    assert_eq!(bench.app.take_back("ep_1", None), Ok(1));
    bench.drain();
    let messages = bench.objects.consignments().remove(0).messages;
    let messages: Vec<_> = messages.iter().map(|m| (&m.id[..], m.expunged)).collect();
    assert_eq!(messages, [("msg_1", true)]);
}

#[test]
fn a_body_in_r2_is_given_up_with_the_content_of_its_message() {
    let bench = Bench::of(&["ep_1"]);
    let ids = ["msg_1".to_owned(), "msg_2".to_owned()];
    for id in &ids {
        let key = Body::R2Key(format!("inbox/src_1/{id}"));
        bench.app.create(with_payload(id, key)).unwrap();
    }
    assert_eq!(bench.app.knows(&ids), Ok(ids.to_vec()));
    bench.app.expunge("msg_1").unwrap();
    assert_eq!(bench.app.knows(&ids), Ok(vec!["msg_2".into()]));
    bench.app.close("app_1").unwrap();
    bench.chores();
    assert_eq!(bench.app.knows(&ids), Ok(vec![]));
}

#[test]
fn a_deleted_endpoint_is_among_those_that_are_erased_until_it_is_seen_off() {
    let bench = Bench::of(&["ep_1", "ep_2"]);
    bench.app.remove_endpoint("ep_1").unwrap();
    let both = vec!["ep_1".to_owned(), "ep_2".to_owned()];
    assert_eq!(bench.app.endpoint_ids(), Ok(both));
    bench.chores();
    bench
        .world
        .pass(hookgate_relay::application::GRACE_MS + 1_000);
    bench.chores();
    assert_eq!(bench.app.endpoint_ids(), Ok(vec!["ep_2".to_owned()]));
}
