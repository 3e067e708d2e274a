//! `RegistryObject`: which applications, sources and event types there are. There is one.

use std::rc::Rc;

use hookgate_relay::dead::DeadLetters;
use hookgate_relay::once::Once;
use hookgate_relay::orphans::Walk;
use hookgate_relay::port::Unavailable;
use hookgate_relay::registry::erasure::{Holder, Remains};
use hookgate_relay::registry::{Change, Registry};
use hookgate_relay::watch::{Kind, Watchlist};
use worker::{DurableObject, Env, Request, Response, Result, State, console_error, durable_object};

use super::call::{Answer, Call, Callable};
use super::{Machine, method, not_by_request, run_alarm};
use crate::object::method::Method;
use crate::store::{ObjectHost, Stores};

/// The shell.
#[durable_object(alarm)]
pub struct RegistryObject {
    state: State,
    env: Env,
    machine: Machine<Registry<ObjectHost>>,
    watch: Machine<Watchlist<ObjectHost>>,
    dead: Machine<DeadLetters<ObjectHost>>,
    once: Machine<Once<ObjectHost>>,
    walk: Machine<Walk<ObjectHost>>,
}

impl RegistryObject {
    fn registry(&self) -> Result<Rc<Registry<ObjectHost>>, Unavailable> {
        self.machine
            .open(|| Registry::open(ObjectHost::new(&self.state)))
    }

    fn watch(&self) -> Result<Rc<Watchlist<ObjectHost>>, Unavailable> {
        self.watch
            .open(|| Watchlist::open(ObjectHost::new(&self.state)))
    }

    /// Before the answer, so that a source that is there can be sent to, and one that is changed is
    /// changed. A failure is the alarm's.
    fn once_published(&self, registry: Rc<Registry<ObjectHost>>, answer: Answer) -> Answer {
        let stores = Stores::new(self.env.clone());
        Answer::later(async move {
            if let Err(error) = registry.publish(&stores).await {
                console_error!("{error}");
            }
            answer.outcome().await
        })
    }

    fn once(&self) -> Result<Rc<Once<ObjectHost>>, Unavailable> {
        self.once.open(|| Once::open(ObjectHost::new(&self.state)))
    }

    fn walk(&self) -> Result<Rc<Walk<ObjectHost>>, Unavailable> {
        self.walk.open(|| Walk::open(ObjectHost::new(&self.state)))
    }

    fn dead(&self) -> Result<Rc<DeadLetters<ObjectHost>>, Unavailable> {
        self.dead
            .open(|| DeadLetters::open(ObjectHost::new(&self.state)))
    }
}

/// Refusals have an alarm, and nothing that anybody waits for.
fn watched_as(kind: Holder) -> Option<Kind> {
    match kind {
        Holder::Inbox => Some(Kind::Inbox),
        Holder::Application => Some(Kind::Application),
        Holder::Endpoint => Some(Kind::Endpoint),
        Holder::Refusals => None,
    }
}

impl DurableObject for RegistryObject {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            machine: Machine::closed(),
            watch: Machine::closed(),
            dead: Machine::closed(),
            once: Machine::closed(),
            walk: Machine::closed(),
        }
    }

    async fn fetch(&self, _request: Request) -> Result<Response> {
        not_by_request()
    }

    async fn alarm(&self) -> Result<Response> {
        let (stores, registry) = (Stores::new(self.env.clone()), self.registry());
        run_alarm(
            &self.state,
            async move { registry?.on_alarm(&stores).await },
        )
    }
}

