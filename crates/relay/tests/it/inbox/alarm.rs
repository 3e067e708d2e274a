//! The inbox's alarm is the net below everything: it is set before it is needed, and again when it
//! was lost.

use std::rc::Rc;

use futures_executor::block_on;

use super::{Bench, LEASE, accepted};
use crate::host::{Fault, START, World};
use crate::neighbour::Taken;
use crate::sample::{DAY, arrival};
use crate::script::Tasks;

const NET: i64 = 1_000;
const PURGE_DELAY: i64 = 60_000;

/// A way into the object, and its name.
type Entry = (&'static str, fn(&mut Bench));

impl Bench {
    /// The alarm rings when something is due, or (what is due now) within a second.
    fn assert_armed(&self, after: &str) {
        let due = "SELECT MIN(at) FROM (SELECT MIN(due_at) AS at FROM outbox
                   UNION ALL SELECT MIN(expires_at) + 60000 FROM claims)";
        let due = self.disk.rows(due)[0].optional_integer(0).unwrap();
        let Some(due) = due else { return };
        let alarm = self
            .disk
            .alarm()
            .unwrap_or_else(|| panic!("no alarm after {after}"));
        let latest = due.max(self.world.now() + NET);
        assert!(alarm <= latest, "{} ms late after {after}", alarm - latest);
    }
}

#[test]
fn an_acceptance_is_followed_by_an_alarm_within_a_second() {
    let bench = Bench::new();
    bench.inbox.accept(arrival(&["id:a"], "msg_1")).unwrap();
    assert_eq!(bench.disk.alarm(), Some(bench.world.now() + NET));
    bench.world.pass(NET);
    bench.ring();
    assert_eq!(bench.sent(), [["msg_1"]]);
    // It is leased from its acceptance.
    assert_eq!(bench.disk.alarm(), Some(START + LEASE));
}

#[test]
fn a_storm_of_duplicates_writes_nothing_and_sets_no_alarm_again() {
    let bench = Bench::new();
    bench.inbox.accept(arrival(&["id:a"], "msg_1")).unwrap();
    bench.disk.statements();
    for n in 0..100 {
        bench.world.pass(10);
        let copy = arrival(&["id:a"], &format!("msg_copy_{n}"));
        bench.inbox.accept(copy).unwrap();
    }
    assert_eq!(bench.disk.settings(), 1);
    let written = |sql: &String| !sql.starts_with("SELECT");
    assert_eq!(bench.disk.statements().into_iter().find(written), None);
}

#[test]
fn the_alarm_that_confirms_nothing_else_purges_claims_a_minute_after_the_first_expires() {
    let bench = Bench::new();
    bench.inbox.accept(arrival(&["id:a"], "msg_1")).unwrap();
    let accepted_at = bench.world.now();
    bench.drain();
    bench.inbox.confirm(&["msg_1".into()]).unwrap();
    bench.world.pass(NET);
    bench.ring();
    let purge_at = accepted_at + 3 * DAY + PURGE_DELAY;
    assert_eq!(bench.disk.alarm(), Some(purge_at));
    bench.world.reach(purge_at);
    bench.ring();
    assert_eq!((bench.sizes(), bench.disk.alarm()), ((0, 0), None));
}

#[test]
fn an_alarm_never_fails_because_the_queue_did() {
    let bench = Bench::new();
    bench.inbox.accept(arrival(&["id:a"], "msg_1")).unwrap();
    bench.queue.script().afterwards(Taken::No);
    for _ in 0..20 {
        bench.world.reach(bench.disk.alarm().unwrap());
        assert!(bench.disk.rings(bench.world.now()));
        assert_eq!(block_on(bench.inbox.on_alarm(&bench.queue)), Ok(()));
    }
}

#[test]
fn an_alarm_sets_the_next_before_its_first_send() {
    let bench = Bench::new();
    bench.inbox.accept(arrival(&["id:a"], "msg_1")).unwrap();
    bench.queue.script().then_hold();
    bench.world.pass(NET);
    assert!(bench.disk.rings(bench.world.now()));
    let mut tasks = Tasks::default();
    let (inbox, queue) = (Rc::clone(&bench.inbox), bench.queue.clone());
    tasks.start(async move { inbox.on_alarm(&queue).await });
    assert_eq!(bench.queue.calls(), 1);
    assert_eq!(bench.disk.alarm(), Some(bench.world.now() + NET));
}

