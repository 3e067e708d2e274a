//! The seeds of a simulation: as many as are asked for, or one alone to look at.
//!
//! `HOOKGATE_SEEDS=10000` runs so many seeds, `HOOKGATE_SEED=7` that one alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Runs `simulate` with `usual` seeds, if the environment asks for no other number. `simulation` is
/// where it stands; a failure names the seeds, and how to run one alone.
pub(crate) fn run(simulation: &str, usual: u64, simulate: fn(u64)) {
    let number = |name| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().expect("a number"))
    };
    if let Some(seed) = number("HOOKGATE_SEED") {
        return simulate(seed);
    }
    let (next, seeds) = (AtomicU64::new(0), number("HOOKGATE_SEEDS").unwrap_or(usual));
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
        let threads = thread::available_parallelism().map_or(2, usize::from);
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let failed = workers
            .into_iter()
            .map(|worker| worker.join().expect("a worker"));
        failed.flatten().collect()
    });
    assert!(
        failed.is_empty(),
        "{} of {seeds} seeds failed: {failed:?}; one alone: HOOKGATE_SEED={} cargo test -p hookgate-relay --test it {simulation}",
        failed.len(),
        failed[0],
    );
}
