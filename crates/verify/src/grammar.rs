//! Takes a signature header apart, without judging what it holds.
//!
//! Strict where a lenient reader could be led astray: an item that does not fit the grammar spoils
//! the header, and only a well-formed item with an unknown name is skipped. So two headers that a
//! runtime joined with `", "` come out as malformed.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Malformed;
use crate::scheme::{Grammar, Text};

/// Longest accepted signature header. Eleven signatures of the longest form take less than
/// 900 bytes.
pub(crate) const SIGNATURE_LIMIT: usize = 8_192;

/// A signature header, taken apart but not decoded.
pub(crate) struct Signatures<'a> {
    /// The signatures of the version that is verified, in their order; perhaps none.
    pub(crate) found: Vec<&'a str>,
    /// Whether there are items of other names, which may be other versions.
    pub(crate) others: bool,
    /// The timestamp, where it stands in this header.
    pub(crate) timestamp: Option<&'a str>,
}

impl Grammar {
    /// The version that is verified, as errors name it.
    pub(crate) fn version(&self) -> &Text {
        match self {
            Self::Prefixed { prefix } => prefix,
            Self::Fields { signature, .. } => signature,
            Self::SpaceList { version } => version,
        }
    }

    /// `timestamp` names the field of the timestamp, for the grammar that may have one.
    pub(crate) fn read<'a>(
        &self,
        value: &'a str,
        timestamp: Option<&str>,
    ) -> Result<Signatures<'a>, Malformed> {
        match self {
            _ if value.is_empty() => Err(Malformed::Empty),
            _ if value.len() > SIGNATURE_LIMIT => Err(Malformed::TooLong {
                limit: SIGNATURE_LIMIT,
            }),
            Self::Prefixed { prefix } => match value.strip_prefix(prefix.as_ref()) {
                Some(signature) => Ok(Signatures {
                    found: [signature].into(),
                    others: false,
                    timestamp: None,
                }),
                None => Err(Malformed::MissingPrefix {
                    expected: prefix.clone(),
                }),
            },
            Self::SpaceList { version } => read_space_list(value, version),
            Self::Fields {
                lead,
                separator,
                signature,
                repeats,
            } => {
                let form = Fields {
                    lead: lead.as_deref(),
                    separator,
                    signature,
                    repeats: *repeats,
                    timestamp,
                };
                form.read(value)
            }
        }
    }
}

fn read_space_list<'a>(value: &'a str, version: &str) -> Result<Signatures<'a>, Malformed> {
    let mut signatures = Signatures {
        found: Vec::new(),
        others: false,
        timestamp: None,
    };
    for item in value.split(' ') {
        match item.split_once(',') {
            // A second comma is what is left where `", "` joined two headers.
            Some((tag, signature))
                if is_name(tag) && is_visible(signature) && !signature.contains(',') =>
            {
                if tag == version {
                    signatures.found.push(signature);
                } else {
                    signatures.others = true;
                }
            }
            Some((tag, "")) if tag == version => return Err(Malformed::Empty),
            _ => {
                return Err(Malformed::NotAList {
                    expected: "`version,signature`, separated by single spaces",
                });
            }
        }
    }
    Ok(signatures)
}

/// The grammar of fields, with the name of the timestamp's field.
struct Fields<'g> {
    lead: Option<&'g str>,
    separator: &'g str,
    signature: &'g str,
    repeats: bool,
    timestamp: Option<&'g str>,
}

impl Fields<'_> {
    fn read<'a>(&self, value: &'a str) -> Result<Signatures<'a>, Malformed> {
        const FORM: Malformed = Malformed::NotAList {
            expected: "`name=value`, separated by commas",
        };
        let mut signatures = Signatures {
            found: Vec::new(),
            others: false,
            timestamp: None,
        };
        let mut items = value.split(',');
        if let Some(lead) = self.lead
            && items.next() != Some(lead)
        {
            return Err(Malformed::MissingPrefix {
                expected: String::from(lead).into(),
            });
        }
        for item in items {
            let item = if self.separator == ", " {
                item.strip_prefix(' ').unwrap_or(item)
            } else {
                item
            };
            let (name, value) = item.split_once('=').ok_or(FORM)?;
            if !is_name(name) || value.contains(' ') {
                return Err(FORM);
            }
            if name == self.signature {
                if !self.repeats && !signatures.found.is_empty() {
                    return Err(repeated(name));
                }
                signatures.found.push(value);
            } else if Some(name) == self.timestamp {
                if signatures.timestamp.replace(value).is_some() {
                    return Err(repeated(name));
                }
            } else {
                signatures.others = true;
            }
        }
        Ok(signatures)
    }
}

fn repeated(field: &str) -> Malformed {
    Malformed::RepeatedField {
        field: String::from(field).into(),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn is_visible(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic())
}
