//! Who stands around the inboxes: providers that retry, a queue that forgets, the application.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use futures_executor::block_on;
use hookgate_relay::admission::Claims;
use hookgate_relay::admission::gate::{Candidate, Gate, Inboxes, Mark, Markers, Recent, Stopped};
use hookgate_relay::admission::layout::Enquiry;
use hookgate_relay::application::Application;
use hookgate_relay::inbox::{Admission, Arrival};
use hookgate_relay::message::{QueueMessage, Receipt};
use hookgate_relay::port::{Millis, Queue, Unavailable};

use super::gateway::{Gateway, Shard};
use crate::host::World;
use crate::sample::event;

/// An event as its provider knows it.
pub(super) struct Event {
    pub(super) key: String,
    /// Whether its id is unsigned: then each request claims its signature, too.
    unsigned: bool,
    /// The ids under which it was acknowledged.
    pub(super) acknowledged: Vec<String>,
    /// Signatures of acknowledged requests: what somebody may have captured.
    captured: Vec<u64>,
    next_at: Millis,
}

/// Acknowledgements after which a provider sends no more: its own retries come late, too.
pub(super) const ENOUGH: usize = 3;

impl Event {
    pub(super) fn new(n: u64, dice: &World) -> Self {
        Self {
            key: format!("evt_{n}"),
            unsigned: dice.below(3) == 0,
            acknowledged: vec![],
            captured: vec![],
            next_at: dice.now(),
        }
    }
}

impl Gateway {
    /// One event's next request, or several copies of it at once.
    pub(super) fn a_provider_sends(&self) {
        let now = self.now();
        let waiting = |event: &Event| event.acknowledged.len() < ENOUGH && event.next_at <= now;
        let ready: Vec<usize> = {
            let events = self.events.borrow();
            (0..events.len()).filter(|&n| waiting(&events[n])).collect()
        };
        if ready.is_empty() {
            return;
        }
        let n = ready[self.dice.below(ready.len() as u64) as usize];
        let pause = self.dice.below(300_000) as Millis;
        self.events.borrow_mut()[n].next_at = now + pause;
        for _ in 0..=self.dice.below(3) {
            self.send(n);
        }
        if self.one_in(4) {
            self.replay(n);
        }
    }

    fn send(&self, n: usize) {
        let (key, unsigned) = {
            let event = &self.events.borrow()[n];
            (event.key.clone(), event.unsigned)
        };
        let signature = self.sent.get();
        let claims = self.isolates.claims(&key, unsigned.then_some(signature));
        if let Ok(Admission::Accepted { id } | Admission::Duplicate { id }) =
            self.admit(&key, claims)
        {
            let event = &mut self.events.borrow_mut()[n];
            event.acknowledged.push(id);
            event.captured.extend(unsigned.then_some(signature));
        }
    }

    /// Somebody sends a captured request under an id of his own.
    fn replay(&self, n: usize) {
        let (captured, id) = {
            let event = &self.events.borrow()[n];
            (
                event.captured.last().copied(),
                event.acknowledged.first().cloned(),
            )
        };
        let (Some(signature), Some(id)) = (captured, id) else {
            return;
        };
        let forged = format!("forged-{}", self.sent.get());
        let claims = self.isolates.claims(&forged, Some(signature));
        let answer = self.admit("forged", claims);
        assert!(
            answer.is_err() || answer == Ok(Admission::Duplicate { id }),
            "a replay was answered {answer:?}"
        );
    }

    /// What ingress does with a verified request, in an isolate that the dice choose.
    fn admit(&self, key: &str, claims: Claims) -> Result<Admission, Unavailable> {
        let attempt = self.sent.replace(self.sent.get() + 1);
        let message = QueueMessage {
            event_id: Some(key.into()),
            inbox: None,
            queue: None,
            ..event(&format!("msg_{attempt:05}"))
        };
        let gate = Gate {
            source_id: "src_1",
            dedup: &self.isolates.known_to_one(&self.dice),
            queue: None,
            now: self.now(),
            ports: self,
        };
        let passed = block_on(gate.pass(None, vec![Candidate { claims, message }]));
        match passed {
            Ok(passed) if passed.accepted == 1 => Ok(Admission::Accepted { id: passed.first }),
            Ok(passed) => Ok(Admission::Duplicate { id: passed.first }),
            Err(Stopped::Away(cause)) => Err(cause),
            Err(Stopped::TooLarge) => panic!("a small event"),
        }
    }

