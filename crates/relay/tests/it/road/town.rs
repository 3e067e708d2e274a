//! Providers, objects, a queue that forgets, and receivers, in one process that may die.
//!
//! An object is opened by whoever calls it and is gone with the process; its storage and its alarm
//! stay. The queue is in memory only. An alarm whose handler dies rings again.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use futures_executor::block_on;
use hookgate_relay::application::Application;
use hookgate_relay::endpoint::Endpoint;
use hookgate_relay::guard::Guard;
use hookgate_relay::inbox::{Admission, Inbox};
use hookgate_relay::message::{Body, QueueMessage, Receipt};
use hookgate_relay::port::{Millis, Unavailable};

use super::ports::{Port, Receiver};
use crate::host::{Disk, TestHost, World};
use crate::sample::{arrival_of, config, event, vault};

pub(super) const ENDPOINTS: [&str; 2] = ["ep_a", "ep_b"];
const LEASE: Millis = 60_000;

/// An event as its provider knows it.
#[derive(Clone)]
pub(super) struct Event {
    /// The provider's own id of it.
    pub(super) key: String,
    /// The ids under which it was acknowledged, the provider's needless retries included.
    pub(super) acknowledged: Vec<String>,
}

/// A machine of one life of the process.
type Opened<M> = RefCell<Option<(u64, Rc<M>)>>;

pub(super) struct Address {
    pub(super) disk: Rc<Disk>,
    endpoint: Opened<Endpoint<TestHost>>,
}

/// One request as a receiver saw it.
pub(super) struct Received {
    pub(super) endpoint: String,
    pub(super) id: String,
    pub(super) key: String,
    pub(super) answered: bool,
}

pub(super) struct Town {
    pub(super) world: Rc<World>,
    pub(super) events: RefCell<Vec<Event>>,
    pub(super) inbox_disk: Rc<Disk>,
    inbox: Opened<Inbox<TestHost>>,
    pub(super) app_disk: Rc<Disk>,
    app: Opened<Application<TestHost>>,
    pub(super) addresses: BTreeMap<String, Address>,
    life: Cell<u64>,
    attempts: Cell<u64>,
    /// In memory only.
    pub(super) queue: RefCell<VecDeque<String>>,
    /// Endpoints that pump after their answer, and the life that they answered in.
    pub(super) pumps: RefCell<Vec<(u64, String)>>,
    pub(super) received: RefCell<Vec<Received>>,
    /// Receivers that answer 503 until then.
    pub(super) closed: RefCell<BTreeMap<String, Millis>>,
    /// Requests of a delivery whose success is on disk.
    pub(super) after_success: Cell<usize>,
    /// Requests with another body than their provider's.
    pub(super) altered: Cell<usize>,
}

impl Town {
    pub(super) fn new(world: Rc<World>, events: usize) -> Self {
        let app_disk = Disk::new();
        let app = Application::open(world.host(&app_disk)).expect("sound storage");
        for id in ENDPOINTS {
            let added = app.add_endpoint(&config(id, "standard"));
            added.expect("sound storage");
        }
        let address = |id: &str| {
            let address = Address {
                disk: Disk::new(),
                endpoint: Opened::default(),
            };
            (id.to_owned(), address)
        };
        let event = |n| Event {
            key: format!("evt_{n}"),
            acknowledged: vec![],
        };
        Self {
            world,
            events: RefCell::new((0..events).map(event).collect()),
            inbox_disk: Disk::new(),
            inbox: Opened::default(),
            app_disk,
            app: Opened::default(),
            addresses: ENDPOINTS.into_iter().map(address).collect(),
            life: Cell::new(0),
            attempts: Cell::new(0),
            queue: RefCell::default(),
            pumps: RefCell::default(),
            received: RefCell::default(),
            closed: RefCell::default(),
            after_success: Cell::new(0),
            altered: Cell::new(0),
        }
    }

    /// From now on this receiver answers 503, for so long.
    pub(super) fn close(&self, endpoint: &str, ms: Millis) {
        let until = self.world.now() + ms;
        self.closed.borrow_mut().insert(endpoint.into(), until);
    }

    /// Turn after turn until nothing is left to do.
    pub(super) fn run(&self, name: &str) {
        for _ in 0..400 {
            self.turn();
            if self.is_quiet() {
                return;
            }
        }
        panic!("{name}: still not quiet");
    }

    /// Everybody does what is his to do now; then time goes on.
    pub(super) fn turn(&self) {
        let life = self.world.life();
        if self.life.replace(life) != life {
            self.queue.borrow_mut().clear();
        }
        self.providers_send();
        self.queue_delivers();
        for (life, id) in self.pumps.take() {
            if life == self.world.life()
                && let Ok(endpoint) = self.endpoint(&id)
            {
                let _ = block_on(endpoint.pump(&self.receiver(&id)));
            }
        }
        self.alarms_ring();
        let endpoints = self.addresses.values().map(|address| &address.disk);
        let disks = endpoints.chain([&self.inbox_disk, &self.app_disk]);
        let next = disks.filter_map(|disk| disk.alarm()).min();
        let busy = !self.queue.borrow().is_empty() || !self.all_acknowledged();
        let most = if busy { 1_000 } else { 3_600_000 };
        let pause = next.map_or(most, |at| at - self.world.now());
        self.world.pass(pause.clamp(1, most));
    }

