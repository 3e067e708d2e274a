//! Bodies that do not fit a message of the queue.
//!
//! Where the scheme allows, such a body goes to R2 while it is hashed, and is never whole in memory:
//! an HMAC over the body as it is, of one event, with an announced length. Headers and age are
//! checked before the first byte is read. The last piece is held back until the signature has matched:
//! R2 keeps nothing of a body whose last piece never comes.
//!
//! Every other body that is large (forms, batches, public keys, tokens, no announced length) is read
//! into one buffer, and there is room for so many bytes of those; beyond, the answer is 503, and the
//! provider comes back.

use std::cell::Cell;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use hookgate::Whole;
use hookgate_relay::admission::KeyPlace;
use hookgate_relay::id::{self, Kind};
use hookgate_relay::port::Unavailable;
use worker::Delay;
use worker::js_sys::Uint8Array;

use super::answer::Refusal;
use super::memory::ActiveSource;
use super::request::Received;
use crate::store::{Dice, PayloadBucket, Pieces, Upload, now};

/// Bytes of the bodies that are whole in memory at once: the largest that a source may take. With its
/// parts and R2's copy of the piece under way, that is half of the 128 MB that an isolate has.
const ROOM: usize = 25 * 1024 * 1024;

/// Bodies on their way to R2: each has a few pieces of 64 KiB in memory.
const STREAMS: usize = 32;

/// From the first byte to the last. Providers give up earlier.
const LIMIT: Duration = Duration::from_secs(100);

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
    static STREAMING: Cell<usize> = const { Cell::new(0) };
}

/// A share of what there is; it is given back when it is dropped.
pub(super) struct Share {
    of: &'static std::thread::LocalKey<Cell<usize>>,
    size: usize,
}

impl Share {
    /// Room for a body of so many bytes.
    pub(super) fn of_memory(bytes: usize) -> Result<Self, Refusal> {
        Self::take(&TAKEN, bytes, ROOM)
    }

    fn of_streams() -> Result<Self, Refusal> {
        Self::take(&STREAMING, 1, STREAMS)
    }

    fn take(
        of: &'static std::thread::LocalKey<Cell<usize>>,
        size: usize,
        most: usize,
    ) -> Result<Self, Refusal> {
        let taken = of.get().saturating_add(size);
        if taken > most {
            return Err(Refusal::Busy);
        }
        of.set(taken);
        Ok(Self { of, size })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.set(self.of.get().saturating_sub(self.size));
    }
}

/// A verified body that is in R2.
pub(super) struct Kept {
    /// The message that it is of.
    pub(super) id: String,
    pub(super) key: String,
    pub(super) whole: Whole,
}

/// Verifies a body of this length while it goes to R2; `None` where it has to be whole, and nothing
/// of it was read.
pub(super) async fn keep(
    active: &ActiveSource,
    received: &mut Received,
    body: wasm_bindgen::JsValue,
    length: usize,
    bucket: &PayloadBucket,
) -> Result<Option<Kept>, Refusal> {
    let source = &active.source;
    let pointer = match &source.dedup.key {
        Some(KeyPlace::Pointer(pointer)) => Some(pointer.as_str()),
        _ => None,
    };
    let now = u64::try_from(now() / 1000).unwrap_or(0);
    let begun = received.as_head(|head| active.verifier.borrow().begin(head, now, pointer));
    let Some(incoming) = begun.map_err(Refusal::NotVerified)? else {
        return Ok(None);
    };
    let _share = Share::of_streams()?;
    let id = id::new(Kind::Message, &Dice);
    let key = source.payload_key(&id);
    let pieces = Pieces::of(body).map_err(|_| Refusal::Interrupted)?;
    let upload = bucket.upload(&key, length).map_err(Refusal::StorageAway)?;
    let outcome = {
        let copied = copy(active, received, incoming, &pieces, &upload, length);
        let limit = Delay::from(LIMIT);
        pin_mut!(copied);
        match select(copied, limit).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => Err(Refusal::Interrupted),
        }
    };
    match outcome {
        Ok(whole) => {
            upload.finish().await.map_err(Refusal::StorageAway)?;
            Ok(Some(Kept { id, key, whole }))
        }
        Err(refusal) => {
            pieces.cancel();
            upload.abort().await;
            Err(refusal)
        }
    }
}

async fn copy(
    active: &ActiveSource,
    received: &mut Received,
    mut incoming: hookgate::Incoming,
    pieces: &Pieces,
    upload: &Upload,
    length: usize,
) -> Result<Whole, Refusal> {
    let (mut bytes, mut read) = (vec![], 0);
    let mut held: Option<Uint8Array> = None;
    let write = async |piece: &Uint8Array| upload.write(piece).await.map_err(Refusal::StorageAway);
    while let Some(piece) = pieces.next().await.map_err(|_| Refusal::Interrupted)? {
        bytes.resize(piece.length() as usize, 0);
        piece.copy_to(&mut bytes);
        read += bytes.len();
        if read > length {
            return Err(Refusal::Interrupted);
        }
        received.note(&bytes);
        incoming.update(&bytes);
        if let Some(before) = held.replace(piece) {
            write(&before).await?;
        }
    }
    if read < length {
        return Err(Refusal::Interrupted);
    }
    let judged = received.as_head(|head| active.verifier.borrow().finish(head, incoming));
    let whole = judged.map_err(Refusal::NotVerified)?;
    match held {
        Some(last) => write(&last).await?,
        None => return Err(Unavailable::new("reading a body", "it has no end").into()),
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_one_body_of_the_largest_and_it_is_given_back() {
        let largest = Share::of_memory(ROOM);
        assert!(largest.is_ok());
        assert!(matches!(Share::of_memory(1), Err(Refusal::Busy)));
        drop(largest);
        let small: Vec<_> = (0..25).map(|_| Share::of_memory(1 << 20)).collect();
        assert!(small.iter().all(Result::is_ok));
        assert!(matches!(Share::of_memory(1), Err(Refusal::Busy)));
    }

    #[test]
    fn so_many_bodies_go_to_r2_at_once() {
        let streams: Vec<_> = (0..STREAMS).map(|_| Share::of_streams()).collect();
        assert!(streams.iter().all(Result::is_ok));
        assert!(matches!(Share::of_streams(), Err(Refusal::Busy)));
        drop(streams);
        assert!(Share::of_streams().is_ok());
    }
}