    fn shard(&self, inbox: &str) -> &Rc<Shard> {
        let position = inbox.trim_start_matches("src_1/");
        &self.shards[position.parse::<usize>().expect("a shard of ours")]
    }

    pub(super) fn the_queue_delivers(&self) {
        let batch = self.queue.take_batch();
        if batch.is_empty() {
            return;
        }
        let parse = |json: &String| serde_json::from_str::<QueueMessage>(json).expect("ours");
        let application = self.application.enter(Application::open);
        let taken = application.and_then(|app| app.accept(batch.iter().map(parse).collect()));
        if taken.is_err() {
            return self.queue.put_back(batch);
        }
        for json in &batch {
            let receipt: Receipt = serde_json::from_str(json).expect("ours");
            let inbox = receipt.inbox.expect("sent by an inbox");
            // Without it the inbox sends again.
            let _ = self
                .shard(&inbox)
                .inbox()
                .and_then(|inbox| inbox.confirm(&[receipt.id]));
        }
    }
}

/// The isolates remember nothing of events: the inboxes decide alone.
impl Recent for Gateway {
    fn recall(&self, _claim: &str) -> Option<String> {
        None
    }

    fn note(&self, _mark: &Mark) {}
}

impl Markers for Gateway {
    async fn find(&self, claims: &[&str]) -> Vec<Option<String>> {
        vec![None; claims.len()]
    }

    async fn set(&self, _marks: &[Mark]) {}
}

impl Inboxes for Gateway {
    async fn accept(
        &self,
        inbox: &str,
        arrivals: Vec<Arrival>,
    ) -> Result<Vec<Admission>, Unavailable> {
        let shard = self.shard(inbox);
        let accept = |arrival| {
            let admission = shard.inbox()?.accept(arrival);
            if matches!(admission, Ok(Admission::Accepted { .. })) {
                self.after_acceptance(shard);
            }
            // An object that dies in this moment answers nobody.
            admission
        };
        arrivals.into_iter().map(accept).collect()
    }

    async fn enquire(
        &self,
        inbox: &str,
        enquiry: Enquiry,
    ) -> Result<Vec<Option<String>>, Unavailable> {
        self.shard(inbox).inbox()?.enquire(&enquiry)
    }
}

impl Queue for Gateway {
    async fn send_batch(&self, _messages: &[String]) -> Result<(), Unavailable> {
        panic!("an inbox holds every event");
    }
}

/// What the next send meets.
#[derive(Clone, Copy)]
enum Weather {
    Fair,
    Refused,
    Unheard,
    Slow(Millis),
    Never,
}

/// A queue in memory only.
pub(super) struct SimQueue {
    dice: Rc<World>,
    messages: RefCell<Vec<String>>,
    weather: Cell<Weather>,
}

impl SimQueue {
    pub(super) fn new(dice: Rc<World>) -> Self {
        Self {
            dice,
            messages: RefCell::default(),
            weather: Cell::new(Weather::Fair),
        }
    }

    pub(super) fn brew(&self) {
        self.weather.set(match self.dice.below(12) {
            0 => Weather::Refused,
            1 => Weather::Unheard,
            2 => Weather::Slow(self.dice.below(90_000) as Millis),
            3 => Weather::Never,
            _ => Weather::Fair,
        });
    }

    pub(super) fn calm_down(&self) {
        self.weather.set(Weather::Fair);
    }

    /// Its process has died.
    pub(super) fn forget(&self) {
        self.messages.take();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.borrow().is_empty()
    }

    fn take_batch(&self) -> Vec<String> {
        let mut messages = self.messages.borrow_mut();
        let count = self.dice.below(messages.len() as u64 + 1) as usize;
        // Out of order: from wherever.
        let start = self.dice.below((messages.len() - count) as u64 + 1) as usize;
        messages.drain(start..start + count).collect()
    }

    fn put_back(&self, batch: Vec<String>) {
        self.messages.borrow_mut().extend(batch);
    }
}

impl Queue for SimQueue {
    async fn send_batch(&self, messages: &[String]) -> Result<(), Unavailable> {
        let weather = self.weather.get();
        let arrives_at = match weather {
            Weather::Never => Millis::MAX,
            Weather::Slow(ms) => self.dice.now() + ms,
            _ => self.dice.now() + self.dice.below(50) as Millis,
        };
        poll_fn(|_| match self.dice.now() >= arrives_at {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
        if !matches!(weather, Weather::Refused) {
            self.put_back(messages.to_vec());
        }
        match weather {
            Weather::Refused | Weather::Unheard => Err(Unavailable::new("a send", "the weather")),
            _ => Ok(()),
        }
    }
}
