//! The API: the public Svix API's paths, bodies, status codes and error shapes.
//!
//! Every route asks for the admin token, but for the health check: a route that is not named in
//! [`route`] does not exist, and nothing is routed before the token has been checked.

mod application;
mod attempt;
mod dead_letter;
mod delivery;
mod endpoint;
mod error;
mod event_type;
mod example;
mod input;
mod message;
mod once;
mod operator;
mod query;
mod refusal;
mod registry;
mod source;
mod task;

use hookgate_relay::operational;
use hookgate_relay::task::TaskKind;
use worker::{Method, Request, Response, Result};

use self::error::{ApiError, Flaw};
use self::once::Turn;
use self::query::Query;
use crate::body::{BodyError, read_body};
use crate::config::Config;
use crate::store::Stores;

/// Bytes of an API request's body: a message's payload of 1 MiB, and its frame.
const LARGEST_BODY: usize = 1024 * 1024 + 64 * 1024;

/// One API call.
struct Call<'a> {
    config: &'a Config,
    stores: &'a Stores,
    query: Query,
    /// `https://host`, as the caller wrote it.
    origin: String,
    /// The caller's `idempotency-key`.
    idempotency_key: Option<String>,
    /// The id of this call, if it runs under a key: the same when it is made again, and that of the task
    /// that it starts.
    call_id: Option<String>,
    body: Vec<u8>,
}

/// An answer of the API: a status, and JSON unless there is nothing to say.
struct Answer {
    status: u16,
    body: Option<String>,
}

impl Answer {
    fn ok(value: &impl serde::Serialize) -> Result<Self, ApiError> {
        Self::with(200, value)
    }

    fn created(value: &impl serde::Serialize) -> Result<Self, ApiError> {
        Self::with(201, value)
    }

    fn with(status: u16, value: &impl serde::Serialize) -> Result<Self, ApiError> {
        let body = serde_json::to_string(value)
            .map_err(|error| hookgate_relay::port::Unavailable::new("writing an answer", error))?;
        Ok(Self {
            status,
            body: Some(body),
        })
    }

    fn nothing() -> Self {
        Self {
            status: 204,
            body: None,
        }
    }
}

/// Answers a call of the API, or 404.
pub(crate) async fn manage(request: Request, config: &Config, stores: &Stores) -> Result<Response> {
    match attend(request, config, stores).await {
        Ok(answer) => respond(answer.status, answer.body),
        Err(error) => error.answer(),
    }
}

async fn attend(
    mut request: Request,
    config: &Config,
    stores: &Stores,
) -> Result<Answer, ApiError> {
    let path = request.path();
    if matches!(path.as_str(), "/api/v1/health" | "/api/v1/health/") {
        return Ok(Answer::nothing());
    }
    authorise(&request, config)?;
    let url = request.url().map_err(|_| ApiError::not_found())?;
    let body = match request.method() {
        Method::Post | Method::Put | Method::Patch => read_body(&mut request, LARGEST_BODY)
            .await
            .map_err(|error| match error {
            BodyError::TooLarge => ApiError::too_large(LARGEST_BODY),
            BodyError::Interrupted | BodyError::Busy => {
                ApiError::bad_request("the body ended before its announced length")
            }
        })?,
        _ => Vec::new(),
    };
    let mut call = Call {
        config,
        stores,
        query: Query::of(&url),
        origin: url.origin().ascii_serialization(),
        idempotency_key: idempotency_key(&request)?,
        call_id: None,
        body,
    };
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let turn = match (request.method(), &segments[..]) {
        // A message's key is its application's.
        (Method::Post, ["api", "v1", "app", _, "msg"]) => Turn::Runs(None),
        // Not the origin: a gateway may have several names.
        (Method::Post, _) => {
            let asked = format!("{path}?{}", url.query().unwrap_or_default());
            once::claim(&call, &asked).await?
        }
        _ => Turn::Runs(None),
    };
    call.call_id = match turn {
        Turn::Runs(call_id) => call_id,
        Turn::Ran(answer) => return Ok(answer),
    };
    let answer = route(request.method(), &segments, &call).await;
    if let (Some(key), Some(_)) = (&call.idempotency_key, &call.call_id) {
        once::settle(&call, key, &answer).await;
    }
    answer
}

