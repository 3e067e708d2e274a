//! PEM (RFC 7468): the blocks of a text, one after the other. What stands between them is skipped,
//! as the names that OpenSSL writes above a certificate.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::encoding::base64::decode_secret;
use crate::find::split_once;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// One block, decoded.
pub(super) struct Block<'t> {
    pub(super) label: &'t str,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// The blocks of a text; `None` stands for one that is malformed, and is the last.
pub(super) fn blocks(text: &str) -> impl Iterator<Item = Option<Block<'_>>> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let (_, block) = split_once(rest?, BEGIN)?;
        let read = read(block);
        rest = read.as_ref().map(|(_, rest)| *rest);
        Some(read.map(|(block, _)| block))
    })
}

/// The block whose label `text` starts with, and what follows it.
fn read(text: &str) -> Option<(Block<'_>, &str)> {
    let (label, body) = split_once(text, DASHES)?;
    let (body, end) = split_once(body, END)?;
    let rest = end.strip_prefix(label)?.strip_prefix(DASHES)?;
    let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
    base64.extend(body.chars().filter(|char| !char.is_ascii_whitespace()));
    let der = decode_secret(&base64)?;
    Some((Block { label, der }, rest))
}
