//! Scripts: answers in order, at once or when released; and tasks that are driven to where they
//! wait.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures_executor::LocalPool;
use futures_util::task::LocalSpawnExt;

/// Futures that run until they wait; to drop them is a crash.
#[derive(Default)]
pub(crate) struct Tasks(LocalPool);

/// What has become of a started future.
pub(crate) struct Task<T>(Rc<RefCell<Option<T>>>);

impl Tasks {
    /// Starts `future` and runs everything up to where it waits.
    pub(crate) fn start<T: 'static>(
        &mut self,
        future: impl Future<Output = T> + 'static,
    ) -> Task<T> {
        let slot = Rc::new(RefCell::new(None));
        let result = Rc::clone(&slot);
        let store = async move { *result.borrow_mut() = Some(future.await) };
        self.0.spawner().spawn_local(store).expect("the pool");
        self.settle();
        Task(slot)
    }

    /// Runs everything up to where it waits.
    pub(crate) fn settle(&mut self) {
        self.0.run_until_stalled();
    }
}

impl<T> Task<T> {
    /// The result, once.
    pub(crate) fn result(&self) -> Option<T> {
        self.0.borrow_mut().take()
    }
}

/// One step of a script: an answer, or (`None`) none until it is released.
type Step<T> = Option<T>;

/// Answers in order, then one for all.
pub(crate) struct Script<T> {
    steps: RefCell<VecDeque<Step<T>>>,
    afterwards: RefCell<Step<T>>,
    held: RefCell<Vec<Rc<Gate<T>>>>,
}

struct Gate<T> {
    answer: Cell<Option<T>>,
    waker: Cell<Option<Waker>>,
}

impl<T: Clone> Script<T> {
    pub(crate) fn always(answer: T) -> Self {
        Self {
            steps: RefCell::default(),
            afterwards: RefCell::new(Some(answer)),
            held: RefCell::default(),
        }
    }

    /// The next call without a step is answered so.
    pub(crate) fn then(&self, answer: T) {
        self.steps.borrow_mut().push_back(Some(answer));
    }

    /// The next call without a step waits.
    pub(crate) fn then_hold(&self) {
        self.steps.borrow_mut().push_back(None);
    }

    /// Every call without a step is answered so.
    pub(crate) fn afterwards(&self, answer: T) {
        self.afterwards.replace(Some(answer));
    }

    /// Every call without a step waits.
    pub(crate) fn afterwards_hold(&self) {
        self.afterwards.replace(None);
    }

    /// Answers the call that was held as the `index`-th.
    pub(crate) fn release(&self, index: usize, answer: T) {
        let held = self.held.borrow();
        held[index].answer.set(Some(answer));
        held[index].waker.take().into_iter().for_each(Waker::wake);
    }

    pub(crate) async fn next(&self) -> T {
        let step = self.steps.borrow_mut().pop_front();
        if let Some(answer) = step.unwrap_or_else(|| self.afterwards.borrow().clone()) {
            return answer;
        }
        let gate = Rc::new(Gate {
            answer: Cell::new(None),
            waker: Cell::new(None),
        });
        self.held.borrow_mut().push(Rc::clone(&gate));
        poll_fn(|context| match gate.answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                gate.waker.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }
}
