//! The watch: which objects have something under way, so that one whose alarm was lost is woken.
//!
//! An object wakes itself by its alarm. Should an alarm be lost, nothing would wake it until the
//! next event came. So an object that takes work over tells the registry, after its answer and once
//! for as long as the note holds ([`Cover`]); a scheduled handler looks, once a minute, at those
//! whose time has come ([`Watchlist`]). A look is an alarm that rings: the object does what is due,
//! arms itself, and says when to look again, or that nothing is left. Nothing on the road of an
//! event waits for any of this, and no object is looked at that has nothing to do.
//!
//! Not here: what an object does when it is looked at.

use std::cell::Cell;

use serde::{Deserialize, Serialize};

use crate::port::{Host, Millis, Row, Unavailable};

/// A look comes this long after what it is to make sure of.
pub const GRACE_MS: Millis = 60_000;

/// A note whose look is this late is taken for lost, and made again.
const LATE_MS: Millis = 5 * 60_000;

/// What is taken to be looked at and is not heard of (the object was away) is due again after this.
const LEASE_MS: Millis = 60_000;

const SCHEMA: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS watch (
        kind TEXT NOT NULL, name TEXT NOT NULL, mark TEXT NOT NULL, look_at INTEGER NOT NULL,
        PRIMARY KEY (kind, name)
    ) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS watch_by_time ON watch (look_at)",
];

/// The kinds of object that wake themselves for an event's sake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One shard of a source's inbox.
    Inbox,
    /// An application.
    Application,
    /// An endpoint.
    Endpoint,
}

impl Kind {
    fn column(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Application => "application",
            Self::Endpoint => "endpoint",
        }
    }

    fn from_column(text: &str) -> Result<Self, Unavailable> {
        [Self::Inbox, Self::Application, Self::Endpoint]
            .into_iter()
            .find(|kind| kind.column() == text)
            .ok_or_else(|| Unavailable::new("reading the watch", "a kind that is not known here"))
    }
}

/// An object's own word: look at me then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What it is.
    pub kind: Kind,
    /// Its name among its kind.
    pub name: String,
    /// When to look.
    pub look_at: Millis,
}

/// An object that is to be looked at now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// What it is.
    pub kind: Kind,
    /// Its name among its kind.
    pub name: String,
    /// The note that is meant. Should the object have made another meanwhile, that one holds.
    pub mark: String,
}

/// What came of a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The object.
    pub at: Watched,
    /// When to look again; `None` when nothing is left there.
    pub again: Option<Millis>,
}

/// The registry's side: the notes.
#[derive(Debug)]
pub struct Watchlist<H> {
    host: H,
}

impl<H: Host> Watchlist<H> {
    /// Opens the storage, which may be another machine's, too.
    ///
    /// # Errors
    /// The storage is away.
    pub fn open(host: H) -> Result<Self, Unavailable> {
        for statement in SCHEMA {
            host.query(statement, vec![])?;
        }
        Ok(Self { host })
    }

    /// Takes a note down, in place of an earlier one of the same object.
    ///
    /// # Errors
    /// The storage is away; the object tells again.
    pub fn note(&self, note: &Note) -> Result<(), Unavailable> {
        let mut mark = [0; 8];
        self.host.fill(&mut mark);
        self.host.query(
            "INSERT OR REPLACE INTO watch (kind, name, mark, look_at) VALUES (?, ?, ?, ?)",
            vec![
                note.kind.column().into(),
                note.name.as_str().into(),
                format!("{:016x}", u64::from_be_bytes(mark)).into(),
                note.look_at.into(),
            ],
        )?;
        Ok(())
    }

    /// The inboxes of a source that have something under way.
    ///
    /// # Errors
    /// The storage is away.
    pub fn inboxes(&self, source_id: &str) -> Result<Vec<String>, Unavailable> {
        let names = self.host.query(
            "SELECT name FROM watch WHERE kind = ? AND name >= ? AND name < ?",
            vec![
                Kind::Inbox.column().into(),
                format!("{source_id}/").into(),
                format!("{source_id}0").into(),
            ],
        )?;
        names.into_iter().map(|mut row| row.take_text(0)).collect()
    }

    /// Who is to be looked at now, longest due first, at most `most`. Each is taken for a minute:
    /// one that cannot be reached does not stand before the others.
    ///
    /// # Errors
    /// The storage is away.
    pub fn take_due(&self, now: Millis, most: u32) -> Result<Vec<Watched>, Unavailable> {
        let taken = self.host.query(
            "UPDATE watch SET look_at = ? WHERE (kind, name) IN (
                SELECT kind, name FROM watch WHERE look_at <= ? ORDER BY look_at LIMIT ?)
             RETURNING kind, name, mark",
            vec![(now + LEASE_MS).into(), now.into(), i64::from(most).into()],
        )?;
        let watched = |mut row: Row| {
            Ok(Watched {
                kind: Kind::from_column(&row.take_text(0)?)?,
                name: row.take_text(1)?,
                mark: row.take_text(2)?,
            })
        };
        taken.into_iter().map(watched).collect()
    }

    /// The object is gone: nothing of it is to be looked at.
    ///
    /// # Errors
    /// The storage is away.
    pub fn forget(&self, kind: Kind, name: &str) -> Result<(), Unavailable> {
        self.host.query(
            "DELETE FROM watch WHERE kind = ? AND name = ?",
            vec![kind.column().into(), name.into()],
        )?;
        Ok(())
    }

    /// Takes down what came of looks. A note that was made since holds as it is.
    ///
    /// # Errors
    /// The storage is away; the objects are looked at once more.
    pub fn looked(&self, looks: &[Look]) -> Result<(), Unavailable> {
        self.host.transaction(|| {
            for Look { at, again } in looks {
                let (statement, time) = match again {
                    Some(time) => ("UPDATE watch SET look_at = ?4", Some(*time)),
                    None => ("DELETE FROM watch", None),
                };
                let mut params = vec![
                    at.kind.column().into(),
                    at.name.as_str().into(),
                    at.mark.as_str().into(),
                ];
                params.extend(time.map(Into::into));
                self.host.query(
                    &format!("{statement} WHERE kind = ?1 AND name = ?2 AND mark = ?3"),
                    params,
                )?;
            }
            Ok(())
        })
    }
}

/// The object's side: what it knows of its own note. In memory: a new instance tells once more.
#[derive(Debug, Default)]
pub struct Cover {
    look_at: Cell<Option<Millis>>,
}

impl Cover {
    /// When to be looked at, if the registry must be told. To be asked whenever work was taken over;
    /// the object then tells, and calls [`Cover::untold`] if it could not.
    pub fn renew(&self, now: Millis) -> Option<Millis> {
        let holds = |at: Millis| now - LATE_MS <= at && at <= now + 2 * GRACE_MS;
        if self.look_at.get().is_some_and(holds) {
            return None;
        }
        let at = now + GRACE_MS;
        self.look_at.set(Some(at));
        Some(at)
    }

    /// The registry did not take the note.
    pub fn untold(&self) {
        self.look_at.set(None);
    }

    /// The object was looked at, and its alarm now stands so: when to look again, `None` when
    /// nothing is left. An object without an alarm has nothing due: each look arms for what is.
    pub fn looked(&self, alarm: Option<Millis>, now: Millis) -> Option<Millis> {
        let again = alarm.map(|at| at.max(now) + GRACE_MS);
        self.look_at.set(again);
        again
    }
}
