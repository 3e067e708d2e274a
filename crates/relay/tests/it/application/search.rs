//! Messages are found by their date, type, channel and tag, and no page looks for long.

use hookgate_relay::application::Message;
use hookgate_relay::id::{self, Kind};
use hookgate_relay::page::{Listed, Page};
use hookgate_relay::port::Millis;
use hookgate_relay::search::{MOST_SEEN, Sought};

use super::Bench;
use crate::host::START;
use crate::sample::{DAY, message};

impl Bench {
    /// A message of that moment, under an id of that moment.
    fn made(&self, at: Millis, event_type: &str, channels: &[&str], tags: &[&str]) -> String {
        self.world.reach(at);
        let id = id::new(Kind::Message, &self.world.host(&self.disk));
        let labels = |labels: &[&str]| labels.iter().map(|&label| label.to_owned()).collect();
        let message = Message {
            event_type: event_type.into(),
            channels: labels(channels),
            tags: labels(tags),
            created_at: at,
            ..message(&id)
        };
        self.app.create(message).unwrap();
        id
    }

    fn search(&self, sought: &Sought, page: &Page, with_content: bool) -> Listed<String> {
        let found = self.app.list_messages(sought, page, with_content);
        found.unwrap().map(|message| message.id)
    }

    fn found(&self, sought: &Sought) -> Vec<String> {
        let found = self.search(sought, &page(250, None), true);
        assert!(found.done);
        assert_eq!(
            found,
            self.search(sought, &page(250, None), false),
            "without contents"
        );
        found.data
    }
}

fn page(limit: u32, iterator: Option<String>) -> Page {
    Page {
        limit,
        iterator,
        descending: false,
    }
}

fn tagged(tag: &str) -> Sought {
    Sought {
        tag: Some(tag.into()),
        ..Sought::default()
    }
}

#[test]
fn messages_are_found_by_type_channel_and_tag_and_by_all_of_them_together() {
    let bench = Bench::of(&[]);
    let paid = bench.made(START, "paid", &["eu", "eu.north"], &["a\\b"]);
    let late = bench.made(START + 1, "late", &["eu"], &[]);
    let sent = bench.made(START + 2, "sent", &[], &["a", "b"]);
    let types = |names: &[&str]| Sought {
        event_types: Some(names.iter().map(|&name| name.to_owned()).collect()),
        ..Sought::default()
    };
    let channel = |name: &str| Sought {
        channel: Some(name.into()),
        ..Sought::default()
    };
    let of = |ids: &[&str]| Sought {
        ids: ids.iter().map(|&id| id.to_owned()).collect(),
        ..Sought::default()
    };
    let both = Sought {
        channel: Some("eu".into()),
        ..types(&["late", "sent"])
    };
    for (sought, expected) in [
        (Sought::default(), vec![&paid, &late, &sent]),
        (types(&["paid"]), vec![&paid]),
        (types(&["sent", "paid", "none"]), vec![&paid, &sent]),
        (types(&["pai"]), vec![]),
        (channel("eu"), vec![&paid, &late]),
        (channel("eu.north"), vec![&paid]),
        (channel("eu.nort"), vec![]),
        (tagged("a\\b"), vec![&paid]),
        (tagged("a"), vec![&sent]),
        (both, vec![&late]),
        (of(&[&sent, &paid, &sent]), vec![&paid, &sent]),
        (of(&["msg_none"]), vec![]),
    ] {
        let found = bench.found(&sought);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{sought:?}");
    }
}

#[test]
fn dates_are_those_of_the_messages_to_the_millisecond_and_their_own_moments_are_outside() {
    let bench = Bench::of(&[]);
    let moments = [0, 1, 2, DAY, 40 * DAY].map(|after| START + after);
    let ids = moments.map(|at| bench.made(at, "a", &[], &[]));
    let between = |after: Option<Millis>, before: Option<Millis>| Sought {
        after,
        before,
        ..Sought::default()
    };
    let far = 253_402_300_799_999;
    for (sought, expected) in [
        (between(Some(START), None), &ids[1..]),
        (between(None, Some(START)), &ids[..0]),
        (between(None, Some(START + 2)), &ids[..2]),
        (between(Some(START), Some(START + 2)), &ids[1..2]),
        (between(Some(START + 2), Some(START + DAY + 1)), &ids[3..4]),
        (between(Some(START + 39 * DAY), None), &ids[4..]),
        (between(Some(START + 2), Some(START + 1)), &ids[..0]),
        // Where no id has room for the time.
        (between(Some(0), Some(far)), &ids[..]),
        (between(Some(far), None), &ids[..0]),
    ] {
        assert_eq!(bench.found(&sought), expected, "{sought:?}");
    }
}

