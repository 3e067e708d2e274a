//! One binary for all tests of the verifier.

mod asymmetric;
mod body;
mod custom;
mod detection;
mod documents;
mod elsewhere;
mod events;
mod grammar;
mod lists;
mod malformed;
mod public_keys;
mod redaction;
mod replay;
mod rotation;
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
