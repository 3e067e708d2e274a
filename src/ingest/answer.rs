//! What a provider is answered: a cause inside, a code outside.

use hookgate::VerifyError;
use hookgate_relay::admission::gate::Passed;
use hookgate_relay::admission::head::LONGEST_NAME;
use hookgate_relay::port::Unavailable;
use worker::{Response, ResponseBody, Result, console_error, console_warn};

use super::memory::ActiveSource;

/// Seconds after which a provider may come back when storage is away.
const RETRY_AFTER: &str = "5";

/// The same, when it has sent too much: the isolate listens again after 10.
const LIMIT_RETRY_AFTER: &str = "10";

/// Why a request is not acknowledged.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A method that its provider does not use; those that it does.
    MethodNotAllowed { allow: String },
    /// A method that its provider asks by, and no question.
    AsksNothing,
    /// No source of this name.
    UnknownSource,
    /// The operator has switched the source off.
    SourceDisabled,
    /// A media type that no provider sends.
    ContentType,
    /// No body.
    EmptyBody,
    /// The sender stopped before its body was complete.
    Interrupted,
    /// A body past the source's cap.
    TooLarge { cap: usize },
    /// A body within the cap that does not fit a message of the queue.
    TooLargeForQueue,
    /// There is no room for another large body now.
    Busy,
    /// The certificate that the request names could not be had.
    CertificateAway,
    /// The provider's address that confirms a subscription did not answer.
    NotSubscribed(Unavailable),
    /// More headers, or longer ones, than a provider sends.
    HeadersTooLarge,
    /// Its sender was refused too often, or its source is sent too much.
    TooMany,
    /// The verifier's verdict.
    NotVerified(VerifyError),
    /// The source feeds a queue that is not bound: the operator has to bind it.
    QueueNotBound(Unavailable),
    /// Storage did not take the event; the provider must send it again.
    StorageAway(Unavailable),
}

impl From<Unavailable> for Refusal {
    fn from(cause: Unavailable) -> Self {
        Self::StorageAway(cause)
    }
}

impl Refusal {
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::ContentType | Self::EmptyBody | Self::Interrupted | Self::AsksNothing => 400,
            Self::NotVerified(error) if error.is_malformed() => 400,
            // Nothing was decided: the provider sends it again.
            Self::NotVerified(VerifyError::NeedsCertificate { .. }) | Self::CertificateAway => 503,
            Self::NotVerified(_) => 401,
            Self::UnknownSource | Self::SourceDisabled => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::TooMany => 429,
            Self::HeadersTooLarge => 431,
            Self::TooLarge { .. } | Self::TooLargeForQueue => 413,
            Self::Busy | Self::NotSubscribed(_) | Self::QueueNotBound(_) | Self::StorageAway(_) => {
                503
            }
        }
    }

    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::AsksNothing => "asks_nothing",
            Self::UnknownSource => "source_not_found",
            Self::SourceDisabled => "source_disabled",
            Self::ContentType => "content_type_not_accepted",
            Self::EmptyBody => "empty_body",
            Self::Interrupted => "body_interrupted",
            Self::TooLarge { .. } => "body_too_large",
            Self::TooLargeForQueue => "body_too_large_for_queue",
            Self::Busy => "too_many_large_bodies",
            Self::HeadersTooLarge => "headers_too_large",
            Self::TooMany => "too_many_requests",
            Self::CertificateAway => "certificate_unavailable",
            Self::NotSubscribed(_) => "subscription_not_confirmed",
            Self::NotVerified(error) => error.code(),
            Self::QueueNotBound(_) => "queue_not_bound",
            Self::StorageAway(_) => "storage_unavailable",
        }
    }

    pub(super) fn detail(&self) -> String {
        match self {
            Self::MethodNotAllowed { .. } => "this source is sent nothing by this method".into(),
            Self::AsksNothing => "events are received by POST, and this is no question".into(),
            Self::UnknownSource => "there is no such source".into(),
            Self::SourceDisabled => "this source is disabled".into(),
            Self::ContentType => "webhooks are JSON or forms; the content-type is another".into(),
            Self::EmptyBody => "the request has no body".into(),
            Self::Interrupted => "the body ended before its announced length".into(),
            Self::TooLarge { cap } => format!("the body is larger than this source's {cap} bytes"),
            Self::TooLargeForQueue => {
                "the event does not fit into a queue message (128 KB with its headers), and no R2 \
                 bucket is bound as PAYLOADS"
                    .into()
            }
            Self::Busy => "as many large bodies as there is room for; send it again".into(),
            Self::HeadersTooLarge => "the headers are more than 100 or larger than 32 KB".into(),
            Self::TooMany => "too many requests, or too many that were refused; wait".into(),
            Self::CertificateAway => {
                "the certificate that the request names could not be fetched; send it again".into()
            }
            Self::NotSubscribed(_) => {
                "the address that confirms the subscription did not answer; send it again".into()
            }
            Self::NotVerified(error) => error.to_string(),
            Self::QueueNotBound(_) => {
                "the queue that this source feeds is not bound; send it again".into()
            }
            // What the storage said is for the log.
            Self::StorageAway(_) => "the event could not be stored; send it again".into(),
        }
    }
}

