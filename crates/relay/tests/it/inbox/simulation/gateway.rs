//! The gateway of one seed: its objects, each with storage and lives of its own, and what happens
//! in one step.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use futures_executor::block_on;
use hookgate_relay::application::Application;
use hookgate_relay::inbox::Inbox;
use hookgate_relay::port::{Millis, Unavailable};
use hookgate_relay::watch::{Cover, Kind, Look, Note, Watchlist};

use super::isolates::{Isolates, SHARDS};
use super::neighbours::{Event, SimQueue};
use crate::host::{Disk, Fault, TestHost, World};

/// As in the Worker: how long the shell waits after an alarm that failed.
const ALARM_RETRY: Millis = 10_000;
pub(super) const LEASE: Millis = 60_000;
const MINUTE: Millis = 60_000;

type Outcome = Result<(), Unavailable>;
type Task = Pin<Box<dyn Future<Output = ()>>>;

/// One object: what it has on disk, and the instance of its present life.
pub(super) struct Object<M> {
    pub(super) world: Rc<World>,
    pub(super) disk: Rc<Disk>,
    instance: RefCell<Option<(u64, Rc<M>)>>,
}

impl<M> Object<M> {
    fn new(seed: u64) -> Self {
        Self {
            world: World::seeded(seed),
            disk: Disk::new(),
            instance: RefCell::default(),
        }
    }

    pub(super) fn enter(
        &self,
        open: impl FnOnce(TestHost) -> Result<M, Unavailable>,
    ) -> Result<Rc<M>, Unavailable> {
        let life = self.world.life();
        if let Some((_, instance)) = self
            .instance
            .borrow()
            .as_ref()
            .filter(|(born, _)| *born == life)
        {
            return Ok(Rc::clone(instance));
        }
        let instance = Rc::new(open(self.world.host(&self.disk))?);
        self.instance.replace(Some((life, Rc::clone(&instance))));
        Ok(instance)
    }
}

/// One shard, and what its shell remembers.
pub(super) struct Shard {
    pub(super) object: Object<Inbox<TestHost>>,
    cover: RefCell<(u64, Rc<Cover>)>,
}

impl Shard {
    pub(super) fn inbox(&self) -> Result<Rc<Inbox<TestHost>>, Unavailable> {
        self.object.enter(|host| Inbox::open(host, LEASE))
    }

    /// A new life knows of no note.
    fn cover(&self) -> Rc<Cover> {
        let life = self.object.world.life();
        let mut cover = self.cover.borrow_mut();
        if cover.0 != life {
            *cover = (life, Rc::default());
        }
        Rc::clone(&cover.1)
    }
}

/// What is under way between two objects, and when it arrives.
enum Letter {
    Tell(Note, Rc<Cover>),
    Looked(Vec<Look>),
}

pub(super) struct Gateway {
    pub(super) dice: Rc<World>,
    pub(super) shards: Vec<Rc<Shard>>,
    pub(super) isolates: Isolates,
    pub(super) application: Object<Application<TestHost>>,
    pub(super) registry: Object<Watchlist<TestHost>>,
    pub(super) queue: Rc<SimQueue>,
    pub(super) events: RefCell<Vec<Event>>,
    pub(super) sent: Cell<u64>,
    stormy: Cell<bool>,
    tasks: RefCell<Vec<Task>>,
    /// Futures that the runtime has forgotten: never polled, never dropped.
    forgotten: RefCell<Vec<Task>>,
    letters: RefCell<Vec<(Millis, Letter)>>,
    swept_at: Cell<Millis>,
}

impl Gateway {
    pub(super) fn new(seed: u64) -> Self {
        let dice = World::seeded(seed);
        let shard = |n: u64| {
            Rc::new(Shard {
                object: Object::new(seed ^ (n + 1) << 40),
                cover: RefCell::default(),
            })
        };
        let events = 2 + dice.below(6);
        Self {
            shards: (0..SHARDS).map(shard).collect(),
            isolates: Isolates::new(&dice),
            application: Object::new(seed ^ 1 << 50),
            registry: Object::new(seed ^ 1 << 51),
            queue: Rc::new(SimQueue::new(Rc::clone(&dice))),
            events: RefCell::new((0..events).map(|n| Event::new(n, &dice)).collect()),
            sent: Cell::new(0),
            stormy: Cell::new(true),
            tasks: RefCell::default(),
            forgotten: RefCell::default(),
            letters: RefCell::default(),
            swept_at: Cell::new(dice.now()),
            dice,
        }
    }

