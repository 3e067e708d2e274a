//! The request of one attempt: body, signature, headers.

use hookgate::{Outgoing, Verifier};

use crate::application::Message;
use crate::config::EndpointConfig;
use crate::envelope::Envelope;
use crate::guard::{EndpointUrl, Guard};
use crate::port::{HttpRequest, Millis};
use crate::vault::Vault;

/// The signed request that an endpoint of this configuration would be sent, or why there can be none.
///
/// # Errors
/// The guard blocks its URL, or it cannot be signed; in words for people.
pub fn request(
    config: &EndpointConfig,
    message: Message,
    vault: &Vault,
    guard: Guard,
    now: Millis,
) -> Result<HttpRequest, String> {
    let payload = message.payload.into_bytes();
    let outbound = Outbound {
        config,
        message_id: &message.id,
        event_type: &message.event_type,
        created_at: message.created_at,
        content_type: message.content_type,
        payload: payload.map_err(|error| error.to_string())?,
    };
    outbound.request(vault, guard, now)
}

/// What one attempt is made of.
pub(crate) struct Outbound<'a> {
    pub(crate) config: &'a EndpointConfig,
    pub(crate) message_id: &'a str,
    pub(crate) event_type: &'a str,
    pub(crate) created_at: Millis,
    pub(crate) content_type: Option<String>,
    pub(crate) payload: Vec<u8>,
}

impl Outbound<'_> {
    /// The signed request, or why there can be none, in words for the attempt log.
    pub(crate) fn request(
        self,
        vault: &Vault,
        guard: Guard,
        now: Millis,
    ) -> Result<HttpRequest, String> {
        self.url(guard)?;
        let body = self.config.envelope().body(
            self.message_id,
            self.event_type,
            self.created_at,
            &self.payload,
        );
        let signature = self
            .verifier(vault, now)?
            .sign(&self.outgoing(now, &body))
            .map_err(|error| format!("not signed: {error}"))?;
        self.with_signature(guard, body, signature)
    }

    /// Where it goes.
    pub(crate) fn url(&self, guard: Guard) -> Result<EndpointUrl, String> {
        EndpointUrl::parse(&self.config.url, guard).map_err(|refusal| format!("blocked: {refusal}"))
    }

    /// What signs it.
    pub(crate) fn verifier(&self, vault: &Vault, now: Millis) -> Result<Verifier, String> {
        let failed = |reason: String| format!("not signed: {reason}");
        let secrets = self
            .config
            .signing_secrets(now)
            .map(|wrapped| vault.open(wrapped, &self.config.id))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| failed(error.to_string()))?;
        let secrets: Vec<&str> = secrets.iter().map(|secret| secret.as_str()).collect();
        let scheme = hookgate::scheme(self.config.signature())
            .ok_or_else(|| failed("this build has no such scheme".into()))?;
        Verifier::new(scheme, &secrets).map_err(|error| failed(error.to_string()))
    }

    /// What is signed.
    pub(crate) fn outgoing<'b>(&'b self, now: Millis, body: &'b [u8]) -> Outgoing<'b> {
        Outgoing {
            id: self.message_id,
            timestamp: u64::try_from(now / 1000).unwrap_or(0),
            event_type: Some(self.event_type),
            body,
        }
    }

    /// The request with this body and its signature.
    pub(crate) fn with_signature(
        self,
        guard: Guard,
        body: Vec<u8>,
        signature: Vec<(String, String)>,
    ) -> Result<HttpRequest, String> {
        let url = self.url(guard)?;
        let content_type = match self.config.envelope() {
            Envelope::Payload => self.content_type,
            _ => None,
        };
        let mut headers = vec![
            (
                "content-type".to_owned(),
                content_type.unwrap_or_else(|| "application/json".into()),
            ),
            (
                "user-agent".to_owned(),
                concat!("Hookgate/", env!("CARGO_PKG_VERSION")).into(),
            ),
        ];
        headers.extend(self.config.headers.clone());
        headers.extend(signature);
        Ok(HttpRequest {
            url: url.as_str().to_owned(),
            headers,
            body,
            timeout_ms: self.config.timeout_ms(),
        })
    }
}
