//! What grows with what an object holds, and what must not: natively, on SQLite in a file, with the
//! statements of the Worker.
//!
//! An inbox admits events with nothing, 10,000, 100,000 and 1,000,000 live claims in it; an endpoint's
//! alarm sends ten deliveries of 10, 10,000 and 1,000,000 stored ones. The files are measured in turns, so
//! that what disturbs the machine disturbs all alike. Nothing is judged here: the figures are medians,
//! and what they are beside the smallest.
//!
//!     npm run bench -- objects [--quick] [--json]
//!
//! Not for what the runtime adds to it: that is `npm run bench -- ingest` and `-- send`.

mod endpoint;
mod host;
mod inbox;

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// One row of the table.
struct Figure {
    name: String,
    held: usize,
    micros: f64,
}

fn main() {
    let asked = |flag: &str| std::env::args().any(|argument| argument == flag);
    let most = if asked("--quick") { 100_000 } else { 1_000_000 };
    let folder = std::env::temp_dir().join(format!("hookgate-objects-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the files");
    let mut figures = inbox::measure(&folder, most);
    figures.extend(endpoint::measure(&folder, most));
    std::fs::remove_dir_all(&folder).expect("to clear away");
    if asked("--json") {
        let rows: Vec<_> = figures
            .iter()
            .map(|row| serde_json::json!({ "name": row.name, "held": row.held, "micros": row.micros }))
            .collect();
        println!("{}", serde_json::json!({ "unit": "µs", "rows": rows }));
        return;
    }
    println!("{:<44}{:>12}{:>12}{:>10}", "", "held", "µs", "ratio");
    let mut first: Option<&Figure> = None;
    for row in &figures {
        if first.is_none_or(|first| first.name != row.name) {
            first = Some(row);
        }
        let ratio = row.micros / first.map_or(row.micros, |first| first.micros);
        println!(
            "{:<44}{:>12}{:>12.1}{:>10.2}",
            row.name, row.held, row.micros, ratio
        );
    }
}

/// The median time of each of `candidates` over so many rounds, taken in turns.
fn in_turns<T>(
    candidates: &mut [T],
    rounds: usize,
    run: impl Fn(&mut T) -> Duration,
) -> Vec<Duration> {
    let mut times = vec![vec![]; candidates.len()];
    for _ in 0..rounds {
        for (candidate, times) in candidates.iter_mut().zip(&mut times) {
            times.push(run(candidate));
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2]
    };
    times.into_iter().map(median).collect()
}

/// How long `work` takes.
fn time(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

fn file(folder: &std::path::Path, kind: &str, held: usize) -> PathBuf {
    folder.join(format!("{kind}-{held}.sqlite"))
}
