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
    use super::rfc3339;

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
}
