//! `InboxObject`: one shard of one source's inbox, named `{source}/{shard}`.

use std::cell::Cell;
use std::rc::Rc;

use hookgate_relay::inbox::{Admission, Inbox};
use hookgate_relay::port::Unavailable;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::{Call, Machine, after_answer, away, method, run_alarm};
use crate::config::Config;
use crate::object::method::Method;
use crate::store::{ObjectHost, Stores};

/// The shell.
#[durable_object]
pub struct InboxObject {
    state: State,
    env: Env,
    machine: Machine<Inbox<ObjectHost>>,
}

impl InboxObject {
    fn inbox(&self) -> Result<Rc<Inbox<ObjectHost>>, Unavailable> {
        self.machine.open(|| {
            let config = Config::of(&self.env)
                .map_err(|error| Unavailable::new("reading the configuration", error))?;
            Inbox::open(ObjectHost::new(&self.state), config.lease_ms)
        })
    }
}

impl DurableObject for InboxObject {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            machine: Machine::closed(),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let call = Call::read(request).await?;
        let inbox = match self.inbox() {
            Ok(inbox) => inbox,
            Err(error) => return away(&error),
        };
        match call.name.as_str() {
            method::Accept::NAME | method::AcceptAll::NAME => {
                let drain = Cell::new(false);
                let accept = |arrival| {
                    let admission = inbox.accept(arrival)?;
                    drain.set(drain.get() || matches!(admission, Admission::Accepted { .. }));
                    Ok(admission)
                };
                let answer = match call.name.as_str() {
                    method::Accept::NAME => call.run::<method::Accept>(accept),
                    _ => call.run::<method::AcceptAll>(|all| all.into_iter().map(accept).collect()),
                };
                if drain.get() {
                    let stores = Stores::new(self.env.clone());
                    after_answer(
                        &self.state,
                        async move { inbox.drain(&stores.events()?).await },
                    );
                }
                answer
            }
            method::Confirm::NAME => call.run::<method::Confirm>(|ids| inbox.confirm(&ids)),
            _ => call.unknown(),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let (stores, inbox) = (Stores::new(self.env.clone()), self.inbox());
        run_alarm(&self.state, async move {
            inbox?.on_alarm(&stores.events()?).await
        })
    }
}
