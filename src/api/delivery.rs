//! Deliveries: how messages stand at an endpoint, and where one message went.

use hookgate_relay::application::Message;
use hookgate_relay::attempt::{AttemptFilter, State};
use hookgate_relay::endpoint::Delivery;
use hookgate_relay::id::Kind;
use hookgate_relay::message::Body;
use hookgate_relay::page::{Listed, MAX_LIMIT, Page};
use hookgate_relay::port::{Millis, Unavailable};
use hookgate_relay::search::{MOST_SEEN, Sought};
use hookgate_relay::time::rfc3339;
use serde::Serialize;
use serde_json::Value;

use super::attempt::filter;
use super::endpoint::{self, EndpointOut};
use super::error::{ApiError, Flaw};
use super::message::{self, MessageOut};
use super::{Answer, Call};
use crate::object::method::{
    AttemptQuery, CountDeliveries, ListDeliveries, ListEndpoints, MessageQuery,
};
use crate::store::now;

/// A count looks at so many times [`MOST_SEEN`] deliveries.
const MOST_PARTS: usize = 20;

/// The time that a count is of where none is given, and at most: 28 days.
const COUNTED_MS: Millis = 28 * 86_400_000;

/// How a message stands at an endpoint: what is shown of it beside either.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Standing {
    status: i64,
    status_text: State,
    next_attempt: Option<String>,
}

impl From<&Delivery> for Standing {
    fn from(delivery: &Delivery) -> Self {
        Self {
            status: delivery.state.number(),
            status_text: delivery.state,
            next_attempt: delivery.next_attempt_at.map(rfc3339),
        }
    }
}

/// `GET /api/v1/app/{app_id}/endpoint/{endpoint_id}/msg`
pub(super) async fn list_by_endpoint(
    call: &Call<'_>,
    app: &str,
    endpoint: &str,
) -> Result<Answer, ApiError> {
    let with_content = call.query.flag("with_content", true)?;
    let page = call.query.page(Some(Kind::Message), true)?;
    let asked = AttemptQuery {
        filter: filter(call, None)?,
        page: page.clone(),
    };
    let endpoint = endpoint::find(call, app, endpoint).await?.id;
    let object = call.stores.endpoint(&endpoint)?;
    let Listed {
        data,
        iterator,
        prev_iterator,
        done,
    } = object.call::<ListDeliveries>(&asked).await?;
    let mut listed = Listed {
        data: read(&data)?,
        iterator,
        prev_iterator,
        done,
    };
    let ids: Vec<_> = listed
        .data
        .iter()
        .map(|one| one.message_id.clone())
        .collect();
    let mut messages = vec![];
    if !ids.is_empty() {
        let query = MessageQuery {
            // By their ids alone: what was asked for was asked of the deliveries.
            sought: Sought {
                ids,
                ..Sought::default()
            },
            page: Page {
                limit: MAX_LIMIT,
                ..page.clone()
            },
            with_content,
        };
        let found = message::page(call, app, &query).await?;
        if !found.done {
            cut(&mut listed, &page, &found.data);
        }
        messages = found.data;
    }
    Answer::ok(&listed.map(|delivery| {
        let known = messages
            .iter()
            .position(|one| one.id == delivery.message_id);
        let known = known.map(|at| messages.swap_remove(at));
        let message = known.unwrap_or_else(|| forgotten(&delivery));
        MessageOut::of(message, with_content).standing(&delivery)
    }))
}

/// Cuts a page to the messages whose payloads an object has room for.
fn cut(listed: &mut Listed<Delivery>, page: &Page, fitting: &[Message]) {
    let backwards = page.iterator.as_deref().is_some_and(|i| i.starts_with('-'));
    let edge = if backwards {
        fitting.first()
    } else {
        fitting.last()
    };
    let at = |id: &String| listed.data.iter().position(|one| one.message_id == *id);
    let Some((at, id)) = edge.and_then(|one| at(&one.id).zip(Some(&one.id))) else {
        return;
    };
    listed.done = false;
    if backwards {
        listed.data.drain(..at);
        listed.prev_iterator = Some(format!("-{id}"));
    } else {
        listed.data.truncate(at + 1);
        listed.iterator = Some(id.clone());
    }
}

