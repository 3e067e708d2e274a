//! A rotated secret signs for as long as it was promised, and reaches the endpoint by itself.

use hookgate_relay::application::{MOST_OLD_SECRETS, Rotated, Rotation};
use hookgate_relay::config::EndpointConfig;

use super::{Bench, handed};
use crate::host::Fault;
use crate::sample::{DAY, OLD_SECRET, message, vault};

impl Bench {
    fn rotation(&self, secret: &str, overlap_ms: i64) -> Rotation {
        Rotation {
            endpoint_id: "ep_a".into(),
            secret: vault().wrap(secret, "ep_a", &*self.world),
            overlap_ms,
        }
    }

    fn config(&self) -> EndpointConfig {
        self.app.endpoint("ep_a").unwrap().unwrap()
    }

    fn signing(&self) -> usize {
        self.config().signing_secrets(self.world.now()).count()
    }
}

#[test]
fn a_retired_secret_signs_to_the_millisecond_it_was_promised() {
    let bench = Bench::of(&["ep_a"]);
    let first = bench.config().secrets;
    let rotation = bench.rotation(OLD_SECRET, DAY);
    let second = rotation.secret.clone();
    assert_eq!(bench.app.rotate_secret(rotation), Ok(Rotated::Done));
    let config = bench.config();
    let now = bench.world.now();
    let signing = |at| config.signing_secrets(at).cloned().collect::<Vec<_>>();
    let both = vec![second.clone(), first[0].clone()];
    assert_eq!(signing(now), both);
    assert_eq!(signing(now + DAY - 1), both);
    assert_eq!(signing(now + DAY), [second]);
    assert_eq!((config.version, config.updated_at), (2, now));
}

#[test]
fn a_secret_that_is_rotated_without_overlap_is_forgotten_at_once() {
    let bench = Bench::of(&["ep_a"]);
    for overlap in [0, -1] {
        let rotation = bench.rotation(OLD_SECRET, overlap);
        assert_eq!(bench.app.rotate_secret(rotation), Ok(Rotated::Done));
        assert_eq!((bench.signing(), bench.config().old_secrets), (1, vec![]));
    }
}

#[test]
fn ten_old_secrets_sign_at_most_and_an_eleventh_rotation_waits_for_the_first_to_end() {
    let bench = Bench::of(&["ep_a"]);
    for _ in 0..MOST_OLD_SECRETS {
        let rotation = bench.rotation(OLD_SECRET, DAY);
        assert_eq!(bench.app.rotate_secret(rotation), Ok(Rotated::Done));
    }
    let before = bench.config();
    let rotation = bench.rotation(OLD_SECRET, DAY);
    let refused = bench.app.rotate_secret(rotation.clone());
    assert_eq!(refused, Ok(Rotated::TooMany));
    assert_eq!((bench.config(), bench.signing()), (before, 11));
    bench.world.pass(DAY);
    assert_eq!(bench.app.rotate_secret(rotation), Ok(Rotated::Done));
    assert_eq!((bench.signing(), bench.config().old_secrets.len()), (2, 1));
}

#[test]
fn a_change_reaches_the_endpoint_although_no_message_does() {
    let mut bench = Bench::of(&["ep_a", "ep_b"]);
    bench
        .app
        .rotate_secret(bench.rotation(OLD_SECRET, 0))
        .unwrap();
    bench.reopen();
    let alarm = bench.disk.alarm().unwrap();
    bench.world.reach(alarm);
    bench.ring();
    let landed = bench.objects.consignments();
    assert_eq!(landed.len(), 1);
    assert_eq!((landed[0].config.version, landed[0].messages.len()), (2, 0));
    assert_eq!(bench.sizes().1, 0);
}

#[test]
fn a_change_during_a_hand_over_is_handed_over_too() {
    let bench = Bench::of(&["ep_a"]);
    bench
        .app
        .rotate_secret(bench.rotation(OLD_SECRET, 0))
        .unwrap();
    bench.app.create(message("msg_1")).unwrap();
    bench.objects.script("ep_a").then_hold();
    let mut drain = Box::pin(bench.app.drain(&bench.objects));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(drain.as_mut().poll(&mut context).is_pending());
    bench
        .app
        .rotate_secret(bench.rotation(OLD_SECRET, 0))
        .unwrap();
    bench
        .objects
        .script("ep_a")
        .release(0, crate::neighbour::Taken::Yes);
    futures_executor::block_on(drain).unwrap();
    let landed = bench.objects.consignments();
    let versions: Vec<_> = landed.iter().map(|one| one.config.version).collect();
    assert_eq!(versions, [2, 3]);
    assert_eq!(bench.sizes().1, 0);
}

#[test]
fn a_rotation_is_stored_as_a_whole_or_not_at_all() {
    for skip in 0.. {
        let bench = Bench::of(&["ep_a"]);
        let before = bench.config();
        bench.world.plan(skip, Fault::Refused);
        let outcome = bench.app.rotate_secret(bench.rotation(OLD_SECRET, DAY));
        if bench.world.call_off() {
            // The alarm, the change, its row, the commit.
            assert_eq!((outcome, skip), (Ok(Rotated::Done), 4));
            return;
        }
        assert!(outcome.is_err(), "call {skip}");
        assert_eq!(
            (bench.config(), bench.sizes().1),
            (before, 0),
            "call {skip}"
        );
    }
}

#[test]
fn a_message_after_a_rotation_goes_with_the_new_secret() {
    let bench = Bench::of(&["ep_a"]);
    bench.app.create(message("msg_1")).unwrap();
    bench
        .app
        .rotate_secret(bench.rotation(OLD_SECRET, 0))
        .unwrap();
    bench.drain();
    assert_eq!(bench.objects.landed(), [handed("ep_a", &["msg_1"])]);
    let mut unknown = bench.rotation(OLD_SECRET, 0);
    unknown.endpoint_id = "ep_z".into();
    assert_eq!(bench.app.rotate_secret(unknown), Ok(Rotated::Unknown));
}
