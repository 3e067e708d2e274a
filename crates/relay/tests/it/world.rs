//! Time, dice and faults of one test: a virtual clock, seeded dice, and a fault or a crash at any
//! chosen call of a port.

use std::cell::Cell;
use std::rc::Rc;

use hookgate_relay::port::{Millis, Random, Unavailable};

use crate::host::{Disk, TestHost};

/// When every test begins: 2026-03-17T09:00:00Z.
pub(crate) const START: Millis = 1_773_738_000_000;

/// How one call of a port goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails and had no effect.
    Refused,
    /// It took effect, and fails all the same.
    Misreported,
    /// The process dies before it had an effect.
    KilledBefore,
    /// The process dies after it took effect.
    KilledAfter,
}

/// Time, dice and faults, shared by all that runs in one test.
pub(crate) struct World {
    now: Cell<Millis>,
    seed: Cell<u64>,
    loaded: Cell<Option<u8>>,
    calls: Cell<u64>,
    left: Cell<u64>,
    planned: Cell<Option<(u64, Fault)>>,
    life: Cell<u64>,
}

impl World {
    pub(crate) fn new() -> Rc<Self> {
        Self::seeded(1)
    }

    pub(crate) fn seeded(seed: u64) -> Rc<Self> {
        Rc::new(Self {
            now: Cell::new(START),
            seed: Cell::new(seed),
            loaded: Cell::new(None),
            calls: Cell::new(0),
            left: Cell::new(u64::MAX),
            planned: Cell::new(None),
            life: Cell::new(0),
        })
    }

    /// The ports of a machine on `disk`.
    pub(crate) fn host(self: &Rc<Self>, disk: &Rc<Disk>) -> TestHost {
        TestHost::new(Rc::clone(self), Rc::clone(disk), self.life.get())
    }

    pub(crate) fn now(&self) -> Millis {
        self.now.get()
    }

    /// Moves the clock; a negative step is a clock that was set back.
    pub(crate) fn pass(&self, ms: Millis) {
        self.now.set(self.now.get() + ms);
    }

    /// Moves the clock to `at`, unless it is past that already.
    pub(crate) fn reach(&self, at: Millis) {
        self.now.set(self.now.get().max(at));
    }

    /// From now on every die shows this byte.
    pub(crate) fn load_dice(&self, byte: u8) {
        self.loaded.set(Some(byte));
    }

    /// The call of a port that follows after `skip` others goes wrong, once.
    pub(crate) fn plan(&self, skip: u64, fault: Fault) {
        self.planned.set(Some((self.calls.get() + skip, fault)));
    }

    /// Whether the planned fault is still to come; it is called off.
    pub(crate) fn call_off(&self) -> bool {
        self.planned.take().is_some()
    }

    /// Whether a planned fault is still to come.
    pub(crate) fn is_planned(&self) -> bool {
        self.planned.get().is_some()
    }

    /// The process dies, between two calls.
    pub(crate) fn kill(&self) {
        self.life.set(self.life.get() + 1);
    }

    /// Counts the lives of the process: every machine of an earlier life is dead.
    pub(crate) fn life(&self) -> u64 {
        self.life.get()
    }

    /// So many more calls of ports may come, of dead machines too; one more is a panic.
    pub(crate) fn allow(&self, calls: u64) {
        self.left.set(calls);
    }

    /// One call of a port by a machine of that life.
    pub(crate) fn port<T>(
        &self,
        life: u64,
        effect: impl FnOnce() -> Result<T, Unavailable>,
    ) -> Result<T, Unavailable> {
        let left = self.left.get().checked_sub(1);
        self.left.set(left.expect("a machine spins"));
        if life != self.life.get() {
            return Err(Unavailable::new("a call", "the process is dead"));
        }
        let index = self.calls.replace(self.calls.get() + 1);
        let Some((at, fault)) = self.planned.get().filter(|(at, _)| *at == index) else {
            return effect();
        };
        self.planned.set(None);
        if matches!(fault, Fault::Misreported | Fault::KilledAfter) {
            effect()?;
        }
        if matches!(fault, Fault::KilledBefore | Fault::KilledAfter) {
            self.life.set(life + 1);
        }
        Err(Unavailable::new("a call", format_args!("injected at {at}")))
    }

    fn roll(&self) -> u64 {
        // splitmix64
        let seed = self.seed.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.seed.set(seed);
        let z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.roll() % bound
    }
}

impl Random for World {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.loaded.get().unwrap_or_else(|| self.roll() as u8);
        }
    }
}
