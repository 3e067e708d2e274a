//! Parsing a body into types, and the rules that several resources share.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::error::{ApiError, Flaw};

/// Longest uid, name and event type of the public API.
pub(super) const LONGEST_NAME: usize = 256;

/// How the gateway's own ids begin.
const OWN_PREFIXES: [&str; 4] = ["app_", "src_", "ep_", "msg_"];

/// Entries of one metadata map, and bytes of each.
const METADATA_ENTRIES: usize = 50;
const METADATA_BYTES: usize = 4096;

/// Parses a body.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let text = std::str::from_utf8(body)
        .map_err(|error| Flaw::body(format!("is not UTF-8 at byte {}", error.valid_up_to())))?;
    serde_json::from_str(text).map_err(|error| Flaw::body(words(&error)).into())
}

/// What is wrong with a body. A value that does not fit is not repeated: it may be a secret.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if !error.is_data() || text.starts_with("missing field") {
        return text;
    }
    format!(
        "a value is not of the kind that is asked for, at line {} column {}",
        error.line(),
        error.column()
    )
}

/// Collects flaws, so that a caller sees them all at once.
#[derive(Default)]
pub(super) struct Check(Vec<Flaw>);

impl Check {
    /// Notes a flaw of `field` unless `holds`.
    pub(super) fn that(&mut self, holds: bool, field: &str, msg: &str) -> &mut Self {
        if !holds {
            self.0.push(Flaw::field(field, msg));
        }
        self
    }

    /// A uid of letters, digits and `-_.`.
    pub(super) fn uid(&mut self, uid: Option<&str>) -> &mut Self {
        self.that(
            uid.is_none_or(|uid| is_identifier(uid) && !OWN_PREFIXES.iter().any(|own| uid.starts_with(own))),
            "uid",
            "must be 1 to 256 characters of A-Z, a-z, 0-9, '-', '_' and '.', and no id of the gateway's",
        )
    }

    /// Text for people, within bounds.
    pub(super) fn text(&mut self, field: &str, text: &str, most: usize) -> &mut Self {
        self.that(
            text.len() <= most,
            field,
            &format!("must be at most {most} bytes"),
        )
    }

    /// An event type.
    pub(super) fn event_type(&mut self, field: &str, name: &str) -> &mut Self {
        self.that(
            is_identifier(name),
            field,
            "must be 1 to 256 characters of A-Z, a-z, 0-9, '-', '_' and '.'",
        )
    }

    /// A list of channels or tags.
    pub(super) fn labels(
        &mut self,
        field: &str,
        labels: Option<&[String]>,
        most: usize,
        others: &str,
    ) -> &mut Self {
        let fits = |label: &String| is_label(label, others);
        let unique = |labels: &[String]| {
            labels
                .iter()
                .enumerate()
                .all(|(at, label)| !labels[..at].contains(label))
        };
        self.that(
            labels.is_none_or(|l| l.len() <= most && l.iter().all(fits) && unique(l)),
            field,
            &format!(
                "must be at most {most} different labels of 1 to 128 letters, digits and {others}"
            ),
        )
    }

    /// A metadata map within bounds.
    pub(super) fn metadata(&mut self, metadata: &BTreeMap<String, String>) -> &mut Self {
        let bytes: usize = metadata.iter().map(|(k, v)| k.len() + v.len()).sum();
        self.that(
            metadata.len() <= METADATA_ENTRIES && bytes <= METADATA_BYTES,
            "metadata",
            "must be at most 50 entries and 4,096 bytes",
        )
    }

    /// Fails with all that was noted.
    pub(super) fn done(&mut self) -> Result<(), ApiError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ApiError::Invalid(std::mem::take(&mut self.0)))
        }
    }
}

/// What may stand in a channel and in a tag, besides letters and digits.
pub(super) const CHANNEL: &str = "-_.:+";
pub(super) const TAG: &str = "-_./\\#";

/// A channel or a tag: 1 to 128 letters, digits and `others`.
pub(super) fn is_label(text: &str, others: &str) -> bool {
    (1..=128).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

/// `^[a-zA-Z0-9\-_.]{1,256}$`, but for the two that a URL's path cannot carry.
pub(super) fn is_identifier(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len())
        && !matches!(text, "." | "..")
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}
