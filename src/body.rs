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
    /// There is no room for it now.
    Busy,
}

/// Up to here a body is read at once.
pub(crate) const SMALL: usize = 128 * 1024;

/// By what the room of one grows that announces no length.
const GROWTH: usize = 4;

/// Reads at most `most` bytes. A body that announces more is not read at all.
///
/// Of one that announces nothing and is larger, as many bytes again are read and dropped.
pub(crate) async fn read_body(request: &mut Request, most: usize) -> Result<Vec<u8>, BodyError> {
    read_body_if(request, most, async |_, _| true).await
}

/// As [`read_body`], but of a body of more than 128 KiB only if `may` says that there is room. It is
/// asked with each piece: how many bytes have come, and how many there is to be room for.
pub(crate) async fn read_body_if(
    request: &mut Request,
    most: usize,
    mut may: impl AsyncFnMut(usize, usize) -> bool,
) -> Result<Vec<u8>, BodyError> {
    let announced = announced(request);
    match announced {
        Some(length) if length > most => return Err(BodyError::TooLarge),
        Some(0) => return Ok(Vec::new()),
        // The runtime holds a sender to the length that it announced.
        Some(..=SMALL) => return request.bytes().await.map_err(|_| BodyError::Interrupted),
        _ => {}
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
            let come = body.len() + chunk.len();
            if come > SMALL {
                let size = match announced {
                    // Once: to grow step by step it would be copied, and for a while be there twice.
                    Some(length) => length,
                    None if come <= body.capacity() => body.capacity(),
                    // Nobody knows how much is still to come, and most of it seldom does.
                    None => (come * GROWTH).min(most),
                };
                if !may(come, size).await {
                    return Err(BodyError::Busy);
                }
                body.reserve_exact(size.saturating_sub(body.len()));
            }
            body.extend_from_slice(&chunk);
        }
    }
    match dropped {
        0 => Ok(body),
        _ => Err(BodyError::TooLarge),
    }
}

/// The length that a request announces.
pub(crate) fn announced(request: &Request) -> Option<usize> {
    let header = request.headers().get("content-length").ok().flatten();
    header.and_then(|text| text.parse().ok())
}
