//! The verifier as a WebAssembly module: a few functions over one buffer, no bindings generator.
//!
//! JavaScript asks for room with [`input`], writes a call's arguments there (`frame.rs` says how),
//! calls, and reads the answer where [`output`] says. Nothing here decides anything: every verdict is
//! the crate's. Two codes are the module's own: `unknown_verifier`, of a number that was released, and
//! `missing_argument`, where a secret, a header's name or its value is absent. A call either answers 0, with its result in the output, or 1, with the error's code
//! and message.
//!
//! There is no standard library in the module: a panic, which no input can cause, is a trap without
//! the text that would weigh more than all schemes.

#![cfg_attr(target_arch = "wasm32", no_std)]
#![allow(unsafe_code)] // exported names, and what lies below `memory` and `allocator`; nowhere else

extern crate alloc;

#[cfg(any(target_arch = "wasm32", test))]
mod allocator;
mod calls;
mod frame;
mod memory;

use alloc::boxed::Box;

use memory::with;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator::new();

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Room for `length` bytes of arguments: where it starts. Valid until the next call of `input`.
#[unsafe(no_mangle)]
pub extern "C" fn input(length: usize) -> *mut u8 {
    with(|memory| memory.room(length))
}

/// Where the last answer starts. Valid until the next call that answers.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    with(|memory| memory.output.as_ptr())
}

/// How many bytes the last answer has.
#[unsafe(no_mangle)]
pub extern "C" fn output_length() -> usize {
    with(|memory| memory.output.len())
}

/// Prepares a scheme with its secrets: a number for it above 0, or 0 and an error. The arguments are
/// wiped.
#[unsafe(no_mangle)]
pub extern "C" fn verifier() -> usize {
    with(|memory| {
        let made = calls::verifier(&memory.input);
        memory.wipe_input();
        match made {
            Ok(verifier) => memory.keep(Box::new(verifier)),
            Err(error) => {
                error.write(&mut memory.output);
                0
            }
        }
    })
}

/// Forgets what `verifier` made; its keys are wiped.
#[unsafe(no_mangle)]
pub extern "C" fn release(verifier: usize) {
    with(|memory| memory.release(verifier));
}

/// Judges a request at `now`, in unix seconds; what is no number counts as 0.
#[unsafe(no_mangle)]
pub extern "C" fn verify(verifier: usize, now: f64) -> u32 {
    with(|memory| {
        memory.answer(verifier, |verifier, input| {
            calls::verify(verifier, input, now as u64)
        })
    })
}

/// As `verify`, for a request that may be a handshake.
#[cfg(feature = "full")]
#[unsafe(no_mangle)]
pub extern "C" fn receive(verifier: usize, now: f64) -> u32 {
    with(|memory| {
        memory.answer(verifier, |verifier, input| {
            calls::receive(verifier, input, now as u64)
        })
    })
}

/// The signed form of an outgoing event, sent at `now`.
#[cfg(feature = "full")]
#[unsafe(no_mangle)]
pub extern "C" fn sign(verifier: usize, now: f64) -> u32 {
    with(|memory| {
        memory.answer(verifier, |verifier, input| {
            calls::sign(verifier, input, now as u64)
        })
    })
}

/// Hands in the certificate that a refusal `needs_certificate` asked for.
#[cfg(feature = "full")]
#[unsafe(no_mangle)]
pub extern "C" fn add_certificate(verifier: usize, now: f64) -> u32 {
    with(|memory| {
        memory.answer(verifier, |verifier, input| {
            calls::add_certificate(verifier, input, now as u64)
        })
    })
}

/// Why a request is refused at `now`: works too where `verifier` answers with an error. The arguments
/// are wiped.
#[cfg(feature = "full")]
#[unsafe(no_mangle)]
pub extern "C" fn explain(now: f64) -> u32 {
    with(|memory| {
        let explained = calls::explain(&memory.input, now as u64);
        memory.wipe_input();
        memory.finish(explained)
    })
}

/// The names of all schemes of this build.
#[unsafe(no_mangle)]
pub extern "C" fn schemes() -> u32 {
    with(|memory| {
        calls::schemes(&mut memory.output);
        0
    })
}
