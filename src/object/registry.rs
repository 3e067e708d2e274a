//! `RegistryObject`: which applications, sources and event types there are. There is one.

use std::rc::Rc;

use hookgate_relay::port::Unavailable;
use hookgate_relay::registry::Registry;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::{Call, Machine, away, method};
use crate::object::method::Method;
use crate::store::ObjectHost;

/// The shell.
#[durable_object]
pub struct RegistryObject {
    state: State,
    machine: Machine<Registry<ObjectHost>>,
}

impl RegistryObject {
    fn registry(&self) -> Result<Rc<Registry<ObjectHost>>, Unavailable> {
        self.machine
            .open(|| Registry::open(ObjectHost::new(&self.state)))
    }
}

impl DurableObject for RegistryObject {
    fn new(state: State, _env: Env) -> Self {
        Self {
            state,
            machine: Machine::closed(),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let call = Call::read(request).await?;
        let registry = match self.registry() {
            Ok(registry) => registry,
            Err(error) => return away(&error),
        };
        match call.name.as_str() {
            method::FileRecord::NAME => call.run::<method::FileRecord>(|new| {
                registry.create(new.shelf, &new.id, new.uid.as_deref(), &new.record)
            }),
            method::FindRecord::NAME => {
                call.run::<method::FindRecord>(|(shelf, id)| registry.find(shelf, &id))
            }
            method::RemoveRecord::NAME => {
                call.run::<method::RemoveRecord>(|(shelf, id)| registry.remove(shelf, &id))
            }
            method::ListRecords::NAME => {
                call.run::<method::ListRecords>(|(shelf, page)| registry.list(shelf, &page))
            }
            _ => call.unknown(),
        }
    }
}
