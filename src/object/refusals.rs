//! `RefusalsObject`: the log of what one source has turned away, named by the source's id.

use std::rc::Rc;

use hookgate_relay::port::Unavailable;
use hookgate_relay::refusals::Refusals;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call::{Answer, Call, Callable};
use super::{Machine, method, not_by_request, run_alarm};
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

    async fn fetch(&self, _request: Request) -> Result<Response> {
        not_by_request()
    }

    async fn alarm(&self) -> Result<Response> {
        let refusals = self.refusals();
        run_alarm(&self.state, async move { refusals?.on_alarm() })
    }
}

impl Callable for RefusalsObject {
    fn receive(&self, call: &Call) -> Answer {
        if call.name == method::Erase::NAME {
            return self.machine.erase(&self.state);
        }
        let refusals = match self.refusals() {
            Ok(refusals) => refusals,
            Err(error) => return Answer::away(error),
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
}
