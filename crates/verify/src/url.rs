//! The texts of a URL that vendors sign. A URL is never normalised: what was signed is what the
//! provider has on file, letter for letter.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::scheme::UrlForm;
use crate::text::concat;

/// The text between `?` and `#`.
pub(crate) fn query(url: &str) -> &str {
    let url = url.split('#').next().unwrap_or_default();
    url.split_once('?').map_or("", |(_, query)| query)
}

/// The text up to `?` or `#`.
pub(crate) fn base(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

impl UrlForm {
    /// Every text that the provider may have signed. At least one.
    pub(crate) fn texts(self, url: &str) -> Vec<Cow<'_, str>> {
        match self {
            Self::Exact => [Cow::Borrowed(url)].into(),
            Self::WithoutQuery => [Cow::Borrowed(base(url))].into(),
            Self::AnyPort => any_port(url),
            Self::ReservedDecoded => {
                let decoded = decode_reserved(url);
                let other = (decoded != url).then_some(Cow::Owned(decoded));
                let given = [Cow::Borrowed(url)];
                other.into_iter().chain(given).collect()
            }
        }
    }
}

fn any_port(url: &str) -> Vec<Cow<'_, str>> {
    let mut texts: Vec<Cow<'_, str>> = [Cow::Borrowed(url)].into();
    texts.extend(other_port(url).map(Cow::Owned));
    if query(url).contains('\'') {
        let escaped = |text: &Cow<'_, str>| {
            let (base, query) = text.split_once('?')?;
            let query = query.replace('\'', "%27");
            Some(Cow::Owned(concat(&[base, "?", &query])))
        };
        let escaped: Vec<_> = texts.iter().filter_map(escaped).collect();
        texts.extend(escaped);
    }
    texts
}

/// Without its port if it has one, else with the default port of its scheme.
fn other_port(url: &str) -> Option<String> {
    let start = url.find(':')? + 3;
    url.get(..start)?.ends_with("://").then_some(())?;
    let length = url.get(start..)?.find(['/', '?', '#']);
    let end = length.map_or(url.len(), |length| start + length);
    let (scheme, authority, rest) = (url.get(..start)?, url.get(start..end)?, url.get(end..)?);
    // After the credentials, and after the brackets of an IPv6 address.
    let host = authority.rfind(['@', ']']).map_or(0, |at| at + 1);
    let authority = match authority.get(host..)?.find(':') {
        Some(colon) => String::from(authority.get(..host + colon)?),
        None if scheme.eq_ignore_ascii_case("https://") => concat(&[authority, ":443"]),
        None if scheme.eq_ignore_ascii_case("http://") => concat(&[authority, ":80"]),
        None => return None,
    };
    Some(concat(&[scheme, &authority, rest]))
}

/// HubSpot, 'Validating requests': these twelve, and no others.
fn decode_reserved(url: &str) -> String {
    let mut decoded = String::with_capacity(url.len());
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('%') {
        decoded.push_str(before);
        let code = after.get(..2).unwrap_or_default().to_ascii_uppercase();
        let reserved = match code.as_str() {
            "3A" => ':',
            "2F" => '/',
            "3F" => '?',
            "40" => '@',
            "21" => '!',
            "24" => '$',
            "27" => '\'',
            "28" => '(',
            "29" => ')',
            "2A" => '*',
            "2C" => ',',
            "3B" => ';',
            _ => {
                decoded.push('%');
                rest = after;
                continue;
            }
        };
        decoded.push(reserved);
        rest = after.get(2..).unwrap_or_default();
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_taken_away_or_added_and_nothing_else_changes() {
        for (url, other) in [
            ("https://a.example/x?y=1", "https://a.example:443/x?y=1"),
            ("http://a.example", "http://a.example:80"),
            ("HTTP://u:p@A.example/", "HTTP://u:p@A.example:80/"),
            ("https://u:p@a.example:8443/x", "https://u:p@a.example/x"),
            ("https://[::1]:8443/x", "https://[::1]/x"),
            ("https://[::1]/x", "https://[::1]:443/x"),
            (
                "https://a.example?at=10:30",
                "https://a.example:443?at=10:30",
            ),
        ] {
            let texts = UrlForm::AnyPort.texts(url);
            assert_eq!(texts, [url, other]);
        }
        for url in ["", "a.example", "ftp://a.example", "://", "é"] {
            assert_eq!(UrlForm::AnyPort.texts(url), [url]);
        }
    }

    #[test]
    fn an_apostrophe_in_the_query_is_tried_escaped_too() {
        let texts = UrlForm::AnyPort.texts("https://a.example/o'x?b=it's");
        let expected = [
            "https://a.example/o'x?b=it's",
            "https://a.example:443/o'x?b=it's",
            "https://a.example/o'x?b=it%27s",
            "https://a.example:443/o'x?b=it%27s",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn hubspots_reserved_characters_are_decoded_and_no_others() {
        let decoded =
            decode_reserved("https://a.example/x%3Ay%2fz?q=%40%21%24%27%28%29%2A%2C%3B%3f");
        assert_eq!(decoded, "https://a.example/x:y/z?q=@!$'()*,;?");
        for url in ["%20%26%3D%25", "%", "%4", "100%25%é", "%é1"] {
            assert_eq!(decode_reserved(url), url);
        }
    }

    #[test]
    fn a_query_ends_at_the_fragment() {
        assert_eq!(query("https://a.example/?a=1#b?c"), "a=1");
        assert_eq!(query("https://a.example/#b?c"), "");
        assert_eq!(base("https://a.example/x?a=1"), "https://a.example/x");
    }
}
