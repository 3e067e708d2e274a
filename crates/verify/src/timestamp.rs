//! A timestamp as vendors write it, in unix seconds.

use alloc::string::String;

use crate::error::Malformed;
use crate::scheme::Unit;
use crate::text::decimal;

/// Twelve digits of seconds reach the year 33658; thirteen are milliseconds.
const SECONDS_DIGITS: usize = 12;
const MILLISECONDS_DIGITS: usize = SECONDS_DIGITS + 3;

impl Unit {
    /// As `parse`, but digits only in the number that they have from 2001 to 2286: for a timestamp
    /// that is signed with nothing between it and what stands beside it.
    pub(crate) fn parse_bare(self, text: &str) -> Result<u64, Malformed> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match (self.parse(text), text.len()) {
            (Ok(_), length) if digits && length != 10 && length != 13 => {
                Err(Malformed::NotTimestamp)
            }
            (Ok(_), 10) if self == Self::Milliseconds => Err(Malformed::NotMilliseconds),
            (verdict, _) => verdict,
        }
    }

    /// In seconds; what is left of a second counts as not yet begun.
    pub(crate) fn parse(self, text: &str) -> Result<u64, Malformed> {
        match self {
            Self::Seconds => seconds(text),
            Self::Milliseconds => milliseconds(text),
            Self::SecondsOrMilliseconds if text.len() > SECONDS_DIGITS => milliseconds(text),
            Self::SecondsOrMilliseconds => seconds(text),
            Self::DateTime => date_time(text).ok_or(Malformed::NotDateTime),
            Self::DateTimeOrSeconds => match seconds(text) {
                Ok(seconds) => Ok(seconds),
                Err(_) => date_time(text).ok_or(Malformed::NotDateTime),
            },
        }
    }

    pub(crate) fn write(self, seconds: u64) -> String {
        match self {
            Self::Seconds | Self::SecondsOrMilliseconds => decimal(seconds),
            Self::Milliseconds => decimal(seconds) + "000",
            Self::DateTime | Self::DateTimeOrSeconds => write_date_time(seconds),
        }
    }
}

/// Whether sending this timestamp would be read again as what it is.
pub(crate) fn is_timestamp(seconds: u64, unit: Unit) -> bool {
    let largest = match unit {
        Unit::DateTime | Unit::DateTimeOrSeconds => 253_402_300_799,
        _ => 999_999_999_999,
    };
    seconds <= largest
}

/// 1 to 12 ASCII digits: no sign, no space, no other script's digits.
pub(crate) fn seconds(text: &str) -> Result<u64, Malformed> {
    digits(text, SECONDS_DIGITS).ok_or(Malformed::NotTimestamp)
}

fn milliseconds(text: &str) -> Result<u64, Malformed> {
    let milliseconds = digits(text, MILLISECONDS_DIGITS).ok_or(Malformed::NotMilliseconds)?;
    Ok(milliseconds / 1_000)
}

fn digits(text: &str, most: usize) -> Option<u64> {
    let sound = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| sound)
}

/// RFC 3339 in upper case, as in `2021-02-19T23:47:00.8091512Z` or `2020-01-01T00:00:00-07:00`; a
/// leap second counts as the next one.
fn date_time(text: &str) -> Option<u64> {
    let (date, rest) = text.split_at_checked(11)?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T'] = date.as_bytes() else {
        return None;
    };
    let &[h1, h2, b':', n1, n2, b':', s1, s2] = clock.as_bytes() else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4], 1970, 9999)?;
    let month = number(&[m1, m2], 1, 12)?;
    let day = number(&[d1, d2], 1, days_in(year, month))?;
    let minutes = number(&[h1, h2], 0, 23)? * 60 + number(&[n1, n2], 0, 59)?;
    let leap = u64::from(minutes % 60 == 59);
    let second = number(&[s1, s2], 0, 59 + leap)?;
    let local = days_before(year, month, day) * 86_400 + minutes * 60 + second;
    let zone = match rest.strip_prefix('.') {
        None => rest,
        Some(rest) => {
            let zone = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
            (1..=9)
                .contains(&(rest.len() - zone.len()))
                .then_some(zone)?
        }
    };
    match zone.as_bytes() {
        b"Z" => Some(local),
        &[sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let offset = (number(&[h1, h2], 0, 23)? * 60 + number(&[m1, m2], 0, 59)?) * 60;
            if sign == b'-' {
                Some(local + offset)
            } else {
                local.checked_sub(offset)
            }
        }
        _ => None,
    }
}

