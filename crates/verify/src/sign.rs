//! The sender's side: an outgoing event, signed by the same row of the table that verifies it.

mod write;

use alloc::string::String;
use alloc::vec::Vec;

use write::{add_parameter, add_to_query, is_form, reason, sent_header, sent_types, write};

use crate::encoding::encode_hex;
use crate::error::{Malformed, SignError};
use crate::hash::sha256;
use crate::headers::Headers;
use crate::json::set;
use crate::key::Key;
use crate::message::{Message, Named, Piece};
use crate::names::{check_name, check_sent_id};
use crate::pointer::Found;
use crate::request::{Outgoing, Request, Signed, Target};
#[cfg(feature = "rsa")]
use crate::scheme::{Algorithm, Vendor};
use crate::scheme::{Grammar, Part, SignaturePlace, Text, TimestampPlace, Unit};
use crate::text::{concat, decimal};
use crate::timestamp::is_timestamp;
use crate::verifier::Verifier;

/// An event with all but its signature.
pub(crate) struct Unsigned {
    pub(crate) signed: Signed,
    /// As the scheme writes it.
    pub(crate) timestamp: String,
}

impl Verifier {
    /// All headers that the scheme adds to an event: name and value, the signature last.
    ///
    /// A scheme that allows several signatures in one request gets one for each secret, in their
    /// order, so that receivers of either secret accept it while it rotates; the others are signed
    /// with the first secret. Public keys among them are passed over.
    ///
    /// # Errors
    ///
    /// The id or the type cannot stand in the header that the scheme sends it in, the timestamp is
    /// not one, all keys are public ones, or the scheme signs more than the body: see [`sign_request`](Self::sign_request).
    pub fn sign(&self, outgoing: &Outgoing<'_>) -> Result<Vec<(String, String)>, SignError> {
        if self.scheme.needs_target() {
            return Err(SignError::NeedsTarget);
        }
        let target = Target {
            method: "POST",
            url: "",
            content_type: None,
        };
        Ok(self.sign_request(outgoing, &target)?.headers)
    }

    /// A whole signed request, for every scheme: those that sign method, URL or parameters, and
    /// those that put the signature into URL or body. A value that the vendor makes up for each
    /// request (a nonce, Mailgun's token, a token's `jti`) is the event's id.
    ///
    /// # Errors
    ///
    /// As for [`sign`](Self::sign), or the body is not of the form that the scheme signs.
    pub fn sign_request(
        &self,
        outgoing: &Outgoing<'_>,
        target: &Target<'_>,
    ) -> Result<Signed, SignError> {
        let scheme = &self.scheme;
        let Unsigned {
            mut signed,
            timestamp,
        } = self.unsigned(outgoing, target)?;
        if scheme.claims.is_some() {
            let token = self.write_token(outgoing, target);
            self.place(&mut signed, &[token], target, &timestamp, "")?;
            return Ok(signed);
        }
        if scheme.signature == SignaturePlace::AdyenItems {
            signed.body = self.sign_adyen(outgoing.body)?;
            return Ok(signed);
        }
        #[cfg(feature = "rsa")]
        if scheme.signature == SignaturePlace::SnsMessage {
            self.sign_sns(&mut signed, outgoing, &timestamp)?;
            return Ok(signed);
        }
        self.prepare(&mut signed, target, &timestamp);
        let unsigned = Unsigned { signed, timestamp };
        let tags = self.tags(&unsigned, outgoing, target)?;
        let Unsigned {
            mut signed,
            timestamp,
        } = unsigned;
        self.place(&mut signed, &tags, target, &timestamp, outgoing.id)?;
        Ok(signed)
    }

    /// What is about to be signed.
    pub(crate) fn unsigned(
        &self,
        outgoing: &Outgoing<'_>,
        target: &Target<'_>,
    ) -> Result<Unsigned, SignError> {
        let scheme = &self.scheme;
        let unit = scheme.timestamp.as_ref().map(|timestamp| timestamp.unit);
        let unit = unit.unwrap_or(Unit::Seconds);
        if scheme.timestamp.is_some() && !is_timestamp(outgoing.timestamp, unit) {
            let timestamp = outgoing.timestamp;
            return Err(SignError::InvalidTimestamp { timestamp });
        }
        let timestamp = unit.write(outgoing.timestamp);
        let signed = Signed {
            headers: self.plain_headers(outgoing, &timestamp)?,
            url: target.url.into(),
            body: outgoing.body.to_vec(),
        };
        Ok(Unsigned { signed, timestamp })
    }

