//! Weeks of an endpoint's life under seeded misfortune: receivers that fail, hang, recover, answer
//! 410 and 429; faults and crashes at any call of a port; a clock that jumps both ways.
//!
//! After every step all that must always hold is checked, and at the end that nothing is lost.

mod receiver;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::{Context, Waker};

use hookgate_relay::application::Consignment;
use hookgate_relay::attempt::State;
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::endpoint::{Endpoint, MAX_IN_FLIGHT};
use hookgate_relay::guard::Guard;
use hookgate_relay::notice::{Home, Notice};
use hookgate_relay::port::{Millis, Unavailable};
use hookgate_relay::schedule::Schedule;

use self::receiver::{Mood, Receiver};
use crate::host::{Disk, Fault, START, TestHost, World};
use crate::sample::{config, message, vault, waits};
use crate::seeds;

const SEEDS: u64 = 300;
const STEPS: u64 = 40;
/// Calls of ports in one seed: ten times what the busiest makes. A machine that spins fails its seed,
/// and does not fill the memory.
const MOST_CALLS: u64 = 200_000;
const NET: Millis = 1_000;
const FAILED_ALARM: Millis = 10_000;

type Work = std::pin::Pin<Box<dyn Future<Output = Result<(), Unavailable>>>>;

/// The application: hears what it is told, some of the time.
struct Ear(Rc<World>);

impl Home for Ear {
    async fn tell(&self, _: &str, _: Vec<Notice>) -> Result<(), Unavailable> {
        match self.0.below(3) {
            0 => Err(Unavailable::new("a call", "away")),
            _ => Ok(()),
        }
    }
}

