//! What the town's objects call: the queue, the endpoint objects, the receivers.

use hookgate::{Request, Verifier, scheme};
use hookgate_relay::application::{Consignment, Endpoints, Retirement};
use hookgate_relay::notice::{Home, Notice};
use hookgate_relay::operational::Operation;
use hookgate_relay::port::{Http, HttpOutcome, HttpRequest, Queue, Unavailable};

use hookgate_relay::task::{Sieve, Task};

use super::town::{Received, Town, payload};
use crate::neighbour::status;
use crate::sample::SECRET;

/// The queue and the endpoint objects, for callers of one life.
pub(super) struct Port<'a> {
    pub(super) town: &'a Town,
    pub(super) life: u64,
}

impl Queue for Port<'_> {
    async fn send_batch(&self, messages: &[String]) -> Result<(), Unavailable> {
        self.town.world.port(self.life, || {
            let mut queue = self.town.queue.borrow_mut();
            queue.extend(messages.iter().cloned());
            Ok(())
        })
    }
}

impl Endpoints for Port<'_> {
    async fn accept(&self, consignment: Consignment) -> Result<(), Unavailable> {
        self.town.world.port(self.life, || {
            let id = consignment.config.id.clone();
            let accepted = self.town.endpoint(&id)?.accept(consignment);
            // After the answer, as the object's shell does.
            self.town.pumps.borrow_mut().push((self.life, id));
            accepted
        })
    }

    // Nothing in the town asks for the rest.
    async fn sift(&self, _: &str, _: &Sieve) -> Result<Vec<String>, Unavailable> {
        unreachable!()
    }

    async fn retire(&self, _: &str, _: Retirement) -> Result<(), Unavailable> {
        unreachable!()
    }

    async fn unlist(&self, _: &str) -> Result<(), Unavailable> {
        unreachable!()
    }

    async fn note_task(&self, _: &Task) -> Result<(), Unavailable> {
        unreachable!()
    }

    async fn publish(&self, _: Vec<Operation>) -> Result<(), Unavailable> {
        Ok(())
    }
}

impl Home for Port<'_> {
    async fn tell(&self, _: &str, notices: Vec<Notice>) -> Result<(), Unavailable> {
        self.town
            .world
            .port(self.life, || self.town.application()?.hear(notices))
    }
}

/// The receiver of one endpoint.
pub(super) struct Receiver<'a> {
    pub(super) port: Port<'a>,
    pub(super) endpoint: String,
}

impl Http for Receiver<'_> {
    async fn post(&self, request: HttpRequest) -> HttpOutcome {
        let town = self.port.town;
        let answer = town
            .world
            .port(self.port.life, || Ok(self.receive(&request)));
        answer.unwrap_or_else(|error| HttpOutcome::Failed(error.to_string()))
    }
}

impl Receiver<'_> {
    fn receive(&self, request: &HttpRequest) -> HttpOutcome {
        let town = self.port.town;
        let headers: Vec<(&str, &[u8])> = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let verifier = Verifier::new(scheme("standard").expect("a scheme"), &[SECRET]);
        let verified = verifier.expect("a sound secret").verify(
            &Request {
                method: "POST",
                url: &request.url,
                headers: &headers,
                body: &request.body,
            },
            u64::try_from(town.world.now() / 1_000).expect("after 1970"),
        );
        let id = verified.expect("a signed request").id.expect("an id");
        let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
        let key = body["key"].as_str().expect("a key").to_owned();
        if request.body != payload(&key).as_bytes() {
            town.altered.set(town.altered.get() + 1);
        }
        if town.delivery(&self.endpoint, &id) == Some(0) {
            town.after_success.set(town.after_success.get() + 1);
        }
        let closed = town.closed.borrow();
        let until = closed.get(&self.endpoint);
        let answered = until.is_none_or(|until| town.world.now() >= *until);
        town.received.borrow_mut().push(Received {
            endpoint: self.endpoint.clone(),
            id,
            key,
            answered,
        });
        status(if answered { 200 } else { 503 })
    }
}
