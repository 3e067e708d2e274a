//! Attempts are found by how they ended, when, and at what kind of message; no page looks for long.

use hookgate_relay::application::{Consignment, Message};
use hookgate_relay::attempt::{AttemptFilter, State};
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::endpoint::{Cancel, Resend};
use hookgate_relay::page::{Listed, Page};
use hookgate_relay::port::{HttpOutcome, Millis};
use hookgate_relay::search::{MOST_SEEN, Sought};

use super::Bench;
use crate::host::START;
use crate::neighbour::status;
use crate::sample::{DAY, config, message, waits};

impl Bench {
    fn search(&self, filter: &AttemptFilter, iterator: Option<&str>) -> Listed<String> {
        let page = Page {
            limit: 10,
            iterator: iterator.map(str::to_owned),
            descending: false,
        };
        let found = self.endpoint.attempts(filter, &page).unwrap();
        found.map(|attempt| attempt.message_id)
    }

    /// An order to send this message again.
    fn again(&self, message: Message) {
        let order = Consignment {
            config: self.config.clone(),
            messages: vec![],
            resends: vec![Resend {
                number: 1,
                only_failed: false,
                message,
            }],
        };
        self.endpoint.accept(order).unwrap();
        self.pump();
    }

    fn found(&self, filter: &AttemptFilter) -> Vec<String> {
        let found = self.search(filter, None);
        assert!(found.done);
        found.data
    }
}

fn labelled(id: &str, event_type: &str, channels: &[&str], tags: &[&str]) -> Message {
    let labels = |labels: &[&str]| labels.iter().map(|&label| label.to_owned()).collect();
    Message {
        event_type: event_type.into(),
        channels: labels(channels),
        tags: labels(tags),
        ..message(id)
    }
}

/// An endpoint that makes one attempt.
fn once() -> Bench {
    Bench::with(EndpointConfig {
        retry_schedule: waits(&[0]),
        ..config("ep_1", "standard")
    })
}

fn about(sought: Sought) -> AttemptFilter {
    AttemptFilter {
        sought,
        ..AttemptFilter::default()
    }
}

fn tagged(tag: &str) -> Sought {
    Sought {
        tag: Some(tag.into()),
        ..Sought::default()
    }
}

#[test]
fn attempts_are_found_by_how_they_ended() {
    let bench = once();
    for (n, outcome) in [
        status(204),
        status(301),
        status(404),
        status(499),
        status(503),
        HttpOutcome::TimedOut,
    ]
    .into_iter()
    .enumerate()
    {
        bench.http.script().then(outcome);
        bench.accept(&[&format!("msg_{n}")]);
        bench.pump();
        bench.world.pass(600_000);
    }
    let class = |class| AttemptFilter {
        status_code_class: Some(class),
        ..AttemptFilter::default()
    };
    let state = |state| AttemptFilter {
        state: Some(state),
        ..AttemptFilter::default()
    };
    let both = AttemptFilter {
        message_id: Some("msg_4".into()),
        ..state(State::Fail)
    };
    for (filter, expected) in [
        (class(200), vec!["msg_0"]),
        (class(300), vec!["msg_1"]),
        (class(400), vec!["msg_2", "msg_3"]),
        (class(500), vec!["msg_4"]),
        (class(0), vec!["msg_5"]),
        (class(100), vec![]),
        (state(State::Success), vec!["msg_0"]),
        (
            state(State::Fail),
            vec!["msg_1", "msg_2", "msg_3", "msg_4", "msg_5"],
        ),
        (state(State::Sending), vec![]),
        (both, vec!["msg_4"]),
    ] {
        assert_eq!(bench.found(&filter), expected, "{filter:?}");
    }
}

#[test]
fn attempts_are_found_by_their_date_and_by_what_their_message_is() {
    let bench = once();
    for message in [
        labelled("msg_0", "paid", &["eu"], &[]),
        labelled("msg_1", "late", &["eu", "us"], &["a"]),
        labelled("msg_2", "sent", &[], &["a/b"]),
    ] {
        bench.offer(vec![message]).unwrap();
        bench.pump();
        bench.world.pass(DAY);
    }
    let types = |names: &[&str]| Sought {
        event_types: Some(names.iter().map(|&name| name.to_owned()).collect()),
        ..Sought::default()
    };
    let channel = |name: &str| Sought {
        channel: Some(name.into()),
        ..Sought::default()
    };
    let between = |after: Millis, before: Millis| Sought {
        after: Some(START + after),
        before: Some(START + before),
        ..Sought::default()
    };
    for (sought, expected) in [
        (types(&["paid", "sent"]), vec!["msg_0", "msg_2"]),
        (types(&["pai"]), vec![]),
        (channel("eu"), vec!["msg_0", "msg_1"]),
        (channel("e"), vec![]),
        (tagged("a"), vec!["msg_1"]),
        (between(-1, DAY), vec!["msg_0"]),
        (between(0, DAY + 1), vec!["msg_1"]),
        (between(0, 3 * DAY), vec!["msg_1", "msg_2"]),
        (between(2 * DAY, 9 * DAY), vec![]),
    ] {
        assert_eq!(bench.found(&about(sought.clone())), expected, "{sought:?}");
    }
    let of_one = AttemptFilter {
        message_id: Some("msg_1".into()),
        ..about(channel("eu"))
    };
    assert_eq!(bench.found(&of_one), ["msg_1"]);
    let of_another = AttemptFilter {
        message_id: Some("msg_2".into()),
        ..of_one
    };
    assert_eq!(bench.found(&of_another), [""; 0]);
}

