//! What an endpoint was given is listed with how it stands, and counted; no call looks at all of it.

use hookgate_relay::application::Message;
use hookgate_relay::attempt::{AttemptFilter, State};
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::endpoint::{Cancel, Delivery};
use hookgate_relay::id::{self, Kind};
use hookgate_relay::page::{Listed, Page};
use hookgate_relay::port::{Hints, HttpOutcome, Millis};
use hookgate_relay::search::{MOST_SEEN, Sought};

use super::Bench;
use crate::host::{Disk, START, World};
use crate::neighbour::status;
use crate::sample::{DAY, config, message, waits};

impl Bench {
    fn given(&self, filter: &AttemptFilter, iterator: Option<&str>) -> Listed<Delivery> {
        let page = Page {
            limit: 10,
            iterator: iterator.map(str::to_owned),
            descending: false,
        };
        let given = self.endpoint.given(filter, &page).unwrap();
        for delivery in &given.data {
            let travelled = Delivery::from_json(&delivery.to_json());
            assert_eq!(travelled.as_ref(), Some(delivery));
        }
        given
    }

    fn count(&self, made: &Sought, after: Option<&str>) -> Listed<i64> {
        let page = Page {
            limit: 1,
            iterator: after.map(str::to_owned),
            descending: false,
        };
        self.endpoint.count(made, &page).unwrap()
    }

    fn given_ids(&self, filter: &AttemptFilter) -> Vec<String> {
        let found = self.given(filter, None);
        assert!(found.done);
        found.data.into_iter().map(|one| one.message_id).collect()
    }

    /// How each stands, and when it goes next, from the start.
    fn standing(&self) -> Vec<(State, Option<Millis>)> {
        let all = self.given(&AttemptFilter::default(), None).data.into_iter();
        all.map(|one| (one.state, one.next_attempt_at.map(|at| at - START)))
            .collect()
    }
}

fn twice() -> Bench {
    Bench::with(EndpointConfig {
        retry_schedule: waits(&[0, 0]),
        ..config("ep_1", "standard")
    })
}

fn between(after: Millis, before: Millis) -> Sought {
    Sought {
        after: Some(after),
        before: Some(before),
        ..Sought::default()
    }
}

fn busy_for(secs: u32) -> HttpOutcome {
    HttpOutcome::Answered {
        status: 429,
        hints: Hints {
            retry_after: Some(secs.to_string()),
            delivery: None,
        },
        body: vec![],
    }
}

#[test]
fn each_delivery_is_listed_with_how_it_stands_and_when_it_can_go_next() {
    let bench = twice();
    bench.http.script().then(status(200));
    for _ in 0..2 {
        bench.http.script().then(status(500));
    }
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.accept(&["msg_2"]);
    bench.pump();
    let cancelled = bench.endpoint.cancel(&Cancel {
        message_id: "msg_3".into(),
        event_type: "a".into(),
        created_at: START,
    });
    assert_eq!(cancelled, Ok(true));
    bench.http.script().then(busy_for(60));
    bench.accept(&["msg_4"]);
    bench.pump();
    bench.accept(&["msg_5"]);
    let ended = [
        (State::Success, None),
        (State::Fail, None),
        (State::Canceled, None),
    ];
    assert_eq!(bench.standing()[..3], ended);
    // Both wait for the receiver's minute, whatever their schedule says.
    let paused = (State::Pending, Some(60_000));
    assert_eq!(bench.standing()[3..], [paused, paused]);
    bench.world.pass(60_000);
    bench.http.script().then(status(410));
    bench.pump();
    let held = bench.standing();
    assert!(held.contains(&(State::Pending, None)), "{held:?}");
    assert!(held.iter().all(|(_, next)| next.is_none()), "{held:?}");
    let of = |id: &str| AttemptFilter {
        message_id: Some(id.into()),
        ..AttemptFilter::default()
    };
    assert_eq!(bench.given_ids(&of("msg_2")), ["msg_2"]);
    assert_eq!(bench.given_ids(&of("msg_9")), Vec::<String>::new());
}

