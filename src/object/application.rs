//! `ApplicationObject`: one application's endpoints, messages and fan-out, named by its id.

use std::rc::Rc;

use futures_util::future::join;
use hookgate_relay::application::Application;
use hookgate_relay::port::Unavailable;
use hookgate_relay::registry::erasure::Holder;
use hookgate_relay::watch::Kind;
use worker::{DurableObject, Env, Request, Response, Result, State, console_error, durable_object};

use super::call::{Answer, Call, Callable};
use super::watched::Watched;
use super::{ALARM_RETRY_MS, Machine, after_answer, method, not_by_request, run_alarm};
use crate::config::Config;
use crate::object::method::Method;
use crate::store::{ObjectHost, Stores};

/// The shell.
#[durable_object(alarm)]
pub struct ApplicationObject {
    state: State,
    env: Env,
    machine: Machine<Application<ObjectHost>>,
    watched: Watched,
}

impl ApplicationObject {
    fn application(&self) -> Result<Rc<Application<ObjectHost>>, Unavailable> {
        self.machine.open(|| {
            let config = Config::of(&self.env)
                .map_err(|error| Unavailable::new("reading the configuration", error))?;
            Application::open(ObjectHost::new(&self.state))?.keeping(config.retention_ms)
        })
    }

    fn on_alarm(&self) -> impl Future<Output = Result<(), Unavailable>> + 'static {
        let (stores, application) = (Stores::new(self.env.clone()), self.application());
        async move { application?.on_alarm(&stores).await }
    }

    /// Before it is erased: what is still watched over would be opened anew.
    async fn leave_the_watch(&self) -> Result<(), Unavailable> {
        let stores = Stores::new(self.env.clone());
        match self.application()?.closed_id()? {
            Some(id) => stores.forget(Holder::Application, &id).await,
            None => Ok(()),
        }
    }

    /// After messages alone, which are most of what comes: they make no chores.
    fn hand_over_after_answer(&self, application: Rc<Application<ObjectHost>>) {
        self.watched.tell(&self.state, &self.env);
        let stores = Stores::new(self.env.clone());
        after_answer(&self.state, async move { application.drain(&stores).await });
    }

    fn drain_after_answer(&self, application: Rc<Application<ObjectHost>>) {
        self.watched.tell(&self.state, &self.env);
        let stores = Stores::new(self.env.clone());
        after_answer(&self.state, async move {
            // Side by side: what is slow there delays no message.
            let (drained, done) =
                join(application.drain(&stores), application.chores(&stores)).await;
            drained.and(done)
        });
    }
}

impl DurableObject for ApplicationObject {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            machine: Machine::closed(),
            watched: Watched::new(Kind::Application),
        }
    }

    async fn fetch(&self, _request: Request) -> Result<Response> {
        not_by_request()
    }

    async fn alarm(&self) -> Result<Response> {
        if self
            .application()
            .is_ok_and(|app| app.is_gone() == Ok(true))
        {
            if let Err(error) = self.leave_the_watch().await {
                console_error!("the watch: {error}");
                self.state.storage().set_alarm(ALARM_RETRY_MS).await?;
                return Response::empty();
            }
            let erased = self.machine.erase(&self.state).outcome().await;
            erased.map_err(|error| worker::Error::from(error.to_string()))?;
            return Response::empty();
        }
        self.watched.tell(&self.state, &self.env);
        run_alarm(&self.state, self.on_alarm())
    }
}

impl Callable for ApplicationObject {
    fn receive(&self, call: &Call) -> Answer {
        if call.name == method::Erase::NAME {
            return self.machine.erase(&self.state);
        }
        let application = match self.application() {
            Ok(application) => application,
            Err(error) => return Answer::away(error),
        };
        let app = &application;
        match call.name.as_str() {
            method::AcceptEvents::NAME => {
                let answer = call.run::<method::AcceptEvents>(|events| app.accept(events));
                self.hand_over_after_answer(application);
                answer
            }
            method::CreateMessage::NAME => {
                let answer = call.run::<method::CreateMessage>(|message| app.create(message));
                self.drain_after_answer(application);
                answer
            }
            method::MakeMessage::NAME => {
                let answer =
                    call.run::<method::MakeMessage>(|(message, terms)| app.make(message, terms));
                self.hand_over_after_answer(application);
                answer
            }
            method::ExpungeMessage::NAME => {
                let answer = call.run::<method::ExpungeMessage>(|id| app.expunge(&id));
                self.drain_after_answer(application);
                answer
            }
            method::FilterFailuresOf::NAME => {
                call.run::<method::FilterFailuresOf>(|id| app.filter_failures(&id))
            }
            method::Knows::NAME => call.run::<method::Knows>(|ids| app.knows(&ids)),
            method::FindMessage::NAME => call.run::<method::FindMessage>(|id| app.message(&id)),
            method::ListMessages::NAME => call.run::<method::ListMessages>(|query| {
                app.list_messages(&query.sought, &query.page, query.with_content)
            }),
            method::AddEndpoint::NAME => {
                let answer = call.run::<method::AddEndpoint>(|config| app.add_endpoint(&config));
                self.drain_after_answer(application);
                answer
            }
            method::RemoveEndpoint::NAME => {
                let answer = call.run::<method::RemoveEndpoint>(|id| app.remove_endpoint(&id));
                self.drain_after_answer(application);
                answer
            }
            method::Close::NAME => {
                let answer = call.run::<method::Close>(|id| app.close(&id));
                self.drain_after_answer(application);
                answer
            }
            method::StartTask::NAME => {
                let answer = call.run::<method::StartTask>(|task| app.start_task(&task));
                self.drain_after_answer(application);
                answer
            }
            method::AcceptOperations::NAME => {
                let answer = call
                    .run::<method::AcceptOperations>(|messages| app.accept_operations(messages));
                self.drain_after_answer(application);
                answer
            }
            method::SendTo::NAME => {
                let answer = call
                    .run::<method::SendTo>(|(message, endpoint)| app.send_to(message, &endpoint));
                self.drain_after_answer(application);
                answer
            }
            method::FindEndpoint::NAME => call.run::<method::FindEndpoint>(|id| app.endpoint(&id)),
            method::ListEndpoints::NAME => {
                call.run::<method::ListEndpoints>(|page| app.list_endpoints(&page))
            }
            method::RotateSecret::NAME => {
                let answer =
                    call.run::<method::RotateSecret>(|rotation| app.rotate_secret(rotation));
                self.drain_after_answer(application);
                answer
            }
            method::ReplaceEndpoint::NAME => {
                let answer =
                    call.run::<method::ReplaceEndpoint>(|config| app.replace_endpoint(config));
                self.drain_after_answer(application);
                answer
            }
            method::Hear::NAME => {
                let answer = call.run::<method::Hear>(|notices| app.hear(notices));
                self.drain_after_answer(application);
                answer
            }
            method::EndpointIds::NAME => call.run::<method::EndpointIds>(|()| app.endpoint_ids()),
            method::ResendMessage::NAME => {
                let answer = call.run::<method::ResendMessage>(|order| app.resend(&order));
                self.drain_after_answer(application);
                answer
            }
            method::TakeBack::NAME => call.run::<method::TakeBack>(|(endpoint, message)| {
                app.take_back(&endpoint, message.as_deref())
            }),
            method::LookAt::NAME => self.watched.look(&self.state, self.on_alarm()),
            _ => call.unknown(),
        }
    }
}
