//! The receiving half under everything that can go wrong, seed after seed.
//!
//! Providers send and retry, copies and replays among it; inboxes drain to a queue that forgets; the
//! queue hands on to an application; the watch looks after lost alarms. Every call of a port may fail
//! before or after it took effect, or kill its object; sends may hang, for a while or for ever; the
//! number of shards is changed, of which some isolates hear late; the whole process may die. Then the storm ends, and within hours of virtual time all must be well.

mod books;
mod gateway;
mod isolates;
mod neighbours;

use gateway::Gateway;

use crate::seeds;

const SEEDS: u64 = 500;
const STORM_STEPS: u64 = 150;
/// Calm steps, of up to a minute each: the longest wait of a message is an hour.
const CALM_STEPS: u64 = 3_000;

#[test]
fn acknowledged_is_forwarded_and_admitted_once_whatever_goes_wrong() {
    seeds::run("inbox::simulation", SEEDS, simulate);
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
