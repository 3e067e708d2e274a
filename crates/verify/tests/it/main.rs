//! One binary for all tests of the verifier.

mod body;
mod documents;
mod grammar;
mod malformed;
mod redaction;
mod replay;
mod rotation;
mod samples;
mod setup;
mod sign;
mod table;
mod tamper;
mod vectors;