fn number(digits: &[u8], least: u64, most: u64) -> Option<u64> {
    let mut number = 0;
    for digit in digits {
        number = number * 10 + u64::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
    }
    (least..=most).contains(&number).then_some(number)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + u64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970-01-01 to this one.
fn days_before(year: u64, month: u64, day: u64) -> u64 {
    let before = year - 1;
    let leaps = (before / 4 - before / 100 + before / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
    let months: u64 = (1..month).map(|month| days_in(year, month)).sum();
    (year - 1970) * 365 + leaps + months + day - 1
}

fn write_date_time(seconds: u64) -> String {
    let mut days = seconds / 86_400;
    let (mut year, mut month) = (1970, 1);
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    while days >= days_in(year, month) {
        days -= days_in(year, month);
        month += 1;
    }
    let clock = seconds % 86_400;
    let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
    let mut text = String::with_capacity(20);
    for (number, width, end) in [
        (year, 4, '-'),
        (month, 2, '-'),
        (days + 1, 2, 'T'),
        (hour, 2, ':'),
        (minute, 2, ':'),
        (second, 2, 'Z'),
    ] {
        let digits = decimal(number);
        text.extend(core::iter::repeat_n('0', width - digits.len().min(width)));
        text.push_str(&digits);
        text.push(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_and_time_is_read_and_written_alike() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:34:56Z", 951_827_696),
            ("2026-03-17T09:00:00Z", 1_773_738_000),
            ("2100-02-28T23:59:59Z", 4_107_542_399),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(Unit::DateTime.parse(text), Ok(seconds));
            assert_eq!(Unit::DateTime.write(seconds), text);
        }
    }

    #[test]
    fn fractions_offsets_and_leap_seconds_are_read() {
        for (text, seconds) in [
            ("2021-02-19T23:47:00.8091512Z", 1_613_778_420),
            ("2021-02-19T23:47:00.123456789Z", 1_613_778_420),
            ("2020-01-01T00:00:00-07:00", 1_577_862_000),
            ("2020-01-01T05:30:00+05:30", 1_577_836_800),
            ("2016-12-31T23:59:60Z", 1_483_228_800),
        ] {
            assert_eq!(Unit::DateTime.parse(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_date_and_time() {
        for text in [
            "",
            "2026-03-17",
            "2026-03-17T09:00:00",
            "2026-03-17T09:00Z",
            "2026-03-17t09:00:00z",
            "2026-03-17 09:00:00Z",
            " 2026-03-17T09:00:00Z",
            "2026-03-17T09:00:00Z ",
            "2026-02-29T09:00:00Z",
            "2100-02-29T09:00:00Z",
            "2026-13-01T09:00:00Z",
            "2026-00-01T09:00:00Z",
            "2026-01-00T09:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T09:60:00Z",
            "2026-01-01T09:00:60Z",
            "2026-01-01T09:00:00.Z",
            "2026-01-01T09:00:00.1234567890Z",
            "2026-01-01T09:00:00+0100",
            "2026-01-01T09:00:00+24:00",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "-026-03-17T09:00:00Z",
            "+2026-03-17T09:00:00Z",
            "12026-03-17T09:00:00Z",
            "２026-03-17T09:00:00Z",
            "1773738000",
        ] {
            let verdict = Unit::DateTime.parse(text);
            assert_eq!(verdict, Err(Malformed::NotDateTime), "{text}");
        }
    }

    #[test]
    fn milliseconds_are_told_from_seconds_by_their_digits() {
        let both = Unit::SecondsOrMilliseconds;
        assert_eq!(both.parse("1697204592"), Ok(1_697_204_592));
        assert_eq!(both.parse("1697204592920"), Ok(1_697_204_592));
        assert_eq!(both.parse("999999999999"), Ok(999_999_999_999));
        for text in ["null", "", "-1", "+1", "16972045929x"] {
            assert_eq!(both.parse(text), Err(Malformed::NotTimestamp), "{text}");
        }
        for text in ["1234567890123456", "169720459292x"] {
            assert_eq!(both.parse(text), Err(Malformed::NotMilliseconds), "{text}");
        }
        let long = Unit::Milliseconds.parse("1234567890123456");
        assert_eq!(long, Err(Malformed::NotMilliseconds));
    }
}
