//! Room for large bodies: who has how much of it, and who yields.
//!
//! Whose a body is, is known when all of it has come. So anybody could begin large ones, let them trickle,
//! and keep every other out for as long as it likes. Where there is no room, those yield that come more
//! slowly than any provider sends; and what has not come in [`LIMIT`] is waited for no longer.
//!
//! Nobody is woken by another: the runtime lets no request do the work of another one. Who is to yield
//! sees so by itself, and who needs the room looks again.

use std::cell::{Cell, RefCell};
use std::thread::LocalKey;
use std::time::Duration;

use futures_util::future::{Either, LocalBoxFuture, select};
use hookgate_relay::port::Millis;
use worker::Delay;

use super::answer::Refusal;
use crate::store::now;

/// From the first byte to the last. Providers give up earlier.
const LIMIT: Millis = 100_000;

/// How often one looks whether it is to yield, or whether others have.
const LOOK: Duration = Duration::from_millis(250);

/// How often one looks for room before it gives up.
const LOOKS: u32 = 6;

/// Bytes a second of those that need not yield: a body of 25 MiB comes within [`LIMIT`].
const PACE: u64 = 256 * 1024;

/// Bytes that everybody counts as having sent, so that nobody yields who has just begun.
const HEAD_START: u64 = 128 * 1024;

/// What there is of something.
pub(super) struct Room {
    capacity: usize,
    /// How many shares there ever were.
    begun: Cell<u64>,
    holders: RefCell<Vec<Holder>>,
}

struct Holder {
    key: u64,
    size: usize,
    /// When it began to come, or first had room.
    since: Millis,
    received: usize,
    is_arriving: bool,
    is_to_yield: bool,
}

impl Holder {
    /// Whether its room will be free soon: it has some, and was told to give it up, or is slow.
    fn yields(&self, now: Millis) -> bool {
        let elapsed = u64::try_from(now - self.since).unwrap_or(0);
        let expected = PACE.saturating_mul(elapsed) / 1000;
        let is_slow = self.received as u64 + HEAD_START < expected;
        self.size > 0 && self.is_arriving && (self.is_to_yield || is_slow)
    }
}

/// What somebody is told who asks for room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Yes,
    /// Others yield: soon there will be.
    Soon,
    No,
}

impl Room {
    pub(super) const fn of(capacity: usize) -> Self {
        Self {
            capacity,
            begun: Cell::new(0),
            holders: RefCell::new(Vec::new()),
        }
    }

    /// Whether `key`, of which so many bytes have come, may have `size`. It may if there is as much. If
    /// there is once others have yielded, those are told to; else all of them keep what they have.
    fn ask(&self, key: u64, size: usize, received: usize, now: Millis) -> Told {
        let mut holders = self.holders.borrow_mut();
        let Some(at) = holders.iter().position(|holder| holder.key == key) else {
            return Told::No;
        };
        holders[at].received = received;
        if size <= holders[at].size {
            return Told::Yes;
        }
        let before = std::mem::replace(&mut holders[at].size, size);
        let mut total: usize = holders.iter().map(|holder| holder.size).sum();
        if total <= self.capacity {
            if before == 0 {
                // What it waited for room is not its sender's slowness.
                holders[at].since = now;
            }
            return Told::Yes;
        }
        holders[at].size = before;
        let mut yielding = vec![];
        for (other, holder) in holders.iter().enumerate() {
            if total > self.capacity && other != at && holder.yields(now) {
                total -= holder.size;
                yielding.push(other);
            }
        }
        if total > self.capacity {
            return Told::No;
        }
        for other in yielding {
            holders[other].is_to_yield = true;
        }
        Told::Soon
    }
}

/// A share of what there is; it is given back when it is dropped.
pub(super) struct Share {
    of: &'static LocalKey<Room>,
    key: u64,
}

impl Share {
    /// Of nothing yet, for a body that begins to come.
    pub(super) fn begin(of: &'static LocalKey<Room>, now: Millis) -> Self {
        let key = of.with(|room| {
            let key = room.begun.get();
            room.begun.set(key + 1);
            room.holders.borrow_mut().push(Holder {
                key,
                size: 0,
                since: now,
                received: 0,
                is_arriving: true,
                is_to_yield: false,
            });
            key
        });
        Self { of, key }
    }

    fn ask(&self, size: usize, received: usize, now: Millis) -> Told {
        self.of.with(|room| room.ask(self.key, size, received, now))
    }

    /// Whether there is room for `size`, now that so many bytes have come; others may have to yield first.
    pub(super) async fn hold(&self, size: usize, received: usize) -> bool {
        for _ in 0..LOOKS {
            match self.ask(size, received, now()) {
                Told::Yes => return true,
                Told::No => return false,
                Told::Soon => Delay::from(LOOK).await,
            }
        }
        false
    }

    /// All of the body has come: it yields no more.
    pub(super) fn arrived(&self) {
        self.with_own(|own| own.is_arriving = false);
    }

    fn with_own<T>(&self, with: impl FnOnce(&mut Holder) -> T) -> Option<T> {
        self.of.with(|room| {
            let mut holders = room.holders.borrow_mut();
            let own = holders.iter_mut().find(|holder| holder.key == self.key);
            own.map(with)
        })
    }

