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

/// Last labels of names that never lead out to the public internet: those that RFC 2606, 6761, 6762,
/// 7686, 8375 and 9476 reserve, those that ICANN holds back for private use (`internal`, `corp`,
/// `home`, `mail`), and what clusters and routers use inside. `example` is not among them: it leads
/// nowhere, and documents use it.
const PRIVATE_SUFFIXES: [&str; 19] = [
    "alt",
    "arpa",
    "consul",
    "corp",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mail",
    "nomad",
    "onion",
    "private",
    "svc",
    "test",
    "workgroup",
];

/// Public names that lead to private addresses: the metadata of a cloud, and services that answer
/// with whatever address stands in the name.
const MISLEADING: [&str; 12] = [
    "metadata.goog",
    "1u.ms",
    "127-0-0-1.org.uk",
    "lacolhost.com",
    "localhost.direct",
    "localtest.me",
    "lvh.me",
    "nip.io",
    "rbndr.us",
    "sslip.io",
    "vcap.me",
    "xip.io",
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

/// Whether it has no other sign than names of hosts have. A URL's host may have more of them, `&` and `=`
/// for example, by which a question about it would be about another name.
pub(crate) fn is_host_name(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

pub(crate) fn is_public_name(name: &str) -> bool {
    // One dot at the end says that the name is whole; it is the same name.
    let name = name.strip_suffix('.').unwrap_or(name);
    let well_formed =
        name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()));
    let well_formed = well_formed && is_host_name(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    let below = |parent: &str| {
        name.strip_suffix(parent)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    // A single label is looked up in the search domains of whatever network asks.
    name.contains('.')
        && well_formed
        && !PRIVATE_SUFFIXES.contains(&last)
        && !below("svc.cluster")
        && !MISLEADING.iter().any(|parent| below(parent))
}

/// The IANA registry of special-purpose IPv4 addresses, multicast, and the one public address at
/// which a cloud answers its own machines (Azure's 168.63.129.16).
pub(crate) fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
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
        || [a, b, c, d] == [168, 63, 129, 16]
        || a >= 224)
}

/// Only global unicast (2000::/3), less what that range has reserved, and less every form that
/// carries an IPv4 address inside.
pub(crate) fn is_public_v6(address: Ipv6Addr) -> bool {
    let s = address.segments();
    let global = s[0] & 0xe000 == 0x2000;
    let ietf = s[0] == 0x2001 && s[1] < 0x0200; // 2001::/23, Teredo among it
    let documentation =
        (s[0] == 0x2001 && s[1] == 0x0db8) || (s[0] == 0x3fff && s[1] & 0xf000 == 0);
    let six_to_four = s[0] == 0x2002;
    let as112 = s[0] == 0x2620 && s[1] == 0x004f && s[2] == 0x8000;
    let six_bone = s[0] == 0x3ffe; // returned (RFC 3701)
    // ISATAP (RFC 5214): the interface is an IPv4 address.
    let isatap = s[4] & 0xfdff == 0 && s[5] == 0x5efe;
    global && !ietf && !documentation && !six_to_four && !as112 && !six_bone && !isatap
}
