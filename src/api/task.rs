//! Background tasks: many messages sent again, and how far that has come.

use hookgate_relay::attempt::State;
use hookgate_relay::id::{self, Kind};
use hookgate_relay::port::Millis;
use hookgate_relay::registry::tasks::TaskQuery;
use hookgate_relay::task::{Task, TaskFilter, TaskKind, TaskStatus};
use hookgate_relay::time::{from_rfc3339, rfc3339};
use serde::Deserialize;
use serde_json::{Value, json};
use worker::console_error;

use super::error::{ApiError, Flaw};
use super::input::{Check, is_identifier, parse};
use super::{Answer, Call, endpoint};
use crate::object::method::{FindTask, ListTasks, NoteTask, StartTask};
use crate::store::{Dice, now};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TaskIn {
    since: String,
    #[serde(default)]
    until: Option<String>,
    // Of a bulk replay alone.
    #[serde(default)]
    event_types: Option<Vec<String>>,
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    tag: Option<String>,
    #[serde(default)]
    status: Option<i64>,
    #[serde(default)]
    status_code_class: Option<u16>,
    // Beyond the public API: only count.
    #[serde(default)]
    dry_run: bool,
}

/// Event types of a filter, and bytes of its channel and of its tag.
const MOST_EVENT_TYPES: usize = 50;
const LONGEST_LABEL: usize = 128;

/// `POST …/endpoint/{endpoint_id}/recover`, `/replay-missing` and `/bulk-replay`
pub(super) async fn start(
    call: &Call<'_>,
    app: &str,
    endpoint: &str,
    kind: TaskKind,
) -> Result<Answer, ApiError> {
    let input: TaskIn = parse(&call.body)?;
    let now = now();
    let filter = filter(kind, &input, now)?;
    // A call whose answer was lost has started its task all the same.
    if let Some(id) = &call.call_id
        && let Some(task) = call.stores.registry()?.call::<FindTask>(id).await?
    {
        return Answer::with(202, &shown(&task));
    }
    let new_id = || id::new(Kind::Task, &Dice);
    let task = Task {
        id: call.call_id.clone().unwrap_or_else(new_id),
        kind,
        application_id: app.to_owned(),
        endpoint_id: endpoint::find(call, app, endpoint).await?.id,
        filter,
        dry_run: input.dry_run,
        status: TaskStatus::Running,
        scanned: 0,
        matched: 0,
        revision: 0,
        updated_at: now,
    };
    let application = call.stores.application(app)?;
    application.call::<StartTask>(&task).await?;
    // So that it can be asked for at once. Should this fail, the application notes it.
    if let Err(error) = call.stores.registry()?.call::<NoteTask>(&task).await {
        console_error!("{error}");
    }
    Answer::with(202, &shown(&task))
}

fn filter(kind: TaskKind, input: &TaskIn, now: Millis) -> Result<TaskFilter, ApiError> {
    let read = |field: &str, text: &str| {
        from_rfc3339(text).ok_or_else(|| Flaw::field(field, "must be a date and a time (RFC 3339)"))
    };
    let since = read("since", &input.since)?;
    let until = match &input.until {
        Some(text) => read("until", text)?.min(now),
        None => now,
    };
    if until < since {
        return Err(Flaw::field("until", "must not be before `since`").into());
    }
    let mut filter = TaskFilter {
        since,
        until,
        ..TaskFilter::default()
    };
    if kind == TaskKind::BulkReplay {
        let state = |number| State::numbered(number).ok_or("must be 0 to 4");
        filter.state = input
            .status
            .map(state)
            .transpose()
            .map_err(|msg| Flaw::field("status", msg))?;
        filter.status_code_class = input.status_code_class;
        if !matches!(
            filter.status_code_class,
            None | Some(0 | 100 | 200 | 300 | 400 | 500)
        ) {
            let msg = "must be 0, 100, 200, 300, 400 or 500";
            return Err(Flaw::field("statusCodeClass", msg).into());
        }
        let fits = |types: &Vec<String>| {
            types.len() <= MOST_EVENT_TYPES && types.iter().all(|name| is_identifier(name))
        };
        let label = |label: &Option<String>| label.clone().unwrap_or_default();
        Check::default()
            .that(
                input.event_types.as_ref().is_none_or(fits),
                "eventTypes",
                "must be at most 50 names of 1 to 256 characters of A-Z, a-z, 0-9, '-', '_' and '.'",
            )
            .text("channel", &label(&input.channel), LONGEST_LABEL)
            .text("tag", &label(&input.tag), LONGEST_LABEL)
            .done()?;
        filter.event_types = input.event_types.clone();
        filter.channel = input.channel.clone();
        filter.tag = input.tag.clone();
    }
    Ok(filter)
}

/// `GET /api/v1/background-task`
pub(super) async fn list(call: &Call<'_>) -> Result<Answer, ApiError> {
    let query = TaskQuery {
        kind: word(call, "task")?,
        status: word(call, "status")?,
    };
    let page = call.query.page(Some(Kind::Task), true)?;
    let registry = call.stores.registry()?;
    let listed = registry.call::<ListTasks>(&(query, page)).await?;
    Answer::ok(&listed.map(|task| shown(&task)))
}

/// `GET /api/v1/background-task/{task_id}`
pub(super) async fn show(call: &Call<'_>, id: &str) -> Result<Answer, ApiError> {
    let registry = call.stores.registry()?;
    let task = registry.call::<FindTask>(&id.to_owned()).await?;
    Answer::ok(&shown(&task.ok_or_else(ApiError::not_found)?))
}

/// A parameter that is one of some words.
fn word<T: for<'a> Deserialize<'a>>(call: &Call<'_>, name: &str) -> Result<Option<T>, ApiError> {
    let read = |text: &str| {
        serde_json::from_value(Value::from(text))
            .map_err(|_| Flaw::parameter(name, "is not one that there is").into())
    };
    call.query.text(name).map(read).transpose()
}

fn shown(task: &Task) -> Value {
    json!({
        "id": task.id,
        "task": task.kind,
        "status": task.status,
        "updatedAt": rfc3339(task.updated_at),
        "data": {
            "appId": task.application_id,
            "endpointId": task.endpoint_id,
            "since": rfc3339(task.filter.since),
            "until": rfc3339(task.filter.until),
            "dryRun": task.dry_run,
            "scanned": task.scanned,
            "matched": task.matched,
        },
    })
}
