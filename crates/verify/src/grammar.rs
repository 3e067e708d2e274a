//! Takes a signature header apart, without judging what it holds.
//!
//! Strict where a lenient reader could be led astray: an item that does not fit the grammar spoils
//! the header, and only a well-formed item with an unknown name is skipped. So two headers that a
//! runtime joined with `", "` come out as malformed.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Malformed;
use crate::scheme::{Grammar, ListedHeaders, Text};
use crate::text::concat;

/// Longest accepted signature header. Eleven signatures of the longest form take less than
/// 900 bytes.
pub(crate) const SIGNATURE_LIMIT: usize = 8_192;
/// The most further headers that a signature header may list.
const LISTED_LIMIT: usize = 32;

/// A signature header, taken apart but not decoded.
#[derive(Default)]
pub(crate) struct Signatures<'a> {
    /// The signatures of the version that is verified, in their order; perhaps none.
    pub(crate) found: Vec<&'a str>,
    /// Those of the version that an Ed25519 key makes, where the grammar has one.
    pub(crate) by_public_key: Vec<&'a str>,
    /// Whether there are items of other names, which may be other versions.
    pub(crate) others: bool,
    /// The timestamp, where it stands in this header.
    pub(crate) timestamp: Option<&'a str>,
    /// The further headers that are signed, where this header lists them.
    pub(crate) listed: Option<&'a str>,
}

impl Grammar {
    /// The version that is verified, as errors name it.
    pub(crate) fn version(&self) -> Text {
        match self {
            Self::Prefixed { prefix } => prefix.clone(),
            Self::Authorization { scheme } => scheme.clone(),
            Self::Fields { signature, .. } => signature.clone(),
            Self::SpaceList { version, .. } => version.clone(),
            Self::CommaList => Text::Borrowed("signature"),
        }
    }

    /// `timestamp` names the field of the timestamp, for the grammar that may have one.
    pub(crate) fn read<'a>(
        &self,
        value: &'a str,
        timestamp: Option<&str>,
    ) -> Result<Signatures<'a>, Malformed> {
        let one = |signature| Signatures {
            found: [signature].into(),
            ..Signatures::default()
        };
        match self {
            _ if value.is_empty() => Err(Malformed::Empty),
            _ if value.len() > SIGNATURE_LIMIT => Err(Malformed::TooLong {
                limit: SIGNATURE_LIMIT,
            }),
            Self::Prefixed { prefix } => match value.strip_prefix(prefix.as_ref()) {
                Some(signature) => Ok(one(signature)),
                None => Err(Malformed::MissingPrefix {
                    expected: prefix.clone(),
                }),
            },
            Self::Authorization { scheme } => match value.split_once(' ') {
                Some((name, signature)) if name.eq_ignore_ascii_case(scheme) => Ok(one(signature)),
                _ => Err(Malformed::MissingPrefix {
                    expected: concat(&[scheme, " "]).into(),
                }),
            },
            Self::CommaList => read_comma_list(value),
            Self::SpaceList {
                version,
                public_key_version,
            } => read_space_list(value, version, public_key_version.as_deref()),
            Self::Fields {
                lead,
                separator,
                signature,
                repeats,
                listed,
            } => {
                let form = Fields {
                    lead: lead.as_deref(),
                    separator,
                    signature,
                    repeats: *repeats,
                    timestamp,
                    listed: listed.as_ref(),
                };
                form.read(value)
            }
        }
    }
}

fn read_space_list<'a>(
    value: &'a str,
    version: &str,
    public_key_version: Option<&str>,
) -> Result<Signatures<'a>, Malformed> {
    let mut signatures = Signatures::default();
    for item in value.split(' ') {
        match item.split_once(',') {
            // A second comma is what is left where `", "` joined two headers.
            Some((tag, signature))
                if is_name(tag) && is_visible(signature) && !signature.contains(',') =>
            {
                if tag == version {
                    signatures.found.push(signature);
                } else if Some(tag) == public_key_version {
                    signatures.by_public_key.push(signature);
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

fn read_comma_list(value: &str) -> Result<Signatures<'_>, Malformed> {
    if !value.split(',').all(is_visible) {
        return Err(Malformed::NotAList {
            expected: "signatures, separated by commas",
        });
    }
    Ok(Signatures {
        found: value.split(',').collect(),
        ..Signatures::default()
    })
}

/// The grammar of fields, with the name of the timestamp's field.
struct Fields<'g> {
    lead: Option<&'g str>,
    separator: &'g str,
    signature: &'g str,
    repeats: bool,
    timestamp: Option<&'g str>,
    listed: Option<&'g ListedHeaders>,
}

impl Fields<'_> {
    fn read<'a>(&self, value: &'a str) -> Result<Signatures<'a>, Malformed> {
        let (separator, expected) = if self.separator.starts_with(';') {
            (';', "`name=value`, separated by semicolons")
        } else {
            (',', "`name=value`, separated by commas")
        };
        let spaced = self.separator.ends_with(' ');
        let form = Malformed::NotAList { expected };
        let mut signatures = Signatures::default();
        let mut unlisted = Vec::new();
        let mut items = value.split(separator);
        if let Some(lead) = self.lead
            && items.next() != Some(lead)
        {
            return Err(Malformed::MissingPrefix {
                expected: String::from(lead).into(),
            });
        }
        for item in items {
            let item = match item.strip_prefix(' ') {
                Some(item) if spaced => item,
                _ => item,
            };
            let Some((name, value)) = item.split_once('=').filter(|(name, _)| is_name(name)) else {
                return Err(form);
            };
            let lists = self.listed.is_some_and(|listed| name == listed.field);
            if value.contains(' ') && !lists {
                return Err(form);
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
            } else if lists {
                if signatures.listed.replace(value).is_some() {
                    return Err(repeated(name));
                }
            } else {
                signatures.others = true;
                let listed = self
                    .listed
                    .filter(|listed| name == listed.unlisted_signature);
                unlisted.extend(listed.map(|_| value));
            }
        }
        if let Some(names) = signatures.listed {
            if names.split(' ').nth(LISTED_LIMIT).is_some() {
                return Err(Malformed::TooMany {
                    limit: LISTED_LIMIT,
                });
            }
            if !names.split(' ').all(is_name) {
                return Err(form);
            }
        } else if self.listed.is_some() {
            // Without a list, only the older version is over what this header says.
            signatures.others |= !signatures.found.is_empty();
            signatures.found = unlisted;
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
