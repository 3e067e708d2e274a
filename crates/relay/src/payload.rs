//! Payloads that are too large to travel: they stand in R2, and only their key goes from the queue to
//! the application and to its endpoints.
//!
//! A row holds a payload's bytes as a BLOB, or as TEXT the key under which R2 has them. To be
//! delivered it is read twice, piece by piece: once to be signed (what is signed begins with the
//! attempt's own timestamp, so that no earlier hash is of use), once to be sent.

use std::rc::Rc;

use crate::config::EndpointConfig;
use crate::envelope::Envelope;
use crate::guard::Guard;
use crate::message::Body;
use crate::outbound::Outbound;
use crate::port::{Http, HttpRequest, Millis, Row, Unavailable, Value};
use crate::vault::Vault;

/// Up to here a stored payload is sent as any other: in an envelope, and under any signature. So long
/// is the longest that the API makes.
const WHOLE: usize = 1024 * 1024;

/// The key of a message's body in R2.
///
/// It says who else has to know the message for the body to be kept (`orphans`): its inbox, until its
/// application has it, or the queue alone.
pub fn key(source_id: &str, message_id: &str, in_inbox: bool) -> String {
    let holder = if in_inbox { "inbox" } else { "queue" };
    format!("{holder}/{source_id}/{message_id}")
}

/// As a row holds it.
pub(crate) fn to_column(payload: Body) -> Result<Value, Unavailable> {
    match payload {
        Body::R2Key(key) => Ok(Value::Text(key)),
        bytes => bytes
            .into_bytes()
            .map(Value::Blob)
            .map_err(|error| Unavailable::new("decoding a payload", error)),
    }
}

/// Takes it out of a row.
pub(crate) fn from_column(row: &mut Row, column: usize) -> Result<Body, Unavailable> {
    match row.0.get_mut(column) {
        Some(Value::Text(key)) => Ok(Body::R2Key(std::mem::take(key))),
        _ => Ok(Body::from_bytes(row.take_blob(column)?)),
    }
}

/// Bytes that it takes up in a row.
pub(crate) fn bytes_of(column: &Value) -> i64 {
    match column {
        Value::Blob(bytes) => bytes.len() as i64,
        Value::Text(key) => key.len() as i64,
        _ => 0,
    }
}

/// The request of one attempt, as far as it is known when the attempt is written.
pub(crate) enum Prepared {
    /// With its body.
    Ready(HttpRequest),
    /// Its body is in R2.
    Stored(Stored),
    /// There can be none: the attempt fails without leaving, for this reason.
    Never(String),
}

/// What is to be sent of a payload in R2.
pub(crate) struct Stored {
    pub(crate) config: Rc<EndpointConfig>,
    pub(crate) message_id: String,
    pub(crate) event_type: String,
    pub(crate) created_at: Millis,
    pub(crate) content_type: Option<String>,
    pub(crate) key: String,
}

/// The signed request, and the key of its body where that is still in R2.
pub(crate) type Signed = (HttpRequest, Option<String>);

impl Stored {
    /// Reads the payload once, to sign it; or why it cannot be sent, in words for the attempt log.
    pub(crate) async fn sign(
        self,
        vault: &Vault,
        guard: Guard,
        now: Millis,
        http: &impl Http,
    ) -> Result<Signed, String> {
        let outbound = Outbound {
            config: &self.config,
            message_id: &self.message_id,
            event_type: &self.event_type,
            created_at: self.created_at,
            content_type: self.content_type,
            payload: vec![],
        };
        outbound.url(guard)?;
        let verifier = outbound.verifier(vault, now)?;
        let as_it_is = self.config.envelope() == Envelope::Payload;
        let mut signing = match as_it_is {
            true => verifier
                .begin_signing(&outbound.outgoing(now, &[]))
                .map_err(|error| format!("not signed: {error}"))?,
            false => None,
        };
        let mut whole = Some(vec![]);
        let mut each = |piece: &[u8]| {
            if let Some(signing) = &mut signing {
                signing.update(piece);
            }
            match &mut whole {
                Some(bytes) if bytes.len() + piece.len() <= WHOLE => bytes.extend_from_slice(piece),
                _ => whole = None,
            }
        };
        let found = http.read_stored(&self.key, &mut each).await;
        match found {
            Ok(true) => {}
            Ok(false) => return Err("its payload is in R2 no more".into()),
            Err(error) => return Err(error.to_string()),
        }
        if let Some(payload) = whole {
            let outbound = Outbound {
                payload,
                ..outbound
            };
            return Ok((outbound.request(vault, guard, now)?, None));
        }
        let Some(signing) = signing else {
            return Err(
                "not sent: a payload of more than 1 MiB goes as it is, under an HMAC, and \
                 this endpoint's profile wraps it or signs with a private key"
                    .into(),
            );
        };
        let signature = verifier
            .finish_signing(signing)
            .map_err(|error| format!("not signed: {error}"))?;
        let request = outbound.with_signature(guard, vec![], signature)?;
        Ok((request, Some(self.key)))
    }
}
