//! Outgoing HTTP to endpoints.

use super::dns::Doh;
use futures_util::future::{Either, select};
use futures_util::{StreamExt, pin_mut};
use hookgate_relay::dns;
use hookgate_relay::port::{Hints, Http, HttpOutcome, HttpRequest, MAX_RESPONSE_BODY};
use std::time::Duration;
use worker::{
    AbortController, AbortSignal, Delay, Fetch, Headers, Method, Request, RequestInit,
    RequestRedirect,
};

/// The runtime's `fetch`.
pub(crate) struct OutboundHttp {
    /// Where to look names up before, if anywhere.
    pub(crate) doh: Option<String>,
}

impl Http for OutboundHttp {
    async fn vet(&self, url: &str) -> Result<(), String> {
        match &self.doh {
            None => Ok(()),
            Some(resolver) => dns::check(url, &Doh(resolver))
                .await
                .map_err(|refusal| refusal.to_string()),
        }
    }

    async fn post(&self, request: HttpRequest) -> HttpOutcome {
        let limit = Duration::from_millis(u64::from(request.timeout_ms));
        let controller = AbortController::default();
        let outcome = {
            let exchange = exchange(request, controller.signal());
            let timeout = Delay::from(limit);
            pin_mut!(exchange);
            match select(exchange, timeout).await {
                Either::Left((Ok(outcome), _)) => outcome,
                Either::Left((Err(error), _)) => {
                    HttpOutcome::Failed(format!("the receiver could not be reached: {error}"))
                }
                Either::Right(_) => HttpOutcome::TimedOut,
            }
        };
        // Hangs up on whatever is still coming: a late answer, or a body past what is kept.
        controller.abort();
        outcome
    }
}

async fn exchange(request: HttpRequest, signal: AbortSignal) -> worker::Result<HttpOutcome> {
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(js_sys::Uint8Array::from(&request.body[..]).into()));
    let request = Request::new_with_init(&request.url, &init)?;
    let mut response = Fetch::Request(request).send_with_signal(&signal).await?;
    let status = response.status_code();
    let hints = Hints {
        retry_after: response.headers().get("retry-after")?,
        delivery: response.headers().get("webhook-delivery")?,
    };
    let mut body = Vec::new();
    // A response without a body has no stream.
    if let Ok(mut chunks) = response.stream() {
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            let room = MAX_RESPONSE_BODY - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == MAX_RESPONSE_BODY {
                break;
            }
        }
    }
    Ok(HttpOutcome::Answered {
        status,
        hints,
        body,
    })
}
