//! Outgoing HTTP to endpoints.

use std::cell::RefCell;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::{StreamExt, pin_mut};
use hookgate_relay::dns::{self, DnsRefusal};
use hookgate_relay::port::{
    Hints, Http, HttpOutcome, HttpRequest, MAX_RESPONSE_BODY, Millis, Unavailable, Veto,
};
use wasm_bindgen::JsValue;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{
    AbortController, AbortSignal, Delay, Fetch, Headers, Method, Request, RequestInit,
    RequestRedirect, Response, ResponseBody, web_sys,
};

use super::dns::Doh;
use super::now;
use super::payloads::PayloadBucket;

/// A name that was found to lead where it may is not looked up again for so long, within one run: a
/// request may then go where the name leads by now. The runtime looks it up by itself in any case, so
/// that this only widens a gap which is there (`crates/relay/src/dns.rs`), and saves most of a run's
/// requests.
const VETTED_MS: Millis = 2_000;

/// The runtime's `fetch`, and the bucket of the payloads that are sent from there.
pub(crate) struct OutboundHttp {
    payloads: Option<PayloadBucket>,
    /// Where to look names up before, if anywhere.
    doh: Option<String>,
    /// The URL whose name was last found to lead where it may, and when. An endpoint has one.
    vetted: RefCell<Option<(String, Millis)>>,
}

impl OutboundHttp {
    pub(crate) fn new(payloads: Option<PayloadBucket>, doh: Option<String>) -> Self {
        Self {
            payloads,
            doh,
            vetted: RefCell::default(),
        }
    }

    fn payloads(&self) -> Result<&PayloadBucket, Unavailable> {
        let unbound = || Unavailable::new("finding PAYLOADS", "it is not bound");
        self.payloads.as_ref().ok_or_else(unbound)
    }
}

impl Http for OutboundHttp {
    fn vets(&self) -> bool {
        self.doh.is_some()
    }

    async fn vet(&self, url: &str, timeout_ms: u32) -> Result<(), Veto> {
        let Some(resolver) = &self.doh else {
            return Ok(());
        };
        let asked_at = now();
        let holds = |(vetted, at): &(String, Millis)| {
            vetted == url && (*at..at + VETTED_MS).contains(&asked_at)
        };
        if self.vetted.borrow().as_ref().is_some_and(holds) {
            return Ok(());
        }
        let resolver = Doh(resolver);
        let check = dns::check(url, &resolver);
        let limit = Delay::from(Duration::from_millis(u64::from(timeout_ms)));
        pin_mut!(check);
        match select(check, limit).await {
            Either::Left((Ok(()), _)) => {
                self.vetted.replace(Some((url.to_owned(), asked_at)));
                Ok(())
            }
            Either::Left((Err(refusal), _)) => Err(match refusal {
                DnsRefusal::Unanswered { .. } => Veto::Unknown(refusal.to_string()),
                _ => Veto::Blocked(refusal.to_string()),
            }),
            Either::Right(_) => {
                let reason = "the name could not be looked up within the endpoint's timeout";
                Err(Veto::Unknown(reason.into()))
            }
        }
    }

    async fn post(&self, request: HttpRequest) -> HttpOutcome {
        self.within_timeout(request, None).await
    }

    async fn read_stored(
        &self,
        key: &str,
        each: &mut dyn FnMut(&[u8]),
    ) -> Result<bool, Unavailable> {
        let Some(object) = self.payloads()?.find(key).await? else {
            return Ok(false);
        };
        let pieces = object.pieces()?;
        let mut bytes = vec![];
        while let Some(piece) = pieces.next_in_time().await? {
            bytes.resize(piece.length() as usize, 0);
            piece.copy_to(&mut bytes);
            each(&bytes);
        }
        Ok(true)
    }

    async fn post_stored(&self, request: HttpRequest, key: &str) -> HttpOutcome {
        self.within_timeout(request, Some(key)).await
    }
}

impl OutboundHttp {
    async fn within_timeout(&self, request: HttpRequest, stored: Option<&str>) -> HttpOutcome {
        let limit = Duration::from_millis(u64::from(request.timeout_ms));
        let controller = AbortController::default();
        let outcome = {
            let signal = controller.signal();
            let exchange = async {
                let body = self.body(&request, stored).await?;
                exchange(&request, body, signal).await
            };
            let timeout = Delay::from(limit);
            pin_mut!(exchange);
            match select(exchange, timeout).await {
                // All of it was read, and nothing is left to hang up on.
                Either::Left((Ok((outcome, true)), _)) => return outcome,
                Either::Left((Ok((outcome, false)), _)) => outcome,
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

    async fn body(&self, request: &HttpRequest, stored: Option<&str>) -> worker::Result<JsValue> {
        let Some(key) = stored else {
            return Ok(js_sys::Uint8Array::from(&request.body[..]).into());
        };
        let away = |error: Unavailable| worker::Error::RustError(error.to_string());
        let object = self.payloads().map_err(away)?.find(key).await;
        let object = object.map_err(away)?;
        Ok(object.ok_or("its payload is in R2 no more")?.stream()?)
    }
}

/// The answer, and whether all of it was read.
async fn exchange(
    request: &HttpRequest,
    body: JsValue,
    signal: AbortSignal,
) -> worker::Result<(HttpOutcome, bool)> {
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(body));
    let request = Request::new_with_init(&request.url, &init)?;
    let mut response = Fetch::Request(request).send_with_signal(&signal).await?;
    let status = response.status_code();
    let hints = Hints {
        retry_after: response.headers().get("retry-after")?,
        delivery: response.headers().get("webhook-delivery")?,
    };
    let whole = is_small(&response)?;
    let body = match whole {
        true => read_at_once(&response).await?,
        false => read_start(&mut response).await?,
    };
    let outcome = HttpOutcome::Answered {
        status,
        hints,
        body,
    };
    Ok((outcome, whole))
}

/// Whether all of the body will be kept. The length of a compressed one says nothing.
fn is_small(response: &Response) -> worker::Result<bool> {
    let headers = response.headers();
    let length = headers.get("content-length")?;
    let length = length.and_then(|text| text.parse::<usize>().ok());
    let fits = length.is_some_and(|length| length <= MAX_RESPONSE_BODY);
    Ok(fits && headers.get("content-encoding")?.is_none())
}

/// What most receivers answer is a few bytes: a stream costs more than they do.
async fn read_at_once(response: &Response) -> worker::Result<Vec<u8>> {
    let ResponseBody::Stream(stream) = response.body() else {
        return Ok(vec![]);
    };
    let whole = web_sys::Response::new_with_opt_readable_stream(Some(stream))?;
    let bytes = JsFuture::from(whole.array_buffer()?).await?;
    Ok(js_sys::Uint8Array::new(&bytes).to_vec())
}

/// Of anything else as much as is kept.
async fn read_start(response: &mut Response) -> worker::Result<Vec<u8>> {
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
    Ok(body)
}
