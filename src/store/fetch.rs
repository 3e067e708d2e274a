//! A small document from a checked address: a vendor's certificate, the answer to a subscription or to
//! a question of DNS.
//!
//! Not for deliveries, which are `http`.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::pin_mut;
use hookgate_relay::guard::{EndpointUrl, Guard};
use hookgate_relay::port::Unavailable;
use worker::{
    AbortController, AbortSignal, Delay, Fetch, Headers, Method, Request, RequestInit,
    RequestRedirect,
};

/// A vendor's host answers in a fraction of this; the provider that waits gives up later.
const LIMIT: Duration = Duration::from_secs(5);

/// The body of a GET of `url`, of at most `most` bytes.
///
/// The address comes with a request, so it must have been checked for its vendor's host; here it
/// passes the guard as an endpoint's does, whatever the operator allows to endpoints. No redirect is
/// followed: only this address was checked.
///
/// # Errors
/// The guard refuses it, no answer of 200 came in time, or it is longer.
pub(crate) async fn fetch(
    url: &str,
    most: usize,
    accept: Option<&str>,
) -> Result<Vec<u8>, Unavailable> {
    const DOING: &str = "fetching a document";
    let url = EndpointUrl::parse(url, Guard::default())
        .map_err(|refusal| Unavailable::new(DOING, refusal))?;
    let controller = AbortController::default();
    let outcome = {
        let exchange = exchange(&url, most, accept, controller.signal());
        let limit = Delay::from(LIMIT);
        pin_mut!(exchange);
        match select(exchange, limit).await {
            Either::Left((Ok(outcome), _)) => outcome,
            Either::Left((Err(error), _)) => Err(error.to_string()),
            Either::Right(_) => Err("no answer in time".into()),
        }
    };
    // Hangs up on whatever is still coming.
    controller.abort();
    outcome.map_err(|cause| Unavailable::new(DOING, cause))
}

async fn exchange(
    url: &EndpointUrl,
    most: usize,
    accept: Option<&str>,
    signal: AbortSignal,
) -> worker::Result<Result<Vec<u8>, String>> {
    let mut init = RequestInit::new();
    init.with_method(Method::Get)
        .with_redirect(RequestRedirect::Manual);
    if let Some(accept) = accept {
        let headers = Headers::new();
        headers.set("accept", accept)?;
        init.with_headers(headers);
    }
    let request = Request::new_with_init(url.as_str(), &init)?;
    let mut response = Fetch::Request(request).send_with_signal(&signal).await?;
    if response.status_code() != 200 {
        return Ok(Err(format!("it answered {}", response.status_code())));
    }
    let mut body = Vec::new();
    // A response without a body has no stream.
    if let Ok(mut chunks) = response.stream() {
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            if body.len() + chunk.len() > most {
                return Ok(Err(format!("its answer is longer than {most} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
    }
    Ok(Ok(body))
}
