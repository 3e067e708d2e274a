//! An event to try an endpoint with: an example of an event type for one that is there, or one request
//! to one that is not there yet.

use hookgate_relay::application::Message;
use hookgate_relay::guard::Guard;
use hookgate_relay::id::{self, Kind};
use hookgate_relay::message::Body;
use hookgate_relay::outbound;
use hookgate_relay::outcome::judge;
use hookgate_relay::port::{Http, Unavailable};
use hookgate_relay::registry::Shelf;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::endpoint::{self, EndpointIn};
use super::error::{ApiError, Flaw};
use super::input::{Check, parse};
use super::message::MessageOut;
use super::{Answer, Call, registry};
use crate::object::method::SendTo;
use crate::store::{Dice, now};

/// How deep a schema is followed.
const DEEPEST: usize = 16;
/// Values that an example is made of, at most.
const MOST_VALUES: usize = 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExampleIn {
    event_type: String,
    #[serde(default)]
    example_index: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TestIn {
    endpoint: EndpointIn,
    #[serde(default)]
    event_type: Option<String>,
    #[serde(default)]
    payload: Option<Box<RawValue>>,
}

/// `POST …/endpoint/{endpoint_id}/send-example`
pub(super) async fn send(call: &Call<'_>, app: &str, endpoint: &str) -> Result<Answer, ApiError> {
    let input: ExampleIn = parse(&call.body)?;
    Check::default()
        .event_type("eventType", &input.event_type)
        .done()?;
    let endpoint = endpoint::find(call, app, endpoint).await?.id;
    let event_type = registry::find(call, Shelf::EventType, &input.event_type).await?;
    let event_type = event_type.ok_or_else(ApiError::not_found)?;
    let payload = example(newest_schema(&event_type["schemas"]), input.example_index)?;
    let mut message = message(input.event_type, payload.to_string());
    // Under a key the same one, should this call be made again.
    let id = call.call_id.as_deref();
    if let Some(id) = id.and_then(|id| id::beside(Kind::Message, Kind::Task, id)) {
        message.id = id;
    }
    let order = (message, endpoint);
    let application = call.stores.application(app)?;
    if !application.call::<SendTo>(&order).await? {
        return Err(ApiError::not_found());
    }
    Answer::with(202, &MessageOut::of(order.0, true))
}

/// `POST /api/hookgate/v1/endpoint/test`: one signed request to an endpoint of this description. Nothing
/// of it is kept.
pub(super) async fn test(call: &Call<'_>) -> Result<Answer, ApiError> {
    let input: TestIn = parse(&call.body)?;
    let event_type = input.event_type.unwrap_or_else(|| "hookgate.test".into());
    Check::default()
        .event_type("eventType", &event_type)
        .done()?;
    let config = endpoint::configure(call, "", input.endpoint, None)?;
    let payload = match input.payload {
        Some(payload) => String::from(Box::<str>::from(payload)),
        None => json!({ "test": true }).to_string(),
    };
    let message = message(event_type, payload);
    let guard: Guard = call.config.guard;
    let started = now();
    let request = outbound::request(&config, message, &call.config.vault, guard, started)
        .map_err(|reason| Flaw::field("endpoint", reason))?;
    let sent = json!({ "url": request.url, "headers": request.headers });
    let secret = config.secrets.first();
    let secret = secret
        .map(|secret| call.config.vault.open(secret, &config.id))
        .transpose()
        .map_err(|error| Unavailable::new("opening a secret", error))?;
    let key = secret.and_then(|secret| hookgate_relay::secret::for_receivers(&secret));
    let http = call.config.http(call.stores);
    let verdict = match http.vet(&request.url, request.timeout_ms).await {
        Ok(()) => judge(http.post(request).await, now()),
        Err(reason) => {
            return Err(Flaw::field("endpoint", format!("blocked: {reason}")).into());
        }
    };
    Answer::ok(&json!({
        "delivered": verdict.delivered,
        "responseStatusCode": verdict.status_code,
        "response": verdict.response,
        "responseDurationMs": now() - started,
        "request": sent,
        "key": key.as_deref(),
    }))
}

fn message(event_type: String, payload: String) -> Message {
    Message {
        id: id::new(Kind::Message, &Dice),
        event_id: None,
        event_type,
        channels: vec![],
        tags: vec![],
        content_type: None,
        created_at: now(),
        deliver_at: None,
        expunged: false,
        payload: Body::Text(payload),
    }
}

/// The schema of the largest version.
fn newest_schema(schemas: &Value) -> &Value {
    let newest = schemas.as_object().and_then(|versions| {
        versions
            .iter()
            .max_by_key(|(version, _)| version.parse::<u32>().unwrap_or(0))
    });
    newest.map_or(&Value::Null, |(_, schema)| schema)
}

/// The example that the schema has, or else one that is made after it.
fn example(schema: &Value, index: usize) -> Result<Value, ApiError> {
    let given = match schema.get("examples") {
        Some(Value::Array(examples)) if !examples.is_empty() => {
            let one = examples.get(index);
            let flaw = || Flaw::field("exampleIndex", "there are fewer examples");
            Some(one.ok_or_else(flaw)?)
        }
        _ => schema.get("example"),
    };
    let example = given
        .cloned()
        .unwrap_or_else(|| made(schema, 0, &mut MOST_VALUES.clone()));
    match example {
        Value::Object(_) => Ok(example),
        _ => Ok(json!({})),
    }
}

/// A value that a schema describes: a sample, not a proof that the schema can be met.
fn made(schema: &Value, depth: usize, left: &mut usize) -> Value {
    if depth > DEEPEST || *left == 0 {
        return Value::Null;
    }
    *left -= 1;
    for word in ["const", "default", "example"] {
        if let Some(value) = schema.get(word) {
            return value.clone();
        }
    }
    for word in ["examples", "enum"] {
        if let Some(value) = schema[word].get(0) {
            return value.clone();
        }
    }
    for word in ["oneOf", "anyOf", "allOf"] {
        if let Some(first) = schema[word].get(0) {
            return made(first, depth + 1, left);
        }
    }
    let kind = schema["type"].as_str().or(schema["type"][0].as_str());
    match kind {
        Some("string") => match schema["format"].as_str() {
            Some("date-time") => "2026-01-01T00:00:00Z".into(),
            Some("date") => "2026-01-01".into(),
            Some("email") => "someone@example.com".into(),
            Some("uri") => "https://example.com/".into(),
            Some("uuid") => "00000000-0000-4000-8000-000000000000".into(),
            _ => "string".into(),
        },
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| 0.into()),
        Some("boolean") => true.into(),
        Some("null") => Value::Null,
        Some("array") => match schema.get("items") {
            Some(items) => json!([made(items, depth + 1, left)]),
            None => json!([]),
        },
        _ => {
            let mut object = Map::new();
            for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
                object.insert(name.clone(), made(schema, depth + 1, left));
            }
            Value::Object(object)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_the_schemas_own_or_made_after_it() {
        let schemas = json!({
            "1": { "examples": [{ "old": true }] },
            "2": { "examples": [{ "n": 0 }, { "n": 1 }] },
            "10": {
                "type": "object",
                "properties": {
                    "at": { "type": "string", "format": "date-time" },
                    "kind": { "enum": ["paid", "void"] },
                    "lines": { "type": "array", "items": { "type": "integer", "minimum": 3 } },
                },
            },
        });
        let made = example(newest_schema(&schemas), 7).unwrap();
        let expected = json!({ "at": "2026-01-01T00:00:00Z", "kind": "paid", "lines": [3] });
        assert_eq!(made, expected);
        assert_eq!(example(&schemas["2"], 1).unwrap(), json!({ "n": 1 }));
        assert!(matches!(
            example(&schemas["2"], 2),
            Err(ApiError::Invalid(_))
        ));
        assert_eq!(example(newest_schema(&Value::Null), 0).unwrap(), json!({}));
    }

    /// Objects and values in `value`, but for what was left out, which is null.
    fn count(value: &Value) -> usize {
        match value {
            Value::Null => 0,
            Value::Object(object) => 1 + object.values().map(count).sum::<usize>(),
            _ => 1,
        }
    }

    #[test]
    fn a_schema_without_an_end_makes_an_example_that_has_one() {
        let mut deep = json!({ "type": "integer" });
        for _ in 0..2 * DEEPEST {
            deep = json!({ "properties": { "a": deep } });
        }
        assert_eq!(count(&example(&deep, 0).unwrap()), DEEPEST + 1);
        let integer = json!({ "type": "integer" });
        let many = (0..2 * MOST_VALUES).map(|n| (n.to_string(), integer.clone()));
        let wide = json!({ "properties": many.collect::<Map<_, _>>() });
        assert_eq!(count(&example(&wide, 0).unwrap()), MOST_VALUES);
    }
}