async fn route(method: Method, path: &[&str], call: &Call<'_>) -> Result<Answer, ApiError> {
    use Method::{Delete, Get, Patch, Post, Put};
    match (&method, path) {
        (Post, ["api", "v1", "app"]) => application::create(call).await,
        (Get, ["api", "v1", "app"]) => application::list(call).await,
        (Get, ["api", "v1", "app", app]) => application::show(call, app).await,
        (Delete, ["api", "v1", "app", app]) => application::remove(call, app).await,
        (_, ["api", "v1", "operational-webhook", rest @ ..])
            if rest.first() == Some(&"endpoint") =>
        {
            route_application(method, operational::APPLICATION, rest, call).await
        }
        // Their messages and attempts, which the public API does not show.
        (Get, ["api", "hookgate", "v1", "operational-webhook", rest @ ..]) => {
            route_application(method, operational::APPLICATION, rest, call).await
        }
        (Get, ["api", "v1", "background-task"]) => task::list(call).await,
        (Get, ["api", "v1", "background-task", id]) => task::show(call, id).await,
        (_, ["api", "v1", "app", app, rest @ ..]) => {
            let app = registry::application_id(call, app).await?;
            route_application(method, &app, rest, call).await
        }

        (Post, ["api", "v1", "event-type"]) => event_type::create(call).await,
        (Get, ["api", "v1", "event-type"]) => event_type::list(call).await,
        (Delete, ["api", "v1", "event-type", name]) => event_type::remove(call, name).await,
        (Get, ["api", "v1", "event-type", name]) => event_type::show(call, name).await,

        (Post, ["ingest", "api", "v1", "source"]) => source::create(call).await,
        (Get, ["ingest", "api", "v1", "source"]) => source::list(call).await,
        (Get, ["ingest", "api", "v1", "source", source]) => source::show(call, source).await,
        (Put, ["ingest", "api", "v1", "source", source]) => source::update(call, source).await,
        (Patch, ["ingest", "api", "v1", "source", source]) => source::patch(call, source).await,
        (Delete, ["ingest", "api", "v1", "source", source]) => source::remove(call, source).await,
        (Get, ["ingest", "api", "v1", "source", source, "log"]) => {
            refusal::list(call, source).await
        }
        // What a source receives are the messages of an application of the same id.
        (_, ["ingest", "api", "v1", "source", source, rest @ ..])
            if rest.first() == Some(&"endpoint") =>
        {
            let source = registry::source_id(call, source).await?;
            route_application(method, &source, rest, call).await
        }
        (Get, ["api", "hookgate", "v1", "dead-letter"]) => dead_letter::list(call).await,
        (Get, ["api", "hookgate", "v1", "dead-letter", id]) => dead_letter::show(call, id).await,
        (Delete, ["api", "hookgate", "v1", "dead-letter", id]) => {
            dead_letter::remove(call, id).await
        }
        (Post, ["api", "hookgate", "v1", "dead-letter", id, "replay"]) => {
            dead_letter::replay(call, id).await
        }
        (Post, ["api", "hookgate", "v1", "endpoint", "test"]) => example::test(call).await,
        (_, ["api", "hookgate", "v1", "app", app, rest @ ..]) => {
            let app = registry::application_id(call, app).await?;
            route_own(method, &app, rest, call).await
        }
        _ => Err(ApiError::not_found()),
    }
}

/// The routes below one application that are beyond the public API.
async fn route_own(
    method: Method,
    app: &str,
    path: &[&str],
    call: &Call<'_>,
) -> Result<Answer, ApiError> {
    match (method, path) {
        (Method::Post, ["msg", msg, "endpoint", ep, "cancel"]) => {
            operator::cancel(call, app, msg, ep).await
        }
        (Method::Post, ["endpoint", ep, "cancel-pending"]) => {
            operator::cancel_pending(call, app, ep).await
        }
        _ => Err(ApiError::not_found()),
    }
}

