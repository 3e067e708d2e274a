//! Adyen's payment notifications: each item of the body is signed for itself, over eight of its
//! fields, and one bad item spoils all.
//!
//! The body as a whole is not signed, so that its items are read before they are verified: no more
//! of each than the eight fields and the signature.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::batch::ranges;
use crate::error::{Malformed, SignError, VerifyError};
use crate::json::set;
use crate::message::Piece;
use crate::pointer::{Found, find};
use crate::request::Request;
use crate::scheme::Text;
use crate::verifier::{Judged, Verifier};

const LIST: &str = "/notificationItems/*";
const ITEMS: &str = "/notificationItems/*/NotificationRequestItem";
const SIGNATURE: &str = "/additionalData/hmacSignature";
/// In the order in which they are signed, with `:` between and nothing escaped.
const FIELDS: [&str; 8] = [
    "/pspReference",
    "/originalReference",
    "/merchantAccountCode",
    "/merchantReference",
    "/amount/value",
    "/amount/currency",
    "/eventCode",
    "/success",
];

impl Verifier {
    pub(crate) fn judge_adyen(&self, request: &Request<'_>) -> Result<Judged, VerifyError> {
        let not_json = || VerifyError::MalformedBody {
            reason: Malformed::NotJson,
        };
        let list = ranges(request.body, LIST).ok_or_else(not_json)?;
        let items = ranges(request.body, ITEMS).ok_or_else(not_json)?;
        if items.is_empty() || items.len() != list.len() {
            return Err(not_json());
        }
        let mut first = None;
        for range in items {
            let item = request.body.get(range).unwrap_or_default();
            let (message, signature) = read(item)?;
            let signature = self.decode(&signature)?;
            let signatures = [signature];
            let made = |key: &crate::key::Key| key.matching(&message, &signatures).is_some();
            let key = self.keys.iter().position(made);
            let key = key.ok_or_else(|| self.mismatch(1))?;
            let [signature] = signatures;
            first.get_or_insert((key, signature));
        }
        let (key_index, signature) = first.ok_or_else(not_json)?;
        Ok(Judged {
            key_index,
            signature,
            timestamp: None,
            replay_protected: false,
            claims: None,
        })
    }

    fn decode(&self, signature: &str) -> Result<Vec<u8>, VerifyError> {
        let malformed = |reason| VerifyError::MalformedField {
            pointer: Text::Borrowed(SIGNATURE),
            reason,
        };
        self.scheme.encoding.decode(signature).map_err(malformed)
    }

    /// The body with a signature in each of its items.
    pub(crate) fn sign_adyen(&self, body: &[u8]) -> Result<Vec<u8>, SignError> {
        let invalid = || SignError::InvalidBody {
            reason: Malformed::NotJson,
        };
        let key = self.keys.first().ok_or_else(invalid)?;
        let items = ranges(body, ITEMS).ok_or_else(invalid)?;
        let list = ranges(body, LIST).ok_or_else(invalid)?;
        if items.is_empty() || items.len() != list.len() {
            return Err(invalid());
        }
        let (mut signed, mut rest) = (Vec::new(), 0);
        for range in items {
            let item = body.get(range.clone()).unwrap_or_default();
            let message = fields(item).map_err(|_| invalid())?;
            let tag = self.scheme.encoding.encode(&key.tag(&message));
            let item = core::str::from_utf8(item).ok();
            let item = item.and_then(|item| set(item, SIGNATURE, &tag));
            signed.extend_from_slice(body.get(rest..range.start).unwrap_or_default());
            signed.extend_from_slice(item.ok_or_else(invalid)?.as_bytes());
            rest = range.end;
        }
        signed.extend_from_slice(body.get(rest..).unwrap_or_default());
        Ok(signed)
    }
}

/// The signed message of an item, and its signature.
fn read(item: &[u8]) -> Result<(Vec<Piece<'static>>, String), VerifyError> {
    let found = find(item, &[SIGNATURE]).into_iter().next();
    match found.and_then(Found::text) {
        Some(signature) => Ok((fields(item)?, signature)),
        None => Err(VerifyError::MissingField {
            pointer: Text::Borrowed(SIGNATURE),
        }),
    }
}

/// An absent field is signed as an empty one.
fn fields(item: &[u8]) -> Result<Vec<Piece<'static>>, VerifyError> {
    let mut pieces = Vec::new();
    for (found, pointer) in find(item, &FIELDS).into_iter().zip(FIELDS) {
        if !pieces.is_empty() {
            pieces.push(Piece::Bytes(Cow::Borrowed(b":")));
        }
        let text = match found {
            Found::Text(text) => text,
            Found::Absent => String::new(),
            Found::Unusable => {
                return Err(VerifyError::MalformedField {
                    pointer: Text::Borrowed(pointer),
                    reason: Malformed::NotJson,
                });
            }
        };
        pieces.push(Piece::Bytes(Cow::Owned(text.into_bytes())));
    }
    Ok(pieces)
}