    /// What becomes of a body that is coming, unless it takes too long, or has to yield. Boxed, as in
    /// `store/patience.rs`.
    pub(super) async fn in_time<T>(
        &self,
        mut coming: LocalBoxFuture<'_, Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        loop {
            coming = match select(coming, Delay::from(LOOK)).await {
                Either::Left((outcome, _)) => return outcome,
                Either::Right((_, coming)) => coming,
            };
            let state = self.with_own(|own| (own.is_to_yield && own.is_arriving, own.since));
            match state {
                Some((true, _)) => return Err(Refusal::Busy),
                Some((_, since)) if now() - since > LIMIT => return Err(Refusal::Interrupted),
                _ => {}
            }
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.with(|room| {
            let mut holders = room.holders.borrow_mut();
            holders.retain(|holder| holder.key != self.key);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: usize = 1024;

    thread_local! {
        static ROOM: Room = const { Room::of(1000 * KIB) };
    }

    fn is_to_yield(share: &Share) -> bool {
        share.with_own(|own| own.is_to_yield).expect("it is there")
    }

    #[test]
    fn there_is_so_much_room_and_it_is_given_back() {
        let largest = Share::begin(&ROOM, 0);
        assert_eq!(largest.ask(1000 * KIB, 0, 0), Told::Yes);
        let small = Share::begin(&ROOM, 0);
        assert_eq!(small.ask(1, 0, 0), Told::No);
        drop(largest);
        assert_eq!(small.ask(KIB, 0, 0), Told::Yes);
        let shares: Vec<_> = (0..9).map(|_| Share::begin(&ROOM, 0)).collect();
        let has_room = |share: &Share| share.ask(111 * KIB, 0, 0) == Told::Yes;
        assert!(shares.iter().all(has_room), "1 and 999 are taken");
        assert_eq!(small.ask(KIB + 1, 0, 0), Told::No);
    }

    #[test]
    fn who_grows_is_counted_once() {
        let share = Share::begin(&ROOM, 0);
        for size in [200, 800, 1000] {
            assert_eq!(share.ask(size * KIB, 0, 0), Told::Yes, "{size}");
        }
        assert_eq!(share.ask(1001 * KIB, 0, 0), Told::No);
    }

    #[test]
    fn a_body_that_trickles_yields_to_who_needs_the_room_and_one_that_comes_does_not() {
        let [slow, fast] = [0, 0].map(|since| Share::begin(&ROOM, since));
        assert_eq!(slow.ask(500 * KIB, 0, 0), Told::Yes);
        assert_eq!(fast.ask(500 * KIB, 0, 0), Told::Yes);
        // 256 KiB a second, and 128 of a head start.
        slow.ask(500 * KIB, 384 * KIB - 1, 2000);
        fast.ask(500 * KIB, 384 * KIB, 2000);
        let next = Share::begin(&ROOM, 2000);
        assert_eq!(next.ask(501 * KIB, 0, 2000), Told::No, "both would have to");
        assert!(!is_to_yield(&slow));
        assert_eq!(next.ask(500 * KIB, 0, 2000), Told::Soon);
        assert!(is_to_yield(&slow) && !is_to_yield(&fast));
        // It is still there, and its memory with it.
        assert_eq!(next.ask(500 * KIB, 0, 2000), Told::Soon);
        drop(slow);
        assert_eq!(next.ask(500 * KIB, 0, 2000), Told::Yes);
        assert_eq!(next.ask(501 * KIB, 0, 2000), Told::No);
    }

    #[test]
    fn who_has_just_begun_and_who_has_all_of_its_body_does_not_yield() {
        let begun = Share::begin(&ROOM, 0);
        assert_eq!(begun.ask(1000 * KIB, 0, 0), Told::Yes);
        let next = Share::begin(&ROOM, 0);
        assert_eq!(next.ask(1, 0, 500), Told::No);
        begun.arrived();
        assert_eq!(next.ask(1, 0, 60_000), Told::No);
    }
    #[test]
    fn who_was_told_to_yield_and_has_all_of_its_body_after_all_keeps_others_from_waiting_for_it() {
        let [quick, slow] = [0, 0].map(|since| Share::begin(&ROOM, since));
        assert_eq!(quick.ask(500 * KIB, 0, 0), Told::Yes);
        assert_eq!(slow.ask(500 * KIB, 0, 0), Told::Yes);
        let next = Share::begin(&ROOM, 2000);
        assert_eq!(next.ask(500 * KIB, 0, 2000), Told::Soon);
        assert!(is_to_yield(&quick) && !is_to_yield(&slow));
        quick.arrived();
        assert_eq!(next.ask(500 * KIB, 0, 2000), Told::Soon);
        assert!(is_to_yield(&slow), "nobody was told in its place");
    }

    #[test]
    fn who_waits_for_room_is_not_slow() {
        let waiting = Share::begin(&ROOM, 0);
        let largest = Share::begin(&ROOM, 0);
        assert_eq!(largest.ask(1000 * KIB, 0, 0), Told::Yes);
        largest.arrived();
        let next = Share::begin(&ROOM, 2000);
        assert_eq!(next.ask(KIB, 0, 2000), Told::No);
        assert!(!is_to_yield(&waiting), "it has nothing to give");
        drop(largest);
        assert_eq!(waiting.ask(1000 * KIB, 0, 2000), Told::Yes);
        assert_eq!(next.ask(KIB, 0, 2500), Told::No, "it has just begun");
    }
}
