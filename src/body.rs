//! A request's body, within a bound.

use futures_util::StreamExt;
use worker::Request;

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It is larger than the bound; what came past it was not kept.
    TooLarge,
    /// The sender stopped before its end.
    Interrupted,
}

/// Reads at most `most` bytes. A body that announces more is not read at all.
///
/// Of one that announces nothing and is larger, as many bytes again are read and dropped.
pub(crate) async fn read_body(request: &mut Request, most: usize) -> Result<Vec<u8>, BodyError> {
    let announced = request
        .headers()
        .get("content-length")
        .ok()
        .flatten()
        .and_then(|text| text.parse::<usize>().ok());
    match announced {
        Some(length) if length > most => return Err(BodyError::TooLarge),
        Some(0) => return Ok(Vec::new()),
        // The runtime holds a sender to the length that it announced.
        Some(_) => return request.bytes().await.map_err(|_| BodyError::Interrupted),
        None => {}
    }
    let mut body = Vec::new();
    let mut dropped = 0;
    // A request without a body has no stream.
    let Ok(mut chunks) = request.stream() else {
        return Ok(body);
    };
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| BodyError::Interrupted)?;
        // A connection whose request was not read to its end is closed, and with it what its sender
        // has sent next. So a body that is little too large is read to its end, and dropped.
        if dropped > 0 || body.len() + chunk.len() > most {
            dropped += chunk.len();
            if dropped > most {
                break;
            }
        } else {
            body.extend_from_slice(&chunk);
        }
    }
    match dropped {
        0 => Ok(body),
        _ => Err(BodyError::TooLarge),
    }
}
