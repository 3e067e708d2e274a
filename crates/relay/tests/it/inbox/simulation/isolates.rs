//! The isolates at the edge: each knows the source's record as it was some time ago.

use std::cell::RefCell;

use hookgate::Verified;
use hookgate_relay::admission::claims::Name;
use hookgate_relay::admission::layout::{MOST_FORMER, STALE_MS};
use hookgate_relay::admission::{Claims, Dedup, DedupStore};
use hookgate_relay::port::Millis;

use crate::admission::verified;
use crate::host::World;

/// Shards at most, in these simulations.
pub(super) const SHARDS: u64 = 3;
const COUNT: usize = 3;

pub(super) struct Isolates {
    /// The record, and each isolate's copy of it.
    record: RefCell<Dedup>,
    known: RefCell<[Dedup; COUNT]>,
    changed_at: RefCell<Millis>,
    event: Verified,
}

impl Isolates {
    pub(super) fn new(dice: &World) -> Self {
        let record = Dedup {
            store: DedupStore::DurableObject,
            shards: any_number(dice),
            ..Dedup::default()
        };
        Self {
            known: RefCell::new([(); COUNT].map(|()| record.clone())),
            record: RefCell::new(record),
            changed_at: RefCell::new(dice.now()),
            event: verified("standard", "evt"),
        }
    }

    /// The operator chooses another number of shards.
    pub(super) fn change_shards(&self, dice: &World) {
        let mut record = self.record.borrow_mut();
        if record.past.former.len() < MOST_FORMER {
            let next = Dedup {
                shards: any_number(dice),
                ..record.clone()
            };
            *record = record.changed_to(next, dice.now()).expect("not too often");
            self.changed_at.replace(dice.now());
        }
    }

    /// One of them reads the record again; when it is old enough, all do.
    pub(super) fn learn(&self, dice: &World) {
        let record = self.record.borrow();
        let mut known = self.known.borrow_mut();
        let late = dice.now() - *self.changed_at.borrow() > STALE_MS / 2;
        let one = dice.below(COUNT as u64 * 8) as usize;
        for (at, copy) in known.iter_mut().enumerate() {
            if late || at == one {
                *copy = record.clone();
            }
        }
    }

    pub(super) fn known_to_one(&self, dice: &World) -> Dedup {
        self.known.borrow()[dice.below(COUNT as u64) as usize].clone()
    }

    /// The claims of an event with this id, which this signature covers, or none does.
    pub(super) fn claims(&self, id: &str, signature: Option<u64>) -> Claims {
        let mut event = self.event.clone();
        if let Some(signature) = signature {
            event.signature = signature.to_be_bytes().to_vec();
        }
        let name = Name {
            text: id,
            signed: signature.is_none(),
            chosen: false,
        };
        Claims::named(Some(name), &event, None, || [0; 32])
    }
}

fn any_number(dice: &World) -> u8 {
    1 + dice.below(SHARDS) as u8
}
