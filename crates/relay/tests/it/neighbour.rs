//! Scripted neighbours: a queue, endpoint objects and receivers that answer as told, and remember
//! what they were given.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use hookgate_relay::application::{Consignment, Endpoints, Retirement};
use hookgate_relay::notice::{Home, Notice};
use hookgate_relay::operational::Operation;
use hookgate_relay::port::{Hints, Http, HttpOutcome, HttpRequest, Queue, Unavailable};

use hookgate_relay::task::{Sieve, Task};

use crate::script::Script;

/// How a neighbour takes what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It has it.
    Yes,
    /// It has it not.
    No,
    /// It has it, and nobody learns that.
    YesUnheard,
}

impl Taken {
    pub(crate) fn landed(self) -> bool {
        self != Self::No
    }

    pub(crate) fn heard(self) -> Result<(), Unavailable> {
        match self {
            Self::Yes => Ok(()),
            Self::No | Self::YesUnheard => Err(Unavailable::new("a call", "scripted")),
        }
    }
}

/// A queue.
#[derive(Clone)]
pub(crate) struct TestQueue(Rc<Broker>);

struct Broker {
    script: Script<Taken>,
    batches: RefCell<Vec<Vec<String>>>,
    own: RefCell<Vec<(String, Vec<String>)>>,
    calls: Cell<usize>,
}

impl TestQueue {
    pub(crate) fn new() -> Self {
        Self(Rc::new(Broker {
            script: Script::always(Taken::Yes),
            batches: RefCell::default(),
            own: RefCell::default(),
            calls: Cell::new(0),
        }))
    }

    pub(crate) fn script(&self) -> &Script<Taken> {
        &self.0.script
    }

    /// The batches that have landed since the last call.
    pub(crate) fn batches(&self) -> Vec<Vec<String>> {
        self.0.batches.take()
    }

    /// What has landed in the user's own queues since the last call, by their names.
    pub(crate) fn own(&self) -> Vec<(String, Vec<String>)> {
        self.0.own.take()
    }

    /// How often it was called.
    pub(crate) fn calls(&self) -> usize {
        self.0.calls.get()
    }
}

impl Queue for TestQueue {
    async fn send_batch(&self, messages: &[String]) -> Result<(), Unavailable> {
        self.0.calls.set(self.0.calls.get() + 1);
        let taken = self.script().next().await;
        if taken.landed() {
            self.0.batches.borrow_mut().push(messages.to_vec());
        }
        taken.heard()
    }

    async fn send_batch_to(&self, queue: &str, messages: &[String]) -> Result<(), Unavailable> {
        self.0.calls.set(self.0.calls.get() + 1);
        let taken = self.script().next().await;
        if taken.landed() {
            let batch = (queue.to_owned(), messages.to_vec());
            self.0.own.borrow_mut().push(batch);
        }
        taken.heard()
    }
}

/// The endpoint objects of an application, each with a script of its own.
#[derive(Clone, Default)]
pub(crate) struct TestEndpoints {
    scripts: Rc<RefCell<BTreeMap<String, Rc<Script<Taken>>>>>,
    landed: Rc<RefCell<Vec<Consignment>>>,
    calls: Rc<RefCell<Vec<String>>>,
    sieves: Rc<RefCell<Vec<Sieve>>>,
    retired: Rc<RefCell<Vec<(String, Retirement)>>>,
    unlisted: Rc<RefCell<Vec<String>>>,
    tasks: Rc<RefCell<Vec<Task>>>,
    published: Rc<RefCell<Vec<Operation>>>,
}

impl TestEndpoints {
    pub(crate) fn script(&self, endpoint: &str) -> Rc<Script<Taken>> {
        let mut scripts = self.scripts.borrow_mut();
        let script = scripts
            .entry(endpoint.to_owned())
            .or_insert_with(|| Rc::new(Script::always(Taken::Yes)));
        Rc::clone(script)
    }

    /// The consignments that have landed since the last call: endpoint, and ids of messages.
    pub(crate) fn landed(&self) -> Vec<(String, Vec<String>)> {
        let landed = self.landed.take().into_iter();
        landed
            .map(|one| {
                let ids = one.messages.into_iter().map(|message| message.id);
                (one.config.id, ids.collect())
            })
            .collect()
    }

    /// The consignments themselves that have landed since the last call.
    pub(crate) fn consignments(&self) -> Vec<Consignment> {
        self.landed.take()
    }

    /// How many messages have ever landed at one endpoint, copies not counted.
    pub(crate) fn landed_at(&self, endpoint: &str) -> usize {
        let landed = self.landed.borrow();
        let at_endpoint = landed.iter().filter(|one| one.config.id == endpoint);
        let ids = at_endpoint.flat_map(|one| one.messages.iter().map(|message| &message.id));
        ids.collect::<BTreeSet<_>>().len()
    }

    /// What endpoints were asked since the last call. Each passes everything.
    pub(crate) fn sieves(&self) -> Vec<Sieve> {
        self.sieves.take()
    }

    /// The endpoints that were retired since the last call.
    pub(crate) fn retired(&self) -> Vec<(String, Retirement)> {
        self.retired.take()
    }

    /// The applications that were taken off the registry's list since the last call.
    pub(crate) fn unlisted(&self) -> Vec<String> {
        self.unlisted.take()
    }

    /// How tasks stood since the last call.
    pub(crate) fn tasks(&self) -> Vec<Task> {
        self.tasks.take()
    }

