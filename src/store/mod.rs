//! The only place that names a binding.

mod dns;
mod fetch;
mod host;
mod http;
mod kv;
mod limit;
mod objects;
mod patience;
mod payloads;
mod queue;

use worker::Env;

pub(crate) use fetch::fetch;
pub(crate) use host::{Dice, ObjectHost, now};
pub(crate) use http::OutboundHttp;
pub(crate) use payloads::{PayloadBucket, Pieces, Upload};
pub(crate) use queue::{given, is_own, origin, receipt};

/// The bindings, by what they are for.
#[derive(Clone)]
pub(crate) struct Stores {
    env: Env,
}

impl Stores {
    /// The stores of this Worker.
    pub(crate) fn new(env: Env) -> Self {
        Self { env }
    }

    /// The bucket for what does not fit a message of the queue, where there is one.
    pub(crate) fn payloads(&self) -> Option<PayloadBucket> {
        PayloadBucket::of(&self.env)
    }
}
