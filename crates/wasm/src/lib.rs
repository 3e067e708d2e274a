//! The verifier as a WebAssembly module: a few functions over one buffer, no bindings generator.
//!
//! JavaScript asks for room with [`room()`], writes a call's arguments there (`frame.rs` says how),
//! calls, and reads the answer where [`output`] says. Nothing here decides anything: every verdict is
//! the crate's. Two codes are the module's own: `unknown_verifier`, of a number that was released, and
//! `missing_argument`, where a secret, a header's name or its value is absent. A call either answers 0,
//! with its result in the output, or 1, with the error's code and message.
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
mod host;
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

/// Room for at least `length` bytes of arguments: where it starts. Valid until the next call of `room`;
/// what a call takes of it is the call's argument `length`.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *mut u8 {
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
/// wiped; the answer may hold keys, and the caller wipes it.
#[unsafe(no_mangle)]
pub extern "C" fn verifier(length: usize) -> usize {
    with(|memory| {
        let made = calls::verifier(memory.arguments(length));
        memory.wipe(length);
        match made {
            Ok((prepared, answer)) => {
                memory.output = answer;
                memory.keep(Box::new(prepared))
            }
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

/// Judges a request at `now`, in unix seconds; what is no number counts as 0. With `outside`, the body
/// is not among the arguments: the host hashes it, when it is asked.
///
/// 0 if it is refused, with the error. Else bit 0, bit 1 if it is protected from replay, bit 2 if it
/// has a timestamp, and from bit 3 the index of the secret. Id, type and events: `describe`.
#[unsafe(no_mangle)]
pub extern "C" fn judge(verifier: usize, length: usize, now: f64, outside: u32) -> u32 {
    with(|memory| {
        let judged = memory
            .call(verifier, length)
            .and_then(|(prepared, input)| calls::judge(prepared, input, now as u64, outside != 0));
        match judged {
            Ok(event) => {
                let has_timestamp = u32::from(event.timestamp.is_some());
                memory.timestamp = event.timestamp.unwrap_or_default();
                1 | u32::from(event.replay_protected) << 1
                    | has_timestamp << 2
                    | (event.key_index as u32) << 3
            }
            Err(failure) => {
                failure.write(&mut memory.output);
                0
            }
        }
    })
}

/// The timestamp of the last verdict, in unix seconds.
#[unsafe(no_mangle)]
pub extern "C" fn timestamp() -> f64 {
    with(|memory| memory.timestamp as f64)
}

/// Id, type and events of a request that `judge` has verified.
#[unsafe(no_mangle)]
pub extern "C" fn describe(verifier: usize, length: usize) -> u32 {
    with(|memory| memory.answer(verifier, length, calls::describe))
}

/// Judges a request, and reads everything that it says.
#[unsafe(no_mangle)]
pub extern "C" fn verify(verifier: usize, length: usize, now: f64) -> u32 {
    with(|memory| {
        memory.answer(verifier, length, |prepared, input| {
            calls::verify(prepared, input, now as u64)
        })
    })
}

/// As `verify`, for a request that may be a handshake.
#[cfg(feature = "full")]
#[unsafe(no_mangle)]
pub extern "C" fn receive(verifier: usize, length: usize, now: f64) -> u32 {
    with(|memory| {
        memory.answer(verifier, length, |prepared, input| {
            calls::receive(prepared, input, now as u64)
        })
    })
}

/// What to do about a request if it is a handshake.
#[cfg(feature = "full")]
#[unsafe(no_mangle)]
pub extern "C" fn handshake(verifier: usize, length: usize, now: f64) -> u32 {
    with(|memory| {
        memory.answer(verifier, length, |prepared, input| {
            calls::handshake(prepared, input, now as u64)
        })
    })
}

/// The signed form of an outgoing event, sent at `now`.
#[cfg(feature = "full")]
#[unsafe(no_mangle)]
pub extern "C" fn sign(verifier: usize, length: usize, now: f64) -> u32 {
    with(|memory| {
        memory.answer(verifier, length, |prepared, input| {
            calls::sign(prepared, input, now as u64)
        })
    })
}

/// Hands in the certificate that a refusal `needs_certificate` asked for.
#[cfg(feature = "full")]
#[unsafe(no_mangle)]
pub extern "C" fn add_certificate(verifier: usize, length: usize, now: f64) -> u32 {
    with(|memory| {
        memory.answer(verifier, length, |prepared, input| {
            calls::add_certificate(prepared, input, now as u64)
        })
    })
}

/// Why a request is refused at `now`: works too where `verifier` answers with an error. The arguments
/// are wiped.
#[cfg(feature = "full")]
#[unsafe(no_mangle)]
pub extern "C" fn explain(length: usize, now: f64) -> u32 {
    with(|memory| {
        let explained = calls::explain(memory.arguments(length), now as u64);
        memory.wipe(length);
        memory.finish(explained)
    })
}

/// What there is to know of all schemes of this build.
#[unsafe(no_mangle)]
pub extern "C" fn schemes() -> u32 {
    with(|memory| {
        calls::schemes(&mut memory.output);
        0
    })
}
