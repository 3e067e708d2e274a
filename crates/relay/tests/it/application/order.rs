//! An endpoint with an order is handed its messages in the order in which they were made.

use std::rc::Rc;

use hookgate_relay::config::EndpointConfig;

use super::{Bench, handed};
use crate::host::START;
use crate::neighbour::Taken;
use crate::sample::{config, message};
use crate::script::Tasks;

fn bench() -> Bench {
    let ordered = EndpointConfig {
        fifo: true,
        ..config("ep_a", "standard")
    };
    Bench::with(&[ordered, config("ep_b", "standard")])
}

#[test]
fn messages_that_were_made_in_one_millisecond_are_handed_over_as_they_came() {
    let bench = bench();
    for id in ["msg_3", "msg_1", "msg_2"] {
        bench.app.create(message(id)).unwrap();
    }
    bench.drain();
    let landed = bench.objects.landed();
    assert_eq!(landed[0], handed("ep_a", &["msg_3", "msg_1", "msg_2"]));
}

#[test]
fn what_could_not_be_handed_over_is_not_overtaken_by_what_came_later() {
    let bench = bench();
    bench.objects.script("ep_a").then(Taken::No);
    bench.app.create(message("msg_2")).unwrap();
    bench.drain();
    bench.app.create(message("msg_1")).unwrap();
    bench.drain();
    let landed = bench.objects.landed();
    assert_eq!(
        landed,
        [handed("ep_b", &["msg_2"]), handed("ep_b", &["msg_1"])]
    );
    // The alarm is set to when they may go, and does not ring before.
    bench.world.reach(START + 1_000);
    bench.ring();
    assert_eq!(
        bench.objects.landed(),
        [handed("ep_a", &["msg_2", "msg_1"])]
    );
}

#[test]
fn what_is_out_with_a_hand_over_is_not_overtaken_by_another_instance() {
    let mut bench = bench();
    bench.objects.script("ep_a").then_hold();
    bench.app.create(message("msg_2")).unwrap();
    let mut tasks = Tasks::default();
    let (app, objects) = (Rc::clone(&bench.app), bench.objects.clone());
    tasks.start(async move { app.drain(&objects).await });
    bench.world.kill();
    bench.reopen();
    bench.app.create(message("msg_1")).unwrap();
    bench.drain();
    let mut rings = 0;
    while bench.world.now() < START + 30_000 {
        bench.world.pass(100);
        if bench.disk.alarm().is_some_and(|at| at <= bench.world.now()) {
            bench.ring();
            rings += 1;
        }
    }
    let landed = bench.objects.landed();
    let to_a: Vec<_> = landed.into_iter().filter(|(to, _)| to == "ep_a").collect();
    assert_eq!(to_a, [handed("ep_a", &["msg_2", "msg_1"])]);
    assert!(rings <= 3, "{rings} rings for one lease");
}