#[test]
fn an_overdue_alarm_is_set_again_by_every_entry() {
    let entries: [Entry; 5] = [
        ("a new event", |bench| {
            bench.inbox.accept(arrival(&["id:b"], "msg_2")).unwrap();
        }),
        ("a duplicate", |bench| {
            bench.inbox.accept(arrival(&["id:a"], "msg_2")).unwrap();
        }),
        ("a confirmation", |bench| {
            bench.inbox.confirm(&["msg_other".into()]).unwrap();
        }),
        ("a drain", |bench| bench.drain()),
        ("a new instance", |bench| bench.reopen()),
    ];
    for (name, entry) in entries {
        let mut bench = Bench::new();
        bench.inbox.accept(arrival(&["id:a"], "msg_1")).unwrap();
        bench.disk.forget_alarm();
        bench.world.pass(NET + 5_001);
        entry(&mut bench);
        bench.assert_armed(name);
    }
}

#[test]
fn an_alarm_that_the_storage_refused_is_set_at_the_next_entry() {
    let bench = Bench::new();
    bench.world.plan(0, Fault::Refused);
    let refused = bench.inbox.accept(arrival(&["id:a"], "msg_1"));
    assert!(refused.is_err());
    assert_eq!(bench.disk.alarm(), None);
    let retry = bench.inbox.accept(arrival(&["id:a"], "msg_2"));
    assert_eq!(retry, Ok(accepted("msg_2")));
    assert_eq!(bench.disk.alarm(), Some(bench.world.now() + NET));
}

#[test]
fn an_alarm_does_not_ring_without_end_while_a_send_is_out() {
    let bench = Bench::new();
    bench.inbox.accept(arrival(&["id:a"], "msg_1")).unwrap();
    bench.queue.script().afterwards_hold();
    let mut tasks = Tasks::default();
    let (inbox, queue) = (Rc::clone(&bench.inbox), bench.queue.clone());
    tasks.start(async move { inbox.drain(&queue).await });
    bench.inbox.accept(arrival(&["id:b"], "msg_2")).unwrap();
    let mut rings = 0;
    for _ in 0..10_000 {
        if bench.disk.rings(bench.world.now()) {
            rings += 1;
            block_on(bench.inbox.on_alarm(&bench.queue)).unwrap();
            bench.assert_armed("an alarm while a send is out");
        }
        bench.world.pass(1);
    }
    assert_eq!(rings, 9, "one for each second");
}

#[test]
fn the_alarm_is_set_in_time_after_every_entry_whatever_failed_before() {
    for seed in 0..40 {
        let mut bench = Bench::on(World::seeded(seed));
        for step in 0..150 {
            let world = Rc::clone(&bench.world);
            let name = format!("step {step} of seed {seed}");
            world.pass(world.below(30_000) as i64);
            if world.below(4) == 0 {
                world.plan(world.below(8), Fault::Refused);
            }
            bench.queue.script().afterwards(match world.below(3) {
                0 => Taken::No,
                1 => Taken::YesUnheard,
                _ => Taken::Yes,
            });
            let known = format!("msg_{}", world.below(step + 1));
            let outcome = if bench.disk.rings(world.now()) {
                let outcome = block_on(bench.inbox.on_alarm(&bench.queue));
                if outcome.is_err() {
                    // What the object's shell does.
                    bench.disk.set_alarm(world.now() + 10_000);
                }
                outcome
            } else {
                match world.below(5) {
                    0 => block_on(bench.inbox.drain(&bench.queue)),
                    1 => bench.inbox.confirm(&[known]),
                    2 => {
                        world.call_off();
                        bench.reopen();
                        Ok(())
                    }
                    _ => {
                        let mut arrival = arrival(&[&known], &format!("msg_{step}"));
                        arrival.ttl_ms = 60_000;
                        bench.inbox.accept(arrival).map(|_| ())
                    }
                }
            };
            world.call_off();
            if outcome.is_ok() {
                bench.assert_armed(&name);
            }
        }
    }
}
