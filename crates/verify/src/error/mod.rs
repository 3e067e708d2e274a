//! Why something was refused. Set-up, requests and signing fail in three separate types, and each
//! cause has a stable code (see [`CODES`](crate::CODES)). No error holds a secret or a signature
//! that would have been right.

mod data;
mod malformed;
mod setup;
mod sign;
mod verify;

pub use malformed::Malformed;
pub use setup::SetupError;
pub use sign::SignError;
pub use verify::VerifyError;

use alloc::borrow::Cow;

type Text = Cow<'static, str>;
