//! The endpoint's configuration comes with its messages, and the newest one counts.

use hookgate_relay::attempt::State;

use super::Bench;
use crate::host::START;
use crate::sample::waits;

#[test]
fn a_newer_configuration_wins_over_an_older_one_that_comes_late() {
    let mut bench = Bench::new("standard");
    for (version, host, wait) in [(1, "first", 10), (3, "third", 3_600), (2, "second", 20)] {
        bench.config.version = version;
        bench.config.url = format!("https://{host}.example/");
        bench.config.retry_schedule = waits(&[wait, 1]);
        bench.accept(&[&format!("msg_{version}")]);
    }
    bench.world.pass(4_000_000);
    bench.pump();
    bench.reopen();
    bench.accept(&["msg_4"]);
    bench.world.pass(4_000_000);
    bench.pump();
    let urls = bench.http.requests().into_iter().map(|request| request.url);
    assert_eq!(urls.collect::<Vec<_>>(), ["https://third.example/"; 4]);
}

#[test]
fn a_late_older_configuration_does_not_schedule_the_messages_it_brings() {
    let mut bench = Bench::new("standard");
    bench.world.load_dice(0);
    for (version, wait) in [(2, 3_600), (1, 0)] {
        bench.config.version = version;
        bench.config.retry_schedule = waits(&[wait]);
        bench.accept(&[&format!("msg_{version}")]);
    }
    let waiting = (State::Pending, Some(START + 3_600_000));
    assert_eq!(bench.delivery("msg_1"), Some(waiting));
}
