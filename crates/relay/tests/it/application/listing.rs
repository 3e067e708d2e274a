//! A page of messages is bounded by what it holds in memory, whichever way it is walked.

use hookgate_relay::application::{Message, PAGE_BYTES};
use hookgate_relay::message::Body;
use hookgate_relay::page::{Listed, Page};
use hookgate_relay::search::Sought;

use super::Bench;
use crate::sample::message;

const MEGABYTE: usize = 1_000_000;

impl Bench {
    /// Messages with payloads of these sizes, in this order.
    fn with_payloads(sizes: &[usize]) -> Self {
        let bench = Self::of(&[]);
        for (n, &bytes) in sizes.iter().enumerate() {
            let mut message = message(&format!("msg_{n:02}"));
            message.payload = Body::Text("x".repeat(bytes));
            bench.app.create(message).unwrap();
        }
        bench
    }

    fn list(&self, limit: u32, iterator: Option<&str>, with_content: bool) -> Listed<Message> {
        let page = Page {
            limit,
            iterator: iterator.map(str::to_owned),
            descending: false,
        };
        let all = Sought::default();
        self.app.list_messages(&all, &page, with_content).unwrap()
    }
}

fn ids(page: &Listed<Message>) -> Vec<&str> {
    page.data
        .iter()
        .map(|message| message.id.as_str())
        .collect()
}

fn bytes(page: &Listed<Message>) -> i64 {
    let size = |message: &Message| message.payload.clone().into_bytes().unwrap().len() as i64;
    page.data.iter().map(size).sum()
}

#[test]
fn a_page_holds_four_megabytes_of_payloads_and_the_next_goes_on_from_there() {
    let bench = Bench::with_payloads(&[MEGABYTE; 6]);
    let first = bench.list(250, None, true);
    assert_eq!(ids(&first), ["msg_00", "msg_01", "msg_02", "msg_03"]);
    assert_eq!((bytes(&first), first.done), (PAGE_BYTES, false));
    let second = bench.list(250, first.iterator.as_deref(), true);
    assert_eq!(ids(&second), ["msg_04", "msg_05"]);
    assert!(second.done);
}

#[test]
fn a_page_back_is_bounded_by_the_payloads_it_holds_and_not_by_those_beyond() {
    let mut sizes = vec![1; 20];
    sizes.extend([MEGABYTE; 8]);
    let bench = Bench::with_payloads(&sizes);
    let back = bench.list(250, Some("-msg_99"), true);
    assert_eq!(ids(&back), ["msg_24", "msg_25", "msg_26", "msg_27"]);
    assert_eq!((bytes(&back), back.done), (PAGE_BYTES, false));
    let further = bench.list(250, back.prev_iterator.as_deref(), true);
    assert_eq!(ids(&further).last(), Some(&"msg_23"));
    assert!(bytes(&further) <= PAGE_BYTES, "{} bytes", bytes(&further));
}

#[test]
fn a_payload_larger_than_a_page_is_a_page_of_its_own() {
    let bench = Bench::with_payloads(&[5 * MEGABYTE, 1]);
    let first = bench.list(250, None, true);
    assert_eq!((ids(&first), first.done), (vec!["msg_00"], false));
}

#[test]
fn a_page_without_contents_is_as_long_as_it_was_asked_to_be() {
    let bench = Bench::with_payloads(&[2 * MEGABYTE; 6]);
    let page = bench.list(5, None, false);
    assert_eq!((page.data.len(), page.done), (5, false));
    for message in page.data {
        assert_eq!(message.payload, Body::Text("{}".into()));
    }
}
