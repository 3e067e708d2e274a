//! What the fuzz targets share: reading a request out of the fuzzer's bytes, and what must hold for
//! every request. A target is a few lines: it says which schemes and which bytes.

mod case;
mod forms;
mod properties;
mod secrets;

pub use case::{Case, line, number, pointer};
pub use forms::{Carrier, custom, judge_own};
pub use properties::{judge, judge_schemes, other_bodies_are_refused, resign, text_is_sound};
pub use secrets::{SECRET, signer};

/// When every seed is signed, unless it says otherwise.
pub const NOW: u64 = 1_773_738_000;
