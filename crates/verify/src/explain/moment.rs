//! Timestamps that are too old or too new, and why they seem so.

use alloc::format;
use alloc::vec::Vec;

use super::diagnosis::Cause;
use crate::scheme::{Scheme, Unit};

/// Differences that are this near to whole hours are a time zone's, in seconds.
const NEAR: u64 = 90;
/// What is larger is no time in seconds before the year 5138, and in milliseconds one after 1973.
const MILLISECONDS: u64 = 100_000_000_000;
const FARTHEST_ZONE: u64 = 14 * 3_600;

/// The causes of a timestamp that lies too far from now; none if it does not.
pub(super) fn causes(scheme: &Scheme, timestamp: u64, now: u64, tolerance: u32) -> Vec<Cause> {
    let mut causes = Vec::new();
    let near = |timestamp: u64, now: u64| timestamp.abs_diff(now) <= u64::from(tolerance);
    if near(timestamp, now) {
        return causes;
    }
    let mut add = |code, certain, detail| {
        causes.push(Cause {
            code,
            certain,
            detail,
        });
    };
    let unit = scheme.timestamp.as_ref().map(|timestamp| timestamp.unit);
    if now > MILLISECONDS && near(timestamp, now / 1_000) {
        add("now_in_milliseconds", true, format!("it is {now}"));
        return causes;
    }
    // Read as milliseconds, what was seconds lies in January 1970, and lacks its last three digits.
    let seconds = timestamp.saturating_mul(1_000);
    if unit == Some(Unit::Milliseconds) && seconds.abs_diff(now) <= u64::from(tolerance) + 1_000 {
        add("timestamp_unit", true, "it is in seconds".into());
        return causes;
    }
    if near(timestamp / 1_000, now) {
        add("timestamp_unit", true, "it is in milliseconds".into());
        return causes;
    }
    let apart = timestamp.abs_diff(now);
    if timestamp < now {
        let detail = format!("it is {apart} s old, and {tolerance} s are allowed");
        add("timestamp_old", true, detail);
    } else {
        let detail = format!("it is {apart} s ahead, and {tolerance} s are allowed");
        add("timestamp_future", true, detail);
    }
    let off = apart % 1_800;
    if (1_800..=FARTHEST_ZONE).contains(&apart) && off.min(1_800 - off) <= NEAR {
        let hours = (apart + NEAR) / 1_800;
        let half = if hours % 2 == 1 { ".5" } else { "" };
        add("time_zone", false, format!("about {}{half} h", hours / 2));
    }
    causes
}
