//! The log of a source's refusals: the public API's ingest log, and what Hookgate knows beyond it.

use std::collections::BTreeMap;

use hookgate_relay::id::Kind;
use hookgate_relay::refusals::{Cause, Check, Refusal};
use hookgate_relay::time::rfc3339;
use serde::Serialize;

use super::error::ApiError;
use super::{Answer, Call, registry};
use crate::object::method::ListRefusals;

/// `IngestLogOut`, which is written in snake case.
#[derive(Serialize)]
struct LogOut {
    id: String,
    source_id: String,
    status_code: u16,
    error_text: String,
    headers: BTreeMap<String, String>,
    payload: String,
    created_at: String,
    updated_at: String,
    // Beyond the public API.
    code: String,
    body_bytes: Option<u64>,
    causes: Vec<Cause>,
    checks: Vec<Check>,
    unlogged: u32,
}

impl LogOut {
    fn of(source_id: &str, refusal: Refusal) -> Self {
        let at = rfc3339(refusal.at);
        let mut headers = BTreeMap::new();
        for (name, value) in refusal.headers {
            headers
                .entry(name)
                .and_modify(|values: &mut String| {
                    values.push_str(", ");
                    values.push_str(&value);
                })
                .or_insert(value);
        }
        Self {
            id: refusal.id,
            source_id: source_id.to_owned(),
            status_code: refusal.status,
            error_text: refusal.detail,
            headers,
            payload: refusal.payload,
            created_at: at.clone(),
            updated_at: at,
            code: refusal.code,
            body_bytes: refusal.body_bytes,
            causes: refusal.causes,
            checks: refusal.checks,
            unlogged: refusal.unlogged,
        }
    }
}

/// `GET /ingest/api/v1/source/{source_id}/log`
pub(super) async fn list(call: &Call<'_>, source: &str) -> Result<Answer, ApiError> {
    let source = registry::source_id(call, source).await?;
    let page = call.query.page(Some(Kind::Log), true)?;
    let log = call.stores.refusals(&source)?;
    let listed = log.call::<ListRefusals>(&page).await?;
    Answer::ok(&listed.map(|refusal| LogOut::of(&source, refusal)))
}
