//! Work that one does at a time, and that nobody holds for ever.
//!
//! A turn ends when it is dropped. One that is neither dropped nor heard of (its call never settled,
//! or the runtime forgot its future) is lost after a while: the next who asks takes over, and the
//! former finds out when it comes back.

use std::cell::Cell;

use crate::port::Millis;

/// Whose turn it is.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// Counts the turns: the last one given is the one that holds.
    number: Cell<u64>,
    /// When the holder was last heard of.
    heard: Cell<Option<Millis>>,
}

/// A turn; dropping it ends it.
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    number: u64,
}

impl Turns {
    /// A turn, unless another holds one and was heard of less than `patience` ago.
    pub(crate) fn take(&self, now: Millis, patience: Millis) -> Option<Turn<'_>> {
        if let Some(heard) = self.heard.get() {
            if now < heard {
                // The clock was set back: the holder's time runs from here.
                self.heard.set(Some(now));
                return None;
            }
            if now - heard < patience {
                return None;
            }
        }
        let number = self.number.get() + 1;
        self.number.set(number);
        self.heard.set(Some(now));
        Some(Turn {
            turns: self,
            number,
        })
    }

    /// Whether somebody holds a turn, lost or not.
    pub(crate) fn is_taken(&self) -> bool {
        self.heard.get().is_some()
    }
}

impl Turn<'_> {
    /// Tells that the holder is alive; `false` when another has taken over.
    pub(crate) fn goes_on(&self, now: Millis) -> bool {
        let holds = self.number == self.turns.number.get();
        if holds {
            self.turns.heard.set(Some(now));
        }
        holds
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.number == self.turns.number.get() {
            self.turns.heard.set(None);
        }
    }
}
