//! Timestamps that are too old or too new, and why they seem so.

use super::trial::Bench;
use crate::scheme::{Scheme, Unit};
use crate::text::decimal;

/// Differences that are this near to whole hours are a time zone's, in seconds.
const NEAR: u64 = 90;
/// What is larger is no time in seconds before the year 5138, and in milliseconds one after 1973.
const MILLISECONDS: u64 = 100_000_000_000;
const FARTHEST_ZONE: u64 = 14 * 3_600;

/// Adds the causes of a timestamp that lies too far from now; none if it does not.
pub(super) fn judge(scheme: &Scheme, timestamp: u64, now: u64, tolerance: u32, bench: &mut Bench) {
    let tolerance = u64::from(tolerance);
    let near = |timestamp: u64, now: u64| timestamp.abs_diff(now) <= tolerance;
    if near(timestamp, now) {
        return;
    }
    let unit = scheme.timestamp.as_ref().map(|timestamp| timestamp.unit);
    if now > MILLISECONDS && near(timestamp, now / 1_000) {
        let detail = ["it is ", &decimal(now)].concat();
        return bench.add("now_in_milliseconds", true, &detail);
    }
    // Read as milliseconds, what was seconds lies in January 1970, and lacks its last three digits.
    let seconds = timestamp.saturating_mul(1_000);
    if unit == Some(Unit::Milliseconds) && seconds.abs_diff(now) <= tolerance + 1_000 {
        return bench.add("timestamp_unit", true, "it is in seconds");
    }
    if near(timestamp / 1_000, now) {
        return bench.add("timestamp_unit", true, "it is in milliseconds");
    }
    let apart = timestamp.abs_diff(now);
    let (code, side) = match timestamp < now {
        true => ("timestamp_old", " s old, and "),
        false => ("timestamp_future", " s ahead, and "),
    };
    let (seconds, allowed) = (decimal(apart), decimal(tolerance));
    let detail = ["it is ", &seconds, side, &allowed, " s are allowed"].concat();
    bench.add(code, true, &detail);
    let off = apart % 1_800;
    if (1_800..=FARTHEST_ZONE).contains(&apart) && off.min(1_800 - off) <= NEAR {
        let halves = (apart + NEAR) / 1_800;
        let half = if halves % 2 == 1 { ".5 h" } else { " h" };
        let detail = ["about ", &decimal(halves / 2), half].concat();
        bench.add("time_zone", false, &detail);
    }
}
