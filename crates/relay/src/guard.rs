//! The guard against server-side request forgery: which URLs an endpoint may have.
//!
//! It is asked when an endpoint is configured and again before each attempt. The URL is parsed
//! once by the WHATWG parser that the runtime's `fetch` also follows, so that every spelling of an
//! address (decimal, octal, hexadecimal, short, mapped) is seen as the address that would be
//! connected to.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// What the operator allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Plain HTTP, any port, and addresses that are not public: for development.
    pub allow_private: bool,
}

/// A URL that has passed the guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUrl(Url);

/// Why a URL is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlRefusal {
    /// Not an absolute URL with a host.
    Malformed,
    /// Not `https:`.
    NotHttps,
    /// Carries a user name or a password.
    Credentials,
    /// Another port than 443 or 8443.
    Port,
    /// A name or an address that is not public.
    PrivateHost,
}

impl UrlRefusal {
    /// The stable code, as the API answers it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "url_malformed",
            Self::NotHttps => "url_not_https",
            Self::Credentials => "url_has_credentials",
            Self::Port => "url_port_not_allowed",
            Self::PrivateHost => "url_host_not_public",
        }
    }
}

impl fmt::Display for UrlRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the URL is not an absolute URL with a host",
            Self::NotHttps => "the URL must use https",
            Self::Credentials => "the URL must not carry a user name or a password",
            Self::Port => "the URL's port must be 443 or 8443",
            Self::PrivateHost => "the URL's host must be public",
        })
    }
}

impl std::error::Error for UrlRefusal {}

/// Names that never lead out to the public internet (RFC 6761, RFC 6762, RFC 8375, and what
/// clusters use inside).
const PRIVATE_SUFFIXES: [&str; 10] = [
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "svc",
    "arpa",
    "home",
    "lan",
    "onion",
];

impl EndpointUrl {
    /// Parses and checks `text`.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn parse(text: &str, guard: Guard) -> Result<Self, UrlRefusal> {
        let url = Url::parse(text).map_err(|_| UrlRefusal::Malformed)?;
        if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
            return Err(UrlRefusal::Malformed);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefusal::Credentials);
        }
        if guard.allow_private {
            return Ok(Self(url));
        }
        if url.scheme() != "https" {
            return Err(UrlRefusal::NotHttps);
        }
        if !matches!(url.port(), None | Some(443 | 8443)) {
            return Err(UrlRefusal::Port);
        }
        let public = match url.host() {
            Some(Host::Domain(name)) => is_public_name(name),
            Some(Host::Ipv4(address)) => is_public_v4(address),
            Some(Host::Ipv6(address)) => is_public_v6(address),
            None => false,
        };
        if public {
            Ok(Self(url))
        } else {
            Err(UrlRefusal::PrivateHost)
        }
    }

    /// The URL as it will be fetched.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let last = name.rsplit('.').next().unwrap_or_default();
    // A single label is looked up in the search domains of whatever network asks.
    name.contains('.') && !PRIVATE_SUFFIXES.contains(&last) && !name.ends_with(".svc.cluster")
}

/// The IANA registry of special-purpose IPv4 addresses, and multicast.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || a == 10
        || a == 127
        || (a == 100 && b & 0xc0 == 64)
        || (a == 169 && b == 254)
        || (a == 172 && b & 0xf0 == 16)
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 0 && c == 2)
        || (a == 192 && b == 31 && c == 196)
        || (a == 192 && b == 52 && c == 193)
        || (a == 192 && b == 88 && c == 99)
        || (a == 192 && b == 168)
        || (a == 192 && b == 175 && c == 48)
        || (a == 198 && b & 0xfe == 18)
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113)
        || a >= 224)
}

/// Only global unicast (2000::/3), less what that range has reserved, and less every form that
/// carries an IPv4 address inside.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let s = address.segments();
    let global = s[0] & 0xe000 == 0x2000;
    let ietf = s[0] == 0x2001 && s[1] < 0x0200; // 2001::/23, Teredo among it
    let documentation =
        (s[0] == 0x2001 && s[1] == 0x0db8) || (s[0] == 0x3fff && s[1] & 0xf000 == 0);
    let six_to_four = s[0] == 0x2002;
    let as112 = s[0] == 0x2620 && s[1] == 0x004f && s[2] == 0x8000;
    global && !ietf && !documentation && !six_to_four && !as112
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), UrlRefusal> {
        EndpointUrl::parse(text, Guard::default()).map(|_| ())
    }

    #[test]
    fn public_https_urls_pass() {
        for text in [
            "https://example.com/hooks",
            "https://example.com:8443/hooks?x=1",
            "https://1.1.1.1/",
            "https://[2606:4700:4700::1111]/",
            "https://bücher.example/",
            "https://internal.example.com/",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn private_addresses_are_refused_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.0.0.1.",
            "%31%32%37.0.0.1",
            "①②⑦.0.0.1",
            "0",
            "10.0.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "[2001::1]",
            "[2001:db8::1]",
            "[fe80::1]",
            "[fc00::1]",
            "[fec0::1]",
            "[ff02::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "db",
            "metadata.google.internal",
            "printer.local",
            "api.default.svc",
            "1.0.0.127.in-addr.arpa",
        ] {
            assert_eq!(
                check(&format!("https://{host}/")),
                Err(UrlRefusal::PrivateHost),
                "{host}"
            );
        }
    }

    #[test]
    fn each_other_rule_names_itself() {
        for (text, refusal) in [
            ("example.com", UrlRefusal::Malformed),
            ("https://", UrlRefusal::Malformed),
            ("https://[fe80::1%25eth0]/", UrlRefusal::Malformed),
            ("ftp://example.com/", UrlRefusal::Malformed),
            ("file:///etc/passwd", UrlRefusal::Malformed),
            ("http://example.com/", UrlRefusal::NotHttps),
            ("https://user@example.com/", UrlRefusal::Credentials),
            ("https://:pw@example.com/", UrlRefusal::Credentials),
            ("https://example.com:22/", UrlRefusal::Port),
        ] {
            assert_eq!(check(text), Err(refusal), "{text}");
        }
    }

    #[test]
    fn a_developer_may_allow_loopback_but_never_credentials() {
        let open = Guard {
            allow_private: true,
        };
        assert!(EndpointUrl::parse("http://127.0.0.1:8788/hook", open).is_ok());
        assert_eq!(
            EndpointUrl::parse("http://u:p@127.0.0.1/", open).unwrap_err(),
            UrlRefusal::Credentials
        );
    }
}
