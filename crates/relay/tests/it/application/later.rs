//! A message for later waits with its application, and nothing else waits for it.

use hookgate_relay::application::Message;
use hookgate_relay::config::EndpointConfig;

use super::{Bench, handed};
use crate::host::START;
use crate::sample::{DAY, config, message};

fn later(id: &str, ms: i64) -> Message {
    Message {
        deliver_at: Some(START + ms),
        ..message(id)
    }
}

#[test]
fn a_message_for_later_is_handed_over_at_its_time_and_by_the_alarm() {
    let mut bench = Bench::of(&["ep_a"]);
    bench.app.create(later("msg_1", DAY)).unwrap();
    bench.drain();
    // The net below the acceptance, then nothing until then.
    bench.world.pass(1_000);
    bench.ring();
    assert_eq!(bench.disk.alarm(), Some(START + DAY));
    assert_eq!(bench.objects.calls().len(), 0);
    bench.reopen();
    bench.world.reach(START + DAY);
    bench.ring();
    assert_eq!(bench.objects.landed(), [handed("ep_a", &["msg_1"])]);
    let kept = bench.app.message("msg_1").unwrap().unwrap();
    assert_eq!(kept.deliver_at, Some(START + DAY));
}

#[test]
fn a_message_for_later_holds_up_nobody_in_order_or_not() {
    for fifo in [false, true] {
        let endpoint = EndpointConfig {
            fifo,
            ..config("ep_a", "standard")
        };
        let bench = Bench::with(&[endpoint]);
        bench.app.create(later("msg_1", 60_000)).unwrap();
        bench.app.create(message("msg_2")).unwrap();
        bench.drain();
        assert_eq!(bench.objects.landed(), [handed("ep_a", &["msg_2"])]);
        bench.world.reach(START + 60_000);
        bench.app.create(message("msg_3")).unwrap();
        bench.drain();
        let landed = bench.objects.landed();
        // What was made first goes first, once it is time.
        assert_eq!(landed, [handed("ep_a", &["msg_1", "msg_3"])], "{fifo}");
    }
}

#[test]
fn a_moment_that_has_passed_is_now() {
    let bench = Bench::of(&["ep_a"]);
    bench.app.create(later("msg_1", -DAY)).unwrap();
    bench.drain();
    assert_eq!(bench.objects.landed(), [handed("ep_a", &["msg_1"])]);
}
