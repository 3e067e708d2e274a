//! `RefusalsObject`: the log of what one source has turned away, named by the source's id.

use std::rc::Rc;

use hookgate_relay::port::Unavailable;
use hookgate_relay::refusals::Refusals;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::{Call, Machine, away, method, run_alarm};
use crate::object::method::Method;
use crate::store::ObjectHost;

/// The shell.
#[durable_object(alarm)]
pub struct RefusalsObject {
    state: State,
    machine: Machine<Refusals<ObjectHost>>,
}

impl RefusalsObject {
    fn refusals(&self) -> Result<Rc<Refusals<ObjectHost>>, Unavailable> {
        self.machine
            .open(|| Refusals::open(ObjectHost::new(&self.state)))
    }
}

impl DurableObject for RefusalsObject {
    fn new(state: State, _env: Env) -> Self {
        Self {
            state,
            machine: Machine::closed(),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let call = Call::read(request).await?;
        if call.name == method::Erase::NAME {
            return self.machine.erase(&self.state).await;
        }
        let refusals = match self.refusals() {
            Ok(refusals) => refusals,
            Err(error) => return away(&error),
        };
        match call.name.as_str() {
            method::RecordRefusal::NAME => {
                call.run::<method::RecordRefusal>(|refusal| refusals.record(refusal))
            }
            method::ListRefusals::NAME => {
                call.run::<method::ListRefusals>(|page| refusals.list(&page))
            }
            _ => call.unknown(),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let refusals = self.refusals();
        run_alarm(&self.state, async move { refusals?.on_alarm() })
    }
}