/// The acknowledgement: what the operator has set, else what the provider expects, else what became
/// of the event. A duplicate is acknowledged as the first copy was.
pub(super) fn acknowledge(active: &ActiveSource, passed: &Passed) -> Result<Response> {
    if let Some(own) = &active.source.acknowledgement {
        return say(own.status, own.content_type.as_deref(), &own.body);
    }
    let verifier = active.verifier.borrow();
    let expected = verifier.scheme().acknowledgement();
    if let Some(body) = expected.body() {
        return say(expected.status(), expected.content_type(), body);
    }
    let (accepted, duplicates) = (passed.accepted, passed.duplicates);
    let status = if accepted > 0 {
        "accepted"
    } else {
        "duplicate"
    };
    let mut body = serde_json::json!({ "status": status, "id": passed.first });
    if accepted + duplicates > 1 {
        body["accepted"] = accepted.into();
        body["duplicates"] = duplicates.into();
    }
    Ok(Response::from_json(&body)?.with_status(expected.status()))
}

fn say(status: u16, content_type: Option<&str>, body: &str) -> Result<Response> {
    let body = match body {
        "" => ResponseBody::Empty,
        text => ResponseBody::Body(text.into()),
    };
    let response = Response::from_body(body)?.with_status(status);
    if let Some(content_type) = content_type {
        response.headers().set("content-type", content_type)?;
    }
    response
        .headers()
        .set("x-content-type-options", "nosniff")?;
    Ok(response)
}

/// The refusal, logged with its cause.
pub(super) fn refuse(source: &str, refusal: &Refusal) -> Result<Response> {
    let (status, code, detail) = (refusal.status(), refusal.code(), refusal.detail());
    // The name came with the request: no more of it than a name can be long.
    let source: String = source.chars().take(LONGEST_NAME).collect();
    match refusal {
        Refusal::StorageAway(cause)
        | Refusal::QueueNotBound(cause)
        | Refusal::NotSubscribed(cause) => {
            console_error!("{code} source={source:?}: {cause}")
        }
        _ => console_warn!("{code} source={source:?}: {detail}"),
    }
    let body = serde_json::json!({ "code": code, "detail": detail });
    let response = Response::from_json(&body)?.with_status(status);
    if let Refusal::MethodNotAllowed { allow } = refusal {
        response.headers().set("allow", allow)?;
    }
    match status {
        429 => response.headers().set("retry-after", LIMIT_RETRY_AFTER)?,
        503 => response.headers().set("retry-after", RETRY_AFTER)?,
        _ => {}
    }
    Ok(response)
}
