//! `InboxObject`: one shard of one source's inbox, named `{source}/{shard}`.

use std::cell::Cell;
use std::rc::Rc;

use hookgate_relay::inbox::{Admission, Inbox};
use hookgate_relay::port::Unavailable;
use hookgate_relay::watch::Kind;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::watched::Watched;
use super::{Call, Machine, after_answer, away, erase, method, run_alarm};
use crate::config::Config;
use crate::object::method::Method;
use crate::store::{ObjectHost, Stores};

/// The shell.
#[durable_object]
pub struct InboxObject {
    state: State,
    env: Env,
    machine: Machine<Inbox<ObjectHost>>,
    watched: Watched,
}

impl InboxObject {
    fn inbox(&self) -> Result<Rc<Inbox<ObjectHost>>, Unavailable> {
        self.machine.open(|| {
            let config = Config::of(&self.env)
                .map_err(|error| Unavailable::new("reading the configuration", error))?;
            Inbox::open(ObjectHost::new(&self.state), config.lease_ms)
        })
    }

    fn on_alarm(&self) -> impl Future<Output = Result<(), Unavailable>> + 'static {
        let (stores, inbox) = (Stores::new(self.env.clone()), self.inbox());
        async move { inbox?.on_alarm(&stores.queues()).await }
    }
}

impl DurableObject for InboxObject {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            machine: Machine::closed(),
            watched: Watched::new(Kind::Inbox),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let call = Call::read(request).await?;
        if call.name == method::Erase::NAME {
            let erased = erase(&self.state).await;
            self.machine.close();
            return erased;
        }
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
                    self.watched.tell(&self.state, &self.env);
                    let stores = Stores::new(self.env.clone());
                    after_answer(
                        &self.state,
                        async move { inbox.drain(&stores.queues()).await },
                    );
                }
                answer
            }
            method::Enquire::NAME => call.run::<method::Enquire>(|asked| inbox.enquire(&asked)),
            method::Holds::NAME => call.run::<method::Holds>(|ids| inbox.holds(&ids)),
            method::Confirm::NAME => call.run::<method::Confirm>(|ids| inbox.confirm(&ids)),
            method::LookAt::NAME => self.watched.look(&self.state, self.on_alarm()).await,
            _ => call.unknown(),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        self.watched.tell(&self.state, &self.env);
        run_alarm(&self.state, self.on_alarm())
    }
}
