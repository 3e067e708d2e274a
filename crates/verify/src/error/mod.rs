//! Why something was refused. Set-up, requests and signing fail in three separate types, and each
//! cause has a stable code (see [`CODES`](crate::CODES)). No error holds a secret or a signature
//! that would have been right.

mod malformed;
mod setup;
mod sign;
mod verify;
mod wording;

pub use malformed::Malformed;
pub use setup::SetupError;
pub use sign::SignError;
pub use verify::VerifyError;
pub(crate) use wording::fill;
pub use wording::{Data, Datum};

use alloc::borrow::Cow;

type Text = Cow<'static, str>;