impl Callable for RegistryObject {
    fn receive(&self, call: &Call) -> Answer {
        let registry = match self.registry() {
            Ok(registry) => registry,
            Err(error) => return Answer::away(error),
        };
        let answer = match call.name.as_str() {
            method::FileRecord::NAME => call.run::<method::FileRecord>(|new| {
                registry.create(new.shelf, &new.id, new.uid.as_deref(), &new.record)
            }),
            method::ReplaceRecord::NAME => call.run::<method::ReplaceRecord>(|new| {
                let change = Change {
                    id: &new.record.id,
                    uid: new.record.uid.as_deref(),
                    record: &new.record.record,
                    since: new.since,
                };
                registry.replace(new.record.shelf, &change)
            }),
            method::DeleteSource::NAME => call
                .run::<method::DeleteSource>(|(id, remains)| registry.delete_source(&id, &remains)),
            method::TakeErasures::NAME => {
                call.run::<method::TakeErasures>(|(now, most)| registry.take_erasures(now, most))
            }
            method::Erased::NAME => call.run::<method::Erased>(|(now, erased)| {
                for Remains { kind, name } in &erased {
                    if let Some(kind) = watched_as(*kind) {
                        self.watch()?.forget(kind, name)?;
                    }
                }
                registry.erased(now, &erased)
            }),
            method::FindRecord::NAME => {
                call.run::<method::FindRecord>(|(shelf, id)| registry.find(shelf, &id))
            }
            method::ListRecords::NAME => {
                call.run::<method::ListRecords>(|(shelf, page)| registry.list(shelf, &page))
            }
            method::AmendRecord::NAME => call
                .run::<method::AmendRecord>(|new| registry.amend(new.shelf, &new.id, &new.record)),
            method::RemoveRecord::NAME => {
                call.run::<method::RemoveRecord>(|(shelf, id)| registry.remove(shelf, &id))
            }
            method::ListEventTypes::NAME => {
                call.run::<method::ListEventTypes>(|page| registry.list_event_types(&page))
            }
            method::NoteTask::NAME => {
                call.run::<method::NoteTask>(|task| registry.note_task(&task))
            }
            method::FindTask::NAME => call.run::<method::FindTask>(|id| registry.task(&id)),
            method::ListTasks::NAME => {
                call.run::<method::ListTasks>(|(query, page)| registry.list_tasks(&query, &page))
            }
            method::WatchOver::NAME => {
                call.run::<method::WatchOver>(|note| self.watch()?.note(&note))
            }
            method::TakeWatched::NAME => {
                call.run::<method::TakeWatched>(|(now, most)| self.watch()?.take_due(now, most))
            }
            method::Looked::NAME => {
                call.run::<method::Looked>(|looks| self.watch()?.looked(&looks))
            }
            method::ClaimOnce::NAME => {
                call.run::<method::ClaimOnce>(|(key, digest)| self.once()?.claim(&key, &digest))
            }
            method::SettleOnce::NAME => {
                call.run::<method::SettleOnce>(|(key, settled)| self.once()?.settle(&key, settled))
            }
            method::TakeWalk::NAME => call.run::<method::TakeWalk>(|now| {
                let after = self.walk()?.take(now)?;
                Ok(after.into_iter().collect())
            }),
            method::WalkDone::NAME => {
                call.run::<method::WalkDone>(|(next, now)| self.walk()?.done(next.as_deref(), now))
            }
            method::SpokenFor::NAME => call.run::<method::SpokenFor>(|(source, ids)| {
                Ok((self.dead()?.hold(&ids)?, self.watch()?.inboxes(&source)?))
            }),
            method::RecordDead::NAME => {
                call.run::<method::RecordDead>(|given| self.dead()?.record(&given))
            }
            method::ListDead::NAME => call.run::<method::ListDead>(|page| self.dead()?.list(&page)),
            method::FindDead::NAME => call.run::<method::FindDead>(|id| self.dead()?.message(&id)),
            method::ForgetDead::NAME => {
                call.run::<method::ForgetDead>(|ids| self.dead()?.forget(&ids))
            }
            _ => call.unknown(),
        };
        match call.name.as_str() {
            method::FileRecord::NAME | method::ReplaceRecord::NAME | method::DeleteSource::NAME => {
                self.once_published(registry, answer)
            }
            _ => answer,
        }
    }
}
