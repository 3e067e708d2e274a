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

use hookgate::Whole;
use hookgate_relay::admission::KeyPlace;
use hookgate_relay::id::{self, Kind};
use hookgate_relay::port::Unavailable;
use worker::js_sys::Uint8Array;

use super::answer::Refusal;
use super::memory::ActiveSource;
use super::request::Received;
use super::room::{Room, Share};
use crate::store::{Dice, PayloadBucket, Pieces, Upload, now};

/// Bytes of the bodies that are whole in memory at once: the largest that a source may take. With its
/// parts and R2's copy of the piece under way, that is half of the 128 MB that an isolate has.
const MEMORY: usize = 25 * 1024 * 1024;

/// Bodies on their way to R2: each has a few pieces of 64 KiB in memory.
const STREAMS: usize = 32;

thread_local! {
    pub(super) static IN_MEMORY: Room = const { Room::of(MEMORY) };
    static STREAMING: Room = const { Room::of(STREAMS) };
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
    let asked_at = now();
    let secs = u64::try_from(asked_at / 1000).unwrap_or(0);
    let begun = received.as_head(|head| active.verifier.borrow().begin(head, secs, pointer));
    let Some(incoming) = begun.map_err(Refusal::NotVerified)? else {
        return Ok(None);
    };
    let share = Share::begin(&STREAMING, asked_at);
    if !share.hold(1, 0).await {
        return Err(Refusal::Busy);
    }
    let id = id::new(Kind::Message, &Dice);
    let key = source.payload_key(&id);
    let pieces = Pieces::of(body).map_err(|_| Refusal::Interrupted)?;
    let upload = bucket.upload(&key, length).map_err(Refusal::StorageAway)?;
    let outcome = {
        let copied = copy(active, received, incoming, &pieces, &upload, length, &share);
        share.in_time(Box::pin(copied)).await
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
    share: &Share,
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
        share.hold(1, read).await;
        incoming.update(&bytes);
        if let Some(before) = held.replace(piece) {
            write(&before).await?;
        }
    }
    if read < length {
        return Err(Refusal::Interrupted);
    }
    share.arrived();
    let judged = received.as_head(|head| active.verifier.borrow().finish(head, incoming));
    let whole = judged.map_err(Refusal::NotVerified)?;
    match held {
        Some(last) => write(&last).await?,
        None => return Err(Unavailable::new("reading a body", "it has no end").into()),
    }
    Ok(whole)
}