#[test]
fn deliveries_are_found_by_their_state_and_by_what_their_message_is() {
    let (bench, mut ids) = (twice(), vec![]);
    for (n, event_type, channel, answer) in [
        (0, "paid", "eu", 200),
        (1, "late", "eu", 410),
        (2, "paid", "us", 200),
    ] {
        bench.http.script().then(status(answer));
        let one = Message {
            event_type: event_type.into(),
            channels: vec![channel.into()],
            tags: vec![format!("t{n}")],
            created_at: START + n * DAY,
            ..message(&id::new(Kind::Message, &bench.world.host(&bench.disk)))
        };
        ids.push(one.id.clone());
        bench.offer(vec![one]).unwrap();
        bench.pump();
        bench.world.pass(DAY);
    }
    let sought = |sought| AttemptFilter {
        sought,
        ..AttemptFilter::default()
    };
    let default = Sought::default;
    for (filter, expected) in [
        (sought(default()), vec![0, 1, 2]),
        (
            AttemptFilter {
                state: Some(State::Success),
                ..AttemptFilter::default()
            },
            vec![0],
        ),
        (
            AttemptFilter {
                state: Some(State::Pending),
                sought: Sought {
                    channel: Some("us".into()),
                    ..default()
                },
                ..AttemptFilter::default()
            },
            vec![2],
        ),
        (
            sought(Sought {
                event_types: Some(vec!["paid".into()]),
                ..default()
            }),
            vec![0, 2],
        ),
        (
            sought(Sought {
                tag: Some("t1".into()),
                ..default()
            }),
            vec![1],
        ),
        (
            sought(Sought {
                after: Some(START),
                before: Some(START + 2 * DAY),
                ..default()
            }),
            vec![1],
        ),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|n: usize| ids[n].clone())
            .collect();
        assert_eq!(bench.given_ids(&filter), expected, "{filter:?}");
    }
}

/// The id of a message that was made on the day of the start.
fn numbered(n: usize) -> String {
    let id = id::new(Kind::Message, &World::new().host(&Disk::new()));
    format!("{}{:020}", &id[..11], 10_000 + n)
}

/// Twelve thousand deliveries, a millisecond apart: every fourth failed, every four thousandth waits.
fn many() -> Bench {
    let bench = twice();
    bench.accept(&[]);
    bench.disk.write(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
         INSERT INTO deliveries
            (message_id, event_type, created_at, state, made, next_attempt_at)
         SELECT '{}' || (10000 + i), 'a', 1773738000000 + i,
            IIF(i % 4000 = 0, 1, IIF(i % 4 = 0, 2, 0)), 1,
            IIF(i % 4000 = 0, 1773738000000, NULL) FROM n",
        numbered(0).trim_end_matches("10000")
    ));
    bench
}

#[test]
fn a_count_goes_on_part_by_part_and_meets_each_delivery_once() {
    let bench = many();
    let count = |since, until| {
        let made = between(START + since - 1, START + until + 1);
        let (mut states, mut parts, mut after) = ([0; 5], 0, None);
        loop {
            let part = bench.count(&made, after.as_deref());
            for (sum, more) in states.iter_mut().zip(part.data) {
                *sum += more;
            }
            parts += 1;
            if part.done {
                return (states, parts);
            }
            after = part.iterator;
        }
    };
    assert_eq!(count(0, 100_000), ([9_000, 3, 2_997, 0, 0], 3));
    // Neither end is of the time; here each is one beyond it.
    assert_eq!(count(4_000, 4_004).0, [3, 1, 1, 0, 0]);
    assert_eq!(count(12_001, 100_000).0, [0; 5]);
}

#[test]
fn no_list_and_no_part_of_a_count_looks_at_more_than_it_may() {
    let bench = many();
    let waiting = AttemptFilter {
        state: Some(State::Pending),
        ..AttemptFilter::default()
    };
    let first = bench.given(&waiting, None);
    let end = numbered(MOST_SEEN);
    assert_eq!((first.data.len(), first.done), (1, false));
    assert_eq!(first.iterator, Some(end.clone()));
    let dated = AttemptFilter {
        sought: Sought {
            after: Some(START),
            before: Some(START + 1_000),
            ..Sought::default()
        },
        ..waiting.clone()
    };
    bench.disk.statements();
    for filter in [AttemptFilter::default(), waiting, dated] {
        bench.given(&filter, None);
        bench.given(&filter, Some(&numbered(1_000)));
        bench.given(&filter, Some(&format!("-{}", numbered(1_000))));
    }
    bench.count(&between(START, START + DAY), None);
    bench.count(&between(START, START + DAY), Some(&end));
    let of_deliveries = bench.disk.statements().into_iter();
    let of_deliveries: Vec<_> = of_deliveries
        .filter(|statement| statement.contains("deliveries"))
        .collect();
    assert!(of_deliveries.len() > 10);
    for statement in of_deliveries {
        let plan = bench.disk.plan(&statement);
        // From the first row on, in the order of the key: as far as a page, or its end, is.
        let walks = plan == "SCAN deliveries" && statement.contains("LIMIT");
        let seeks = plan.starts_with("SEARCH deliveries USING PRIMARY KEY");
        assert!(walks || seeks, "{statement}: {plan}");
        let groups = statement.contains("GROUP BY");
        assert!(
            groups || !plan.contains("TEMP B-TREE"),
            "{statement}: {plan}"
        );
    }
}
