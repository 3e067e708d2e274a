//! Orders to send again, on their way from the application.

use hookgate_relay::application::ResendOrder;

use super::Bench;
use crate::neighbour::Taken;
use crate::sample::message;

fn order(bench: &Bench, message: &str, endpoint: &str) -> bool {
    let order = ResendOrder {
        message_id: message.into(),
        endpoint_id: endpoint.into(),
    };
    bench.app.resend(&order).unwrap()
}

fn resends(bench: &Bench) -> Vec<(i64, String)> {
    let consignments = bench.objects.consignments();
    let resends = consignments.into_iter().flat_map(|one| one.resends);
    resends.map(|one| (one.number, one.message.id)).collect()
}

#[test]
fn an_order_to_send_again_brings_the_message_and_a_number_that_grows() {
    let bench = Bench::of(&["ep_1", "ep_2"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.drain();
    assert_eq!(resends(&bench), []);
    assert!(order(&bench, "msg_1", "ep_1"));
    bench.drain();
    assert_eq!(resends(&bench), [(1, "msg_1".into())]);
    assert!(order(&bench, "msg_1", "ep_1"));
    bench.drain();
    assert_eq!(resends(&bench), [(2, "msg_1".into())]);
    assert_eq!(bench.disk.number("SELECT COUNT(*) FROM fanout"), 0);
}

#[test]
fn an_order_for_what_is_not_there_is_none() {
    let bench = Bench::of(&["ep_1"]);
    bench.app.create(message("msg_1")).unwrap();
    assert!(!order(&bench, "msg_2", "ep_1"));
    assert!(!order(&bench, "msg_1", "ep_2"));
    bench.drain();
    assert_eq!(resends(&bench), []);
}

#[test]
fn an_order_whose_acceptance_was_unheard_comes_again_under_its_number() {
    let mut bench = Bench::of(&["ep_1"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.drain();
    bench.objects.script("ep_1").then(Taken::YesUnheard);
    order(&bench, "msg_1", "ep_1");
    bench.drain();
    bench.reopen();
    bench.world.pass(2_000);
    bench.drain();
    assert_eq!(resends(&bench), [(1, "msg_1".into()), (1, "msg_1".into())]);
}

#[test]
fn what_has_not_been_handed_over_is_taken_back_and_a_change_is_not() {
    let bench = Bench::of(&["ep_1", "ep_2"]);
    for id in ["msg_1", "msg_2"] {
        bench.app.create(message(id)).unwrap();
        order(&bench, id, "ep_1");
    }
    let mut config = bench.app.endpoint("ep_1").unwrap().unwrap();
    config.description = "changed".into();
    bench.app.replace_endpoint(config).unwrap();
    assert_eq!(bench.app.take_back("ep_1", Some("msg_1")), Ok(2));
    assert_eq!(bench.app.take_back("ep_1", None), Ok(2));
    let left = bench
        .disk
        .rows("SELECT endpoint_id, message_id FROM fanout ORDER BY 1, 2");
    let left: Vec<_> = left
        .into_iter()
        .map(|mut row| row.take_text(1).unwrap())
        .collect();
    assert_eq!(left, ["version/2", "msg_1", "msg_2"]);
}
