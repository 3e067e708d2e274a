//! What may be an id or a type, wherever it stands.

use crate::error::Malformed;
use crate::scheme::Scheme;
use crate::timestamp;

/// Longest accepted id or type.
pub(crate) const NAME_LIMIT: usize = 256;

/// Ids and types in headers: 1 to 256 visible ASCII characters.
pub(crate) fn check_name(value: &str) -> Result<(), Malformed> {
    if value.is_empty() {
        Err(Malformed::Empty)
    } else if value.len() > NAME_LIMIT {
        Err(Malformed::TooLong { limit: NAME_LIMIT })
    } else if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Err(Malformed::NotVisibleAscii)
    } else {
        Ok(())
    }
}

/// As `check_name`, with single spaces inside.
pub(crate) fn check_text(value: &str) -> Result<(), Malformed> {
    let words = value.split(' ').map(check_name);
    match check_name(value) {
        Err(Malformed::NotVisibleAscii) if words.into_iter().all(|word| word.is_ok()) => Ok(()),
        verdict => verdict,
    }
}

/// An id that came: where it is signed as `id.timestamp.body`, no part of it between dots may read
/// as a timestamp. Else the same signature would fit two readings, and a body that starts with
/// `digits.` could lend its digits to the timestamp.
pub(crate) fn check_received_id(scheme: &Scheme, id: &str) -> Result<(), Malformed> {
    let ambiguous = || {
        id.split('.')
            .skip(1)
            .any(|part| timestamp::seconds(part).is_ok())
    };
    if scheme.ends_id_with_dot() && ambiguous() {
        Err(Malformed::AmbiguousId)
    } else {
        check_name(id)
    }
}

/// An id that is sent: no `.` at all where one separates the signed parts.
pub(crate) fn check_sent_id(scheme: &Scheme, id: &str) -> Result<(), Malformed> {
    if scheme.ends_id_with_dot() && id.contains('.') {
        Err(Malformed::DotInId)
    } else {
        check_name(id)
    }
}

/// A type from the body is text for people: anything but control characters.
pub(crate) fn is_type(text: &str) -> bool {
    !text.is_empty() && text.len() <= NAME_LIMIT && !text.chars().any(char::is_control)
}
