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

/// The moment that an RFC 3339 date and time names; fractions below a millisecond are cut off.
pub fn moment(text: &str) -> Option<Millis> {
    let bytes = text.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    let shaped = bytes.len() > 19
        && text.is_ascii()
        && separators.iter().all(|(at, sign)| bytes[*at] == *sign)
        && matches!(bytes[10], b'T' | b't' | b' ');
    if !shaped {
        return None;
    }
    let number = |text: &str| -> Option<i64> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits)
    };
    let (year, month, day) = (
        number(&text[..4])?,
        number(&text[5..7])?,
        number(&text[8..10])?,
    );
    let (hour, minute, second) = (
        number(&text[11..13])?,
        number(&text[14..16])?,
        number(&text[17..19])?,
    );
    let rest = &text[19..];
    let zone_at = rest.find(['Z', 'z', '+', '-'])?;
    let (fraction, zone) = rest.split_at(zone_at);
    let ms = match fraction.strip_prefix('.') {
        None if fraction.is_empty() => 0,
        None => return None,
        Some(digits) => {
            number(&digits[..digits.len().min(18)])?;
            digits
                .bytes()
                .chain(*b"000")
                .take(3)
                .fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0'))
        }
    };
    let offset = match zone.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign, _, _, b':', _, _] => {
            let (hours, minutes) = (number(&zone[1..3])?, number(&zone[4..6])?);
            let minutes = Some(hours * 60 + minutes).filter(|_| hours < 24 && minutes < 60)?;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    // A leap second is the last one of its minute.
    let in_range = hour < 24 && minute < 60 && second <= 60;
    let days = days(year, month, day)?;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second.min(59) - offset * 60;
    in_range.then_some(seconds * 1000 + ms)
}

/// The number of a date, counted from 1970-01-01, if there is such a date.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let march_year = year - i64::from(month <= 2);
    let (era, year_of_era) = (march_year.div_euclid(400), march_year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    // A 31st of April would be a 1st of May.
    (civil(days) == (year, month, day)).then_some(days)
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
    use super::{moment, rfc3339};

    #[test]
    fn a_written_moment_is_read_back_and_what_is_none_is_refused() {
        for at in [0, 951_782_400_000, 1_773_738_000_123, 4_107_542_399_999, -1] {
            assert_eq!(moment(&rfc3339(at)), Some(at), "{at}");
        }
        for (text, at) in [
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("1969-12-31t16:30:00.5-07:30", Some(500)),
            ("1970-01-01 00:00:00.123456789z", Some(123)),
            ("2016-12-31T23:59:60Z", Some(1_483_228_799_000)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800_000)),
            ("2023-02-29T00:00:00Z", None),
            ("2023-04-31T00:00:00Z", None),
            ("2023-13-01T00:00:00Z", None),
            ("2023-00-01T00:00:00Z", None),
            ("2023-01-01T24:00:00Z", None),
            ("2023-01-01T00:00:00", None),
            ("2023-01-01T00:00:00.Z", None),
            ("2023-01-01T00:00:00,5Z", None),
            ("2023-01-01T00:00:00+1:00", None),
            ("2023-01-01T00:00:00+24:00", None),
            ("2023-01-01", None),
            ("+023-01-01T00:00:00Z", None),
            ("2023-01-01T00:00:0\u{e9}Z", None),
            ("", None),
        ] {
            assert_eq!(moment(text), at, "{text}");
        }
    }

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
