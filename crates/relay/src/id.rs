//! Identifiers: a prefix that names the kind, then base62 of a time and dice.
//!
//! The 20-byte form is a KSUID (seconds since 2014-05-13, then 16 bytes), as the public Svix API
//! asks for (`^msg_[A-Za-z0-9]{27}$`); the first two of those 16 bytes are the fraction of the
//! second, so that ids of one object sort by the millisecond in which they were made.

use crate::port::{Clock, Millis, Random};

const EPOCH_SECONDS: i64 = 1_400_000_000;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The kinds of thing that have an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `app_…`
    Application,
    /// `ep_…`
    Endpoint,
    /// `msg_…`
    Message,
    /// `atmpt_…`
    Attempt,
    /// `src_…`, shorter: the public API allows 22 characters
    Source,
    /// `log…`, as the public API writes it
    Log,
    /// `qtask_…`, a background task
    Task,
}

impl Kind {
    fn shape(self) -> (&'static str, usize) {
        match self {
            Self::Application => ("app_", 20),
            Self::Endpoint => ("ep_", 20),
            Self::Message => ("msg_", 20),
            Self::Attempt => ("atmpt_", 20),
            Self::Source => ("src_", 16),
            Self::Log => ("log", 16),
            Self::Task => ("qtask_", 20),
        }
    }

    /// Whether `text` has the form of this kind's identifiers.
    pub fn matches(self, text: &str) -> bool {
        let (prefix, bytes) = self.shape();
        text.strip_prefix(prefix).is_some_and(|rest| {
            rest.len() == digits(bytes) && rest.bytes().all(|b| b.is_ascii_alphanumeric())
        })
    }
}

/// A new identifier of `kind`.
pub fn new<H: Clock + Random>(kind: Kind, host: &H) -> String {
    let mut bytes = [0u8; 20];
    stamp(host.now(), &mut bytes);
    host.fill(&mut bytes[6..kind.shape().1]);
    written(kind, &bytes)
}

/// The identifier of `kind` that goes with another one of the same length: what is made under it twice is
/// one. None if `other` is not of the kind `from`.
pub fn beside(kind: Kind, from: Kind, other: &str) -> Option<String> {
    let ((prefix, bytes), (its_prefix, its_bytes)) = (kind.shape(), from.shape());
    let rest = other.strip_prefix(its_prefix)?;
    (bytes == its_bytes && from.matches(other)).then(|| format!("{prefix}{rest}"))
}

/// What no identifier of `kind` that was made at `at` or later sorts before. None where the form has no
/// room for that time: before 2014-05-13, after 2150-06-19.
pub(crate) fn first(kind: Kind, at: Millis) -> Option<String> {
    let mut bytes = [0u8; 20];
    stamp(at, &mut bytes).then(|| written(kind, &bytes))
}

fn written(kind: Kind, bytes: &[u8; 20]) -> String {
    let (prefix, length) = kind.shape();
    let mut id = String::with_capacity(prefix.len() + digits(length));
    id.push_str(prefix);
    base62(&bytes[..length], &mut id);
    id
}

/// Whether the form has room for that time.
fn stamp(now: Millis, bytes: &mut [u8; 20]) -> bool {
    let seconds = u32::try_from(now.div_euclid(1000) - EPOCH_SECONDS);
    // 65 of 65,536 steps for each millisecond.
    let fraction = u16::try_from(now.rem_euclid(1000) * 65).unwrap_or(0);
    bytes[..4].copy_from_slice(&seconds.unwrap_or(0).to_be_bytes());
    bytes[4..6].copy_from_slice(&fraction.to_be_bytes());
    seconds.is_ok()
}

/// Base62 digits that hold `bytes` bytes: 27 for 20, 22 for 16.
const fn digits(bytes: usize) -> usize {
    if bytes == 20 { 27 } else { 22 }
}

/// Big-endian base62, padded to full width, by long division.
fn base62(bytes: &[u8], out: &mut String) {
    let mut number = bytes.to_vec();
    let mut text = vec![b'0'; digits(bytes.len())];
    for digit in text.iter_mut().rev() {
        let mut rest = 0u32;
        for byte in &mut number {
            let step = rest << 8 | u32::from(*byte);
            *byte = (step / 62) as u8;
            rest = step % 62;
        }
        *digit = ALPHABET[rest as usize];
    }
    out.extend(text.into_iter().map(char::from));
}

#[cfg(test)]
mod tests {
    use super::*;

    struct At(Millis, u8);
    impl Clock for At {
        fn now(&self) -> Millis {
            self.0
        }
    }
    impl Random for At {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.1);
        }
    }

    #[test]
    fn each_kind_has_the_form_that_the_public_api_asks_for() {
        for kind in [
            Kind::Application,
            Kind::Endpoint,
            Kind::Message,
            Kind::Attempt,
            Kind::Source,
            Kind::Log,
            Kind::Task,
        ] {
            let id = new(kind, &At(1_800_000_000_000, 0xff));
            assert!(kind.matches(&id), "{id}");
        }
        assert!(!Kind::Message.matches("msg_short"));
        assert!(!Kind::Message.matches("app_000000000000000000000000000"));
    }

    #[test]
    fn a_later_millisecond_sorts_later_whatever_the_dice() {
        let early = new(Kind::Message, &At(1_800_000_000_998, 0xff));
        let late = new(Kind::Message, &At(1_800_000_000_999, 0x00));
        let later = new(Kind::Message, &At(1_800_000_001_000, 0x00));
        assert!(early < late && late < later);
    }

    #[test]
    fn an_identifier_beside_another_differs_in_its_kind_alone() {
        let task = new(Kind::Task, &At(1_800_000_000_000, 0xff));
        let message = beside(Kind::Message, Kind::Task, &task).unwrap();
        assert!(Kind::Message.matches(&message), "{message}");
        assert_eq!(message[4..], task[6..]);
        let source = new(Kind::Source, &At(1_800_000_000_000, 0xff));
        for (kind, from, other) in [
            (Kind::Source, Kind::Task, &task),
            (Kind::Message, Kind::Source, &source),
            (Kind::Message, Kind::Endpoint, &task),
            (Kind::Message, Kind::Task, &"qtask_1".to_owned()),
        ] {
            assert_eq!(beside(kind, from, other), None, "{other}");
        }
    }

    #[test]
    fn the_first_of_a_moment_stands_between_what_was_made_before_and_what_was_made_then() {
        const AT: Millis = 1_800_000_000_500;
        for kind in [Kind::Message, Kind::Attempt] {
            let first = first(kind, AT).unwrap();
            assert!(new(kind, &At(AT - 1, 0xff)) < first);
            assert!(new(kind, &At(AT, 0x00)) >= first);
        }
        let last = (EPOCH_SECONDS + i64::from(u32::MAX)) * 1000 + 999;
        let known = [
            EPOCH_SECONDS * 1000 - 1,
            EPOCH_SECONDS * 1000,
            last,
            last + 1,
        ]
        .map(|at| first(Kind::Message, at).is_some());
        assert_eq!(known, [false, true, true, false]);
    }

    #[test]
    fn the_largest_and_smallest_ksuid_are_the_published_ones() {
        let (mut low, mut high) = (String::new(), String::new());
        base62(&[0; 20], &mut low);
        base62(&[0xff; 20], &mut high);
        assert_eq!(low, "000000000000000000000000000");
        assert_eq!(high, "aWgEPTl1tmebfsQzFP4bxwgy80V");
    }
}
