//! Storage stays flat, and an alarm's work is bounded.

use futures_executor::block_on;
use hookgate_relay::port::Row;

use super::Bench;
use crate::sample::arrival;

impl Bench {
    fn accept_briefly(&self, n: usize) {
        let mut arrival = arrival(&[&format!("id:{n}")], &format!("msg_{n}"));
        arrival.ttl_ms = 60_000;
        self.inbox.accept(arrival).unwrap();
    }
}

#[test]
fn one_alarm_purges_at_most_500_claims_and_the_next_follows_at_once() {
    let bench = Bench::new();
    (0..1_200).for_each(|n| bench.accept_briefly(n));
    bench.drain();
    bench.world.pass(120_000);
    let mut left = vec![];
    for _ in 0..3 {
        bench.ring();
        left.push(bench.sizes().1);
    }
    assert_eq!(left, [700, 200, 0]);
}

#[test]
fn a_purge_takes_no_claim_that_is_alive() {
    let bench = Bench::new();
    bench.accept_briefly(1);
    bench.world.pass(1);
    bench.accept_briefly(2);
    bench.world.pass(59_998);
    bench.ring();
    assert_eq!(bench.sizes().1, 2);
    bench.world.pass(1);
    block_on(bench.inbox.on_alarm(&bench.queue)).unwrap();
    let left = bench.disk.rows("SELECT key FROM claims");
    assert_eq!(left, [Row(vec!["id:2".into()])]);
}

#[test]
fn twenty_thousand_events_of_a_short_life_leave_the_storage_flat() {
    let bench = Bench::new();
    let (mut pages, mut most) = (vec![], 0);
    for n in 0..20_000 {
        bench.accept_briefly(n);
        bench.world.pass(100);
        if bench.disk.rings(bench.world.now()) {
            block_on(bench.inbox.on_alarm(&bench.queue)).unwrap();
            let sent: Vec<String> = bench.sent().concat();
            bench.inbox.confirm(&sent).unwrap();
        }
        most = most.max(bench.sizes().1);
        if n % 4_000 == 3_999 {
            pages.push(
                bench
                    .disk
                    .number("SELECT page_count FROM pragma_page_count"),
            );
        }
    }
    // 600 are alive at any time, and as many may wait for the minute's purge.
    assert!(most <= 1_300, "{most} claims");
    assert!(pages[4] <= pages[0], "pages {pages:?}");
    bench.world.pass(200_000);
    while bench.disk.rings(bench.world.now()) {
        block_on(bench.inbox.on_alarm(&bench.queue)).unwrap();
        bench.inbox.confirm(&bench.sent().concat()).unwrap();
        bench.world.pass(60_000);
    }
    assert_eq!(bench.sizes(), (0, 0));
}
