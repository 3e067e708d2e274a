//! The rows of `../vectors-asymmetric.jsonl`, for those who judge them: by hand, as a row of the
//! table, and with certificates.

#![cfg(feature = "rsa")]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) scheme: String,
    pub(crate) secret_or_key: Value,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body_base64: String,
    pub(crate) now: u64,
    pub(crate) expect: String,
}

impl Row {
    /// Of a secret that has several parts.
    pub(crate) fn key(&self, name: &str) -> Option<&str> {
        self.secret_or_key.get(name)?.as_str()
    }

    pub(crate) fn has_certificate(&self) -> bool {
        ["sns", "paypal"].contains(&self.scheme.as_str())
    }
}

pub(crate) fn rows() -> impl Iterator<Item = Row> {
    let lines = include_str!("../vectors-asymmetric.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).expect("a row"))
}