    fn worlds(&self) -> impl Iterator<Item = &Rc<World>> {
        let shards = self.shards.iter().map(|shard| &shard.object.world);
        shards.chain([&self.application.world, &self.registry.world])
    }

    pub(super) fn now(&self) -> Millis {
        self.dice.now()
    }

    pub(super) fn one_in(&self, chances: u64) -> bool {
        self.dice.below(chances) == 0
    }

    /// What is to go wrong next.
    pub(super) fn brew(&self) {
        use Fault::{KilledAfter, KilledBefore, Misreported, Refused};
        for world in self.worlds() {
            if !world.is_planned() {
                let fault = [Refused, Misreported, KilledBefore, KilledAfter];
                world.plan(self.dice.below(60), fault[self.dice.below(4) as usize]);
            }
        }
        self.queue.brew();
        if self.one_in(50) {
            self.isolates.change_shards(&self.dice);
        }
        if self.one_in(40) {
            self.kill_everything();
        }
        for shard in &self.shards {
            // The net below the alarm is the note: one thing goes wrong, not the alarm and the note.
            if self.one_in(30) && self.is_watched(shard) {
                shard.object.disk.forget_alarm();
            }
        }
    }

    pub(super) fn calm_down(&self) {
        self.worlds().for_each(|world| {
            world.call_off();
        });
        self.queue.calm_down();
        self.stormy.set(false);
    }

    /// The power goes: memory is gone, and what was out never comes back.
    fn kill_everything(&self) {
        self.worlds().for_each(|world| world.kill());
        self.queue.forget();
        self.letters.take();
        if self.one_in(2) {
            self.forgotten
                .borrow_mut()
                .append(&mut self.tasks.borrow_mut());
        } else {
            self.tasks.take();
        }
    }

    fn is_watched(&self, shard: &Rc<Shard>) -> bool {
        let name = self.name(shard);
        let tables = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'watch'";
        let soon = self.now() + 2 * MINUTE;
        let note =
            format!("SELECT COUNT(*) FROM watch WHERE name = '{name}' AND look_at <= {soon}");
        let disk = &self.registry.disk;
        disk.number(tables) == 1 && disk.number(&note) == 1
    }

    fn name(&self, shard: &Rc<Shard>) -> String {
        let position = self.shards.iter().position(|one| Rc::ptr_eq(one, shard));
        format!("src_1/{}", position.expect("one of ours"))
    }

    /// Everybody does what is his to do, in an order that the dice choose; then time goes on.
    pub(super) fn step(&self) {
        for _ in 0..3 {
            match self.dice.below(4) {
                0 => self.a_provider_sends(),
                1 => self.the_queue_delivers(),
                2 => self.letters_arrive(),
                _ => self.alarms_ring(),
            }
            self.poll();
        }
        if self.stormy.get() && self.one_in(20) {
            self.one_task_is_lost();
        }
        self.isolates.learn(&self.dice);
        if self.now() - self.swept_at.get() >= MINUTE {
            self.swept_at.set(self.now());
            self.sweep();
        }
        self.pass(match self.dice.below(3) {
            0 => 1,
            1 => self.dice.below(2_000) as Millis,
            _ => self.dice.below(MINUTE as u64) as Millis,
        });
    }

    pub(super) fn pass(&self, ms: Millis) {
        self.dice.pass(ms);
        self.worlds().for_each(|world| world.reach(self.now()));
    }

    /// Starts what follows after an answer.
    fn start(&self, work: impl Future<Output = Outcome> + 'static) {
        self.tasks.borrow_mut().push(Box::pin(async move {
            let _ = work.await;
        }));
    }

    /// Every future goes on as far as it can.
    fn poll(&self) {
        let mut tasks = self.tasks.take();
        let mut context = Context::from_waker(Waker::noop());
        tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
        self.tasks.borrow_mut().append(&mut tasks);
    }