struct Simulation {
    world: Rc<World>,
    disk: Rc<Disk>,
    receiver: Receiver,
    config: EndpointConfig,
    /// The instance, and the life that opened it.
    endpoint: Option<(u64, Rc<Endpoint<TestHost>>)>,
    work: RefCell<Vec<Work>>,
    accepted: Vec<String>,
    /// How many attempts each delivery had made when last looked at.
    made: BTreeMap<String, i64>,
    /// What was on disk when last looked at, by the count of what was written: when something is due,
    /// and until when the endpoint pauses.
    due: Option<(u64, Option<(Millis, Millis)>)>,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let world = World::seeded(seed);
        world.allow(MOST_CALLS);
        let disk = Disk::prepared(|disk| {
            let host = World::seeded(seed).host(disk);
            Endpoint::open(host, vault(), Guard::default()).expect("sound storage");
        });
        let mut config = config("ep_1", "standard");
        config.retry_schedule = match world.below(4) {
            0 => None,
            1 => waits(&[0, 5, 60, 3_600, 86_400]),
            2 => waits(&[30, 1, 1, 1, 1, 1, 1]),
            _ => serde_json::from_str(
                r#"{"type":"exponential","firstSecs":2,"factor":4,"attempts":8}"#,
            )
            .ok(),
        };
        if world.below(3) == 0 {
            config.profile = "visibuild".into();
        }
        flow(&world, &mut config);
        Endpoint::open(world.host(&disk), vault(), Guard::default()).expect("sound storage");
        Self {
            receiver: Receiver::new(Rc::clone(&world), Rc::clone(&disk)),
            world,
            disk,
            config,
            endpoint: None,
            work: RefCell::default(),
            accepted: vec![],
            made: BTreeMap::new(),
            due: None,
        }
    }

    /// The instance of this life, opened if there is none.
    fn endpoint(&mut self) -> Option<Rc<Endpoint<TestHost>>> {
        let life = self.world.life();
        if let Some((opened, endpoint)) = &self.endpoint
            && *opened == life
        {
            return Some(Rc::clone(endpoint));
        }
        // The process is dead, and all that it had under way.
        self.work.borrow_mut().clear();
        self.endpoint = None;
        let host = self.world.host(&self.disk);
        let endpoint = Rc::new(Endpoint::open(host, vault(), Guard::default()).ok()?);
        self.endpoint = Some((life, Rc::clone(&endpoint)));
        Some(endpoint)
    }

    fn start(&self, work: impl Future<Output = Result<(), Unavailable>> + 'static) {
        self.work.borrow_mut().push(Box::pin(work));
    }

    /// Lets everything go as far as it goes now.
    fn settle(&mut self) {
        self.receiver.wake();
        let life = self.world.life();
        let mut context = Context::from_waker(Waker::noop());
        let work = self.work.take();
        for mut one in work {
            match one.as_mut().poll(&mut context) {
                _ if life != self.world.life() => break,
                std::task::Poll::Ready(Ok(())) => {}
                // As the shell does.
                std::task::Poll::Ready(Err(_)) => {
                    self.disk.set_alarm(self.world.now() + FAILED_ALARM);
                }
                std::task::Poll::Pending => self.work.borrow_mut().push(one),
            }
        }
        if life != self.world.life() {
            self.work.borrow_mut().clear();
            self.receiver.hang_up();
        }
    }

    fn pump(&mut self) {
        if let Some(endpoint) = self.endpoint() {
            let (receiver, ear) = (self.receiver.clone(), Ear(Rc::clone(&self.world)));
            self.start(async move {
                endpoint.pump(&receiver).await?;
                endpoint.report(&ear).await
            });
        }
        self.settle();
    }

    fn accept(&mut self, ids: Vec<String>) {
        let consignment = Consignment {
            config: self.config.clone(),
            messages: ids.iter().map(|id| message(id)).collect(),
            resends: vec![],
        };
        let Some(endpoint) = self.endpoint() else {
            return;
        };
        if endpoint.accept(consignment).is_ok() {
            self.accepted.extend(ids);
        }
        self.pump();
        // Before time goes on: what is set now is judged by now.
        self.check();
    }

    /// The alarm rings if it is time, as the runtime and the shell do it.
    fn alarm(&mut self) {
        if !self.disk.rings(self.world.now()) {
            return;
        }
        let Some(endpoint) = self.endpoint() else {
            self.disk.set_alarm(self.world.now() + FAILED_ALARM);
            return;
        };
        let (receiver, ear) = (self.receiver.clone(), Ear(Rc::clone(&self.world)));
        let life = self.world.life();
        self.start(async move {
            let told = endpoint.report(&ear).await;
            endpoint.on_alarm(&receiver).await.and(told)
        });
        self.settle();
        // The runtime calls again an alarm that did not return.
        if life != self.world.life() && self.disk.alarm().is_none() {
            self.disk.set_alarm(self.world.now());
        }
    }

    fn step(&mut self, number: u64) {
        let dice = Rc::clone(&self.world);
        self.receiver.change(match dice.below(8) {
            0..=2 => Mood::Status(200),
            3 => Mood::Status(500),
            4 => Mood::Hangs,
            5 => Mood::Busy(1 + dice.below(600)),
            6 if dice.below(4) == 0 => Mood::Status(410),
            _ => Mood::Slow,
        });
        if dice.below(3) == 0 {
            let faults = [
                Fault::Refused,
                Fault::Misreported,
                Fault::KilledBefore,
                Fault::KilledAfter,
            ];
            let fault = faults[dice.below(4) as usize];
            dice.plan(dice.below(60), fault);
        }
        match dice.below(10) {
            0..=3 => {
                let ids = (0..1 + dice.below(8)).map(|n| format!("msg_{number:02}_{n}"));
                let mut ids: Vec<String> = ids.collect();
                // A redelivery.
                ids.extend(self.accepted.first().cloned());
                self.accept(ids);
            }
            4 => self.enable(),
            5 => {
                self.check();
                let jump = dice.below(7_200_000) as Millis;
                dice.pass(if dice.below(2) == 0 { jump } else { -jump });
                // An alarm that was set before the clock was set back is late until the next entry.
                self.accept(vec![]);
            }
            _ => {}
        }
        self.check();
        self.pass(dice.below(4));
    }

    /// Time goes on, by a second or a day, from alarm to alarm.
    fn pass(&mut self, scale: u64) {
        let span = [1_000, 30_000, 3_600_000, 86_400_000][scale as usize];
        let end = self.world.now() + span;
        for _ in 0..200 {
            let next = [self.disk.alarm(), self.receiver.earliest()];
            let next = next.into_iter().flatten().min();
            let Some(next) = next.filter(|at| *at <= end) else {
                break;
            };
            self.world.reach(next);
            self.settle();
            self.alarm();
            self.check();
        }
        self.world.reach(end);
        self.settle();
        self.alarm();
        self.check();
    }

    /// The operator enables the endpoint, and may change how fast and in what order it is sent to.
    fn enable(&mut self) {
        self.config.version += 1;
        if self.world.below(3) == 0 {
            flow(&self.world, &mut self.config);
        }
        self.config.enabled_in = self.config.version;
        self.accept(vec![]);
    }

    fn check(&mut self) {
        assert!(self.receiver.most_out() <= MAX_IN_FLIGHT, "in flight");
        // Most steps of time write nothing.
        let writes = self.disk.writes();
        if self.due.is_none_or(|(looked_at, _)| looked_at != writes) {
            self.check_schedule();
            self.due = Some((writes, self.next_due()));
        }
        let alive = |(life, _): &(u64, _)| *life == self.world.life();
        if self.endpoint.as_ref().is_some_and(alive) {
            self.check_alarm();
        }
    }

    /// The next attempt is never set earlier than the schedule allows, and is not made before.
    fn check_schedule(&mut self) {
        let schedule: &Schedule = self.config.schedule();
        let now = self.world.now();
        let mut waiting = BTreeMap::new();
        for mut row in self
            .disk
            .rows("SELECT message_id, made, next_attempt_at FROM deliveries WHERE state = 1")
        {
            let (id, made) = (row.take_text(0).unwrap(), row.integer(1).unwrap());
            let next = row.integer(2).unwrap();
            waiting.insert(id.clone(), next);
            if self.made.insert(id.clone(), made) == Some(made) || made == 0 {
                continue;
            }
            let floor = schedule.floor_secs(made as usize).unwrap_or(0);
            let floor = Millis::from(floor) * 1_000;
            assert!(
                next - now >= floor,
                "{id} is early by {} ms",
                floor - (next - now)
            );
        }
        self.receiver.expect(waiting);
    }

    /// When something is due, and until when the endpoint pauses; nothing while it is disabled.
    fn next_due(&self) -> Option<(Millis, Millis)> {
        // With an order the oldest alone can be due.
        let due = self.disk.rows(
            "SELECT MIN(next_attempt_at) FROM deliveries
             WHERE (SELECT disabled_in FROM health) IS NULL
             AND (NOT (SELECT json_extract(config, '$.fifo') FROM endpoint) OR message_id =
                (SELECT MIN(message_id) FROM deliveries WHERE next_attempt_at IS NOT NULL))",
        );
        let due = due[0].optional_integer(0).unwrap()?;
        let paused = self.disk.rows("SELECT paused_until FROM health");
        Some((due, paused[0].optional_integer(0).unwrap().unwrap_or(0)))
    }

    /// What is due has an alarm, unless the endpoint is disabled or a call has just failed.
    fn check_alarm(&self) {
        let Some((_, Some((due, paused)))) = self.due else {
            return;
        };
        let now = self.world.now();
        let alarm = self.disk.alarm();
        let latest = due.max(paused).max(now) + NET.max(FAILED_ALARM);
        assert!(
            alarm.is_some_and(|at| at <= latest),
            "alarm {alarm:?}, due {due}, now {now}"
        );
    }

    /// The misfortunes end; everything must come to its end.
    fn finish(&mut self) {
        self.world.call_off();
        self.receiver.change(Mood::Status(200));
        // Whatever the clock had jumped.
        self.world.reach(START + 60 * 86_400_000);
        for day in 0..60 {
            // A request that was still out may have disabled it once more.
            if day % 10 == 0 {
                self.enable();
            }
            self.pass(3);
        }
        let states = self.disk.rows("SELECT message_id, state FROM deliveries");
        let states: BTreeMap<String, i64> = states
            .into_iter()
            .map(|mut row| (row.take_text(0).unwrap(), row.integer(1).unwrap()))
            .collect();
        for id in &self.accepted {
            let state = states.get(id).unwrap_or_else(|| panic!("{id} is lost"));
            let ended = [State::Success.number(), State::Fail.number()];
            assert!(ended.contains(state), "{id} has not ended: {state}");
            let arrived = self.receiver.answered(id);
            if *state == State::Success.number() {
                assert!(arrived.contains(&200), "{id} never arrived");
            } else {
                let made = self.config.schedule().waits().len();
                assert!(
                    arrived.len() >= made,
                    "{id} was given up after {}",
                    arrived.len()
                );
            }
        }
        assert_eq!(self.disk.number("SELECT COUNT(*) FROM payloads"), 0);
        assert_eq!(self.disk.number("SELECT COUNT(*) FROM notices"), 0);
    }

    fn run(seed: u64) {
        let mut simulation = Self::new(seed);
        for number in 0..STEPS {
            simulation.step(number);
        }
        simulation.finish();
    }
}

/// Half of the endpoints have a throttle, a third an order.
fn flow(world: &World, config: &mut EndpointConfig) {
    config.throttle_rate = [None, None, Some(1), Some(9)][world.below(4) as usize];
    config.fifo = world.below(3) == 0;
}

#[test]
fn weeks_of_misfortune_lose_nothing_and_break_no_promise() {
    seeds::run("endpoint::simulation", SEEDS, Simulation::run);
}
