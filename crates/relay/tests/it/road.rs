//! The whole road, natively: provider → inbox → queue → application → endpoints → receivers, with
//! a fault or a crash at any call on the way.

mod ledger;
mod ports;
mod town;

use std::collections::BTreeSet;

use town::{ENDPOINTS, Town};

use crate::host::{Fault, World};

/// What must be true when all is quiet, whatever went wrong on the way.
fn assert_delivered(town: &Town, name: &str) {
    for event in town.events() {
        let acknowledged: BTreeSet<&str> = event.acknowledged.iter().map(String::as_str).collect();
        assert_eq!(acknowledged.len(), 1, "{name}: one id for each event");
        let id = *acknowledged.first().expect("an id");
        for endpoint in ENDPOINTS {
            let state = town.delivery(endpoint, id);
            assert_eq!(state, Some(0), "{name}: {id} at {endpoint}");
        }
        let received: BTreeSet<_> = town.received_as(&event.key);
        let expected: BTreeSet<_> = ENDPOINTS
            .iter()
            .map(|&endpoint| (endpoint.to_owned(), id.to_owned()))
            .collect();
        assert_eq!(received, expected, "{name}: under one id");
    }
    assert_eq!(town.messages(), town.events().len() as i64, "{name}");
    assert_eq!(town.after_success.get(), 0, "{name}: sent after a success");
    assert_eq!(town.altered.get(), 0, "{name}: byte for byte");
}

#[test]
fn every_event_arrives_once_at_every_endpoint_byte_for_byte() {
    let town = Town::new(World::new(), 3);
    town.run("no fault");
    assert_delivered(&town, "no fault");
    assert_eq!(town.answers(), 3 * ENDPOINTS.len());
}

#[test]
fn acknowledged_is_durable_a_crash_at_any_call_delivers_under_one_id() {
    for fault in [Fault::KilledBefore, Fault::KilledAfter] {
        at_every_call(fault);
    }
}

#[test]
fn acknowledged_is_durable_a_failure_of_any_call_delivers_under_one_id() {
    for fault in [Fault::Refused, Fault::Misreported] {
        at_every_call(fault);
    }
}

/// One thing goes wrong, once, at each call in turn.
fn at_every_call(fault: Fault) {
    for skip in 0.. {
        let name = format!("{fault:?} at call {skip}");
        let town = Town::new(World::seeded(skip), 2);
        town.world.plan(skip, fault);
        town.run(&name);
        let reached = !town.world.call_off();
        assert_delivered(&town, &name);
        // One event may be received twice at one endpoint: when what went wrong hid its success.
        let answers = town.answers();
        let once = 2 * ENDPOINTS.len();
        assert!((once..=once + 1).contains(&answers), "{answers}, {name}");
        if !reached {
            assert!(skip > 100, "a road of {skip} calls");
            return;
        }
    }
}

#[test]
fn acknowledged_is_durable_when_things_go_wrong_again_and_again() {
    let faults = [
        Fault::Refused,
        Fault::Misreported,
        Fault::KilledBefore,
        Fault::KilledAfter,
    ];
    for seed in 0..30 {
        let name = format!("seed {seed}");
        let town = Town::new(World::seeded(seed), 4);
        for _ in 0..12 {
            let fault = faults[town.world.below(4) as usize];
            town.world.plan(town.world.below(60), fault);
            (0..5).for_each(|_| town.turn());
        }
        town.world.call_off();
        town.run(&name);
        assert_delivered(&town, &name);
    }
}

#[test]
fn a_receiver_that_is_down_for_an_hour_gets_everything_and_holds_up_nobody() {
    let town = Town::new(World::new(), 3);
    town.close("ep_b", 3_600_000);
    let closed_at = town.world.now();
    while town.world.now() < closed_at + 1_800_000 {
        town.turn();
    }
    let arrived = |endpoint: &str| {
        let events = town.events();
        let success = |id: &String| town.delivery(endpoint, id) == Some(0);
        events
            .iter()
            .filter(|event| success(&event.acknowledged[0]))
            .count()
    };
    assert_eq!((arrived("ep_a"), arrived("ep_b")), (3, 0));
    town.run("a receiver that was down");
    assert_delivered(&town, "a receiver that was down");
}
