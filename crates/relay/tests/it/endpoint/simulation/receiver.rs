//! The receiver of the simulation: answers by its mood, after a while of virtual time, and looks at
//! the sender's storage as each request arrives.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use hookgate_relay::attempt::State;
use hookgate_relay::port::{Hints, Http, HttpOutcome, HttpRequest, Millis};

use crate::host::{Disk, World};
use crate::neighbour::status;
use crate::sample::DAY;

/// How the receiver answers.
#[derive(Clone, Copy)]
pub(super) enum Mood {
    /// With this status, at once.
    Status(u16),
    /// With 200, after a while.
    Slow,
    /// Not at all.
    Hangs,
    /// With 429, and so many seconds in `Retry-After`.
    Busy(u64),
}

#[derive(Clone)]
pub(super) struct Receiver(Rc<Inside>);

struct Inside {
    world: Rc<World>,
    disk: Rc<Disk>,
    mood: Cell<Mood>,
    /// When a request last failed: that may disable the endpoint, or make it pause.
    upset: Cell<Option<Millis>>,
    out: Cell<usize>,
    most_out: Cell<usize>,
    /// When a request last came, and how many a second there could be then.
    last: Cell<Option<(Millis, i64)>>,
    waiting: RefCell<Vec<(Millis, Waker)>>,
    /// Before when each delivery must not come, once.
    not_before: RefCell<BTreeMap<String, Millis>>,
    answered: RefCell<BTreeMap<String, Vec<u16>>>,
}

impl Receiver {
    pub(super) fn new(world: Rc<World>, disk: Rc<Disk>) -> Self {
        Self(Rc::new(Inside {
            world,
            disk,
            mood: Cell::new(Mood::Status(200)),
            upset: Cell::new(None),
            out: Cell::new(0),
            most_out: Cell::new(0),
            last: Cell::new(None),
            waiting: RefCell::default(),
            not_before: RefCell::default(),
            answered: RefCell::default(),
        }))
    }

    pub(super) fn change(&self, mood: Mood) {
        self.0.mood.set(mood);
    }

    pub(super) fn most_out(&self) -> usize {
        self.0.most_out.get()
    }

    /// The next request for each of these deliveries, which wait, must not come before its moment. Of one
    /// that is out nothing is expected: it may come again after a crash, and the clock be set back.
    pub(super) fn expect(&self, waiting: BTreeMap<String, Millis>) {
        self.0.not_before.replace(waiting);
    }

    /// What was answered to a message, 0 for no answer.
    pub(super) fn answered(&self, id: &str) -> Vec<u16> {
        self.0
            .answered
            .borrow()
            .get(id)
            .cloned()
            .unwrap_or_default()
    }

    /// When the next answer is due.
    pub(super) fn earliest(&self) -> Option<Millis> {
        self.0.waiting.borrow().iter().map(|(at, _)| *at).min()
    }

    pub(super) fn wake(&self) {
        for (_, waker) in self.0.waiting.take() {
            waker.wake();
        }
    }

    /// The sender has died.
    pub(super) fn hang_up(&self) {
        self.0.waiting.borrow_mut().clear();
    }

    fn look(&self, id: &str) {
        let Inside { world, disk, .. } = &*self.0;
        let now = world.now();
        let rows = disk.rows_of(
            "SELECT state, (SELECT COUNT(*) FROM attempts
                WHERE message_id = ?1 AND state = 0) FROM deliveries WHERE message_id = ?1",
            vec![id.into()],
        );
        let state = rows[0].integer(0).unwrap();
        assert_eq!(
            state,
            State::Sending.number(),
            "{id} is not written as sending"
        );
        assert_eq!(rows[0].integer(1).unwrap(), 0, "{id} after its success");
        if let Some(due) = self.0.not_before.borrow_mut().remove(id) {
            assert!(now >= due, "{id} came {} ms early", due - now);
        }
        self.look_at_flow(id);
        // What was written as sending in that very moment is on its way.
        if self.0.upset.get() == Some(now) {
            return;
        }
        let health = disk.rows("SELECT disabled_in, paused_until FROM health");
        if let Some(version) = health[0].optional_integer(0).unwrap() {
            let enabled = "SELECT COALESCE(json_extract(config, '$.enabledIn'), 0) FROM endpoint";
            assert!(
                disk.number(enabled) > version,
                "{id} to a disabled endpoint"
            );
        }
        if let Some(until) = health[0].optional_integer(1).unwrap() {
            assert!(now >= until.min(now + DAY), "{id} in a pause");
        }
    }

    /// The throttle and the order of the endpoint, by what has come here.
    fn look_at_flow(&self, id: &str) {
        let Inside { world, disk, .. } = &*self.0;
        let now = world.now();
        let mut row = disk.rows(
            "SELECT json_extract(config, '$.throttleRate'), json_extract(config, '$.fifo'),
                (SELECT MIN(message_id) FROM deliveries WHERE next_attempt_at IS NOT NULL)
             FROM endpoint",
        );
        let rate = row[0].optional_integer(0).unwrap().unwrap_or(1_000_000);
        if let Some((last, before)) = self.0.last.replace(Some((now, rate)))
            && last <= now
        {
            let rate = rate.max(before);
            let gap = now - last;
            assert!(gap * rate >= 1_000 || rate > 65_535, "{id} after {gap} ms");
        }
        if row[0].integer(1).unwrap() == 1 {
            assert_eq!(row[0].take_text(2).unwrap(), id, "before its turn");
            assert_eq!(self.0.out.get(), 0, "{id} beside another");
        }
    }
}

impl Http for Receiver {
    async fn post(&self, request: HttpRequest) -> HttpOutcome {
        struct Back<'a>(&'a Cell<usize>);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        let inside = &*self.0;
        let id = request
            .headers
            .iter()
            .find(|(name, _)| {
                let name = name.to_ascii_lowercase();
                name == "webhook-id" || name == "x-visibuild-delivery"
            })
            .map(|(_, id)| id.clone())
            .expect("an id");
        self.look(&id);
        inside.out.set(inside.out.get() + 1);
        inside
            .most_out
            .set(inside.most_out.get().max(inside.out.get()));
        let _back = Back(&inside.out);
        let mood = inside.mood.get();
        let timeout = Millis::from(request.timeout_ms);
        let wait = match mood {
            // No network answers in the moment of asking.
            Mood::Status(_) | Mood::Busy(_) => 1,
            Mood::Slow => 1 + inside.world.below(timeout as u64 - 1) as Millis,
            Mood::Hangs => timeout,
        };
        let until = inside.world.now() + wait;
        poll_fn(|context| {
            // A clock that was set back must not hold a request for longer than its timeout.
            let now = inside.world.now();
            if now >= until || now + wait < until {
                return Poll::Ready(());
            }
            let waiting = (until, context.waker().clone());
            inside.waiting.borrow_mut().push(waiting);
            Poll::Pending
        })
        .await;
        let outcome = match mood {
            Mood::Status(code) => status(code),
            Mood::Slow => status(200),
            Mood::Hangs => HttpOutcome::TimedOut,
            Mood::Busy(seconds) => HttpOutcome::Answered {
                status: 429,
                hints: Hints {
                    retry_after: Some(seconds.to_string()),
                    delivery: None,
                },
                body: vec![],
            },
        };
        let code = match &outcome {
            HttpOutcome::Answered { status, .. } => *status,
            _ => 0,
        };
        if code != 200 {
            inside.upset.set(Some(inside.world.now()));
        }
        let mut answered = inside.answered.borrow_mut();
        answered.entry(id).or_default().push(code);
        outcome
    }
}
