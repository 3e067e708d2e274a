//! `EndpointObject`: one endpoint's deliveries and their log, named by its id.

use std::rc::Rc;

use futures_util::future::join;
use hookgate_relay::application::Retirement;
use hookgate_relay::endpoint::Endpoint;
use hookgate_relay::port::Unavailable;
use hookgate_relay::watch::Kind;
use serde_json::Value;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call::{Answer, Call, Callable};
use super::watched::Watched;
use super::{Machine, after_answer, method, not_by_request, run_alarm};
use crate::config::Config;
use crate::object::method::Method;
use crate::store::{ObjectHost, OutboundHttp, Stores};

/// The shell.
#[durable_object(alarm)]
pub struct EndpointObject {
    state: State,
    env: Env,
    machine: Machine<Endpoint<ObjectHost>>,
    watched: Watched,
}

impl EndpointObject {
    fn endpoint(&self) -> Result<Rc<Endpoint<ObjectHost>>, Unavailable> {
        self.machine.open(|| {
            let config = Config::of(&self.env)
                .map_err(|error| Unavailable::new("reading the configuration", error))?;
            let host = ObjectHost::new(&self.state);
            Endpoint::open(host, config.vault.clone(), config.guard)?.keeping(config.retention_ms)
        })
    }

    fn http(&self) -> Result<OutboundHttp, Unavailable> {
        let config = Config::of(&self.env);
        let config = config.map_err(|error| Unavailable::new("reading the configuration", error));
        Ok(config?.http(&Stores::new(self.env.clone())))
    }

    fn on_alarm(&self) -> impl Future<Output = Result<(), Unavailable>> + 'static {
        let (stores, endpoint) = (Stores::new(self.env.clone()), self.endpoint());
        let http = self.http();
        async move {
            let (endpoint, http) = (endpoint?, http?);
            // Side by side: a slow receiver must not delay what the application is to know.
            let (sent, told) = join(endpoint.on_alarm(&http), endpoint.report(&stores)).await;
            sent.and(told)
        }
    }
}

impl DurableObject for EndpointObject {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            machine: Machine::closed(),
            watched: Watched::new(Kind::Endpoint),
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

impl Callable for EndpointObject {
    fn receive(&self, call: &Call) -> Answer {
        if call.name == method::Erase::NAME {
            return self.machine.erase(&self.state);
        }
        let endpoint = match self.endpoint() {
            Ok(endpoint) => endpoint,
            Err(error) => return Answer::away(error),
        };
        match call.name.as_str() {
            method::Deliver::NAME => {
                let answer =
                    call.run::<method::Deliver>(|consignment| endpoint.accept(consignment));
                self.watched.tell(&self.state, &self.env);
                let stores = Stores::new(self.env.clone());
                let http = self.http();
                after_answer(&self.state, async move {
                    endpoint.pump(&http?).await?;
                    endpoint.report(&stores).await
                });
                answer
            }
            method::ListAttempts::NAME => call
                .run::<method::ListAttempts>(|query| endpoint.attempts(&query.filter, &query.page)),
            method::ListDeliveries::NAME => call.run::<method::ListDeliveries>(|query| {
                let given = endpoint.given(&query.filter, &query.page)?;
                Ok(given.map(|delivery| delivery.to_json()))
            }),
            method::CountDeliveries::NAME => call.run::<method::CountDeliveries>(|query| {
                let counted = endpoint.count(&query.filter.sought, &query.page)?;
                Ok(counted.map(Value::from))
            }),
            method::Sift::NAME => call.run::<method::Sift>(|sieve| endpoint.sift(&sieve)),
            method::Retire::NAME => {
                let mut stage = Retirement::Empty;
                let answer = call.run::<method::Retire>(|asked| {
                    stage = asked;
                    endpoint.retire()
                });
                if stage == Retirement::Empty {
                    return answer;
                }
                self.machine.erase(&self.state)
            }
            method::CancelDelivery::NAME => {
                call.run::<method::CancelDelivery>(|cancel| endpoint.cancel(&cancel))
            }
            method::CancelPending::NAME => {
                call.run::<method::CancelPending>(|()| endpoint.cancel_pending())
            }
            method::ExpungeResponse::NAME => {
                call.run::<method::ExpungeResponse>(|(message, id)| {
                    endpoint.expunge_response(&message, &id)
                })
            }
            method::LookAt::NAME => self.watched.look(&self.state, self.on_alarm()),
            _ => call.unknown(),
        }
    }
}
