//! Orphans: bodies in R2 that no message names.
//!
//! A body is put before its event is claimed, and a duplicate's is deleted after the answer: whatever
//! dies in between leaves an object. A scheduled handler walks through the bucket, page after page,
//! and removes what is old and known to nobody: not as a dead letter, not in an inbox, not in its
//! application. They are asked in the order in which a message moves, so that none is missed on its
//! way. An application that forgets a message gives its body up, too.

use std::collections::BTreeMap;

use crate::port::{Host, Millis, Unavailable};

/// A body this young may be of a message that is just being made.
const YOUNG_MS: Millis = 86_400_000;

/// A message that the queue alone holds can wait there for 14 days, unknown to everybody.
const QUEUED_MS: Millis = 15 * YOUNG_MS;

/// Objects of one page.
pub const PAGE: u32 = 500;

/// Sources that are asked about in one page: each has up to 64 inboxes, and a run of the scheduled
/// handler may make 1,000 calls, half of which are for the watch.
const SOURCES: usize = 7;

/// From the end of one walk to the beginning of the next.
const REST_MS: Millis = 3_600_000;

/// A page that is not heard of is taken again after this.
const LEASE_MS: Millis = 50_000;

/// An object of the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// As `payload::key` makes it.
    pub key: String,
    /// When it was put.
    pub uploaded_at: Millis,
}

/// The bucket.
#[allow(async_fn_in_trait)]
pub trait Bucket {
    /// The objects behind the key `after`, in the order of their keys, at most [`PAGE`].
    ///
    /// # Errors
    /// R2 is away.
    async fn page(&self, after: Option<String>) -> Result<Vec<Object>, Unavailable>;

    /// Removes objects.
    ///
    /// # Errors
    /// R2 is away; some may be gone.
    async fn remove(&self, keys: &[String]) -> Result<(), Unavailable>;
}

/// Who may know a message.
#[allow(async_fn_in_trait)]
pub trait Holders {
    /// Those of the messages of a source that somebody knows.
    ///
    /// # Errors
    /// One of them is away: then nothing is known.
    async fn known(&self, source_id: &str, ids: Vec<String>) -> Result<Vec<String>, Unavailable>;
}

/// Looks at one page. Returns where the next one begins, `None` at the end of the bucket.
///
/// # Errors
/// Something is away; what was not removed is looked at again in the next walk.
pub async fn collect(
    bucket: &impl Bucket,
    holders: &impl Holders,
    after: Option<String>,
    now: Millis,
) -> Result<Option<String>, Unavailable> {
    let page = bucket.page(after).await?;
    let last = page.last().map(|object| object.key.clone());
    let mut next = last.filter(|_| page.len() >= PAGE as usize);
    let mut before = None;
    let mut by_source: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    for object in page {
        // What has another form was not put by us.
        let Some((source_id, message_id)) = of_message(&object, now) else {
            before = Some(object.key);
            continue;
        };
        if by_source.len() == SOURCES && !by_source.contains_key(source_id) {
            next = before;
            break;
        }
        let ids = by_source.entry(source_id.to_owned()).or_default();
        ids.push(message_id.to_owned());
        keys.insert(message_id.to_owned(), object.key.clone());
        before = Some(object.key);
    }
    for (source_id, ids) in by_source {
        for id in holders.known(&source_id, ids).await? {
            keys.remove(&id);
        }
    }
    if !keys.is_empty() {
        let keys: Vec<String> = keys.into_values().collect();
        bucket.remove(&keys).await?;
    }
    Ok(next)
}

/// The source and the message of an object that is old enough.
fn of_message(object: &Object, now: Millis) -> Option<(&str, &str)> {
    let mut parts = object.key.split('/');
    let young = match parts.next()? {
        "inbox" => YOUNG_MS,
        "queue" => QUEUED_MS,
        _ => return None,
    };
    let (source_id, message_id) = (parts.next()?, parts.next()?);
    (parts.next().is_none() && now - object.uploaded_at > young).then_some((source_id, message_id))
}

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS walk (
    one INTEGER PRIMARY KEY CHECK (one = 1), after TEXT, due_at INTEGER NOT NULL
)";

/// How far the walk is: the registry's side.
#[derive(Debug)]
pub struct Walk<H> {
    host: H,
}

impl<H: Host> Walk<H> {
    /// Opens the storage, which may be another machine's, too.
    ///
    /// # Errors
    /// The storage is away.
    pub fn open(host: H) -> Result<Self, Unavailable> {
        host.query(SCHEMA, vec![])?;
        Ok(Self { host })
    }

    /// Where to go on at `now`, if it is time; for a while nobody else is told so.
    ///
    /// # Errors
    /// The storage is away.
    pub fn take(&self, now: Millis) -> Result<Option<Option<String>>, Unavailable> {
        self.host
            .query(
                "INSERT INTO walk (one, after, due_at) VALUES (1, NULL, ?1)
                 ON CONFLICT (one) DO UPDATE SET due_at = ?1 WHERE due_at <= ?2
                 RETURNING after",
                vec![(now + LEASE_MS).into(), now.into()],
            )?
            .pop()
            .map(|mut row| row.take_optional_text(0))
            .transpose()
    }

    /// The page is done, and this is where the next one begins.
    ///
    /// # Errors
    /// The storage is away; the page is taken again.
    pub fn done(&self, next: Option<&str>, now: Millis) -> Result<(), Unavailable> {
        let due_at = if next.is_some() { now } else { now + REST_MS };
        self.host.query(
            "UPDATE walk SET after = ?, due_at = ?",
            vec![next.into(), due_at.into()],
        )?;
        Ok(())
    }
}
