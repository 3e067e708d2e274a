//! What an object that wakes itself has besides its machine: its note on the registry's watch, and
//! how it is looked at.

use std::rc::Rc;

use futures_util::FutureExt;
use hookgate_relay::port::Unavailable;
use hookgate_relay::watch::{Cover, Kind, Note};
use worker::{Env, State, console_error};

use super::call::{Answer, say};
use super::{method, ring};
use crate::store::{Stores, now};

/// One object's cover.
pub(super) struct Watched {
    kind: Kind,
    cover: Rc<Cover>,
}

impl Watched {
    /// Of an object of this kind.
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            cover: Rc::default(),
        }
    }

    /// Makes sure that the registry knows of work that was taken over, or that an earlier instance
    /// has left behind. Nobody waits for it: the object's own alarm is set, and this is the net
    /// below it.
    pub(super) fn tell(&self, state: &State, env: &Env) {
        let Some(look_at) = self.cover.renew(now()) else {
            return;
        };
        let Some(name) = state.id().name() else {
            return;
        };
        let (kind, cover) = (self.kind, Rc::clone(&self.cover));
        let note = Note {
            kind,
            name,
            look_at,
        };
        let stores = Stores::new(env.clone());
        let told = async move {
            if let Err(error) = told(&stores, &note).await {
                cover.untold();
                console_error!("the watch: {error}");
            }
        };
        state.wait_until(told.boxed_local());
    }

    /// Does what the alarm does, and says when to look again.
    pub(super) fn look(
        &self,
        state: &State,
        work: impl Future<Output = Result<(), Unavailable>> + 'static,
    ) -> Answer {
        ring(state, work.boxed_local());
        let (cover, storage) = (Rc::clone(&self.cover), state.storage());
        Answer::later(async move {
            let alarm = storage.get_alarm().await;
            let alarm = alarm.map_err(|error| Unavailable::new("reading an alarm", error))?;
            say::<method::LookAt>(Ok(cover.looked(alarm, now())))
                .outcome()
                .await
        })
    }
}

async fn told(stores: &Stores, note: &Note) -> Result<(), Unavailable> {
    stores.registry()?.call::<method::WatchOver>(note).await
}
