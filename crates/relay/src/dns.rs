//! The second half of the guard: where the name of an endpoint leads, asked over DNS-over-HTTPS.
//!
//! Every answer of both kinds is looked at, and every name on the way: one address that is not public
//! refuses the name, and so does a name that does not resolve or an answer that did not come. What
//! this cannot do is to hold the answer fast: the runtime asks again by itself when it connects, and
//! a name server may tell it something else.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Deserialize;
use url::{Host, Url};

use crate::guard::{is_host_name, is_public_name, is_public_v4, is_public_v6};

/// Names that are followed, one alias after the other.
const MOST_NAMES: usize = 8;

/// Bytes of one answer.
pub const LARGEST_ANSWER: usize = 65_536;

/// A kind of address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// IPv4.
    A,
    /// IPv6.
    Aaaa,
}

impl Kind {
    /// As a query has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
        }
    }
}

/// Whom to ask.
#[allow(async_fn_in_trait)]
pub trait Resolver {
    /// The answer to a question, as JSON (`application/dns-json`). The name has letters, digits,
    /// `-`, `_` and `.` alone.
    ///
    /// # Errors
    /// There was none, in words for people.
    async fn ask(&self, name: &str, kind: Kind) -> Result<Vec<u8>, String>;
}

/// Why a name is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsRefusal {
    /// No answer came, or none that can be read.
    Unanswered {
        /// In words.
        cause: String,
    },
    /// The name does not exist, or has no address.
    NoAddress,
    /// One of its addresses, or a name on the way there, is not public.
    NotPublic {
        /// Which.
        found: String,
    },
    /// Too many aliases follow each other.
    TooManyNames,
    /// It, or an alias, has a sign that no name of a host has.
    NotAName,
}

impl fmt::Display for DnsRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unanswered { cause } => write!(f, "the name could not be looked up: {cause}"),
            Self::NoAddress => f.write_str("the name has no address"),
            Self::NotPublic { found } => {
                write!(f, "the name leads to {found}, which is not public")
            }
            Self::TooManyNames => f.write_str("too many aliases follow each other"),
            Self::NotAName => f.write_str("it is no name of a host"),
        }
    }
}

impl std::error::Error for DnsRefusal {}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Status")]
    status: u32,
    #[serde(rename = "TC", default)]
    truncated: bool,
    #[serde(rename = "Answer", default)]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "type")]
    kind: u16,
    data: String,
}

/// Checks every address of the host of `url`. An address in the URL itself is the guard's.
///
/// # Errors
/// The first thing that speaks against it.
pub async fn check(url: &str, resolver: &impl Resolver) -> Result<(), DnsRefusal> {
    let url = Url::parse(url).map_err(|error| unanswered(&error))?;
    let Some(Host::Domain(name)) = url.host() else {
        return Ok(());
    };
    let mut name = name.trim_end_matches('.').to_owned();
    for _ in 0..MOST_NAMES {
        if !is_host_name(&name) {
            return Err(DnsRefusal::NotAName);
        }
        let (mut addresses, mut alias) = (0, None);
        for kind in [Kind::A, Kind::Aaaa] {
            let answer = resolver.ask(&name, kind).await;
            let answer = answer.map_err(|cause| DnsRefusal::Unanswered { cause })?;
            let answer = str::from_utf8(&answer).map_err(|e| unanswered(&e))?;
            let answer: Answer = serde_json::from_str(answer).map_err(|e| unanswered(&e))?;
            match answer.status {
                0 if !answer.truncated => {}
                0 => return Err(unanswered(&"the answer was cut off")),
                3 => return Err(DnsRefusal::NoAddress),
                code => return Err(unanswered(&format_args!("the resolver said {code}"))),
            }
            for record in answer.records {
                match look(&record)? {
                    Found::Address => addresses += 1,
                    Found::Alias => alias = Some(record.data),
                    Found::Nothing => {}
                }
            }
        }
        match alias {
            _ if addresses > 0 => return Ok(()),
            // The resolver did not follow it: so we do.
            Some(next) => name = next.trim_end_matches('.').to_owned(),
            None => return Err(DnsRefusal::NoAddress),
        }
    }
    Err(DnsRefusal::TooManyNames)
}

enum Found {
    Address,
    Alias,
    Nothing,
}

/// Looks at one record: by the numbers of RFC 1035 and 3596.
fn look(record: &Record) -> Result<Found, DnsRefusal> {
    let data = record.data.as_str();
    let (found, public) = match record.kind {
        1 => {
            let address: Ipv4Addr = data.parse().map_err(|error| unanswered(&error))?;
            (Found::Address, is_public_v4(address))
        }
        28 => {
            let address: Ipv6Addr = data.parse().map_err(|error| unanswered(&error))?;
            (Found::Address, is_public_v6(address))
        }
        5 => (Found::Alias, is_public_name(&data.to_ascii_lowercase())),
        _ => return Ok(Found::Nothing),
    };
    match public {
        true => Ok(found),
        false => Err(DnsRefusal::NotPublic {
            found: data.to_owned(),
        }),
    }
}

fn unanswered(cause: &impl fmt::Display) -> DnsRefusal {
    DnsRefusal::Unanswered {
        cause: cause.to_string(),
    }
}
