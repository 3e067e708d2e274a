//! Storage stays flat, and an alarm's work is bounded.

use futures_executor::block_on;
use hookgate_relay::port::Row;

use super::Bench;
use crate::host::{Disk, World};
use crate::sample::arrival;

impl Bench {
    fn accept_briefly(&self, n: usize) {
        // As long as any other: what grows is not the names.
        let mut arrival = arrival(&[&format!("id:{n:07}")], &format!("msg_{n:07}"));
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
    assert_eq!(left, [Row(vec!["id:0000002".into()])]);
}

/// How many events go through: so many by default, a million where CI asks for it.
fn events() -> usize {
    let asked = std::env::var("HOOKGATE_EVENTS").ok();
    asked.map_or(20_000, |text| text.parse().expect("a number of events"))
}

#[test]
fn events_of_a_short_life_leave_no_row_behind_and_the_file_as_it_was() {
    let folder = std::env::temp_dir().join(format!("hookgate-growth-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let bench = Bench::standing(World::new(), Disk::in_file(&folder.join("inbox.sqlite")));
    let handle_alarm = || {
        block_on(bench.inbox.on_alarm(&bench.queue)).unwrap();
        let sent: Vec<String> = bench.sent().concat();
        bench.inbox.confirm(&sent).unwrap();
    };
    let all = events();
    let (mut pages, mut most) = (vec![], 0);
    for n in 0..all {
        bench.accept_briefly(n);
        bench.world.pass(100);
        if bench.disk.rings(bench.world.now()) {
            handle_alarm();
        }
        if n % 100 == 99 {
            most = most.max(bench.sizes().1);
        }
        if (n + 1) % (all / 5) == 0 {
            let count = "SELECT page_count FROM pragma_page_count";
            pages.push(bench.disk.number(count));
        }
    }
    // 600 are alive at any time, and as many may wait for the minute's purge.
    assert!(most <= 1_300, "{most} claims");
    assert_eq!(pages.len(), 5);
    assert!(pages[4] <= pages[0], "pages {pages:?}");
    while let Some(at) = bench.disk.alarm() {
        bench.world.reach(at);
        assert!(bench.disk.rings(bench.world.now()));
        handle_alarm();
    }
    assert_eq!(bench.sizes(), (0, 0));
    println!("{all} events, at most {most} claims, pages {pages:?}");
    drop(bench);
    std::fs::remove_dir_all(&folder).unwrap();
}