/// The routes below one application, whose id is known.
async fn route_application(
    method: Method,
    app: &str,
    path: &[&str],
    call: &Call<'_>,
) -> Result<Answer, ApiError> {
    use Method::{Delete, Get, Patch, Post, Put};
    match (method, path) {
        (Post, ["endpoint"]) => endpoint::create(call, app).await,
        (Get, ["endpoint"]) => endpoint::list(call, app).await,
        (Get, ["endpoint", ep]) => endpoint::show(call, app, ep).await,
        (Put, ["endpoint", ep]) => endpoint::update(call, app, ep).await,
        (Patch, ["endpoint", ep]) => endpoint::patch(call, app, ep).await,
        (Delete, ["endpoint", ep]) => endpoint::remove(call, app, ep).await,
        (Post, ["endpoint", ep, "recover"]) => task::start(call, app, ep, TaskKind::Recover).await,
        (Post, ["endpoint", ep, "replay-missing"]) => {
            task::start(call, app, ep, TaskKind::ReplayMissing).await
        }
        (Post, ["endpoint", ep, "bulk-replay"]) => {
            task::start(call, app, ep, TaskKind::BulkReplay).await
        }
        (Post, ["endpoint", ep, "send-example"]) => example::send(call, app, ep).await,
        (Get, ["endpoint", ep, "msg"]) => delivery::list_by_endpoint(call, app, ep).await,
        (Get, ["endpoint", ep, "stats"]) => delivery::stats(call, app, ep).await,
        (Get, ["msg", msg, "endpoint"]) => delivery::list_by_message(call, app, msg).await,
        (Get, ["endpoint", ep, "secret"]) => endpoint::secret::show(call, app, ep).await,
        (Post, ["endpoint", ep, "secret", "rotate"]) => {
            endpoint::secret::rotate(call, app, ep).await
        }

        (Post, ["msg"]) => message::create(call, app).await,
        (Get, ["msg"]) => message::list(call, app).await,
        (Get, ["msg", msg]) => message::show(call, app, msg).await,
        (Delete, ["msg", msg, "content"]) => message::expunge(call, app, msg).await,
        (Get, ["msg", msg, "attempt", attempt]) => attempt::show(call, app, msg, attempt).await,
        (Delete, ["msg", msg, "attempt", attempt, "content"]) => {
            attempt::expunge(call, app, msg, attempt).await
        }

        (Post, ["msg", msg, "endpoint", ep, "resend"]) => {
            operator::resend(call, app, msg, ep).await
        }

        (Get, ["attempt", "endpoint", ep]) => attempt::list_by_endpoint(call, app, ep).await,
        (Get, ["attempt", "msg", msg]) => attempt::list_by_message(call, app, msg).await,
        _ => Err(ApiError::not_found()),
    }
}

fn authorise(request: &Request, config: &Config) -> Result<(), ApiError> {
    let header = request.headers().get("authorization").ok().flatten();
    let token = header
        .as_deref()
        .and_then(|value| value.split_once(' '))
        .filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    match token {
        Some(token) if config.admits(token) => Ok(()),
        _ => Err(ApiError::unauthorised()),
    }
}

/// The `idempotency-key`, if there is one.
fn idempotency_key(request: &Request) -> Result<Option<String>, ApiError> {
    let key = request.headers().get("idempotency-key").ok().flatten();
    let sound = |key: &String| {
        (1..=256).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if key.as_ref().is_some_and(|key| !sound(key)) {
        let msg = "must be 1 to 256 visible ASCII characters";
        return Err(Flaw::header("idempotency-key", msg).into());
    }
    Ok(key)
}

fn respond(status: u16, body: Option<String>) -> Result<Response> {
    let response = match body {
        Some(body) => Response::ok(body)?,
        None => Response::empty()?,
    };
    let headers = response.headers();
    headers.set("content-type", "application/json")?;
    headers.set("cache-control", "no-store")?;
    Ok(response.with_status(status))
}
