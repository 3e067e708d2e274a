//! `RegistryObject`: which applications, sources and event types there are. There is one.

use std::rc::Rc;

use hookgate_relay::dead::DeadLetters;
use hookgate_relay::port::Unavailable;
use hookgate_relay::registry::Registry;
use hookgate_relay::watch::Watchlist;
use worker::{DurableObject, Env, Request, Response, Result, State, console_error, durable_object};

use super::{Call, Machine, away, method, run_alarm};
use crate::object::method::Method;
use crate::store::{ObjectHost, Stores};

/// The shell.
#[durable_object]
pub struct RegistryObject {
    state: State,
    env: Env,
    machine: Machine<Registry<ObjectHost>>,
    watch: Machine<Watchlist<ObjectHost>>,
    dead: Machine<DeadLetters<ObjectHost>>,
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

    fn dead(&self) -> Result<Rc<DeadLetters<ObjectHost>>, Unavailable> {
        self.dead
            .open(|| DeadLetters::open(ObjectHost::new(&self.state)))
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
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let call = Call::read(request).await?;
        let registry = match self.registry() {
            Ok(registry) => registry,
            Err(error) => return away(&error),
        };
        match call.name.as_str() {
            method::FileRecord::NAME => {
                let answer = call.run::<method::FileRecord>(|new| {
                    registry.create(new.shelf, &new.id, new.uid.as_deref(), &new.record)
                });
                // Before the answer, so that a source that is there can be sent to. A failure is
                // the alarm's.
                if let Err(error) = registry.publish(&Stores::new(self.env.clone())).await {
                    console_error!("{error}");
                }
                answer
            }
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
            method::RecordDead::NAME => {
                call.run::<method::RecordDead>(|given| self.dead()?.record(&given))
            }
            method::ListDead::NAME => call.run::<method::ListDead>(|page| self.dead()?.list(&page)),
            method::FindDead::NAME => call.run::<method::FindDead>(|id| self.dead()?.message(&id)),
            method::ForgetDead::NAME => {
                call.run::<method::ForgetDead>(|ids| self.dead()?.forget(&ids))
            }
            _ => call.unknown(),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let (stores, registry) = (Stores::new(self.env.clone()), self.registry());
        run_alarm(
            &self.state,
            async move { registry?.on_alarm(&stores).await },
        )
    }
}