/// A message that its application keeps no longer, as far as its endpoint knows it.
fn forgotten(delivery: &Delivery) -> Message {
    Message {
        id: delivery.message_id.clone(),
        event_id: None,
        event_type: delivery.event_type.clone(),
        channels: vec![],
        tags: vec![],
        content_type: None,
        created_at: delivery.created_at,
        deliver_at: None,
        expunged: true,
        payload: Body::Text(String::new()),
    }
}

/// `GET /api/v1/app/{app_id}/msg/{msg_id}/endpoint`: as many endpoints are asked as the page has room for.
pub(super) async fn list_by_message(
    call: &Call<'_>,
    app: &str,
    msg: &str,
) -> Result<Answer, ApiError> {
    let page = call.query.page(Some(Kind::Endpoint), false)?;
    let message = message::find(call, app, msg).await?;
    let application = call.stores.application(app)?;
    let endpoints = application.call::<ListEndpoints>(&page).await?;
    let asked = &AttemptQuery {
        filter: AttemptFilter {
            message_id: Some(message.id),
            ..AttemptFilter::default()
        },
        page: Page {
            limit: 1,
            iterator: None,
            descending: false,
        },
    };
    let ids: Vec<_> = endpoints.data.iter().map(|one| one.id.clone()).collect();
    let stores = call.stores;
    let deliveries = stores.ask_endpoints::<ListDeliveries>(&ids, asked).await?;
    let mut standing = vec![];
    for (config, found) in endpoints.data.into_iter().zip(deliveries) {
        for delivery in read(&found.data)? {
            standing.push(EndpointOut::from(config.clone()).standing(&delivery));
        }
    }
    Answer::ok(&Listed {
        data: standing,
        iterator: endpoints.iterator,
        prev_iterator: endpoints.prev_iterator,
        done: endpoints.done,
    })
}

/// `GET /api/v1/app/{app_id}/endpoint/{endpoint_id}/stats`: how many messages stand how, of those that were
/// made in a time.
pub(super) async fn stats(call: &Call<'_>, app: &str, endpoint: &str) -> Result<Answer, ApiError> {
    let until = call.query.moment("until")?.unwrap_or_else(now);
    let since = call.query.moment("since")?.unwrap_or(until - COUNTED_MS);
    if since > until {
        return Err(Flaw::parameter("until", "must not be before `since`").into());
    }
    if until - since > COUNTED_MS {
        return Err(Flaw::parameter("since", "must be at most 28 days before `until`").into());
    }
    let endpoint = endpoint::find(call, app, endpoint).await?.id;
    let object = call.stores.endpoint(&endpoint)?;
    let mut part = AttemptQuery {
        filter: AttemptFilter {
            sought: Sought {
                // Both ends are of the time.
                after: Some(since - 1),
                before: Some(until + 1),
                ..Sought::default()
            },
            ..AttemptFilter::default()
        },
        page: Page {
            limit: 1,
            iterator: None,
            descending: false,
        },
    };
    let mut counts = [0; 5];
    for _ in 0..MOST_PARTS {
        let counted = object.call::<CountDeliveries>(&part).await?;
        for (count, more) in counts.iter_mut().zip(&counted.data) {
            *count += more.as_i64().unwrap_or(0);
        }
        if counted.done {
            return Ok(shown(counts));
        }
        part.page.iterator = counted.iterator;
    }
    let most = MOST_PARTS * MOST_SEEN;
    let msg = format!("there are more than {most} messages from then on: ask for a shorter time");
    Err(Flaw::parameter("since", msg).into())
}

/// `EndpointStats`
fn shown([success, pending, fail, sending, canceled]: [i64; 5]) -> Answer {
    let body = format!(
        r#"{{"success":{success},"pending":{pending},"fail":{fail},"sending":{sending},"canceled":{canceled}}}"#
    );
    Answer {
        status: 200,
        body: Some(body),
    }
}

/// Deliveries as an endpoint has sent them.
fn read(data: &[Value]) -> Result<Vec<Delivery>, Unavailable> {
    let deliveries = data.iter().map(Delivery::from_json);
    let deliveries = deliveries.collect::<Option<Vec<_>>>();
    deliveries.ok_or_else(|| Unavailable::new("reading a delivery", "a field is missing"))
}
