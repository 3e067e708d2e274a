//! How an object is called: by a method's name and its input, and what it answers.
//!
//! The runtime carries a call from one object to another as it is (RPC). As a request and a response it
//! would cost twice as much: both have headers, a URL, and a body that is read in pieces.
#![allow(unsafe_code)] // what `#[wasm_bindgen]` expands to; none is written here

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use hookgate_relay::port::Unavailable;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use worker::console_error;
use worker::wasm_bindgen_futures::future_to_promise;

use super::application::ApplicationObject;
use super::endpoint::EndpointObject;
use super::inbox::InboxObject;
use super::method::Method;
use super::refusals::RefusalsObject;
use super::registry::RegistryObject;

/// What a call has come to: the JSON of its output.
pub(super) type Outcome = Result<String, Unavailable>;

/// An object that can be called.
pub(super) trait Callable {
    /// Runs a method.
    fn receive(&self, call: &Call) -> Answer;
}

/// A call, as it arrives at a shell.
pub(super) struct Call {
    pub(super) name: String,
    /// The JSON of its input.
    pub(super) body: String,
}

/// The answer of a shell. Most are there at once, and then no task is made for them.
pub(super) enum Answer {
    Now(Outcome),
    Later(LocalBoxFuture<'static, Outcome>),
}

impl Answer {
    /// One that is waited for.
    pub(super) fn later(outcome: impl Future<Output = Outcome> + 'static) -> Self {
        Self::Later(outcome.boxed_local())
    }

    /// The answer of an object whose storage is away.
    pub(super) fn away(error: Unavailable) -> Self {
        Self::Now(Err(error))
    }

    /// What comes of it.
    pub(super) async fn outcome(self) -> Outcome {
        match self {
            Self::Now(outcome) => outcome,
            Self::Later(outcome) => outcome.await,
        }
    }
}

impl Call {
    /// Runs `method` on the call's input.
    pub(super) fn run<M: Method>(
        &self,
        method: impl FnOnce(M::Input) -> Result<M::Output, Unavailable>,
    ) -> Answer {
        let input = serde_json::from_str(&self.body);
        let input = input.map_err(|error| Unavailable::new("reading a call", error));
        say::<M>(input.and_then(method))
    }

    pub(super) fn unknown(&self) -> Answer {
        let cause = format_args!("there is no method {}", self.name);
        Answer::Now(Err(Unavailable::new("a call", cause)))
    }
}

/// What `M` answers.
pub(super) fn say<M: Method>(outcome: Result<M::Output, Unavailable>) -> Answer {
    let write = |output| {
        serde_json::to_string(&output).map_err(|error| Unavailable::new("writing an answer", error))
    };
    Answer::Now(outcome.and_then(write))
}

macro_rules! called_by_the_runtime {
    ($($object:ident)*) => {$(
        #[wasm_bindgen]
        impl $object {
            /// A call of another object, or of the Worker.
            #[must_use]
            pub fn invoke(&self, name: String, body: Vec<u8>) -> JsValue {
                invoke(self, name, body)
            }
        }
    )*};
}

called_by_the_runtime! { ApplicationObject EndpointObject InboxObject RefusalsObject RegistryObject }

fn invoke(object: &dyn Callable, name: String, body: Vec<u8>) -> JsValue {
    let answer = match String::from_utf8(body) {
        Ok(body) => object.receive(&Call { name, body }),
        Err(error) => Answer::Now(Err(Unavailable::new("reading a call", error))),
    };
    match answer {
        Answer::Now(outcome) => to_js(outcome),
        Answer::Later(outcome) => future_to_promise(outcome.map(|it| Ok(to_js(it)))).into(),
    }
}

/// An output is a text. A failure is a text in a list: an exception would be told by the runtime as one
/// that nobody has caught.
fn to_js(outcome: Outcome) -> JsValue {
    match outcome {
        Ok(text) => text.into(),
        Err(error) => {
            console_error!("{error}");
            Array::of1(&error.to_string().into()).into()
        }
    }
}

/// What [`to_js`] has made of an outcome, on the caller's side; `object` is whom it called.
pub(crate) fn from_js(object: &'static str, answer: &JsValue) -> Result<String, Unavailable> {
    answer.as_string().ok_or_else(|| {
        let list = answer.dyn_ref::<Array>();
        let cause = list.and_then(|list| list.get(0).as_string());
        Unavailable::new(object, cause.unwrap_or_default())
    })
}
