//! Errors of the API, in the public Svix API's two shapes: `{code, detail}`, and for a body that
//! does not fit a list of places (`422`).

use hookgate_relay::port::Unavailable;
use serde::Serialize;
use serde_json::json;
use worker::{Response, Result, console_error};

/// Why a call fails.
#[derive(Debug)]
pub(super) enum ApiError {
    /// A plain refusal.
    Refused {
        status: u16,
        code: &'static str,
        detail: String,
    },
    /// Places of the input that do not fit.
    Invalid(Vec<Flaw>),
    /// Storage is away; the call can be made again.
    Away(Unavailable),
}

/// One place of the input, and what is wrong there.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Flaw {
    loc: Vec<String>,
    msg: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl Flaw {
    /// A flaw of the body's field `name`.
    pub(super) fn field(name: &str, msg: impl Into<String>) -> Self {
        Self {
            loc: vec!["body".into(), name.into()],
            msg: msg.into(),
            kind: "value_error",
        }
    }

    /// A flaw of the query's parameter `name`.
    pub(super) fn parameter(name: &str, msg: impl Into<String>) -> Self {
        Self {
            loc: vec!["query".into(), name.into()],
            msg: msg.into(),
            kind: "value_error",
        }
    }

    /// A flaw of the header `name`.
    pub(super) fn header(name: &str, msg: impl Into<String>) -> Self {
        Self {
            loc: vec!["header".into(), name.into()],
            msg: msg.into(),
            kind: "value_error",
        }
    }

    /// A body that is not the JSON that was asked for.
    pub(super) fn body(msg: impl Into<String>) -> Self {
        Self {
            loc: vec!["body".into()],
            msg: msg.into(),
            kind: "value_error.jsondecode",
        }
    }
}

impl ApiError {
    fn refused(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Refused {
            status,
            code,
            detail: detail.into(),
        }
    }

    pub(super) fn not_found() -> Self {
        Self::refused(404, "not_found", "Entity not found")
    }

    pub(super) fn unauthorised() -> Self {
        Self::refused(401, "authentication_failed", "Invalid token")
    }

    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::refused(409, "conflict", detail)
    }

    pub(super) fn key_in_use() -> Self {
        Self::refused(
            409,
            "idempotency_key_in_use",
            "the same request is being answered; ask again in a moment",
        )
    }

    pub(super) fn key_reused() -> Self {
        Self::refused(
            409,
            "idempotency_key_reused",
            "the idempotency-key was used for another request",
        )
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::refused(400, "bad_request", detail)
    }

    pub(super) fn too_large(cap: usize) -> Self {
        Self::refused(
            413,
            "payload_too_large",
            format!("the body is larger than {cap} bytes"),
        )
    }

    /// The answer.
    pub(super) fn answer(&self) -> Result<Response> {
        let (status, body) = match self {
            Self::Refused {
                status,
                code,
                detail,
            } => (*status, json!({ "code": code, "detail": detail })),
            Self::Invalid(flaws) => (422, json!({ "detail": flaws })),
            Self::Away(cause) => {
                console_error!("{cause}");
                let detail = "storage did not answer; make the call again";
                (
                    503,
                    json!({ "code": "storage_unavailable", "detail": detail }),
                )
            }
        };
        let response = Response::from_json(&body)?.with_status(status);
        match status {
            401 => response.headers().set("www-authenticate", "Bearer")?,
            503 => response.headers().set("retry-after", "5")?,
            _ => {}
        }
        Ok(response)
    }
}

impl From<Unavailable> for ApiError {
    fn from(cause: Unavailable) -> Self {
        Self::Away(cause)
    }
}

impl From<Flaw> for ApiError {
    fn from(flaw: Flaw) -> Self {
        Self::Invalid(vec![flaw])
    }
}
