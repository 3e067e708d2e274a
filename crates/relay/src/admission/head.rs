//! What is read of a request before anybody has verified it: whom it names, its media type, how much
//! its headers are, and which of them belong to the event.
//!
//! All of it is constant work on bytes that anybody may have sent.

/// The public API's longest uid; ids are shorter.
pub const LONGEST_NAME: usize = 60;

/// Bytes of a `content-type`.
const LONGEST_CONTENT_TYPE: usize = 256;

/// Lines of headers, and bytes of all names and values. Providers send some thirty, and 4 KB; an
/// event's headers travel with it in its queue message.
const MOST_HEADERS: usize = 100;
const MOST_HEADER_BYTES: usize = 32 * 1024;

/// Headers that carry credentials, belong to one hop, or tell of the network in between: they
/// are not part of the event.
const DROPPED: [&str; 14] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
    "te",
    "host",
    "content-length",
    "accept-encoding",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-real-ip",
];

/// Whether `text` can be a source's id or uid at all; anything else never reaches KV.
pub fn is_source_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Whether a provider sends this media type: JSON or a form, of several parts too (SendGrid's inbound
/// mail), or text that holds JSON (SNS). A request of another is no webhook of the table's.
pub fn takes(content_type: &str) -> bool {
    // It is sent on to endpoints as it came.
    let plain = content_type.bytes().all(|b| matches!(b, b' '..=b'~'));
    if content_type.len() > LONGEST_CONTENT_TYPE || !plain {
        return false;
    }
    let media = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    matches!(
        media.as_str(),
        "application/json"
            | "text/json"
            | "text/plain"
            | "application/x-www-form-urlencoded"
            | "multipart/form-data"
    ) || (media.starts_with("application/") && media.ends_with("+json"))
}

/// Whether the headers are within their bounds: 100 lines, and 32 KiB of names and values.
pub fn fits(headers: &[(String, String)]) -> bool {
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    headers.len() <= MOST_HEADERS && bytes <= MOST_HEADER_BYTES
}

/// The headers that belong to the event; names are in lower case. `secret` is the one that carries the
/// source's secret itself, if its scheme has one (`Scheme::secret_header`).
pub fn event_headers(headers: &[(String, String)], secret: Option<&str>) -> Vec<(String, String)> {
    let is_dropped = |name: &str| {
        DROPPED.contains(&name)
            || name.starts_with("cf-")
            || secret.is_some_and(|secret| secret.eq_ignore_ascii_case(name))
    };
    headers
        .iter()
        .filter(|(name, _)| !is_dropped(name))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(count: usize, bytes: usize) -> Vec<(String, String)> {
        vec![("x".to_owned(), "y".repeat(bytes - 1)); count]
    }

    #[test]
    fn headers_are_bounded_in_number_and_in_bytes() {
        assert!(fits(&headers(100, 300)));
        assert!(!fits(&headers(101, 2)));
        assert!(fits(&headers(1, 32 * 1024)));
        assert!(!fits(&headers(1, 32 * 1024 + 1)));
    }

    #[test]
    fn what_belongs_to_one_hop_or_to_the_network_is_no_part_of_the_event() {
        let names = [
            "authorization",
            "cf-ray",
            "host",
            "x-event-id",
            "content-type",
        ];
        let headers = names.map(|name| (name.to_owned(), "1".to_owned()));
        assert_eq!(event_headers(&headers, None), headers[3..]);
    }

    #[test]
    fn a_header_that_carries_the_secret_is_no_part_of_the_event() {
        let headers = ["x-gitlab-token", "x-gitlab-event"];
        let headers = headers.map(|name| (name.to_owned(), "1".to_owned()));
        let secret = hookgate::scheme("gitlab").and_then(|scheme| scheme.secret_header());
        assert_eq!(event_headers(&headers, secret), headers[1..]);
    }

    #[test]
    fn only_what_can_be_a_name_is_looked_up() {
        for name in ["src_2yZwUhtgs5Ai8T9yRQJXA", "demo-stripe", "a"] {
            assert!(is_source_name(name), "{name}");
        }
        for name in ["", "a/b", "a.b", "ä", "%61", &"a".repeat(61)] {
            assert!(!is_source_name(name), "{name}");
        }
    }

    #[test]
    fn json_and_forms_pass_in_their_spellings_and_nothing_else() {
        for media in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/vnd.api+json",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
        ] {
            assert!(takes(media), "{media}");
        }
        let long = format!("application/json; x={}", "x".repeat(256));
        for media in [
            "text/html",
            "multipart/mixed; boundary=x",
            "image/png",
            "",
            "application/json; x=\u{1}",
            &long,
        ] {
            assert!(!takes(media), "{media}");
        }
    }
}
