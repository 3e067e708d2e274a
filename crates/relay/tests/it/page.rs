//! Lists are walked page by page, forwards and back, without a gap and without an end that is none.

use hookgate_relay::page::{Listed, MAX_LIMIT, Page};
use hookgate_relay::registry::Shelf;

use crate::registry::Bench;

impl Bench {
    fn named(names: &[&str]) -> Self {
        let bench = Self::new();
        for name in names {
            let shelf = Shelf::EventType;
            bench.registry.create(shelf, name, None, name).unwrap();
        }
        bench
    }

    fn page(&self, limit: u32, iterator: Option<&str>, descending: bool) -> Listed<String> {
        let page = Page {
            limit,
            iterator: iterator.map(str::to_owned),
            descending,
        };
        self.registry.list(Shelf::EventType, &page).unwrap()
    }

    /// Every page from the first to the one that says it is the last.
    fn walk(&self, limit: u32, descending: bool) -> Vec<Listed<String>> {
        let mut pages = vec![self.page(limit, None, descending)];
        while let Some(last) = pages.last().filter(|page| !page.done) {
            let next = self.page(limit, last.iterator.as_deref(), descending);
            pages.push(next);
            assert!(pages.len() <= 20, "a walk without end");
        }
        pages
    }
}

fn data(pages: &[Listed<String>]) -> Vec<Vec<&str>> {
    pages.iter().map(names).collect()
}

fn names(page: &Listed<String>) -> Vec<&str> {
    page.data.iter().map(String::as_str).collect()
}

#[test]
fn a_walk_forwards_meets_every_item_once_in_order() {
    let bench = Bench::named(&["c", "a", "e", "b", "d"]);
    let two = bench.walk(2, false);
    assert_eq!(data(&two), [vec!["a", "b"], vec!["c", "d"], vec!["e"]]);
    let two = bench.walk(2, true);
    assert_eq!(data(&two), [vec!["e", "d"], vec!["c", "b"], vec!["a"]]);
    let five = bench.walk(5, false);
    assert_eq!(
        data(&five),
        [["a", "b", "c", "d", "e"]],
        "no empty page follows"
    );
}

#[test]
fn a_walk_back_meets_the_same_pages_in_their_own_order() {
    let bench = Bench::named(&["a", "b", "c", "d", "e"]);
    for (descending, expected) in [(false, ["a", "b", "c", "d"]), (true, ["e", "d", "c", "b"])] {
        let last = bench.walk(2, descending).pop().unwrap();
        let middle = bench.page(2, last.prev_iterator.as_deref(), descending);
        assert_eq!(
            (names(&middle).as_slice(), middle.done),
            (&expected[2..], false)
        );
        let first = bench.page(2, middle.prev_iterator.as_deref(), descending);
        assert_eq!(
            (names(&first).as_slice(), first.done),
            (&expected[..2], true)
        );
        // And forwards again from there.
        let again = bench.page(2, first.iterator.as_deref(), descending);
        assert_eq!(again.data, middle.data);
    }
}

#[test]
fn back_from_the_first_page_is_an_empty_one_that_leads_to_the_first() {
    let bench = Bench::named(&["a", "b", "c"]);
    let first = bench.page(2, None, false);
    let before = bench.page(2, first.prev_iterator.as_deref(), false);
    assert_eq!((before.data.len(), before.done), (0, true));
    let again = bench.page(2, before.iterator.as_deref(), false);
    assert_eq!(again, first);
}

#[test]
fn a_name_with_a_leading_sign_is_no_way_back() {
    // The public API allows it: `^[a-zA-Z0-9\-_.]+$`.
    let names = ["~x", "+y", "-a", "--", "-", "-~", "a", "b"];
    let bench = Bench::named(&names);
    let mut sorted = names;
    sorted.sort_unstable();
    for limit in [1, 2, 3, 5] {
        for descending in [false, true] {
            let pages = bench.walk(limit, descending);
            let mut walked = data(&pages).concat();
            if descending {
                walked.reverse();
            }
            assert_eq!(walked, sorted, "{limit} a page, descending: {descending}");
            for (before, after) in pages.iter().zip(pages.iter().skip(1)) {
                let back = bench.page(limit, after.prev_iterator.as_deref(), descending);
                assert_eq!(back.data, before.data, "{limit} a page, back");
            }
        }
    }
}

#[test]
fn a_page_has_at_least_one_item_and_at_most_250() {
    let names: Vec<String> = (0..300).map(|n| format!("{n:03}")).collect();
    let bench = Bench::named(&names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(MAX_LIMIT, 250);
    for (limit, items) in [
        (0, 1),
        (1, 1),
        (249, 249),
        (250, 250),
        (251, 250),
        (u32::MAX, 250),
    ] {
        let page = bench.page(limit, None, false);
        assert_eq!(
            (page.data.len(), page.done),
            (items, false),
            "limit {limit}"
        );
    }
}

#[test]
fn an_empty_list_is_done_and_leads_nowhere() {
    let bench = Bench::named(&[]);
    let expected = Listed {
        data: vec![],
        iterator: None,
        prev_iterator: None,
        done: true,
    };
    assert_eq!(bench.page(10, None, false), expected);
}

#[test]
fn what_follows_an_item_that_was_removed_is_still_what_follows() {
    let bench = Bench::named(&["a", "b", "c"]);
    let first = bench.page(2, None, false);
    bench.registry.remove(Shelf::EventType, "b").unwrap();
    let second = bench.page(2, first.iterator.as_deref(), false);
    assert_eq!(second.data, ["c"]);
}

#[test]
fn an_iterator_is_data_and_never_sql() {
    let bench = Bench::named(&["a"]);
    let page = bench.page(10, Some("' OR 1=1 --"), true);
    assert_eq!(page.data, Vec::<String>::new());
    let page = bench.page(10, Some("-' OR 1=1 --"), false);
    assert_eq!(page.data, Vec::<String>::new());
}
