//! What the operator has chosen of a source, out of four bytes.

use std::collections::BTreeMap;

use hookgate::Scheme;
use hookgate_relay::admission::{Dedup, DedupStore, KeyPlace};
use hookgate_relay::source::{Acknowledgement, DEFAULT_BODY_CAP, Source};

use crate::world::START;

const HEADERS: [&str; 4] = [
    "x-event-id",
    "webhook-id",
    "content-type",
    "x-github-delivery",
];
const POINTERS: [&str; 4] = ["/id", "/0/id", "/~1", "/entry/0/changes/0/value"];
const STORES: [DedupStore; 4] = [
    DedupStore::Both,
    DedupStore::DurableObject,
    DedupStore::Kv,
    DedupStore::None,
];

pub(crate) struct Choices {
    bytes: [u8; 4],
    /// Whether a refusal is explained and logged: it takes longer than all the rest.
    pub(crate) explains: bool,
    pub(crate) has_bucket: bool,
}

impl Choices {
    pub(crate) fn read(data: &[u8]) -> Option<(Self, &[u8])> {
        let (bytes, rest) = data.split_first_chunk::<4>()?;
        let choices = Self {
            bytes: *bytes,
            explains: bytes[0] & 0x30 == 0x30,
            has_bucket: bytes[0] & 0x08 != 0,
        };
        Some((choices, rest))
    }

    pub(crate) fn source(&self, scheme: &Scheme) -> Source {
        let [flags, shards, key, answer] = self.bytes;
        let place = usize::from(key >> 2) % 4;
        let key = match key % 3 {
            0 => Some(KeyPlace::Header(HEADERS[place].into())),
            1 => Some(KeyPlace::Pointer(POINTERS[place].into())),
            _ => None,
        };
        Source {
            id: "src_1".into(),
            uid: None,
            name: "fuzzed".into(),
            scheme: scheme.name().into(),
            secrets: vec![],
            disabled: false,
            dedup: Dedup {
                store: STORES[usize::from(flags) % 4],
                shards: 1 + shards % 64,
                key,
                ..Dedup::default()
            },
            queue: (flags & 0x40 != 0).then(|| "ORDERS".into()),
            body_cap: DEFAULT_BODY_CAP,
            split_batches: flags & 0x80 == 0,
            tolerance_secs: None,
            verify_token: None,
            acknowledgement: (answer > 0).then(|| Acknowledgement {
                status: 100 + 2 * u16::from(answer),
                content_type: (answer % 3 > 0).then(|| "text/plain".into()),
                body: "x".repeat(usize::from(answer % 5) * 1200),
            }),
            metadata: BTreeMap::new(),
            created_at: START,
            updated_at: START,
        }
    }
}
