//! A signed request of every scheme, and the means to change it.

use hookgate::{Outgoing, Request, SCHEMES, Scheme, Verifier, scheme};

/// When every sample is signed, and judged unless a test says otherwise.
pub(crate) const NOW: u64 = 1_773_738_000;
pub(crate) const ID: &str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
pub(crate) const TYPE: &str = "ticket.created";
pub(crate) const BODY: &str = concat!(
    r#"{"id":"msg_2KWPBgLlAfxdpx2AI54pPJ85f4W","type":"ticket.created","#,
    r#""event":"ticket.created","data":{"note":"caf\u00e9"}}"#
);

/// Three secrets that every scheme accepts: base64 of 27 bytes after `whsec_`.
pub(crate) const SECRETS: [&str; 3] = [
    "whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu",
    "whsec_c2Vjb25kLXNlY3JldC1vZi10aGUtZW5kcG9p",
    "whsec_dGhpcmQtc2VjcmV0LW9mLXRoZS1lbmRwb2lu",
];

/// A request that owns its parts.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) scheme: &'static Scheme,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn by_name(name: &str) -> &'static Scheme {
    scheme(name).expect("a scheme of the table")
}

pub(crate) fn verifier(scheme: &Scheme, secrets: &[&str]) -> Verifier {
    Verifier::new(scheme, secrets).expect("well-formed secrets")
}

/// One sample of each scheme.
pub(crate) fn all() -> impl Iterator<Item = Sample> {
    SCHEMES
        .iter()
        .map(|scheme| Sample::signed(scheme, &SECRETS[..1], BODY))
}

impl Sample {
    pub(crate) fn of(name: &str) -> Self {
        Self::signed(by_name(name), &SECRETS[..1], BODY)
    }

    pub(crate) fn signed(scheme: &'static Scheme, secrets: &[&str], body: &str) -> Self {
        let outgoing = Outgoing {
            id: ID,
            timestamp: NOW,
            event_type: Some(TYPE),
            body: body.as_bytes(),
        };
        let headers = verifier(scheme, secrets)
            .sign(&outgoing)
            .expect("a sound event");
        let headers = headers
            .into_iter()
            .map(|(name, value)| (name, value.into_bytes()))
            .collect();
        Self {
            scheme,
            headers,
            body: body.into(),
        }
    }

    pub(crate) fn verifier(&self) -> Verifier {
        verifier(self.scheme, &SECRETS[..1])
    }

    /// Hands the request to `judge`.
    pub(crate) fn with<T>(&self, judge: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        let url = "https://example.com/in";
        judge(&Request {
            method: "POST",
            url,
            headers: &headers,
            body: &self.body,
        })
    }

    pub(crate) fn verdict(&self) -> Result<hookgate::Verified, hookgate::VerifyError> {
        self.with(|request| self.verifier().verify(request, NOW))
    }

    /// The name of the signature header; `sign` puts it last.
    pub(crate) fn signature_header(&self) -> String {
        let (name, _) = self.headers.last().expect("a signature");
        name.clone()
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        let (_, value) = self
            .headers
            .iter()
            .find(|(header, _)| header == name)
            .expect("the header");
        std::str::from_utf8(value).expect("ASCII")
    }

    pub(crate) fn set(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.retain(|(header, _)| header != name);
        self.headers.push((name.into(), value.as_ref().into()));
        self
    }

    /// Adds a header line, beside those of the same name.
    pub(crate) fn add(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| header != name);
        self
    }
}
