//! Where names lead: a table of answers, and answers that change.

use std::cell::RefCell;

use futures_executor::block_on;
use hookgate_relay::dns::{DnsRefusal, Kind, Resolver, check};

/// Answers by name and kind; what is not named has no record of that kind.
struct Zone {
    records: Vec<(&'static str, Kind, &'static str)>,
    asked: RefCell<Vec<(String, Kind)>>,
}

impl Zone {
    fn of(records: &[(&'static str, Kind, &'static str)]) -> Self {
        Self {
            records: records.to_vec(),
            asked: RefCell::default(),
        }
    }
}

impl Resolver for Zone {
    async fn ask(&self, name: &str, kind: Kind) -> Result<Vec<u8>, String> {
        self.asked.borrow_mut().push((name.to_owned(), kind));
        let found = self
            .records
            .iter()
            .find(|(n, k, _)| *n == name && *k == kind);
        match found {
            Some((_, _, "away")) => Err("no answer in time".into()),
            Some((_, _, json)) => Ok((*json).into()),
            None => Ok(br#"{"Status":0}"#.to_vec()),
        }
    }
}

const PUBLIC: &str =
    r#"{"Status":0,"Answer":[{"name":"a.example","type":1,"TTL":60,"data":"93.184.216.34"}]}"#;
const PUBLIC_V6: &str =
    r#"{"Status":0,"Answer":[{"type":28,"data":"2606:2800:220:1:248:1893:25c8:1946"}]}"#;

fn checked(records: &[(&'static str, Kind, &'static str)]) -> Result<(), DnsRefusal> {
    block_on(check("https://a.example/hook", &Zone::of(records)))
}

fn not_public(found: &str) -> Result<(), DnsRefusal> {
    Err(DnsRefusal::NotPublic {
        found: found.into(),
    })
}

#[test]
fn a_name_whose_every_answer_is_public_passes() {
    assert_eq!(checked(&[("a.example", Kind::A, PUBLIC)]), Ok(()));
    assert_eq!(checked(&[("a.example", Kind::Aaaa, PUBLIC_V6)]), Ok(()));
    let both = [
        ("a.example", Kind::A, PUBLIC),
        ("a.example", Kind::Aaaa, PUBLIC_V6),
    ];
    let zone = Zone::of(&both);
    assert_eq!(block_on(check("https://A.example.:8443/x", &zone)), Ok(()));
    assert_eq!(zone.asked.borrow().len(), 2);
}

#[test]
fn one_answer_that_is_not_public_refuses_the_name() {
    for data in [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
    ] {
        let json = format!(
            r#"{{"Status":0,"Answer":[{{"type":1,"data":"93.184.216.34"}},{{"type":1,"data":"{data}"}}]}}"#
        );
        let json: &'static str = json.leak();
        assert_eq!(checked(&[("a.example", Kind::A, json)]), not_public(data));
    }
    for data in [
        "::1",
        "fc00::1",
        "fe80::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
    ] {
        let json: &'static str =
            format!(r#"{{"Status":0,"Answer":[{{"type":28,"data":"{data}"}}]}}"#).leak();
        let records = [
            ("a.example", Kind::A, PUBLIC),
            ("a.example", Kind::Aaaa, json),
        ];
        assert_eq!(checked(&records), not_public(data));
    }
}

#[test]
fn aliases_are_followed_and_each_must_be_public() {
    const INSIDE: &str = r#"{"Status":0,"Answer":[{"type":5,"data":"db.internal."},{"type":1,"data":"93.184.216.34"}]}"#;
    assert_eq!(
        checked(&[("a.example", Kind::A, INSIDE)]),
        not_public("db.internal.")
    );
    const ALIAS: &str = r#"{"Status":0,"Answer":[{"type":5,"data":"b.example."}]}"#;
    const PRIVATE: &str = r#"{"Status":0,"Answer":[{"type":1,"data":"192.168.1.1"}]}"#;
    let leads = |last| [("a.example", Kind::A, ALIAS), ("b.example", Kind::A, last)];
    assert_eq!(checked(&leads(PUBLIC)), Ok(()));
    assert_eq!(checked(&leads(PRIVATE)), not_public("192.168.1.1"));
    const LOOP: &str = r#"{"Status":0,"Answer":[{"type":5,"data":"a.example."}]}"#;
    assert_eq!(
        checked(&[("a.example", Kind::A, LOOP)]),
        Err(DnsRefusal::TooManyNames)
    );
}

#[test]
fn what_cannot_be_known_is_refused() {
    for (answer, refusal) in [
        (r#"{"Status":3}"#, Some(DnsRefusal::NoAddress)),
        (r#"{"Status":0}"#, Some(DnsRefusal::NoAddress)),
        (
            r#"{"Status":0,"Answer":[{"type":46,"data":"signature"}]}"#,
            Some(DnsRefusal::NoAddress),
        ),
        (r#"{"Status":2}"#, None),
        (
            r#"{"Status":0,"TC":true,"Answer":[{"type":1,"data":"93.184.216.34"}]}"#,
            None,
        ),
        (
            r#"{"Status":0,"Answer":[{"type":1,"data":"0x7f.1"}]}"#,
            None,
        ),
        (
            r#"{"Status":0,"Answer":[{"type":28,"data":"fe80::1%eth0"}]}"#,
            None,
        ),
        ("{}", None),
        ("<html>", None),
        ("", None),
        ("away", None),
    ] {
        let outcome = checked(&[("a.example", Kind::A, answer)]);
        match refusal {
            Some(_) => assert_eq!(outcome.err(), refusal, "{answer}"),
            None => assert!(
                matches!(outcome, Err(DnsRefusal::Unanswered { .. })),
                "{answer}: {outcome:?}"
            ),
        }
    }
}

#[test]
fn an_address_in_the_url_itself_is_not_looked_up() {
    let zone = Zone::of(&[]);
    for url in ["https://93.184.216.34/", "https://[2606:2800:220:1::1]/"] {
        assert_eq!(block_on(check(url, &zone)), Ok(()));
    }
    assert!(zone.asked.borrow().is_empty());
}

#[test]
fn a_name_or_an_alias_that_a_query_would_misread_is_never_asked_for() {
    let zone = Zone::of(&[("example.com", Kind::A, PUBLIC)]);
    for url in [
        "https://example.com&a=.evil.com/",
        "https://example.com+evil.com/",
    ] {
        assert_eq!(
            block_on(check(url, &zone)),
            Err(DnsRefusal::NotAName),
            "{url}"
        );
    }
    assert_eq!(*zone.asked.borrow(), []);
    let alias = r#"{"Status":0,"Answer":[{"type":5,"data":"a.example#.evil.com."}]}"#;
    assert_eq!(
        checked(&[("a.example", Kind::A, alias)]),
        not_public("a.example#.evil.com.")
    );
}
