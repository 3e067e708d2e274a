//! One binary for all tests of the verifier, natively and in WebAssembly under Node.
//!
//! ```sh
//! cargo test -p hookgate --test it
//! npm test -- wasm
//! ```

extern crate alloc;

mod asymmetric;
mod body;
mod certified;
mod codes;
mod custom;
mod detection;
mod documents;
mod elsewhere;
mod events;
#[cfg(feature = "explain")]
mod explain;
mod forms;
mod grammar;
mod handshake;
mod house;
mod lists;
mod malformed;
mod pieces;
mod public_keys;
mod reach;
mod redaction;
mod replay;
mod rotation;
mod rows;
mod samples;
mod schema;
mod setup;
mod sign;
mod signed;
mod standard_keys;
mod table;
mod tamper;
mod tokens;
mod vectors;
mod words;

/// `#[test]`, natively and in WebAssembly: a file of tests says `use crate::test;`.
#[cfg(not(target_family = "wasm"))]
pub(crate) use core::prelude::v1::test;
#[cfg(target_family = "wasm")]
pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;