    fn one_task_is_lost(&self) {
        let mut tasks = self.tasks.borrow_mut();
        if !tasks.is_empty() {
            let position = self.dice.below(tasks.len() as u64) as usize;
            let lost = tasks.swap_remove(position);
            if self.one_in(2) {
                self.forgotten.borrow_mut().push(lost);
            }
        }
    }

    /// What the shell does after an acceptance.
    pub(super) fn after_acceptance(&self, shard: &Rc<Shard>) {
        self.tell(shard);
        if let Ok(inbox) = shard.inbox() {
            let queue = Rc::clone(&self.queue);
            self.start(async move { inbox.drain(&*queue).await });
        }
    }

    fn tell(&self, shard: &Rc<Shard>) {
        let cover = shard.cover();
        if let Some(look_at) = cover.renew(self.now()) {
            let (kind, name) = (Kind::Inbox, self.name(shard));
            let note = Note {
                kind,
                name,
                look_at,
            };
            self.post(Letter::Tell(note, cover));
        }
    }

    fn post(&self, letter: Letter) {
        let at = self.now() + self.dice.below(3_000) as Millis;
        self.letters.borrow_mut().push((at, letter));
    }

    fn letters_arrive(&self) {
        let now = self.now();
        let arrived: Vec<_> = self
            .letters
            .borrow_mut()
            .extract_if(.., |(at, _)| *at <= now)
            .collect();
        for (_, letter) in arrived {
            let list = self.registry.enter(Watchlist::open);
            match letter {
                Letter::Tell(note, cover) => {
                    if list.and_then(|list| list.note(&note)).is_err() {
                        cover.untold();
                    }
                }
                Letter::Looked(looks) => {
                    let _ = list.and_then(|list| list.looked(&looks));
                }
            }
        }
    }

    pub(super) fn alarms_ring(&self) {
        for shard in &self.shards {
            if shard.object.disk.rings(self.now()) {
                self.tell(shard);
                self.ring(shard);
            }
        }
    }

    /// What the shell does at an alarm: what fails is tried again.
    fn ring(&self, shard: &Rc<Shard>) {
        let (inbox, queue) = (shard.inbox(), Rc::clone(&self.queue));
        let object = Rc::clone(shard);
        let life = shard.object.world.life();
        let mut work: Task = Box::pin(async move {
            let outcome = match inbox {
                Ok(inbox) => inbox.on_alarm(&*queue).await,
                Err(error) => Err(error),
            };
            let (world, disk) = (&object.object.world, &object.object.disk);
            if outcome.is_err() && world.life() == life {
                disk.set_alarm(world.now() + ALARM_RETRY);
            }
        });
        let mut context = Context::from_waker(Waker::noop());
        if work.as_mut().poll(&mut context).is_pending() {
            self.tasks.borrow_mut().push(work);
        }
        let (world, disk) = (&shard.object.world, &shard.object.disk);
        // The handler died with its object: the runtime rings again.
        if world.life() != life && disk.alarm().is_none() {
            disk.set_alarm(world.now());
        }
    }

    fn sweep(&self) {
        let list = self.registry.enter(Watchlist::open);
        let Ok(due) = list.and_then(|list| list.take_due(self.now(), 100)) else {
            return;
        };
        let mut looks = vec![];
        for at in due {
            let shard = self.shards.iter().find(|shard| self.name(shard) == at.name);
            let shard = shard.expect("a shard of ours");
            let life = shard.object.world.life();
            self.ring(shard);
            if shard.object.world.life() == life {
                let alarm = shard.object.disk.alarm();
                let again = shard.cover().looked(alarm, self.now());
                looks.push(Look { at, again });
            }
        }
        self.post(Letter::Looked(looks));
    }

    /// Days later every claim has expired.
    pub(super) fn outlive_the_claims(&self) {
        for _ in 0..40 {
            self.pass(12 * 3_600_000);
            self.letters_arrive();
            self.sweep();
            for shard in &self.shards {
                while shard.object.disk.rings(self.now()) {
                    let inbox = shard.inbox().expect("sound storage");
                    block_on(inbox.on_alarm(&*self.queue)).expect("sound storage");
                }
            }
        }
    }
}
