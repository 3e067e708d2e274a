//! The Durable Objects: shells around the state machines of `crates/relay`.
//!
//! A shell opens its machine at the first call, runs the method that is called (`call`), and what
//! follows from it (draining, delivering) after the answer. An alarm never
//! throws: the runtime gives an alarm up after six throws, and a storage that is away for a
//! minute would wedge the object.
#![allow(unsafe_code)] // what `#[durable_object(alarm)]` expands to; none is written here

mod application;
pub(crate) mod call;
mod endpoint;
mod inbox;
pub(crate) mod method;
mod refusals;
mod registry;
mod watched;

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use hookgate_relay::port::Unavailable;
use worker::{Response, Result, State, console_error};

use self::call::Answer;

/// When an alarm failed because the storage was away.
const ALARM_RETRY_MS: i64 = 10_000;

/// A state machine that is opened at first use, and shared with what runs after the answer.
struct Machine<T>(Rc<RefCell<Option<Rc<T>>>>);

impl<T: 'static> Machine<T> {
    fn closed() -> Self {
        Self(Rc::default())
    }

    fn open(&self, open: impl FnOnce() -> Result<T, Unavailable>) -> Result<Rc<T>, Unavailable> {
        if let Some(machine) = self.0.borrow().as_ref() {
            return Ok(Rc::clone(machine));
        }
        let machine = Rc::new(open()?);
        self.0.replace(Some(Rc::clone(&machine)));
        Ok(machine)
    }

    /// Erases all that the object has stored; the next call opens the machine anew. What is still at
    /// work in it fails, and is logged.
    fn erase(&self, state: &State) -> Answer {
        let (machine, storage) = (Rc::clone(&self.0), state.storage());
        Answer::later(async move {
            let erased = async {
                storage.delete_alarm().await?;
                storage.delete_all().await
            };
            let erased = erased.await;
            machine.take();
            erased.map_err(|error| Unavailable::new("erasing an object", error))?;
            Ok("null".to_owned())
        })
    }
}

/// Objects are called; what they are to each other is no request.
fn not_by_request() -> Result<Response> {
    Response::error("objects answer calls alone", 404)
}

/// Runs `work` after the answer; its failure is logged, and the alarm is the net below it.
fn after_answer(state: &State, work: impl Future<Output = Result<(), Unavailable>> + 'static) {
    later(state, work.boxed_local());
}

/// Boxed, like all that the runtime is to wait for: what makes a promise of it is then there once.
#[inline(never)]
fn later(state: &State, work: LocalBoxFuture<'static, Result<(), Unavailable>>) {
    let logged = async move {
        if let Err(error) = work.await {
            console_error!("{error}");
        }
    };
    state.wait_until(logged.boxed_local());
}

/// Runs what an alarm is for, and never throws.
///
/// The first part, up to its first wait, runs at once: it arms the next alarm. The rest runs after
/// the handler has returned, for the runtime rings no second alarm while one is handled: a slow
/// receiver would hold up every retry of its endpoint.
fn run_alarm(
    state: &State,
    work: impl Future<Output = Result<(), Unavailable>> + 'static,
) -> Result<Response> {
    ring(state, work.boxed_local());
    Response::empty()
}

#[inline(never)]
fn ring(state: &State, work: LocalBoxFuture<'static, Result<(), Unavailable>>) {
    let storage = state.storage();
    let rest = begin(async move {
        if let Err(error) = work.await {
            console_error!("alarm: {error}");
            if let Err(error) = storage.set_alarm(ALARM_RETRY_MS).await {
                console_error!("alarm: {error}");
            }
        }
    });
    if let Some(rest) = rest {
        state.wait_until(rest.boxed_local());
    }
}

/// Runs `work` up to its first wait, and gives what is left of it.
///
/// A timer of the runtime's wakes whoever asked it first, and nobody else: asked in here, by no task
/// yet, it would wake nobody, and what it bounds would wait for ever. The set takes each waking up and
/// passes it on to whoever asks the set by then.
fn begin(work: impl Future<Output = ()> + 'static) -> Option<impl Future<Output = ()> + 'static> {
    let mut set = FuturesUnordered::new();
    set.push(work);
    match set.next().now_or_never() {
        Some(_) => None,
        None => Some(async move { while set.next().await.is_some() {} }),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Poll, Wake, Waker};

    use super::*;

    /// Wakes the first who asked, as `worker::Delay` does.
    #[derive(Default)]
    struct Timer {
        first: RefCell<Option<Waker>>,
        over: Cell<bool>,
    }

    impl Timer {
        fn wait(self: &Rc<Self>) -> impl Future<Output = ()> + 'static {
            let timer = Rc::clone(self);
            poll_fn(move |context| {
                if timer.over.get() {
                    return Poll::Ready(());
                }
                let mut first = timer.first.borrow_mut();
                first.get_or_insert_with(|| context.waker().clone());
                Poll::Pending
            })
        }

        fn ring(&self) {
            self.over.set(true);
            self.first.take().expect("somebody waits").wake();
        }
    }

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn what_an_alarm_leaves_for_later_is_woken_by_a_timer_that_it_asked_at_once() {
        let timer = Rc::new(Timer::default());
        let mut rest = pin!(begin(timer.wait()).expect("it waits"));
        let task = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&task));
        let mut context = Context::from_waker(&waker);
        assert!(rest.as_mut().poll(&mut context).is_pending());
        timer.ring();
        assert!(task.0.load(Ordering::Relaxed), "nobody was woken");
        assert!(rest.as_mut().poll(&mut context).is_ready());
    }

    #[test]
    fn what_an_alarm_finishes_at_once_leaves_nothing_for_later() {
        assert!(begin(async {}).is_none());
    }
}
