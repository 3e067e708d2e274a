//! One binary for all tests of the verifier.

mod asymmetric;
mod body;
mod documents;
mod elsewhere;
mod grammar;
mod malformed;
mod redaction;
mod replay;
mod rotation;
mod samples;
mod setup;
mod sign;
mod signed;
mod table;
mod tamper;
mod tokens;
mod vectors;
