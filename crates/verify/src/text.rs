//! Texts put together: the library's own functions for it are generic, and weigh twenty times this.

use alloc::string::String;

/// One text after the other.
pub(crate) fn concat(texts: &[&str]) -> String {
    let mut whole = String::new();
    texts.iter().for_each(|text| whole.push_str(text));
    whole
}

/// With `separator` between each two.
pub(crate) fn join(texts: &mut dyn Iterator<Item = &str>, separator: &str) -> String {
    let mut whole = String::from(texts.next().unwrap_or_default());
    for text in texts {
        whole.push_str(separator);
        whole.push_str(text);
    }
    whole
}

/// A number in decimal digits.
pub(crate) fn decimal(number: u64) -> String {
    let mut text = String::new();
    digits(number, &mut text);
    text
}

fn digits(number: u64, text: &mut String) {
    if number >= 10 {
        digits(number / 10, text);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}
