//! One binary for all tests of the verifier.

mod asymmetric;
mod body;
mod certified;
mod custom;
mod detection;
mod documents;
mod elsewhere;
mod events;
#[cfg(feature = "explain")]
mod explain;
mod grammar;
mod handshake;
mod lists;
mod malformed;
mod public_keys;
mod redaction;
mod replay;
mod rotation;
mod samples;
mod setup;
mod sign;
mod signed;
mod standard_keys;
mod table;
mod tamper;
mod tokens;
mod vectors;
