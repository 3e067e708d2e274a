//! No bytes end the ingress: whatever a request holds, signed or not, the road from the verifier to the
//! inbox has an answer. The requests are the dice's: garbage, and genuine ones with the operator's
//! choices against them.

use std::rc::Rc;

use hookgate::{Outgoing, Received, Request, SCHEMES, Scheme, Verifier};
use hookgate_relay::admission::events::{Arrived, events};
use hookgate_relay::admission::gate::{Candidate, Stopped};
use hookgate_relay::admission::{Dedup, DedupStore, KeyPlace};
use hookgate_relay::message::QueueMessage;
use hookgate_relay::source::Source;

use super::NOW;
use super::gate::Edge;
use crate::host::{Disk, World};
use crate::sample::{self, SECRET};
use crate::seeds;

const SEEDS: u64 = 200;
const REQUESTS: u64 = 40;

/// What providers and forgers write: pieces that the readers look for.
const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    "\"id\"",
    ":",
    ",",
    "\"evt_1\"",
    "1e999",
    "-0",
    "null",
    "\\u0000",
    "\\ud800",
    "\u{1F600}",
    "&",
    "=",
    "%",
    "--x\r\n",
    "t=",
    "v1=",
    "entry",
    "events",
    "\"",
    "\n",
];
const NAMES: [&str; 8] = [
    "content-type",
    "x-event-id",
    "webhook-id",
    "stripe-signature",
    "x-hub-signature-256",
    "x-github-delivery",
    "authorization",
    "é",
];
const POINTERS: [&str; 6] = ["/id", "/0/id", "/entry/0/changes/0", "/~1", "/a~0b", "//"];

#[test]
fn no_bytes_end_the_ingress() {
    seeds::run("admission::any_request", SEEDS, |seed| {
        let dice = World::seeded(seed);
        for _ in 0..REQUESTS {
            one_request(&dice);
        }
    });
}

fn one_request(dice: &World) {
    let scheme = &SCHEMES[dice.below(SCHEMES.len() as u64) as usize];
    let body = body(dice);
    let mut headers = headers(dice);
    let verifier =
        Verifier::new(scheme, &[SECRET]).or_else(|_| Verifier::new(scheme, &["a-long-secret"]));
    let Ok(verifier) = verifier else { return };
    if dice.below(3) > 0 {
        sign(&verifier, &body, &mut headers, dice);
    }
    let lines: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let request = Request {
        method: ["POST", "GET", "HEAD", "", "PÖST"][dice.below(5) as usize],
        url: [
            "https://gateway.example/in?a=b&a=%zz",
            "",
            "in",
            "https://é/",
        ][dice.below(4) as usize],
        headers: &lines,
        body: &body,
    };
    let _ = verifier.handshake(&request, NOW);
    let Ok(Received::Event(verified)) = verifier.receive(&request, NOW) else {
        return;
    };
    admit(dice, scheme, &verifier, &request, &headers, verified);
}

fn admit(
    dice: &World,
    scheme: &Scheme,
    verifier: &Verifier,
    request: &Request<'_>,
    headers: &[(String, String)],
    verified: hookgate::Verified,
) {
    let source = Source {
        scheme: scheme.name().into(),
        split_batches: dice.below(4) > 0,
        dedup: dedup(dice),
        ..sample::source("src_1", "any")
    };
    let event_headers = Rc::new(headers.to_vec());
    let arrived = Arrived {
        source: &source,
        body_signed: scheme.covers_body(),
        verified: &verified,
        headers,
        event_headers: Rc::clone(&event_headers),
        content_type: headers.first().map(|(_, value)| value.clone()),
        body: request.body,
        received_at: NOW as i64 * 1000,
        digest: || verifier.content_digest(request),
    };
    let (whole, candidates) = events(arrived, &World::new().host(&Disk::new()));
    assert!(
        !candidates.is_empty(),
        "a verified request is an event at least"
    );
    assert!(whole.is_none() || !verified.events.is_empty());
    for Candidate { claims, message } in &candidates {
        assert!((1..=2).contains(&claims.keys.len()));
        // With KV's 512 bytes of a key in mind.
        assert!(claims.keys.iter().all(|key| (4..=400).contains(&key.len())));
        let json = serde_json::to_string(message).expect("a message");
        let read: QueueMessage = serde_json::from_str(&json).expect("as it was written");
        assert_eq!(&read, message);
        // Ten thousand events with headers of their own would be more than an isolate holds.
        assert!(Rc::ptr_eq(&message.headers, &event_headers));
    }
    let count = candidates.len();
    let edge = Edge::of(source.dedup.store);
    match edge.pass_by(&source.dedup, candidates) {
        Ok(passed) => assert_eq!(passed.accepted + passed.duplicates, count),
        Err(Stopped::TooLarge) => {}
        Err(Stopped::Away(cause)) => panic!("nothing was away: {cause}"),
    }
}

fn dedup(dice: &World) -> Dedup {
    let stores = [
        DedupStore::Both,
        DedupStore::DurableObject,
        DedupStore::Kv,
        DedupStore::None,
    ];
    let pick = |list: &[&str]| list[dice.below(list.len() as u64) as usize].to_owned();
    Dedup {
        store: stores[dice.below(4) as usize],
        shards: 1 + dice.below(64) as u8,
        key: match dice.below(3) {
            0 => Some(KeyPlace::Header(pick(&NAMES))),
            1 => Some(KeyPlace::Pointer(pick(&POINTERS))),
            _ => None,
        },
        ..Dedup::default()
    }
}

fn body(dice: &World) -> Vec<u8> {
    let mut body = vec![];
    match dice.below(4) {
        0 => body.extend((0..dice.below(200)).map(|_| dice.below(256) as u8)),
        1 => {
            for _ in 0..dice.below(60) {
                body.extend(PIECES[dice.below(PIECES.len() as u64) as usize].as_bytes());
            }
        }
        2 => {
            let event = |at: u64| format!(r#"{{"id":"e{at}","sg_event_id":{at},"event":"x"}}"#);
            let events: Vec<String> = (0..dice.below(300)).map(event).collect();
            body.extend(format!("[{}]", events.join(",")).bytes());
        }
        _ => body
            .extend(r#"{"id":"evt_1","type":"a.b","entry":[{"changes":[{"value":{}}]}]}"#.bytes()),
    }
    body
}

fn headers(dice: &World) -> Vec<(String, String)> {
    let line = |_| {
        let name = NAMES[dice.below(NAMES.len() as u64) as usize];
        let pieces = (0..dice.below(6)).map(|_| PIECES[dice.below(PIECES.len() as u64) as usize]);
        (name.to_owned(), pieces.collect::<String>())
    };
    (0..dice.below(8)).map(line).collect()
}

/// Signed as its provider would, where we can, so that the road goes on past the verifier.
fn sign(verifier: &Verifier, body: &[u8], headers: &mut Vec<(String, String)>, dice: &World) {
    let outgoing = Outgoing {
        id: ["msg_1", "a b", ""][dice.below(3) as usize],
        timestamp: NOW,
        event_type: [Some("a.b"), None][dice.below(2) as usize],
        body,
    };
    if let Ok(sent) = verifier.sign(&outgoing) {
        let own = |(name, value): (&str, &str)| (name.to_ascii_lowercase(), value.to_owned());
        headers.extend(sent.iter().map(|(name, value)| own((name, value))));
    }
}
