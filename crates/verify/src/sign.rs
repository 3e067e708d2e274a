//! The sender's side: the headers of an outgoing event, by the same row of the table that verifies
//! them.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use hmac::Mac as _;

use crate::envelope::{check_name, check_sent_id, is_timestamp};
use crate::error::SignError;
use crate::request::Outgoing;
use crate::scheme::{Grammar, Place, Scheme, Text, TimestampPlace};
use crate::secret::Keyed;
use crate::verifier::Verifier;

impl Verifier {
    /// All headers that the scheme adds to an event: name and value, the signature last.
    ///
    /// A scheme that allows several signatures in one header gets one for each secret, in their
    /// order, so that receivers of either secret accept it while it rotates; the others are signed
    /// with the first secret.
    ///
    /// # Errors
    ///
    /// The id or the type cannot stand in the header that the scheme sends it in, or the timestamp
    /// is not one.
    pub fn sign(&self, outgoing: &Outgoing<'_>) -> Result<Vec<(String, String)>, SignError> {
        let scheme = &self.scheme;
        let timestamp = outgoing.timestamp.to_string();
        if scheme.timestamp.is_some() && !is_timestamp(outgoing.timestamp) {
            return Err(SignError::InvalidTimestamp {
                timestamp: outgoing.timestamp,
            });
        }
        let mut headers = Vec::new();
        if let Some(name) = sent_header(&scheme.id, &scheme.sent_id) {
            check_sent_id(scheme, outgoing.id).map_err(|reason| SignError::InvalidId { reason })?;
            headers.push((name.to_string(), outgoing.id.to_string()));
        }
        if let (Some(name), Some(event_type)) = (
            sent_header(&scheme.event_type, &scheme.sent_event_type),
            outgoing.event_type,
        ) {
            match check_name(event_type) {
                Ok(()) => headers.push((name.to_string(), event_type.to_string())),
                // The body tells the type; the header that repeats it has no room for this one.
                Err(_) if matches!(scheme.event_type, Some(Place::Pointer(_))) => {}
                Err(reason) => return Err(SignError::InvalidEventType { reason }),
            }
        }
        if let Some(TimestampPlace::Header(name)) =
            scheme.timestamp.as_ref().map(|timestamp| &timestamp.place)
        {
            headers.push((name.to_string(), timestamp.clone()));
        }
        let signing = if scheme.allows_several_signatures() {
            self.keys.len()
        } else {
            1
        };
        let signatures: Vec<String> = self
            .keys
            .iter()
            .take(signing)
            .map(|key| self.signature(key, outgoing, &timestamp))
            .collect();
        headers.push((
            scheme.signature.to_string(),
            write(scheme, &signatures, &timestamp),
        ));
        Ok(headers)
    }

    fn signature(&self, key: &Keyed, outgoing: &Outgoing<'_>, timestamp: &str) -> String {
        let mut mac = key.clone();
        self.feed(outgoing.id, timestamp, outgoing.body, |part| {
            mac.update(part)
        });
        self.scheme.encoding.encode(&mac.finalize().into_bytes())
    }
}

/// The header that an id or type is sent in, whether or not it is read from there.
fn sent_header<'s>(place: &'s Option<Place>, sent: &'s Option<Text>) -> Option<&'s Text> {
    match place {
        Some(Place::Header(name)) => Some(name),
        _ => sent.as_ref(),
    }
}

/// The value of the signature header; the mirror of `Grammar::read`.
fn write(scheme: &Scheme, signatures: &[String], timestamp: &str) -> String {
    match &scheme.grammar {
        Grammar::Prefixed { prefix } => [prefix.as_ref(), &signatures.concat()].concat(),
        Grammar::SpaceList { version } => {
            let items: Vec<String> = signatures
                .iter()
                .map(|signature| [version, ",", signature].concat())
                .collect();
            items.join(" ")
        }
        Grammar::Fields {
            lead,
            separator,
            signature: field,
            ..
        } => {
            let mut items: Vec<String> = lead.iter().map(|lead| lead.to_string()).collect();
            if let Some(TimestampPlace::Field(name)) =
                scheme.timestamp.as_ref().map(|timestamp| &timestamp.place)
            {
                items.push([name, "=", timestamp].concat());
            }
            items.extend(
                signatures
                    .iter()
                    .map(|signature| [field, "=", signature].concat()),
            );
            items.join(separator)
        }
    }
}