    fn providers_send(&self) {
        for (n, event) in self.events().into_iter().enumerate() {
            // A needless retry or two come after the acknowledgement.
            if event.acknowledged.len() > 2 {
                continue;
            }
            let attempt = self.attempts.replace(self.attempts.get() + 1);
            let admitted = self.inbox().and_then(|inbox| {
                let message = message_of(&event.key, &format!("msg_{attempt}"));
                let json = serde_json::to_string(&message).expect("JSON");
                let key = format!("id:{}", event.key);
                let admission = inbox.accept(arrival_of(&[&key], &message.id, &json));
                // After the answer, as the object's shell does.
                let _ = block_on(inbox.drain(&self.port()));
                admission
            });
            if let Ok(Admission::Accepted { id } | Admission::Duplicate { id }) = admitted {
                self.events.borrow_mut()[n].acknowledged.push(id);
            }
        }
    }

    fn queue_delivers(&self) {
        let batch: Vec<String> = self.queue.borrow_mut().drain(..).collect();
        if batch.is_empty() {
            return;
        }
        let parse = |json: &String| serde_json::from_str::<QueueMessage>(json).expect("ours");
        let taken = self.application().and_then(|app| {
            let accepted = app.accept(batch.iter().map(parse).collect());
            let _ = block_on(app.drain(&self.port()));
            accepted
        });
        if taken.is_err() {
            self.queue.borrow_mut().extend(batch);
            return;
        }
        let receipt = |json: &String| serde_json::from_str::<Receipt>(json).expect("ours").id;
        let ids: Vec<String> = batch.iter().map(receipt).collect();
        // Without it the inbox sends again.
        let _ = self.inbox().and_then(|inbox| inbox.confirm(&ids));
    }

    fn alarms_ring(&self) {
        self.rings(&self.inbox_disk, || {
            block_on(self.inbox()?.on_alarm(&self.port()))
        });
        self.rings(&self.app_disk, || {
            block_on(self.application()?.on_alarm(&self.port()))
        });
        for (id, address) in &self.addresses {
            let http = self.receiver(id);
            self.rings(&address.disk, || {
                let endpoint = self.endpoint(id)?;
                block_on(endpoint.on_alarm(&http))?;
                block_on(endpoint.report(&self.port()))
            });
        }
    }

    /// Handles an alarm if it is due: the shell never throws, the runtime never forgets.
    fn rings(&self, disk: &Disk, handle: impl FnOnce() -> Result<(), Unavailable>) {
        let life = self.world.life();
        if !disk.rings(self.world.now()) || handle().is_ok() {
            return;
        }
        if life == self.world.life() {
            disk.set_alarm(self.world.now() + 10_000);
        } else if disk.alarm().is_none() {
            disk.set_alarm(self.world.now());
        }
    }

    fn port(&self) -> Port<'_> {
        Port {
            town: self,
            life: self.world.life(),
        }
    }

    fn receiver(&self, endpoint: &str) -> Receiver<'_> {
        Receiver {
            port: self.port(),
            endpoint: endpoint.to_owned(),
        }
    }

    fn opened<M>(
        &self,
        slot: &Opened<M>,
        disk: &Rc<Disk>,
        open: impl FnOnce(TestHost) -> Result<M, Unavailable>,
    ) -> Result<Rc<M>, Unavailable> {
        let life = self.world.life();
        if let Some((_, machine)) = slot.borrow().as_ref().filter(|(born, _)| *born == life) {
            return Ok(Rc::clone(machine));
        }
        let machine = Rc::new(open(self.world.host(disk))?);
        slot.replace(Some((life, Rc::clone(&machine))));
        Ok(machine)
    }

    fn inbox(&self) -> Result<Rc<Inbox<TestHost>>, Unavailable> {
        let open = |host| Inbox::open(host, LEASE);
        self.opened(&self.inbox, &self.inbox_disk, open)
    }

    pub(super) fn application(&self) -> Result<Rc<Application<TestHost>>, Unavailable> {
        self.opened(&self.app, &self.app_disk, Application::open)
    }

    pub(super) fn endpoint(&self, id: &str) -> Result<Rc<Endpoint<TestHost>>, Unavailable> {
        let address = &self.addresses[id];
        let open = |host| Endpoint::open(host, vault(), Guard::default());
        self.opened(&address.endpoint, &address.disk, open)
    }
}

/// What a provider sends as its event `key`.
pub(super) fn payload(key: &str) -> String {
    format!("{{ \"key\": \"{key}\",\t\"amount\":1.10, \"text\":\"\\u00e9\u{1F600}\" }}\r\n")
}

fn message_of(key: &str, id: &str) -> QueueMessage {
    QueueMessage {
        event_id: Some(key.into()),
        body: Body::Text(payload(key)),
        ..event(id)
    }
}
