//! `InboxObject`: one shard of one source's inbox, named `{source}/{shard}`.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use hookgate_relay::inbox::{Admission, Arrival, Inbox};
use hookgate_relay::port::{Millis, Unavailable};
use hookgate_relay::watch::Kind;
use worker::{Delay, DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call::{Answer, Call, Callable, say};
use super::watched::Watched;
use super::{Machine, after_answer, method, not_by_request, run_alarm};
use crate::config::Config;
use crate::object::method::Method;
use crate::store::{ObjectHost, Stores, now};

/// A drain waits so long for company: under load a batch goes to the queue, and not each event alone.
/// The queue itself waits for up to a second.
const GATHER: Duration = Duration::from_millis(10);

/// A drain that has waited so long was forgotten by the runtime: the next event begins another.
const GATHER_LOST_MS: Millis = 1_000;

/// The shell.
#[durable_object(alarm)]
pub struct InboxObject {
    state: State,
    env: Env,
    machine: Machine<Inbox<ObjectHost>>,
    watched: Watched,
    /// Since when a drain waits for company.
    gathering: Rc<Cell<Option<Millis>>>,
}

impl InboxObject {
    fn inbox(&self) -> Result<Rc<Inbox<ObjectHost>>, Unavailable> {
        self.machine.open(|| {
            let config = Config::of(&self.env)
                .map_err(|error| Unavailable::new("reading the configuration", error))?;
            Inbox::open(ObjectHost::new(&self.state), config.lease_ms)
        })
    }

    /// Drains after the answer, unless a drain is about to: it takes along what has come meanwhile.
    fn drain_soon(&self, inbox: Rc<Inbox<ObjectHost>>) {
        let now = now();
        let waits = |since: Millis| (since..since + GATHER_LOST_MS).contains(&now);
        if self.gathering.get().is_some_and(waits) {
            return;
        }
        self.gathering.set(Some(now));
        self.watched.tell(&self.state, &self.env);
        let (stores, gathering) = (Stores::new(self.env.clone()), Rc::clone(&self.gathering));
        after_answer(&self.state, async move {
            Delay::from(GATHER).await;
            gathering.set(None);
            inbox.drain(&stores.queues()).await
        });
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
            gathering: Rc::default(),
        }
    }

    async fn fetch(&self, _request: Request) -> Result<Response> {
        not_by_request()
    }

    async fn alarm(&self) -> Result<Response> {
        self.watched.tell(&self.state, &self.env);
        run_alarm(&self.state, self.on_alarm())
    }
}

impl Callable for InboxObject {
    fn receive(&self, call: &Call) -> Answer {
        if call.name == method::Erase::NAME {
            return self.machine.erase(&self.state);
        }
        let inbox = match self.inbox() {
            Ok(inbox) => inbox,
            Err(error) => return Answer::away(error),
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
                    method::Accept::NAME => {
                        let one = Arrival::read(&call.body);
                        say::<method::Accept>(one.and_then(accept))
                    }
                    _ => {
                        let all = Arrival::read_all(&call.body);
                        let admit = |all: Vec<_>| all.into_iter().map(accept).collect();
                        say::<method::AcceptAll>(all.and_then(admit))
                    }
                };
                if drain.get() {
                    self.drain_soon(inbox);
                }
                answer
            }
            method::Enquire::NAME => call.run::<method::Enquire>(|asked| inbox.enquire(&asked)),
            method::Holds::NAME => call.run::<method::Holds>(|ids| inbox.holds(&ids)),
            method::Confirm::NAME => call.run::<method::Confirm>(|ids| inbox.confirm(&ids)),
            method::LookAt::NAME => self.watched.look(&self.state, self.on_alarm()),
            _ => call.unknown(),
        }
    }
}
