//! What lives between two calls: the buffer of arguments, the buffer of answers, and the verifiers.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::UnsafeCell;

use hookgate::Verifier;
use zeroize::Zeroize as _;

use crate::calls::Failure;

/// An input buffer that once was larger is given back: one large body must not keep its room for
/// good.
const KEPT: usize = 1 << 20;

#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) input: Vec<u8>,
    pub(crate) output: Vec<u8>,
    /// By their number less one.
    verifiers: Vec<Option<Box<Verifier>>>,
}

struct Global(UnsafeCell<Option<Memory>>);

// SAFETY: a module of WebAssembly has one thread, and JavaScript enters it by one call at a time.
unsafe impl Sync for Global {}

static MEMORY: Global = Global(UnsafeCell::new(None));

/// Runs one call.
pub(crate) fn with<T>(call: impl FnOnce(&mut Memory) -> T) -> T {
    // SAFETY: no export calls another one, nor JavaScript, so that this is the only reference.
    let memory = unsafe { &mut *MEMORY.0.get() };
    call(memory.get_or_insert_default())
}

impl Memory {
    pub(crate) fn room(&mut self, length: usize) -> *mut u8 {
        if self.input.capacity() > KEPT && length < KEPT {
            self.input = Vec::new();
        }
        self.input.clear();
        self.input.resize(length, 0);
        self.input.as_mut_ptr()
    }

    pub(crate) fn wipe_input(&mut self) {
        self.input.zeroize();
    }

    pub(crate) fn keep(&mut self, verifier: Box<Verifier>) -> usize {
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

    /// One call of a verifier.
    pub(crate) fn answer(
        &mut self,
        number: usize,
        call: impl FnOnce(&mut Verifier, &[u8]) -> Result<Vec<u8>, Failure>,
    ) -> u32 {
        let verifier = self.verifiers.get_mut(number.wrapping_sub(1));
        let result = match verifier {
            Some(Some(verifier)) => call(verifier, &self.input),
            _ => Err(Failure::unknown_verifier()),
        };
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
