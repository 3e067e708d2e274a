//! Which claims an event makes, and where they are kept.

mod any_request;
mod gate;
mod large;
mod memories;
mod names;
mod shards;

use hookgate::{Outgoing, Request, Verified, Verifier, scheme};
use hookgate_relay::admission::{Claims, Dedup, DedupStore, inbox_name};

use crate::host::START;
use crate::sample::SECRET;

const NOW: u64 = START as u64 / 1_000;

/// An event of this scheme, signed and verified.
pub(crate) fn verified(name: &str, id: &str) -> Verified {
    let verifier = Verifier::new(scheme(name).unwrap(), &[SECRET]).unwrap();
    let outgoing = Outgoing {
        id,
        timestamp: NOW,
        event_type: Some("ticket.created"),
        body: br#"{"a":1}"#,
    };
    let sent = verifier.sign(&outgoing).unwrap();
    let headers: Vec<(&str, &[u8])> = sent
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let request = Request {
        method: "POST",
        url: "https://gateway.example/in",
        headers: &headers,
        body: outgoing.body,
    };
    verifier.verify(&request, NOW).unwrap()
}

fn keys(verified: &Verified) -> Vec<String> {
    Claims::of(verified, || panic!("the digest was not needed")).keys
}

#[test]
fn a_signed_id_is_the_claim() {
    let event = verified("standard", "evt_1");
    assert!(event.id_signed);
    assert_eq!(keys(&event), ["id:evt_1"]);
}

#[test]
fn an_unsigned_id_claims_the_signature_too_where_that_is_of_one_moment() {
    let mut event = verified("standard", "evt_1");
    event.id_signed = false;
    event.signature = vec![0x00, 0x0f, 0xff];
    assert!(event.replay_protected);
    assert_eq!(keys(&event), ["id:evt_1", "sig:000fff"]);
}

#[test]
fn an_unsigned_id_claims_its_content_with_it_where_the_signature_is_of_no_moment() {
    // An honest event that is sent again has the same body. A captured one under the id of an event
    // that is still to come has another, and must not make that one a duplicate.
    let event = verified("helpdesk", "evt_1");
    assert!(!event.id_signed && !event.replay_protected);
    let claims = |digest| Claims::of(&event, || digest).keys;
    assert_eq!(
        claims([0xab; 32]),
        [format!("id:evt_1:{}", "ab".repeat(32))]
    );
    assert_ne!(claims([0xab; 32]), claims([0xcd; 32]));
}

#[test]
fn an_event_without_an_id_claims_the_digest_of_what_was_signed() {
    let event = verified("vexylcloud", "evt_1");
    assert_eq!(event.id, None);
    let claims = Claims::of(&event, || [0xab; 32]);
    assert_eq!(claims.keys, [format!("sha256:{}", "ab".repeat(32))]);
}

#[test]
fn an_id_that_looks_like_another_kind_of_claim_is_not_one() {
    let posing = verified("standard", "sig:000fff");
    assert_eq!(keys(&posing), ["id:sig:000fff"]);
}

#[test]
fn the_shard_of_a_claim_is_pinned() {
    // Another hash would look for living claims where they are not.
    for (id, of_4, of_64) in [("evt_1", 0, 28), ("evt_2", 0, 56), ("evt_3", 1, 29)] {
        let claims = Claims::of(&verified("standard", id), || [0; 32]);
        assert_eq!((claims.shard(4), claims.shard(64)), (of_4, of_64), "{id}");
        assert_eq!((claims.shard(1), claims.shard(0)), (0, 0), "{id}");
    }
}

#[test]
fn claims_that_can_meet_in_other_pairs_stand_in_one_place() {
    for n in 0..50 {
        let mut event = verified("standard", &format!("evt_{n}"));
        event.id_signed = false;
        let claims = Claims::of(&event, || [0; 32]);
        assert_eq!((claims.shard(4), claims.shard(64)), (0, 0));
    }
}

#[test]
fn events_are_spread_over_the_shards_evenly() {
    let mut counts = [0; 4];
    for n in 0..4_000 {
        let mut event = verified_once();
        event.id = Some(format!("evt_{n}"));
        let shard = Claims::of(&event, || [0; 32]).shard(4);
        counts[usize::from(shard)] += 1;
    }
    for count in counts {
        assert!((900..=1_100).contains(&count), "{counts:?}");
    }
}

fn verified_once() -> Verified {
    thread_local! {
        static EVENT: Verified = verified("standard", "evt");
    }
    EVENT.with(Clone::clone)
}

#[test]
fn an_inbox_is_named_by_its_source_and_shard() {
    assert_eq!(inbox_name("src_1", 3), "src_1/3");
}

#[test]
fn a_source_admits_exactly_once_for_three_days_unless_it_says_otherwise() {
    let read: Dedup = serde_json::from_str("{}").unwrap();
    let expected = Dedup {
        past: Default::default(),
        store: DedupStore::Both,
        ttl_secs: 259_200,
        shards: 4,
        key: None,
    };
    assert_eq!((&read, &Dedup::default()), (&expected, &expected));
    assert!(Dedup::TTL_SECS.contains(&60) && !Dedup::TTL_SECS.contains(&59));
    assert!(Dedup::TTL_SECS.contains(&2_592_000) && !Dedup::TTL_SECS.contains(&2_592_001));
    for (text, store) in [
        ("kv", DedupStore::Kv),
        ("durable_object", DedupStore::DurableObject),
        ("both", DedupStore::Both),
        ("none", DedupStore::None),
    ] {
        let read: DedupStore = serde_json::from_str(&format!("{text:?}")).unwrap();
        assert_eq!(read, store);
    }
}
