//! Messages are handed over in batches, each until its endpoint object has confirmed it.

use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::message::Body;

use super::{Bench, handed};
use crate::host::Fault;
use crate::neighbour::Taken;
use crate::sample::{event, message};
use crate::script::Tasks;

const LEASE: i64 = 30_000;

impl Bench {
    fn accept_many(&self, count: usize) {
        let events = (0..count).map(|n| event(&format!("msg_{n:04}"))).collect();
        self.app.accept(events).unwrap();
    }

    fn create_sized(&self, n: usize, bytes: usize) {
        let mut message = message(&format!("msg_{n:04}"));
        message.payload = Body::Text("x".repeat(bytes));
        self.app.create(message).unwrap();
    }

    fn batch_sizes(&self) -> Vec<usize> {
        let landed = self.objects.landed();
        landed.iter().map(|(_, messages)| messages.len()).collect()
    }
}

#[test]
fn a_hand_over_has_at_most_100_messages_in_their_order() {
    let bench = Bench::of(&["ep_a"]);
    bench.accept_many(250);
    bench.drain();
    let landed = bench.objects.landed();
    let sizes: Vec<usize> = landed.iter().map(|(_, messages)| messages.len()).collect();
    assert_eq!(sizes, [100, 100, 50]);
    let ids: Vec<String> = landed.into_iter().flat_map(|(_, ids)| ids).collect();
    let expected: Vec<String> = (0..250).map(|n| format!("msg_{n:04}")).collect();
    assert_eq!(ids, expected);
    assert_eq!(bench.sizes(), (250, 0));
}

#[test]
fn a_hand_over_has_at_most_a_megabyte_of_payload() {
    for (bytes, batches) in [
        (250_000, vec![4, 4, 2]),
        (250_001, vec![3, 3, 3, 1]),
        (1_200_000, vec![1; 10]),
    ] {
        let bench = Bench::of(&["ep_a"]);
        (0..10).for_each(|n| bench.create_sized(n, bytes));
        bench.drain();
        assert_eq!(bench.batch_sizes(), batches, "payloads of {bytes} bytes");
    }
}

