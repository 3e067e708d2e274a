//! The Durable Objects, called by typed methods.
#![allow(unsafe_code)] // what `#[wasm_bindgen]` expands to; none is written here

use hookgate_relay::application::{Consignment, Endpoints};
use hookgate_relay::notice::{Home, Notice};
use hookgate_relay::port::Unavailable;
use hookgate_relay::watch::Kind;
use js_sys::{Object as Record, Promise, Reflect};
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;

use super::Stores;
use super::patience::patiently;
use crate::object::method::{self, Method};

#[wasm_bindgen]
extern "C" {
    /// The stub of an object. The bindings of `worker` make a request, its headers and its options, and
    /// read the answer's body chunk by chunk: a tenth of what it costs to admit an event.
    type Stub;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Stub, url: &str, init: &Record) -> Result<Promise, JsValue>;

    type Answer;

    #[wasm_bindgen(method, getter)]
    fn status(this: &Answer) -> u16;

    #[wasm_bindgen(method, catch)]
    fn text(this: &Answer) -> Result<Promise, JsValue>;
}

/// One object, to be called.
pub(crate) struct Object {
    binding: &'static str,
    stub: Stub,
}

impl Stores {
    /// The inbox of this name (`{source}/{shard}`).
    pub(crate) fn inbox(&self, name: &str) -> Result<Object, Unavailable> {
        self.object("INBOX", name)
    }

    /// The application of this id, which may be a source's.
    pub(crate) fn application(&self, id: &str) -> Result<Object, Unavailable> {
        self.object("APPLICATION", id)
    }

    /// The endpoint of this id.
    pub(crate) fn endpoint(&self, id: &str) -> Result<Object, Unavailable> {
        self.object("ENDPOINT", id)
    }

    /// The log of what this source has turned away.
    pub(crate) fn refusals(&self, source_id: &str) -> Result<Object, Unavailable> {
        self.object("REFUSALS", source_id)
    }

    /// The registry: there is one.
    pub(crate) fn registry(&self) -> Result<Object, Unavailable> {
        self.object("REGISTRY", "registry")
    }

    /// An object that is watched over.
    pub(crate) fn watched(&self, kind: Kind, name: &str) -> Result<Object, Unavailable> {
        match kind {
            Kind::Inbox => self.inbox(name),
            Kind::Application => self.application(name),
            Kind::Endpoint => self.endpoint(name),
        }
    }

    fn object(&self, binding: &'static str, name: &str) -> Result<Object, Unavailable> {
        let stub = self
            .env
            .durable_object(binding)
            .and_then(|namespace| namespace.get_by_name(name))
            .map_err(|error| Unavailable::new("finding an object", error))?;
        let stub = stub.into_rpc();
        Ok(Object { binding, stub })
    }
}

impl Object {
    /// Calls a method.
    pub(crate) async fn call<M: Method>(&self, input: &M::Input) -> Result<M::Output, Unavailable> {
        let body = serde_json::to_string(input)
            .map_err(|error| Unavailable::new("writing a call", error))?;
        self.call_with::<M>(body).await
    }

    /// Calls a method whose input is JSON already.
    pub(crate) async fn call_with<M: Method>(
        &self,
        body: String,
    ) -> Result<M::Output, Unavailable> {
        let text = patiently(self.binding, self.exchange(M::NAME, body)).await?;
        serde_json::from_str(&text?)
            .map_err(|error| Unavailable::new("reading an object's answer", error))
    }

    async fn exchange(
        &self,
        name: &str,
        body: String,
    ) -> worker::Result<Result<String, Unavailable>> {
        let init = Record::new();
        Reflect::set(&init, &"method".into(), &"POST".into())?;
        Reflect::set(&init, &"body".into(), &body.into())?;
        // The host is never looked up: the stub is the address.
        let answer = self.stub.fetch(&format!("https://object/{name}"), &init)?;
        let answer: Answer = JsFuture::from(answer).await?.unchecked_into();
        let text = JsFuture::from(answer.text()?).await?;
        let text = text.as_string().unwrap_or_default();
        Ok(match answer.status() {
            200 => Ok(text),
            _ => Err(Unavailable::new(self.binding, text)),
        })
    }
}

/// The endpoint objects, as an application reaches them.
impl Endpoints for Stores {
    async fn accept(&self, consignment: Consignment) -> Result<(), Unavailable> {
        self.endpoint(&consignment.config.id)?
            .call::<method::Deliver>(&consignment)
            .await
    }
}

/// The application, as the objects of its endpoints reach it.
impl Home for Stores {
    async fn tell(&self, application: &str, notices: Vec<Notice>) -> Result<(), Unavailable> {
        self.application(application)?
            .call::<method::Hear>(&notices)
            .await
    }
}
