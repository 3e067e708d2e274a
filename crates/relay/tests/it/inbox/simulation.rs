//! The receiving half under everything that can go wrong, seed after seed.
//!
//! Providers send and retry, copies and replays among it; inboxes drain to a queue that forgets; the
//! queue hands on to an application; the watch looks after lost alarms. Every call of a port may fail
//! before or after it took effect, or kill its object; sends may hang, for a while or for ever; the
//! whole process may die. Then the storm ends, and within hours of virtual time all must be well.
//!
//! `HOOKGATE_SEEDS=10000` runs so many seeds, `HOOKGATE_SEED=7` that one alone.

mod books;
mod gateway;
mod neighbours;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use gateway::Gateway;

const SEEDS: u64 = 500;
const STORM_STEPS: u64 = 150;
/// Calm steps, of up to a minute each: the longest wait of a message is an hour.
const CALM_STEPS: u64 = 3_000;

#[test]
fn acknowledged_is_forwarded_and_admitted_once_whatever_goes_wrong() {
    let number = |name| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().expect("a number"))
    };
    if let Some(seed) = number("HOOKGATE_SEED") {
        return simulate(seed);
    }
    let (next, seeds) = (AtomicU64::new(0), number("HOOKGATE_SEEDS").unwrap_or(SEEDS));
    let failed: Vec<u64> = thread::scope(|scope| {
        let work = || {
            let mut failed = vec![];
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds {
                    return failed;
                }
                if catch_unwind(AssertUnwindSafe(|| simulate(seed))).is_err() {
                    failed.push(seed);
                }
            }
        };
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        let failed = workers
            .into_iter()
            .map(|worker| worker.join().expect("a worker"));
        failed.flatten().collect()
    });
    assert!(
        failed.is_empty(),
        "{} of {seeds} seeds failed: {failed:?}; one alone: HOOKGATE_SEED={} cargo test -p hookgate-relay --test it inbox::simulation",
        failed.len(),
        failed[0],
    );
}

fn simulate(seed: u64) {
    let gateway = Gateway::new(seed);
    for step in 0..STORM_STEPS {
        gateway.brew();
        gateway.step();
        if step % 10 == 0 {
            gateway.assert_claims_and_events_go_together();
        }
    }
    gateway.calm_down();
    for _ in 0..CALM_STEPS {
        if gateway.is_quiet() {
            break;
        }
        gateway.step();
    }
    gateway.assert_all_is_well();
    gateway.outlive_the_claims();
    gateway.assert_nothing_is_left();
}
