//! The Durable Objects, called by typed methods.
#![allow(unsafe_code)] // what `#[wasm_bindgen]` expands to; none is written here

use futures_util::future::{LocalBoxFuture, try_join_all};
use hookgate_relay::application::{Consignment, Endpoints, Retirement};
use hookgate_relay::notice::{Home, Notice};
use hookgate_relay::operational::{self, Operation};
use hookgate_relay::port::Unavailable;
use hookgate_relay::registry::Shelf;
use hookgate_relay::registry::erasure::{Holder, Remains};
use hookgate_relay::task::{Sieve, Task};
use hookgate_relay::watch::Kind;
use js_sys::{Promise, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;

use super::patience::patiently;
use super::{Stores, now};
use crate::object::call::from_js;
use crate::object::method::{self, Method};

#[wasm_bindgen]
extern "C" {
    /// The stub of an object, which hands a call over as it is.
    type Stub;

    #[wasm_bindgen(method, catch)]
    fn invoke(this: &Stub, name: &str, body: &Uint8Array) -> Result<Promise, JsValue>;
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

impl Stores {
    /// Tells the registry that an object is there no more: to look at it would bring it back, empty and
    /// with no memory of its end.
    pub(crate) async fn forget(&self, kind: Holder, name: &str) -> Result<(), Unavailable> {
        let gone = Remains {
            kind,
            name: name.to_owned(),
        };
        let registry = self.registry()?;
        registry.call::<method::Erased>(&(now(), vec![gone])).await
    }
}

impl Stores {
    /// Asks the objects of several endpoints the same, side by side: what each answers.
    pub(crate) async fn ask_endpoints<M: Method>(
        &self,
        ids: &[String],
        input: &M::Input,
    ) -> Result<Vec<M::Output>, Unavailable> {
        let texts = self.texts(ids, M::NAME, written(input)?).await?;
        texts.iter().map(|text| read(text)).collect()
    }

    /// The calls themselves: see [`Object::text`].
    #[inline(never)]
    fn texts<'a>(
        &'a self,
        ids: &'a [String],
        name: &'static str,
        body: Vec<u8>,
    ) -> LocalBoxFuture<'a, Result<Vec<String>, Unavailable>> {
        Box::pin(async move {
            let objects = ids.iter().map(|id| self.endpoint(id));
            let objects = objects.collect::<Result<Vec<_>, _>>()?;
            try_join_all(objects.iter().map(|one| one.text(name, body.clone()))).await
        })
    }
}

impl Object {
    /// Calls a method.
    pub(crate) async fn call<M: Method>(&self, input: &M::Input) -> Result<M::Output, Unavailable> {
        self.call_with::<M>(written(input)?).await
    }

    /// Calls a method whose input is JSON already.
    pub(crate) async fn call_with<M: Method>(
        &self,
        body: Vec<u8>,
    ) -> Result<M::Output, Unavailable> {
        read(&self.text(M::NAME, body).await?)
    }

    /// The call itself, which is the same code for every method: in WebAssembly it would else stand
    /// there once for each.
    #[inline(never)]
    fn text(
        &self,
        name: &'static str,
        body: Vec<u8>,
    ) -> LocalBoxFuture<'_, Result<String, Unavailable>> {
        Box::pin(async move { patiently(self.binding, self.exchange(name, body)).await? })
    }

    async fn exchange(
        &self,
        name: &str,
        body: Vec<u8>,
    ) -> worker::Result<Result<String, Unavailable>> {
        let input = Uint8Array::from(&body[..]);
        drop(body);
        let answer = JsFuture::from(self.stub.invoke(name, &input)?).await?;
        Ok(from_js(self.binding, &answer))
    }
}

fn written(input: &impl Serialize) -> Result<Vec<u8>, Unavailable> {
    serde_json::to_vec(input).map_err(|error| Unavailable::new("writing a call", error))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unavailable> {
    serde_json::from_str(text)
        .map_err(|error| Unavailable::new("reading an object's answer", error))
}

/// The endpoint objects, as an application reaches them.
impl Endpoints for Stores {
    async fn accept(&self, consignment: Consignment) -> Result<(), Unavailable> {
        self.endpoint(&consignment.config.id)?
            .call::<method::Deliver>(&consignment)
            .await
    }

    async fn sift(&self, endpoint_id: &str, sieve: &Sieve) -> Result<Vec<String>, Unavailable> {
        let endpoint = self.endpoint(endpoint_id)?;
        endpoint.call::<method::Sift>(sieve).await
    }

    async fn retire(&self, endpoint_id: &str, stage: Retirement) -> Result<(), Unavailable> {
        let endpoint = self.endpoint(endpoint_id)?;
        endpoint.call::<method::Retire>(&stage).await?;
        match stage {
            Retirement::Empty => Ok(()),
            Retirement::Vanish => self.forget(Holder::Endpoint, endpoint_id).await,
        }
    }

    async fn unlist(&self, application_id: &str) -> Result<(), Unavailable> {
        let record = (Shelf::Application, application_id.to_owned());
        let registry = self.registry()?;
        registry.call::<method::RemoveRecord>(&record).await
    }

    async fn note_task(&self, task: &Task) -> Result<(), Unavailable> {
        self.registry()?.call::<method::NoteTask>(task).await
    }

    async fn publish(&self, operations: Vec<Operation>) -> Result<(), Unavailable> {
        let Some(first) = operations.first() else {
            return Ok(());
        };
        // All of one application, which may be a source's.
        let registry = self.registry()?;
        let mut uid = None;
        for shelf in [Shelf::Application, Shelf::Source] {
            let key = (shelf, first.application_id.clone());
            if let Some(record) = registry.call::<method::FindRecord>(&key).await? {
                uid = record["uid"].as_str().map(str::to_owned);
                break;
            }
        }
        let messages = operations.into_iter();
        let messages: Vec<_> = messages
            .map(|one| one.into_message(uid.as_deref()))
            .collect();
        self.application(operational::APPLICATION)?
            .call::<method::AcceptOperations>(&messages)
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