    /// What was told since the last call.
    pub(crate) fn published(&self) -> Vec<Operation> {
        self.published.take()
    }

    /// The endpoints that were called since the last call of this.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.take()
    }
}

impl Endpoints for TestEndpoints {
    async fn accept(&self, consignment: Consignment) -> Result<(), Unavailable> {
        let id = consignment.config.id.clone();
        self.calls.borrow_mut().push(id.clone());
        let taken = self.script(&id).next().await;
        if taken.landed() {
            self.landed.borrow_mut().push(consignment);
        }
        taken.heard()
    }

    async fn sift(&self, endpoint_id: &str, sieve: &Sieve) -> Result<Vec<String>, Unavailable> {
        self.script(endpoint_id).next().await.heard()?;
        self.sieves.borrow_mut().push(sieve.clone());
        Ok(sieve.ids.clone())
    }

    async fn retire(&self, endpoint_id: &str, stage: Retirement) -> Result<(), Unavailable> {
        let taken = self.script(endpoint_id).next().await;
        if taken.landed() {
            let retired = (endpoint_id.to_owned(), stage);
            self.retired.borrow_mut().push(retired);
        }
        taken.heard()
    }

    async fn unlist(&self, application_id: &str) -> Result<(), Unavailable> {
        let taken = self.script("registry").next().await;
        if taken.landed() {
            self.unlisted.borrow_mut().push(application_id.to_owned());
        }
        taken.heard()
    }

    async fn note_task(&self, task: &Task) -> Result<(), Unavailable> {
        let taken = self.script("registry").next().await;
        if taken.landed() {
            self.tasks.borrow_mut().push(task.clone());
        }
        taken.heard()
    }

    async fn publish(&self, operations: Vec<Operation>) -> Result<(), Unavailable> {
        let taken = self.script("operational").next().await;
        if taken.landed() {
            self.published.borrow_mut().extend(operations);
        }
        taken.heard()
    }
}

/// The application of an endpoint.
#[derive(Clone)]
pub(crate) struct TestHome {
    script: Rc<Script<Taken>>,
    heard: Rc<RefCell<Vec<(String, Notice)>>>,
}

impl TestHome {
    pub(crate) fn new() -> Self {
        Self {
            script: Rc::new(Script::always(Taken::Yes)),
            heard: Rc::default(),
        }
    }

    pub(crate) fn script(&self) -> &Script<Taken> {
        &self.script
    }

    /// What it has heard since the last call, and which application that was.
    pub(crate) fn heard(&self) -> Vec<(String, Notice)> {
        self.heard.take()
    }

    /// As [`Self::heard`], but of disabled endpoints alone, and without what is for the operator.
    pub(crate) fn heard_disabled(&self) -> Vec<(String, Notice)> {
        let mut heard = self.heard();
        heard.retain(|(_, notice)| matches!(notice, Notice::Disabled { .. }));
        for (_, notice) in &mut heard {
            if let Notice::Disabled {
                id, failing_since, ..
            } = notice
            {
                assert!(!id.is_empty());
                id.clear();
                *failing_since = None;
            }
        }
        heard
    }
}

impl Home for TestHome {
    async fn tell(&self, application: &str, notices: Vec<Notice>) -> Result<(), Unavailable> {
        let taken = self.script.next().await;
        if taken.landed() {
            let notices = notices.into_iter().map(|one| (application.to_owned(), one));
            self.heard.borrow_mut().extend(notices);
        }
        taken.heard()
    }
}

/// A receiver.
#[derive(Clone)]
pub(crate) struct TestHttp(Rc<Receiver>);

struct Receiver {
    script: Script<HttpOutcome>,
    requests: RefCell<Vec<HttpRequest>>,
    out: Cell<usize>,
    most_out: Cell<usize>,
    on_request: RefCell<Look>,
}

/// Looks on as a request leaves.
type Look = Box<dyn Fn(&HttpRequest)>;

/// The receiver answers with this status and an empty body.
pub(crate) fn status(status: u16) -> HttpOutcome {
    HttpOutcome::Answered {
        status,
        hints: Hints::default(),
        body: vec![],
    }
}

impl TestHttp {
    pub(crate) fn new() -> Self {
        Self(Rc::new(Receiver {
            script: Script::always(status(200)),
            requests: RefCell::default(),
            out: Cell::new(0),
            most_out: Cell::new(0),
            on_request: RefCell::new(Box::new(|_| {})),
        }))
    }

    pub(crate) fn script(&self) -> &Script<HttpOutcome> {
        &self.0.script
    }

    /// Looks on as each request leaves.
    pub(crate) fn on_request(&self, look: impl Fn(&HttpRequest) + 'static) {
        *self.0.on_request.borrow_mut() = Box::new(look);
    }

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<HttpRequest> {
        self.0.requests.take()
    }

    /// Requests that are out now, and the most that ever were.
    pub(crate) fn out(&self) -> (usize, usize) {
        (self.0.out.get(), self.0.most_out.get())
    }
}

impl Http for TestHttp {
    async fn post(&self, request: HttpRequest) -> HttpOutcome {
        struct Back<'a>(&'a Cell<usize>);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        let receiver = &*self.0;
        let out = receiver.out.get() + 1;
        receiver.out.set(out);
        receiver.most_out.set(receiver.most_out.get().max(out));
        let _back = Back(&receiver.out);
        (receiver.on_request.borrow())(&request);
        receiver.requests.borrow_mut().push(request);
        receiver.script.next().await
    }
}