    /// Everything but the signature.
    fn plain_headers(
        &self,
        outgoing: &Outgoing<'_>,
        timestamp: &str,
    ) -> Result<Vec<(String, String)>, SignError> {
        let scheme = &self.scheme;
        let mut headers = Vec::new();
        let mut add =
            |name: &Text, value: &str| headers.push((String::from(name.as_ref()), value.into()));
        if let Some(name) = sent_header(&scheme.id, &scheme.sent_id) {
            check_sent_id(scheme, outgoing.id).map_err(|reason| SignError::InvalidId { reason })?;
            add(name, outgoing.id);
        }
        // Plivo's nonce.
        for part in scheme.message.iter() {
            if let Part::Header(name) = part {
                check_name(outgoing.id).map_err(|reason| SignError::InvalidId { reason })?;
                add(name, outgoing.id);
            }
        }
        if let Some(event_type) = outgoing.event_type {
            for (name, value) in sent_types(scheme, event_type)? {
                add(name, value);
            }
        }
        for expected in scheme.expects.iter() {
            add(&expected.header, &expected.value);
        }
        #[cfg(feature = "rsa")]
        if scheme.algorithm == Algorithm::Certificate(Vendor::Paypal) {
            let (name, url) = crate::certified::PAYPAL_CERTIFICATE;
            add(&Text::Borrowed(name), url);
        }
        let place = scheme.timestamp.as_ref().map(|timestamp| &timestamp.place);
        if let Some(TimestampPlace::Header(name)) = place {
            add(name, timestamp);
        }
        Ok(headers)
    }

    /// Adds to URL or body what is signed along with them.
    fn prepare(&self, signed: &mut Signed, target: &Target<'_>, timestamp: &str) {
        let scheme = &self.scheme;
        let place = scheme.timestamp.as_ref().map(|timestamp| &timestamp.place);
        if let Some(TimestampPlace::Parameter(name)) = place {
            add_parameter(signed, target, name, timestamp);
        }
        for part in scheme.message.iter() {
            if let Part::Form {
                digest: Some(name), ..
            } = part
                && !signed.body.is_empty()
                && !is_form(target)
            {
                let hex = encode_hex(&sha256(&signed.body));
                add_to_query(&mut signed.url, name, &hex);
            }
        }
    }

    /// The signature of each secret, as text; in a list of versions, each after its own.
    fn tags(
        &self,
        unsigned: &Unsigned,
        outgoing: &Outgoing<'_>,
        target: &Target<'_>,
    ) -> Result<Vec<String>, SignError> {
        let mut tags: Vec<String> = Vec::new();
        self.with_message(unsigned, outgoing, target, &mut |pieces| {
            let tag = |key: &Key| self.written(key, &key.tag(pieces));
            let written = self.keys.iter().filter_map(tag);
            tags.extend(written.take(self.signing_keys()));
        })?;
        if tags.is_empty() {
            return Err(SignError::NoPrivateKey);
        }
        Ok(tags)
    }

    /// Reads the message that is to be signed.
    pub(crate) fn with_message(
        &self,
        unsigned: &Unsigned,
        outgoing: &Outgoing<'_>,
        target: &Target<'_>,
        read: &mut dyn FnMut(&[Piece<'_>]),
    ) -> Result<(), SignError> {
        let Unsigned { signed, timestamp } = unsigned;
        let scheme = &self.scheme;
        let headers = signed
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()));
        let kind = target.content_type;
        let kind = kind.map(|kind| ("content-type", kind.as_bytes()));
        let headers: Vec<(&str, &[u8])> = headers.chain(kind).collect();
        let request = Request {
            method: target.method,
            url: &signed.url,
            headers: &headers,
            body: &signed.body,
        };
        // A value in the body that is signed beside the timestamp is the event's id: Mailgun's token.
        let id = Found::Text(outgoing.id.into());
        let at = Found::Text(timestamp.clone());
        let place = scheme.timestamp.as_ref().map(|timestamp| &timestamp.place);
        let pointers = scheme
            .message
            .iter()
            .filter_map(|part| match (part, place) {
                (Part::Pointer(pointer), Some(TimestampPlace::Pointer(time)))
                    if pointer == time =>
                {
                    Some(at.clone())
                }
                (Part::Pointer(_), _) => Some(id.clone()),
                _ => None,
            });
        let pointers: Vec<Found> = pointers.collect();
        let named = Named {
            id: outgoing.id,
            timestamp,
            listed: None,
            pointers: &pointers,
        };
        let message = Message::assemble(scheme, &request, &Headers::new(scheme, &request), named);
        let message = message.map_err(|error| SignError::InvalidBody {
            reason: reason(error),
        })?;
        read(message.pieces());
        Ok(())
    }

