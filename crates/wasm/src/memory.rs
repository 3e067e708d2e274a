//! What lives between two calls: the buffer of arguments, the buffer of answers, and the verifiers.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::UnsafeCell;

use zeroize::Zeroize as _;

use crate::calls::{Failure, Prepared};

/// Room that was larger is given back once less is asked for: one large body must not keep it for
/// good.
const KEPT: usize = 1 << 20;

#[derive(Default)]
pub(crate) struct Memory {
    /// The room that JavaScript writes arguments into; each call says how much of it they take.
    input: Vec<u8>,
    pub(crate) output: Vec<u8>,
    /// Of the last verdict, in unix seconds.
    pub(crate) timestamp: u64,
    /// By their number less one.
    verifiers: Vec<Option<Box<Prepared>>>,
}

struct Global(UnsafeCell<Option<Memory>>);

// SAFETY: a module of WebAssembly has one thread, and JavaScript enters it by one call at a time.
unsafe impl Sync for Global {}

static MEMORY: Global = Global(UnsafeCell::new(None));

/// Runs one call.
pub(crate) fn with<T>(call: impl FnOnce(&mut Memory) -> T) -> T {
    // SAFETY: no export calls another one. `judge` alone calls JavaScript, whose `inner` hashes and
    // calls no export (`npm/src/module.js`); so this is the only reference.
    let memory = unsafe { &mut *MEMORY.0.get() };
    call(memory.get_or_insert_default())
}

impl Memory {
    pub(crate) fn room(&mut self, length: usize) -> *mut u8 {
        if self.input.len() > KEPT && length < KEPT {
            self.input = Vec::new();
        }
        if self.input.len() < length {
            self.input.resize(length, 0);
        }
        self.input.as_mut_ptr()
    }

    pub(crate) fn arguments(&self, length: usize) -> &[u8] {
        self.input.get(..length).unwrap_or_default()
    }

    pub(crate) fn wipe(&mut self, length: usize) {
        if let Some(arguments) = self.input.get_mut(..length) {
            arguments.zeroize();
        }
    }

    pub(crate) fn keep(&mut self, verifier: Box<Prepared>) -> usize {
        let free = self.verifiers.iter().position(Option::is_none);
        let index = free.unwrap_or(self.verifiers.len());
        match self.verifiers.get_mut(index) {
            Some(place) => *place = Some(verifier),
            None => self.verifiers.push(Some(verifier)),
        }
        index + 1
    }

    pub(crate) fn release(&mut self, number: usize) {
        if let Some(place) = self.verifiers.get_mut(number.wrapping_sub(1)) {
            *place = None;
        }
    }

    /// A verifier, and the arguments of a call.
    pub(crate) fn call(
        &mut self,
        number: usize,
        length: usize,
    ) -> Result<(&mut Prepared, &[u8]), Failure> {
        match self.verifiers.get_mut(number.wrapping_sub(1)) {
            Some(Some(prepared)) => Ok((prepared, self.input.get(..length).unwrap_or_default())),
            _ => Err(Failure::unknown_verifier()),
        }
    }

    /// One call of a verifier that answers with fields.
    pub(crate) fn answer(
        &mut self,
        number: usize,
        length: usize,
        call: impl FnOnce(&mut Prepared, &[u8]) -> Result<Vec<u8>, Failure>,
    ) -> u32 {
        let result = self
            .call(number, length)
            .and_then(|(prepared, input)| call(prepared, input));
        self.finish(result)
    }

    /// 0 with an answer in the output, or 1 with an error.
    pub(crate) fn finish(&mut self, result: Result<Vec<u8>, Failure>) -> u32 {
        match result {
            Ok(answer) => {
                self.output = answer;
                0
            }
            Err(failure) => {
                failure.write(&mut self.output);
                1
            }
        }
    }
}
