//! Measures whether the time of a refusal tells how far a signature was right: Welch's t-test
//! between two classes of requests, after dudect (Reparaz, Balasch and Verbauwhede, 2017).
//!
//! Each row has two classes that are refused alike: a signature that is wrong in its last byte
//! alone, and one that is wrong from its first. They come in random order, through one and the same
//! buffer, and the slowest calls are cropped away at several percentiles, of which the largest |t|
//! counts. Above 10 a leak is all but certain, below 4.5 there is no sign of one. The controls
//! compare with `==` byte by byte, as the verifier does not: they must come out above 10, or the
//! machine was too noisy to see anything.
//!
//! Not measured is whether a refusal tells the length of a static token: its SHA-256 is made at set-up,
//! and nothing that a call does depends on more than these 32 bytes. Two verifiers, which such a row
//! would need, differ by more through their places in memory, one way or the other.
//!
//! A figure and never a verdict of the tests: it depends on the machine and on what else runs there.
//!
//! ```sh
//! npm run bench -- timing             # three times 200,000 calls for each row
//! npm run bench -- timing 1000000
//! ```

#![allow(clippy::disallowed_methods, reason = "what is measured here is time")]

mod dice;
mod rows;
mod welch;

use std::hint::black_box;
use std::sync::atomic::{Ordering, fence};
use std::time::Instant;

use dice::Dice;
use rows::{Row, rows};
use welch::largest_t;

/// Each row is measured three times, and the middle one counts: a leak shows in all of them, a mood
/// of the processor that favours one class now and then in one.
const SEEDS: [u64; 3] = [
    0x9e37_79b9_7f4a_7c15,
    0xbf58_476d_1ce4_e5b9,
    0x94d0_49bb_1331_11eb,
];

fn main() {
    let calls = std::env::args().nth(1).and_then(|calls| calls.parse().ok());
    let calls: usize = calls.unwrap_or(200_000);
    println!(
        "{:<52} {:>9} {:>9} {:>9}",
        "right up to the last byte, or wrong from the first", "median ns", "median ns", "|t|"
    );
    let mut blind = 0;
    for row in rows() {
        let mut measured = SEEDS.map(|seed| {
            let [mut one, mut other] = measure(&row, calls, seed);
            (largest_t(&mut one, &mut other), one, other)
        });
        measured.sort_by(|(t, ..), (other, ..)| t.total_cmp(other));
        let [_, (t, one, other), _] = measured;
        // `largest_t` leaves them sorted.
        let median = |times: &[f64]| times.get(times.len() / 2).copied().unwrap_or(0.0);
        let verdict = match (row.is_control, t) {
            (true, ..=10.0) => "  the control shows nothing",
            (false, 10.0..) => "  a leak?",
            _ => "",
        };
        blind += usize::from(row.is_control && t <= 10.0);
        println!(
            "{:<52} {:>9.0} {:>9.0} {t:>9.2}{verdict}",
            row.name,
            median(&one),
            median(&other)
        );
    }
    if blind > 0 {
        println!(
            "\nThe figures say nothing: run it again on a quieter machine, or with more calls."
        );
    }
}

/// The times of both classes, in nanoseconds.
fn measure(row: &Row, calls: usize, seed: u64) -> [Vec<f64>; 2] {
    let mut dice = Dice(seed);
    let mut times = [Vec::with_capacity(calls), Vec::with_capacity(calls)];
    let mut buffer = row.classes[0].clone();
    // The first calls warm caches and predictors.
    for call in 0..calls + calls / 10 {
        let class = dice.below(2);
        fill(&mut buffer, &row.classes, class);
        // Nothing of it is under way any more when the clock starts.
        fence(Ordering::SeqCst);
        let started = Instant::now();
        black_box((row.judge)(black_box(&buffer)));
        let took = started.elapsed();
        if call >= calls / 10 {
            times[class].push(took.as_nanos() as f64);
        }
    }
    times
}

/// Puts one of the classes into the buffer, by reading both: which one it is must not be told by the
/// memory that was touched.
#[inline(never)]
fn fill(buffer: &mut [u8], [one, other]: &[Vec<u8>; 2], class: usize) {
    let mask = black_box(class as u8).wrapping_neg();
    for (byte, (one, other)) in buffer.iter_mut().zip(one.iter().zip(other)) {
        *byte = one ^ (mask & (one ^ other));
    }
}
