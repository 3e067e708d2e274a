//! What an attempt's outcome means: for its delivery, and for all others of its endpoint.
//!
//! Not here: when the next attempt is due by the schedule (`schedule`), and when an endpoint has
//! failed too often (`health`).

use crate::port::{Hints, HttpOutcome, Millis};
use crate::time::http_date;

/// The longest wait that a receiver may ask for. A longer one is cut to this: past it, the schedule
/// would have ended, and the sender would seem to have forgotten.
pub const LONGEST_RETRY_AFTER_MS: Millis = 86_400_000;

/// What an outcome means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// A 2xx.
    pub delivered: bool,
    /// The receiver asks never to be sent this message again.
    pub aborted: bool,
    /// The receiver asks never to be sent anything again: 410, or its header.
    pub gone: bool,
    /// The receiver is overloaded: 429, 502 or 504. Nothing is sent to it for a while.
    pub throttled: bool,
    /// Milliseconds for which the receiver asks to be left alone, within bounds.
    pub retry_after_ms: Option<Millis>,
    /// The response's status, 0 where there was none.
    pub status_code: u16,
    /// The response's first 4,096 bytes as text, or why there was none.
    pub response: String,
}

/// Judges `outcome` at `now`.
///
/// Redirects are failures like any other: what was signed for one URL is not carried to another.
pub fn judge(outcome: HttpOutcome, now: Millis) -> Verdict {
    let (status, hints, response) = match outcome {
        HttpOutcome::Answered {
            status,
            hints,
            body,
        } => (status, hints, String::from_utf8_lossy(&body).into_owned()),
        HttpOutcome::TimedOut => (0, Hints::default(), "timed out".to_owned()),
        HttpOutcome::Failed(reason) => (0, Hints::default(), reason),
    };
    let delivered = (200..300).contains(&status);
    let asks = |what: &str| {
        let asked = hints.delivery.as_deref().unwrap_or_default();
        asked.trim().eq_ignore_ascii_case(what)
    };
    Verdict {
        delivered,
        aborted: !delivered && asks("abort-message"),
        gone: status == 410 || asks("disable"),
        throttled: matches!(status, 429 | 502 | 504),
        retry_after_ms: hints
            .retry_after
            .filter(|_| !delivered)
            .and_then(|text| retry_after_ms(&text, now)),
        status_code: status,
        response,
    }
}

/// `Retry-After` as RFC 9110 (10.2.3) has it: seconds, or a date.
fn retry_after_ms(text: &str, now: Millis) -> Option<Millis> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let wait = if digits {
        // More digits than fit are many seconds indeed.
        let seconds = text.parse::<Millis>().unwrap_or(Millis::MAX);
        seconds.saturating_mul(1000)
    } else {
        http_date(text)?.saturating_sub(now)
    };
    Some(wait.clamp(0, LONGEST_RETRY_AFTER_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_773_738_000_000;

    fn answered(status: u16, retry_after: Option<&str>, delivery: Option<&str>) -> Verdict {
        let hints = Hints {
            retry_after: retry_after.map(str::to_owned),
            delivery: delivery.map(str::to_owned),
        };
        let body = vec![];
        judge(
            HttpOutcome::Answered {
                status,
                hints,
                body,
            },
            NOW,
        )
    }

    #[test]
    fn every_status_means_what_standard_webhooks_says() {
        for status in 0..=999 {
            let verdict = answered(status, None, None);
            assert_eq!(verdict.delivered, status / 100 == 2, "{status}");
            assert_eq!(verdict.gone, status == 410, "{status}");
            let throttled = [429, 502, 504].contains(&status);
            assert_eq!(verdict.throttled, throttled, "{status}");
            assert_eq!((verdict.aborted, verdict.retry_after_ms), (false, None));
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_stays_within_a_day() {
        for (text, wait) in [
            ("0", Some(0)),
            ("120", Some(120_000)),
            (" 120 ", Some(120_000)),
            ("86400", Some(86_400_000)),
            ("86401", Some(86_400_000)),
            ("99999999999999999999999999", Some(86_400_000)),
            ("Tue, 17 Mar 2026 09:02:00 GMT", Some(120_000)),
            ("Tuesday, 17-Mar-26 09:02:00 GMT", Some(120_000)),
            ("Tue Mar 17 09:02:00 2026", Some(120_000)),
            ("Tue, 17 Mar 2026 08:00:00 GMT", Some(0)),
            ("Sun, 17 Mar 2126 08:00:00 GMT", Some(86_400_000)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Tue, 99 Mar 2026 09:02:00 GMT", None),
            ("Tue, 17 Mar 2026 25:02:00 GMT", None),
            ("Tue, 17 Mar 2026 09:02:00 CET", None),
        ] {
            let verdict = answered(503, Some(text), None);
            assert_eq!(verdict.retry_after_ms, wait, "{text:?}");
        }
        assert_eq!(answered(200, Some("60"), None).retry_after_ms, None);
    }

    #[test]
    fn a_receiver_may_ask_to_be_left_alone_by_one_message_or_by_all() {
        let asked = |status, what| {
            let verdict = answered(status, None, Some(what));
            (verdict.delivered, verdict.aborted, verdict.gone)
        };
        assert_eq!(asked(500, "disable"), (false, false, true));
        assert_eq!(asked(200, "disable"), (true, false, true));
        assert_eq!(asked(500, "abort-message"), (false, true, false));
        assert_eq!(asked(400, " Abort-Message "), (false, true, false));
        assert_eq!(asked(200, "abort-message"), (true, false, false));
        assert_eq!(asked(500, "please stop"), (false, false, false));
    }

    #[test]
    fn what_was_never_answered_says_why() {
        let timed_out = judge(HttpOutcome::TimedOut, NOW);
        assert_eq!(
            (timed_out.status_code, &*timed_out.response),
            (0, "timed out")
        );
        let failed = judge(HttpOutcome::Failed("no route".into()), NOW);
        assert_eq!((failed.delivered, &*failed.response), (false, "no route"));
    }
}