#[test]
fn an_endpoint_object_that_fails_is_tried_after_a_second_doubling_to_ten_minutes() {
    let bench = Bench::of(&["ep_a"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.objects.script("ep_a").afterwards(Taken::No);
    bench.drain();
    let mut last = bench.world.now();
    let mut waits = vec![];
    while waits.len() < 12 {
        bench.world.reach(bench.disk.alarm().expect("an alarm"));
        bench.objects.calls();
        bench.ring();
        if !bench.objects.calls().is_empty() {
            waits.push(bench.world.now() - last);
            last = bench.world.now();
        }
    }
    let seconds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600];
    assert_eq!(waits, seconds.map(|s| s * 1_000));
    bench.objects.script("ep_a").afterwards(Taken::Yes);
    bench.world.pass(600_000);
    bench.ring();
    assert_eq!(bench.objects.landed(), [handed("ep_a", &["msg_1"])]);
    assert_eq!(bench.sizes(), (1, 0));
}

#[test]
fn one_endpoint_object_that_fails_does_not_delay_another() {
    let bench = Bench::of(&["ep_a", "ep_b", "ep_c"]);
    bench.objects.script("ep_a").afterwards(Taken::No);
    bench.objects.script("ep_b").afterwards_hold();
    bench.app.create(message("msg_1")).unwrap();
    let mut tasks = Tasks::default();
    let (app, objects) = (Rc::clone(&bench.app), bench.objects.clone());
    let drain = tasks.start(async move { app.drain(&objects).await });
    assert_eq!(drain.result(), None);
    assert_eq!(bench.objects.landed(), [handed("ep_c", &["msg_1"])]);
    // Nor does it delay what comes after.
    bench.app.create(message("msg_2")).unwrap();
    bench.drain();
    assert_eq!(bench.objects.landed(), [handed("ep_c", &["msg_2"])]);
}

#[test]
fn six_endpoints_are_handed_over_to_at_once_and_a_place_that_is_freed_is_filled() {
    let ids: Vec<String> = (0..8).map(|n| format!("ep_{n}")).collect();
    let bench = Bench::of(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    for id in &ids {
        bench.objects.script(id).afterwards_hold();
    }
    bench.app.create(message("msg_1")).unwrap();
    let mut tasks = Tasks::default();
    let (app, objects) = (Rc::clone(&bench.app), bench.objects.clone());
    let drain = tasks.start(async move { app.drain(&objects).await });
    assert_eq!(bench.objects.calls(), ids[..6]);
    for (place, id) in ids.iter().enumerate() {
        assert_eq!(drain.result(), None);
        bench.objects.script(id).release(0, Taken::Yes);
        tasks.settle();
        let next = ids.get(place + 6).map(std::slice::from_ref);
        assert_eq!(bench.objects.calls(), next.unwrap_or_default());
    }
    assert_eq!(drain.result(), Some(Ok(())));
}

#[test]
fn a_hand_over_that_landed_unheard_is_made_again_with_the_same_messages() {
    let bench = Bench::of(&["ep_a"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.objects.script("ep_a").then(Taken::YesUnheard);
    bench.drain();
    bench.world.pass(1_000);
    bench.ring();
    let twice = [handed("ep_a", &["msg_1"]), handed("ep_a", &["msg_1"])];
    assert_eq!(bench.objects.landed(), twice);
    assert_eq!(bench.sizes(), (1, 0));
}

#[test]
fn a_crash_during_a_hand_over_repeats_it_after_its_lease() {
    let mut bench = Bench::of(&["ep_a"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.objects.script("ep_a").then_hold();
    let mut tasks = Tasks::default();
    let (app, objects) = (Rc::clone(&bench.app), bench.objects.clone());
    tasks.start(async move { app.drain(&objects).await });
    drop(tasks);
    bench.reopen();
    bench.world.pass(LEASE - 1);
    bench.drain();
    assert_eq!(bench.objects.landed(), []);
    bench.world.pass(1);
    bench.drain();
    assert_eq!(bench.objects.landed(), [handed("ep_a", &["msg_1"])]);
}

#[test]
fn two_drains_at_once_hand_over_once_even_past_the_lease() {
    let bench = Bench::of(&["ep_a"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.objects.script("ep_a").then_hold();
    let mut tasks = Tasks::default();
    let (app, objects) = (Rc::clone(&bench.app), bench.objects.clone());
    let first = tasks.start(async move { app.drain(&objects).await });
    bench.drain();
    bench.world.pass(LEASE);
    bench.drain();
    assert_eq!(bench.objects.calls(), ["ep_a"]);
    bench.objects.script("ep_a").release(0, Taken::Yes);
    tasks.settle();
    assert_eq!(first.result(), Some(Ok(())));
    assert_eq!(bench.objects.landed(), [handed("ep_a", &["msg_1"])]);
}

#[test]
fn what_is_accepted_during_a_hand_over_goes_with_the_running_drain() {
    let bench = Bench::of(&["ep_a"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.objects.script("ep_a").then_hold();
    let mut tasks = Tasks::default();
    let (app, objects) = (Rc::clone(&bench.app), bench.objects.clone());
    let drain = tasks.start(async move { app.drain(&objects).await });
    bench.app.create(message("msg_2")).unwrap();
    bench.objects.script("ep_a").release(0, Taken::Yes);
    tasks.settle();
    assert_eq!(drain.result(), Some(Ok(())));
    let both = [handed("ep_a", &["msg_1"]), handed("ep_a", &["msg_2"])];
    assert_eq!(bench.objects.landed(), both);
}

#[test]
fn what_was_meant_for_a_removed_endpoint_leaves_with_it() {
    let mut bench = Bench::of(&["ep_a", "ep_b"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.disk.rows("DELETE FROM endpoints WHERE id = 'ep_a'");
    bench.reopen();
    bench.drain();
    assert_eq!(bench.objects.calls(), ["ep_b"]);
    assert_eq!(bench.sizes(), (1, 0));
}

#[test]
fn an_alarm_never_fails_because_an_endpoint_object_did() {
    let bench = Bench::of(&["ep_a"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.objects.script("ep_a").afterwards(Taken::No);
    for _ in 0..20 {
        bench.world.reach(bench.disk.alarm().unwrap());
        assert!(bench.disk.rings(bench.world.now()));
        assert_eq!(block_on(bench.app.on_alarm(&bench.objects)), Ok(()));
    }
}

#[test]
fn a_fault_or_a_crash_at_any_call_of_a_drain_loses_nothing() {
    use Fault::{KilledAfter, KilledBefore, Misreported, Refused};
    for fault in [Refused, Misreported, KilledBefore, KilledAfter] {
        for skip in 0.. {
            let mut bench = Bench::of(&["ep_a", "ep_b"]);
            bench.accept_many(101);
            bench.world.plan(skip, fault);
            let drained = block_on(bench.app.drain(&bench.objects));
            if bench.world.call_off() {
                assert_eq!(drained, Ok(()));
                break;
            }
            if bench.world.life() > 0 {
                bench.reopen();
            }
            bench.world.pass(LEASE);
            bench.ring();
            for endpoint in ["ep_a", "ep_b"] {
                let landed = bench.objects.landed_at(endpoint);
                assert_eq!(landed, 101, "{fault:?} at call {skip}");
            }
            assert_eq!(bench.sizes(), (101, 0), "{fault:?} at call {skip}");
        }
    }
}