#[test]
fn a_message_that_was_cancelled_before_it_came_is_found_by_its_labels_when_it_is_sent_after_all() {
    let bench = once();
    let late = labelled("msg_1", "late", &["eu"], &["a"]);
    bench.accept(&[]);
    let cancelled = bench.endpoint.cancel(&Cancel {
        message_id: late.id.clone(),
        event_type: late.event_type.clone(),
        created_at: late.created_at,
    });
    assert_eq!(cancelled, Ok(true));
    bench.again(late);
    assert_eq!(bench.found(&about(tagged("a"))), ["msg_1"]);
}

#[test]
fn what_a_message_was_is_known_as_long_as_there_is_an_attempt_at_it() {
    let mut bench = once();
    bench.keep(90);
    let message = labelled("msg_1", "paid", &[], &["a"]);
    bench.offer(vec![message.clone()]).unwrap();
    bench.pump();
    bench.world.reach(START + 50 * DAY);
    bench.again(message);
    bench.ring_until(START + 139 * DAY);
    assert_eq!(bench.found(&about(tagged("a"))), ["msg_1"]);
    bench.ring_until(START + 142 * DAY);
    let left = bench.disk.number("SELECT COUNT(*) FROM deliveries");
    assert_eq!((bench.attempts().len(), left), (0, 0));
}

/// Twelve thousand attempts at as many messages: every four thousandth failed, and has the tag.
fn many() -> Bench {
    let bench = once();
    bench.disk.write(
        "WITH RECURSIVE n(i) AS (SELECT 10001 UNION ALL SELECT i + 1 FROM n WHERE i < 22000)
         INSERT INTO deliveries
            (message_id, event_type, created_at, state, made, next_attempt_at, tags)
         SELECT 'msg_' || i, 'a', 1773738000000, IIF(i % 4000 = 0, 2, 0), 1, NULL,
            IIF(i % 4000 = 0, '[\"rare\"]', NULL) FROM n;
         INSERT INTO attempts SELECT 'atmpt_' || message_id, message_id, '', state, 200, '',
            1773738000000, 1, 0 FROM deliveries",
    );
    bench
}

#[test]
fn a_page_of_attempts_that_finds_little_ends_where_it_stopped() {
    let bench = many();
    let filter = about(tagged("rare"));
    let first = bench.search(&filter, None);
    let end = format!("atmpt_msg_{}", 10_000 + MOST_SEEN);
    assert_eq!(
        (&first.data[..], first.done),
        (&["msg_12000".into()][..], false)
    );
    assert_eq!(first.iterator.as_deref(), Some(end.as_str()));
    let second = bench.search(&filter, first.iterator.as_deref());
    let both = ["msg_16000".into(), "msg_20000".into()];
    assert_eq!((&second.data[..], second.done), (&both[..], false));
    let third = bench.search(&filter, second.iterator.as_deref());
    assert_eq!((&third.data[..], third.done), (&[][..], true));
}

#[test]
fn failures_are_found_among_any_number_of_successes() {
    let bench = many();
    let failed = AttemptFilter {
        state: Some(State::Fail),
        ..AttemptFilter::default()
    };
    assert_eq!(
        bench.found(&failed),
        ["msg_12000", "msg_16000", "msg_20000"]
    );
    let unanswered = AttemptFilter {
        status_code_class: Some(0),
        ..failed
    };
    assert_eq!(bench.found(&unanswered), [""; 0]);
}

#[test]
fn no_search_of_attempts_sorts_or_reads_on_beyond_what_it_may_look_at() {
    let bench = many();
    let state = |state| AttemptFilter {
        state: Some(state),
        ..AttemptFilter::default()
    };
    let of_one = AttemptFilter {
        message_id: Some("msg_12000".into()),
        ..state(State::Fail)
    };
    let dated = Sought {
        after: Some(START),
        before: Some(START + 1_000),
        ..tagged("rare")
    };
    for (filter, index) in [
        (about(tagged("rare")), "PRIMARY KEY"),
        (about(dated), "PRIMARY KEY"),
        (state(State::Sending), "PRIMARY KEY"),
        (state(State::Fail), "attempts_failed"),
        (of_one, "attempts_by_message"),
    ] {
        for iterator in [None, Some("atmpt_msg_11000"), Some("-atmpt_msg_11000")] {
            bench.disk.statements();
            bench.search(&filter, iterator);
            for statement in bench.disk.statements() {
                let plan = bench.disk.plan(&statement);
                // The one that asks where the page ends counts rows from the beginning.
                let counts = statement.contains("OFFSET") && plan == "SCAN attempts";
                let bounded = plan.contains("SEARCH attempts") && plan.contains(index);
                assert!(counts || bounded, "{statement}: {plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{statement}: {plan}");
            }
        }
    }
}
