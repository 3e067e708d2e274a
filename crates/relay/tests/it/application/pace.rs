//! The application's alarm: in time for every retry, and never without end.

use std::rc::Rc;

use futures_executor::block_on;

use super::{Bench, handed};
use crate::host::{Fault, World};
use crate::neighbour::Taken;
use crate::sample::{config, event, message};
use crate::script::Tasks;

const NET: i64 = 1_000;

/// A way into the object, and its name.
type Entry = (&'static str, fn(&mut Bench));

impl Bench {
    /// The alarm rings when something is due, or (what is due now) within a second.
    fn assert_armed(&self, after: &str) {
        let due = self.disk.rows("SELECT MIN(due_at) FROM fanout")[0].optional_integer(0);
        let Some(due) = due.unwrap() else { return };
        let alarm = self
            .disk
            .alarm()
            .unwrap_or_else(|| panic!("no alarm after {after}"));
        let latest = due.max(self.world.now() + NET);
        assert!(alarm <= latest, "{} ms late after {after}", alarm - latest);
    }
}

#[test]
fn an_alarm_sets_the_next_before_its_first_hand_over() {
    let bench = Bench::of(&["ep_a"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.objects.script("ep_a").then_hold();
    bench.world.pass(NET);
    assert!(bench.disk.rings(bench.world.now()));
    let mut tasks = Tasks::default();
    let (app, objects) = (Rc::clone(&bench.app), bench.objects.clone());
    tasks.start(async move { app.on_alarm(&objects).await });
    assert_eq!(bench.objects.calls(), ["ep_a"]);
    assert_eq!(bench.disk.alarm(), Some(bench.world.now() + NET));
}

#[test]
fn an_overdue_alarm_is_set_again_by_every_entry() {
    let entries: [Entry; 4] = [
        ("a created message", |bench| {
            bench.app.create(message("msg_2")).unwrap();
        }),
        ("a redelivered event", |bench| {
            bench.app.accept(vec![event("msg_1")]).unwrap();
        }),
        ("a drain", |bench| bench.drain()),
        ("a new instance", |bench| bench.reopen()),
    ];
    for (name, entry) in entries {
        let mut bench = Bench::of(&["ep_a"]);
        bench.app.accept(vec![event("msg_1")]).unwrap();
        bench.objects.script("ep_a").afterwards(Taken::No);
        bench.disk.forget_alarm();
        bench.world.pass(NET + 5_001);
        entry(&mut bench);
        bench.assert_armed(name);
    }
}

#[test]
fn a_slow_endpoint_object_does_not_delay_the_retry_of_another() {
    let bench = Bench::of(&["ep_a", "ep_b"]);
    bench.objects.script("ep_a").then_hold();
    bench.objects.script("ep_b").then_hold();
    bench.app.create(message("msg_1")).unwrap();
    let mut tasks = Tasks::default();
    let (app, objects) = (Rc::clone(&bench.app), bench.objects.clone());
    let drain = tasks.start(async move { app.drain(&objects).await });
    // The net rings while both are out, and sees nothing to do.
    bench.world.pass(NET);
    bench.ring();
    bench.world.pass(500);
    bench.objects.script("ep_b").release(0, Taken::No);
    tasks.settle();
    assert_eq!(drain.result(), None, "ep_a is out still");
    bench.assert_armed("a failed hand-over beside a slow one");
    bench.world.pass(1_000);
    bench.ring();
    assert_eq!(bench.objects.landed(), [handed("ep_b", &["msg_1"])]);
}

#[test]
fn an_alarm_does_not_ring_without_end_while_a_hand_over_is_out() {
    let bench = Bench::of(&["ep_a"]);
    bench.app.create(message("msg_1")).unwrap();
    bench.objects.script("ep_a").afterwards_hold();
    let mut tasks = Tasks::default();
    let (app, objects) = (Rc::clone(&bench.app), bench.objects.clone());
    tasks.start(async move { app.drain(&objects).await });
    bench.app.create(message("msg_2")).unwrap();
    bench.drain();
    let mut rings = 0;
    for _ in 0..10_000 {
        if bench.disk.rings(bench.world.now()) {
            rings += 1;
            block_on(bench.app.on_alarm(&bench.objects)).unwrap();
            bench.assert_armed("an alarm while a hand-over is out");
        }
        bench.world.pass(1);
    }
    assert_eq!(rings, 9, "one for each second");
}

#[test]
fn an_alarm_that_the_storage_refused_is_set_at_the_next_entry() {
    let bench = Bench::of(&["ep_a"]);
    bench.world.plan(1, Fault::Refused);
    assert!(bench.app.accept(vec![event("msg_1")]).is_err());
    assert_eq!(bench.disk.alarm(), None);
    bench.app.accept(vec![event("msg_1")]).unwrap();
    assert_eq!(bench.disk.alarm(), Some(bench.world.now() + NET));
}

#[test]
fn the_alarm_is_set_in_time_after_every_entry_whatever_failed_before() {
    for seed in 0..40 {
        let endpoints = ["ep_a", "ep_b"].map(|id| config(id, "standard"));
        let mut bench = Bench::on(World::seeded(seed), &endpoints);
        for step in 0..150 {
            let world = Rc::clone(&bench.world);
            let name = format!("step {step} of seed {seed}");
            world.pass(world.below(5_000) as i64);
            if world.below(4) == 0 {
                world.plan(world.below(8), Fault::Refused);
            }
            for endpoint in ["ep_a", "ep_b"] {
                let taken = [Taken::Yes, Taken::No, Taken::YesUnheard];
                let next = taken[world.below(3) as usize];
                bench.objects.script(endpoint).afterwards(next);
            }
            let outcome = if bench.disk.rings(world.now()) {
                let outcome = block_on(bench.app.on_alarm(&bench.objects));
                if outcome.is_err() {
                    // What the object's shell does.
                    bench.disk.set_alarm(world.now() + 10_000);
                }
                outcome
            } else {
                match world.below(4) {
                    0 => block_on(bench.app.drain(&bench.objects)),
                    1 => {
                        world.call_off();
                        bench.reopen();
                        Ok(())
                    }
                    _ => bench.app.accept(vec![event(&format!("msg_{step}"))]),
                }
            };
            world.call_off();
            if outcome.is_ok() {
                bench.assert_armed(&name);
            }
        }
    }
}