    /// How many secrets sign.
    pub(crate) fn signing_keys(&self) -> usize {
        if self.scheme.allows_several_signatures() {
            self.keys.len()
        } else {
            1
        }
    }

    /// A signature as it is written; only a public key makes none.
    pub(crate) fn written(&self, key: &Key, tag: &[u8]) -> Option<String> {
        let text = self.scheme.encoding.encode(tag);
        (!tag.is_empty()).then(|| match &self.scheme.grammar {
            Grammar::SpaceList {
                version,
                public_key_version,
            } => {
                let other = public_key_version.as_ref().filter(|_| key.is_public());
                concat(&[other.unwrap_or(version), ",", &text])
            }
            _ => text,
        })
    }

    /// Puts the signatures where the receiver looks for them.
    pub(crate) fn place(
        &self,
        signed: &mut Signed,
        tags: &[String],
        target: &Target<'_>,
        timestamp: &str,
        id: &str,
    ) -> Result<(), SignError> {
        let scheme = &self.scheme;
        let one = |tag: &String| write(scheme, core::slice::from_ref(tag), timestamp);
        match &scheme.signature {
            SignaturePlace::Header(name) => {
                let value = write(scheme, tags, timestamp);
                signed.headers.push((String::from(name.as_ref()), value));
            }
            SignaturePlace::Headers(names) => {
                let pairs = names.iter().zip(tags);
                let headers = pairs.map(|(name, tag)| (String::from(name.as_ref()), one(tag)));
                signed.headers.extend(headers);
            }
            SignaturePlace::Numbered(prefix) => {
                for (number, tag) in (1..).zip(tags) {
                    let name = concat(&[prefix, &decimal(number)]);
                    signed.headers.push((name, one(tag)));
                }
            }
            SignaturePlace::Pointer(pointer) => {
                let tag = write(scheme, tags, timestamp);
                signed.body = self.write_into_body(&signed.body, pointer, &tag, timestamp, id)?;
            }
            SignaturePlace::Parameter(name) => {
                let tag = write(scheme, tags, timestamp);
                add_parameter(signed, target, name, &tag);
            }
            SignaturePlace::AdyenItems => {}
            #[cfg(feature = "rsa")]
            SignaturePlace::SnsMessage => {}
        }
        Ok(())
    }

    /// The body with signature, timestamp and id at their pointers.
    fn write_into_body(
        &self,
        body: &[u8],
        signature: &Text,
        tag: &str,
        timestamp: &str,
        id: &str,
    ) -> Result<Vec<u8>, SignError> {
        let invalid = || SignError::InvalidBody {
            reason: Malformed::NotJson,
        };
        let json = core::str::from_utf8(body).map_err(|_| invalid())?;
        let mut json = String::from(json);
        let mut put = |pointer: &str, text: &str| {
            json = set(&json, pointer, text).ok_or_else(invalid)?;
            Ok::<_, SignError>(())
        };
        for part in self.scheme.message.iter() {
            if let Part::Pointer(pointer) = part {
                put(pointer, id)?;
            }
        }
        let place = self.scheme.timestamp.as_ref();
        if let Some(TimestampPlace::Pointer(pointer)) = place.map(|timestamp| &timestamp.place) {
            put(pointer, timestamp)?;
        }
        put(signature, tag)?;
        Ok(json.into_bytes())
    }
}
