//! Moments as text: RFC 3339 as Hookgate writes them, HTTP dates as receivers do. Not for time zones:
//! all of it is UTC.

use std::time::UNIX_EPOCH;

use crate::port::Millis;

const DAY_MS: i64 = 86_400_000;

/// `2026-03-17T09:00:00.000Z`; moments before year 0 or after 9999 are clamped.
pub fn rfc3339(at: Millis) -> String {
    let at = at.clamp(-62_167_219_200_000, 253_402_300_799_999);
    let (days, ms) = (at.div_euclid(DAY_MS), at.rem_euclid(DAY_MS));
    let (year, month, day) = civil(days);
    let (s, milli) = (ms / 1000, ms % 1000);
    let (hour, minute, second) = (s / 3600, s / 60 % 60, s % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// The moment that an HTTP date (RFC 9110, 5.6.7) names in any of its three forms; those before
/// 1970 are 1970.
pub fn http_date(text: &str) -> Option<Millis> {
    let date = httpdate::parse_http_date(text).ok()?;
    let since = date.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).ok()
}

/// The moment that an RFC 3339 text names, to the millisecond; a fraction beyond that is cut off.
/// Years 1970 to 9999.
pub fn from_rfc3339(text: &str) -> Option<Millis> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| {
        let digits = bytes.get(from..to)?;
        let value = |sum, digit: &u8| {
            digit
                .is_ascii_digit()
                .then(|| sum * 10 + i64::from(digit - b'0'))
        };
        digits.iter().try_fold(0, value)
    };
    let is = |at: usize, allowed: &[u8]| bytes.get(at).is_some_and(|byte| allowed.contains(byte));
    let marks = is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":");
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let days = days(year, month, day);
    // The day is one that the month has, if it comes back as it went.
    let sound = marks && year >= 1970 && hour < 24 && minute < 60 && second < 60;
    if !sound || !(1..=12).contains(&month) || civil(days) != (year, month, day) {
        return None;
    }
    let mut end = 19;
    let mut ms = 0;
    if is(end, b".") {
        let digits = bytes[end + 1..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        let kept = digits.min(3);
        ms = number(end + 1, end + 1 + kept).filter(|_| kept > 0)? * [0, 100, 10, 1][kept];
        end += 1 + digits;
    }
    let offset = match bytes.get(end)? {
        b'Z' | b'z' if bytes.len() == end + 1 => 0,
        sign @ (b'+' | b'-') if bytes.len() == end + 6 && is(end + 3, b":") => {
            let (hours, minutes) = (number(end + 1, end + 3)?, number(end + 4, end + 6)?);
            let ahead = (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)?;
            if *sign == b'+' { ahead } else { -ahead }
        }
        _ => return None,
    };
    let minutes = days * 1440 + hour * 60 + minute - offset;
    Some((minutes * 60 + second) * 1000 + ms)
}

/// The day of a date, counted from 1970-01-01; the inverse of [`civil`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let march_month = (month + 9) % 12;
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The proleptic Gregorian date of a day counted from 1970-01-01, by eras of 400 years that
/// begin on the first of March, so that the leap day is an era's last.
fn civil(days: i64) -> (i64, i64, i64) {
    const ERA: i64 = 146_097;
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(ERA), shifted.rem_euclid(ERA));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::{from_rfc3339, rfc3339};

    #[test]
    fn known_moments_are_written_as_the_calendar_has_them() {
        for (at, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_773_738_000_123, "2026-03-17T09:00:00.123Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(rfc3339(at), text);
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_so_are_offsets_and_fractions() {
        for day in (0..80_000).step_by(13) {
            let at = day * 86_400_000 + day % 86_400_000;
            assert_eq!(from_rfc3339(&rfc3339(at)), Some(at));
        }
        for (text, at) in [
            ("2026-03-17T09:00:00Z", Some(1_773_738_000_000)),
            ("2026-03-17t09:00:00.5z", Some(1_773_738_000_500)),
            ("2026-03-17T09:00:00.1239999Z", Some(1_773_738_000_123)),
            ("2026-03-17T11:30:00+02:30", Some(1_773_738_000_000)),
            ("2026-03-17 00:00:00-09:00", Some(1_773_738_000_000)),
            ("2026-02-29T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-00-01T00:00:00Z", None),
            ("2026-03-17T24:00:00Z", None),
            ("2026-03-17T09:00:60Z", None),
            ("2026-03-17T09:00:00", None),
            ("2026-03-17T09:00:00.Z", None),
            ("2026-03-17T09:00:00Zulu", None),
            ("2026-03-17T09:00:00+2:30", None),
            ("1969-12-31T23:59:59Z", None),
            ("+026-03-17T09:00:00Z", None),
            ("2026-03-17", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(from_rfc3339(text), at, "{text}");
        }
    }
}