#[test]
fn a_message_whose_request_took_an_hour_is_found_by_its_own_date() {
    let bench = Bench::of(&[]);
    let id = id::new(Kind::Message, &bench.world.host(&bench.disk));
    let late = Message {
        created_at: START + 3_600_000,
        ..message(&id)
    };
    bench.app.create(late).unwrap();
    let sought = Sought {
        after: Some(START + 3_599_999),
        ..Sought::default()
    };
    assert_eq!(bench.found(&sought), [id]);
}

/// Twelve thousand messages, every four thousandth with the tag.
fn many() -> Bench {
    let bench = Bench::of(&[]);
    bench.disk.write(
        "WITH RECURSIVE n(i) AS (SELECT 10001 UNION ALL SELECT i + 1 FROM n WHERE i < 22000)
         INSERT INTO messages (id, event_type, channels, tags, payload, created_at)
         SELECT 'msg_' || i, 'a', '[]', IIF(i % 4000 = 0, '[\"rare\"]', '[]'), x'7B7D',
            1773738000000 + i FROM n",
    );
    bench
}

#[test]
fn a_page_that_finds_little_ends_where_it_stopped_and_the_next_goes_on_from_there() {
    let bench = many();
    let row = |seen: usize| format!("msg_{}", 10_000 + seen);
    let mut at = None;
    let mut pages = vec![];
    loop {
        let found = bench.search(&tagged("rare"), &page(2, at.take()), true);
        at = found.iterator.clone();
        pages.push(found);
        if pages.last().is_some_and(|last| last.done) {
            break;
        }
    }
    let data: Vec<_> = pages.iter().map(|page| page.data.as_slice()).collect();
    let expected = [vec![row(2_000)], vec![row(6_000), row(10_000)], vec![]];
    assert_eq!(data, expected);
    let ends: Vec<_> = pages.iter().map(|page| page.iterator.clone()).collect();
    let expected = [MOST_SEEN, 2 * MOST_SEEN, 2 * MOST_SEEN].map(|seen| Some(row(seen)));
    assert_eq!(ends, expected);

    // And back, from the end.
    let back = bench.search(&tagged("rare"), &page(1, Some("-msg_99999".into())), true);
    assert_eq!((&back.data[..], back.done), (&[row(10_000)][..], false));
    let back = bench.search(&tagged("rare"), &page(1, back.prev_iterator), true);
    assert_eq!((&back.data[..], back.done), (&[row(6_000)][..], false));
}

#[test]
fn a_page_that_finds_nothing_says_where_it_goes_on_both_ways() {
    let bench = many();
    let nothing = bench.search(&tagged("none"), &page(10, None), true);
    let end = format!("msg_{}", 10_000 + MOST_SEEN);
    assert_eq!((&nothing.data[..], nothing.done), (&[][..], false));
    assert_eq!(nothing.iterator, Some(end.clone()));
    assert_eq!(nothing.prev_iterator, Some(format!("-{end}")));
    let back = bench.search(&tagged("none"), &page(10, Some("-msg_99999".into())), true);
    let end = format!("msg_{}", 22_001 - MOST_SEEN);
    assert_eq!((&back.data[..], back.done), (&[][..], false));
    assert_eq!(back.iterator, Some(end.clone()));
    assert_eq!(back.prev_iterator, Some(format!("-{end}")));
}

#[test]
fn no_search_sorts_or_reads_on_beyond_what_it_may_look_at() {
    let bench = many();
    let dated = Sought {
        after: Some(START),
        before: Some(START + 1_000),
        ..tagged("rare")
    };
    for (sought, iterator) in [
        (tagged("rare"), None),
        (tagged("rare"), Some("msg_11000".to_owned())),
        (dated.clone(), None),
        (dated, Some("-msg_11000".to_owned())),
    ] {
        bench.disk.statements();
        bench.search(&sought, &page(10, iterator), true);
        for statement in bench.disk.statements() {
            let plan = bench.disk.plan(&statement);
            // By the index of the ids, and where it may end early, from a bound of them.
            assert!(plan.contains("INDEX sqlite_autoindex_messages_1"), "{plan}");
            let bounded = statement.contains("OFFSET") || plan.contains("SEARCH messages");
            assert!(
                bounded && !plan.contains("TEMP B-TREE"),
                "{statement}: {plan}"
            );
        }
    }
}
