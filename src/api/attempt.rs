//! Attempts: the log of what was sent and answered.

use hookgate_relay::attempt::{Attempt, AttemptFilter, State};
use hookgate_relay::id::Kind;
use hookgate_relay::page::{Listed, MAX_LIMIT, Page};
use hookgate_relay::search::Sought;
use hookgate_relay::time::rfc3339;
use serde::Serialize;

use super::error::{ApiError, Flaw};
use super::message::{self, MessageOut};
use super::{Answer, Call, endpoint};
use crate::object::method::{
    AttemptQuery, EndpointIds, ExpungeResponse, ListAttempts, MessageQuery,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttemptOut {
    id: String,
    endpoint_id: String,
    msg_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg: Option<MessageOut>,
    url: String,
    response: String,
    response_status_code: u16,
    response_duration_ms: i64,
    status: i64,
    status_text: State,
    /// `MessageAttemptTriggerType`: 0 by the schedule, 1 by an operator.
    trigger_type: u8,
    timestamp: String,
}

impl AttemptOut {
    fn of(endpoint_id: &str, attempt: Attempt, with_content: bool) -> Self {
        Self {
            msg: None,
            id: attempt.id,
            endpoint_id: endpoint_id.to_owned(),
            msg_id: attempt.message_id,
            url: attempt.url,
            response: match with_content {
                true => attempt.response,
                false => String::new(),
            },
            response_status_code: attempt.status_code,
            response_duration_ms: attempt.duration_ms,
            status: attempt.state.number(),
            status_text: attempt.state,
            trigger_type: u8::from(attempt.manual),
            timestamp: rfc3339(attempt.started_at),
        }
    }
}

/// `GET /api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}`
pub(super) async fn list_by_endpoint(
    call: &Call<'_>,
    app: &str,
    endpoint: &str,
) -> Result<Answer, ApiError> {
    let config = endpoint::find(call, app, endpoint).await?;
    let query = AttemptQuery {
        filter: filter(call, None)?,
        page: call.query.page(Some(Kind::Attempt), true)?,
    };
    let mut logs = ask(call, &[config.id], &query).await?;
    let mut listed = logs.pop().ok_or_else(ApiError::not_found)?;
    if call.query.flag("with_msg", false)? {
        add_messages(call, app, &mut listed.data).await?;
    }
    Answer::ok(&listed)
}

/// Puts the messages of attempts beside them, without their payloads.
async fn add_messages(
    call: &Call<'_>,
    app: &str,
    attempts: &mut [AttemptOut],
) -> Result<(), ApiError> {
    let query = MessageQuery {
        // By their ids alone: what was asked for was asked of the attempts.
        sought: Sought {
            ids: attempts.iter().map(|one| one.msg_id.clone()).collect(),
            ..Sought::default()
        },
        page: Page {
            limit: MAX_LIMIT,
            iterator: None,
            descending: false,
        },
        with_content: false,
    };
    let messages = message::page(call, app, &query).await?.data;
    for attempt in attempts {
        let message = messages.iter().find(|one| one.id == attempt.msg_id);
        attempt.msg = message.map(|one| MessageOut::of(one.clone(), false));
    }
    Ok(())
}

/// `GET /api/v1/app/{app_id}/attempt/msg/{msg_id}`: the logs of all endpoints, merged.
pub(super) async fn list_by_message(
    call: &Call<'_>,
    app: &str,
    msg: &str,
) -> Result<Answer, ApiError> {
    let message = message::find(call, app, msg).await?;
    let page = call.query.page(Some(Kind::Attempt), true)?;
    let endpoints = match call.query.text("endpoint_id") {
        Some(endpoint) => vec![endpoint::find(call, app, endpoint).await?.id],
        None => {
            call.stores
                .application(app)?
                .call::<EndpointIds>(&())
                .await?
        }
    };
    let query = AttemptQuery {
        filter: filter(call, Some(message.id))?,
        page: page.clone(),
    };
    Answer::ok(&merge(ask(call, &endpoints, &query).await?, &page))
}

/// `GET /api/v1/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}`
pub(super) async fn show(
    call: &Call<'_>,
    app: &str,
    msg: &str,
    attempt: &str,
) -> Result<Answer, ApiError> {
    let message = message::find(call, app, msg).await?;
    let application = call.stores.application(app)?;
    let mut query = AttemptQuery {
        filter: filter(call, Some(message.id))?,
        page: call.query.page(Some(Kind::Attempt), true)?,
    };
    query.filter.id = Some(attempt.to_owned());
    let endpoints = application.call::<EndpointIds>(&()).await?;
    let logs = ask(call, &endpoints, &query).await?;
    let mut found = logs.into_iter().flat_map(|log| log.data);
    Answer::ok(&found.next().ok_or_else(ApiError::not_found)?)
}

/// `DELETE /api/v1/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}/content`
pub(super) async fn expunge(
    call: &Call<'_>,
    app: &str,
    msg: &str,
    attempt: &str,
) -> Result<Answer, ApiError> {
    let message = message::find(call, app, msg).await?;
    let application = call.stores.application(app)?;
    let key = (message.id, attempt.to_owned());
    for id in application.call::<EndpointIds>(&()).await? {
        let endpoint = call.stores.endpoint(&id)?;
        if endpoint.call::<ExpungeResponse>(&key).await? {
            return Ok(Answer::nothing());
        }
    }
    Err(ApiError::not_found())
}

/// The logs of several endpoints.
async fn ask(
    call: &Call<'_>,
    endpoints: &[String],
    query: &AttemptQuery,
) -> Result<Vec<Listed<AttemptOut>>, ApiError> {
    let with_content = call.query.flag("with_content", true)?;
    let stores = call.stores;
    let logs = stores
        .ask_endpoints::<ListAttempts>(endpoints, query)
        .await?;
    let shown = |(id, log): (&String, Listed<Attempt>)| {
        log.map(|attempt| AttemptOut::of(id, attempt, with_content))
    };
    Ok(endpoints.iter().zip(logs).map(shown).collect())
}

/// One page out of as many, each of them complete for its own endpoint: the nearest to where the
/// page begins.
fn merge(logs: Vec<Listed<AttemptOut>>, page: &Page) -> Listed<AttemptOut> {
    let backwards = page.iterator.as_deref().is_some_and(|i| i.starts_with('-'));
    let mut done = logs.iter().all(|log| log.done);
    let mut data: Vec<AttemptOut> = logs.into_iter().flat_map(|log| log.data).collect();
    data.sort_by(|a, b| a.id.cmp(&b.id));
    if page.descending {
        data.reverse();
    }
    let limit = page.limit as usize;
    if data.len() > limit {
        done = false;
        if backwards {
            data.drain(..data.len() - limit);
        } else {
            data.truncate(limit);
        }
    }
    Listed {
        iterator: data
            .last()
            .map(|attempt| attempt.id.clone())
            .or_else(|| page.iterator.clone()),
        prev_iterator: data.first().map(|attempt| format!("-{}", attempt.id)),
        data,
        done,
    }
}

/// What is asked for, of one message or of any.
pub(super) fn filter(
    call: &Call<'_>,
    message_id: Option<String>,
) -> Result<AttemptFilter, ApiError> {
    let state = match call.query.number("status")? {
        None => None,
        Some(number) => Some(
            State::numbered(i64::from(number))
                .ok_or_else(|| Flaw::parameter("status", "must be 0 to 4"))?,
        ),
    };
    let status_code_class = match call.query.number("status_code_class")? {
        None => None,
        Some(class @ (0 | 100 | 200 | 300 | 400 | 500)) => Some(class as u16),
        Some(_) => {
            let msg = "must be 0, 100, 200, 300, 400 or 500";
            return Err(Flaw::parameter("status_code_class", msg).into());
        }
    };
    Ok(AttemptFilter {
        id: None,
        message_id,
        state,
        status_code_class,
        sought: call.query.sought()?,
    })
}
