//! What an isolate remembers: sources it has looked up, and events it knows to be durable.
//!
//! Both are bounded, and both only save work: without them the answer is the same.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::rc::Rc;

use hookgate::Verifier;
use hookgate_relay::port::{Millis, Unavailable};
use hookgate_relay::source::Source;
use zeroize::Zeroizing;

use crate::config::Config;

/// Some KB each.
const SOURCES: usize = 1024;
const EVENTS: usize = 4096;

/// How long a durable event is answered from memory. Far shorter than any claim's life.
pub(super) const EVENT_MEMORY_MS: Millis = 50_000;

/// A source with its keys prepared.
pub(super) struct ActiveSource {
    pub(super) source: Source,
    /// Takes the certificates in that its provider names.
    pub(super) verifier: RefCell<Verifier>,
}

impl ActiveSource {
    /// Opens the source's secrets and prepares its verifier.
    pub(super) fn open(source: Source, config: &Config) -> Result<Self, Unavailable> {
        let secrets = open_secrets(&source, config)?;
        let secrets: Vec<&str> = secrets.iter().map(|secret| secret.as_str()).collect();
        let token = open_verify_token(&source, config)?;
        let scheme = hookgate::scheme(&source.scheme)
            .ok_or_else(|| Unavailable::new("finding a scheme", &source.scheme))?;
        let mut verifier = Verifier::new(scheme, &secrets)
            .map_err(|error| Unavailable::new("preparing a verifier", error))?;
        if let Some(tolerance) = source.tolerance_secs {
            verifier = verifier.tolerance(tolerance);
        }
        if let Some(token) = token {
            verifier = verifier
                .with_verify_token(&token)
                .map_err(|error| Unavailable::new("preparing a verifier", error))?;
        }
        Ok(Self {
            source,
            verifier: RefCell::new(verifier),
        })
    }
}

impl ActiveSource {
    /// Its secrets, opened anew: they are not kept.
    pub(super) fn secrets(&self, config: &Config) -> Result<Vec<Zeroizing<String>>, Unavailable> {
        open_secrets(&self.source, config)
    }

    /// Its verify token, opened anew.
    pub(super) fn verify_token(
        &self,
        config: &Config,
    ) -> Result<Option<Zeroizing<String>>, Unavailable> {
        open_verify_token(&self.source, config)
    }
}

fn open_secrets(source: &Source, config: &Config) -> Result<Vec<Zeroizing<String>>, Unavailable> {
    let open = |wrapped| config.vault.open(wrapped, &source.id);
    let secrets: Result<Vec<_>, _> = source.secrets.iter().map(open).collect();
    secrets.map_err(|error| Unavailable::new("opening a source's secrets", error))
}

fn open_verify_token(
    source: &Source,
    config: &Config,
) -> Result<Option<Zeroizing<String>>, Unavailable> {
    let open = |wrapped| config.vault.open(wrapped, &source.id);
    let token = source.verify_token.as_ref().map(open).transpose();
    token.map_err(|error| Unavailable::new("opening a verify token", error))
}

thread_local! {
    static KNOWN_SOURCES: RefCell<Bounded<String, Rc<ActiveSource>>> =
        RefCell::new(Bounded::of(SOURCES));
    static KNOWN_EVENTS: RefCell<Bounded<(String, String), String>> =
        RefCell::new(Bounded::of(EVENTS));
}

/// The source by the name it was asked for, while fresh.
pub(super) fn recall(name: &str, now: Millis) -> Option<Rc<ActiveSource>> {
    KNOWN_SOURCES.with_borrow(|sources| sources.get(name, now).cloned())
}

/// Whether a source of this name was there once, as far as this isolate remembers.
pub(super) fn was_there(name: &str) -> bool {
    KNOWN_SOURCES.with_borrow(|sources| sources.entries.contains_key(name))
}

/// Remembers a source until `until`.
pub(super) fn remember(name: &str, source: ActiveSource, until: Millis) -> Rc<ActiveSource> {
    let source = Rc::new(source);
    KNOWN_SOURCES.with_borrow_mut(|sources| {
        sources.insert(name.to_owned(), Rc::clone(&source), until);
    });
    source
}

/// The message that a claim of a source is known to have admitted.
pub(super) fn admitted(source_id: &str, claim: &str, now: Millis) -> Option<String> {
    let key = (source_id.to_owned(), claim.to_owned());
    KNOWN_EVENTS.with_borrow(|events| events.get(&key, now).cloned())
}

/// Remembers that a claim of a source is durable.
pub(super) fn note_admitted(source_id: &str, claim: &str, message_id: &str, now: Millis) {
    KNOWN_EVENTS.with_borrow_mut(|events| {
        events.insert(
            (source_id.to_owned(), claim.to_owned()),
            message_id.to_owned(),
            now + EVENT_MEMORY_MS,
        );
    });
}

/// A map of so many entries; the oldest leaves first.
pub(super) struct Bounded<K, V> {
    entries: HashMap<K, (Millis, V)>,
    order: VecDeque<K>,
    capacity: usize,
}

impl<K: Hash + Eq + Clone, V> Bounded<K, V> {
    pub(super) fn of(capacity: usize) -> Self {
        Self {
            entries: HashMap::new(),
            order: VecDeque::new(),
            capacity,
        }
    }

    pub(super) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q, now: Millis) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.entries
            .get(key)
            .filter(|(until, _)| *until > now)
            .map(|(_, value)| value)
    }

    /// Every entry that has not outlived its time.
    pub(super) fn fresh(&self, now: Millis) -> Vec<(K, V)>
    where
        V: Clone,
    {
        let fresh = self.entries.iter().filter(|(_, (until, _))| *until > now);
        let copy = |(key, (_, value)): (&K, &(Millis, V))| (key.clone(), value.clone());
        fresh.map(copy).collect()
    }

    pub(super) fn insert(&mut self, key: K, value: V, until: Millis) {
        if self.entries.insert(key.clone(), (until, value)).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > self.capacity {
            if let Some(oldest) = self.order.pop_front() {
                self.entries.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bounded;

    #[test]
    fn the_oldest_entry_leaves_first_and_none_outlives_its_time() {
        let mut map = Bounded::of(2);
        map.insert("a", 1, 100);
        map.insert("b", 2, 100);
        map.insert("a", 3, 50);
        map.insert("c", 4, 100);
        assert_eq!(map.get("a", 0), None);
        assert_eq!(map.get("b", 0), Some(&2));
        assert_eq!(map.get("c", 99), Some(&4));
        assert_eq!(map.get("c", 100), None);
        assert_eq!((map.entries.len(), map.order.len()), (2, 2));
    }
}
