//! A signed request of every scheme, and the means to change it.

use hookgate::{Outgoing, Request, SCHEMES, Scheme, Target, Verifier, scheme};

/// When every sample is signed, and judged unless a test says otherwise.
pub(crate) const NOW: u64 = 1_773_738_000;
pub(crate) const ID: &str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
pub(crate) const TYPE: &str = "ticket.created";
pub(crate) const BODY: &str = concat!(
    r#"{"id":"msg_2KWPBgLlAfxdpx2AI54pPJ85f4W","type":"ticket.created","#,
    r#""event":"ticket.created","data":{"note":"caf\u00e9"},"webhookTimestamp":1773738000000}"#
);
/// For the schemes that sign form parameters.
const FORM: &str = "To=%2B4920&From=a+b&MessageSid=SM1&MessageUUID=SM1&messageId=SM1\
                    &MessageStatus=sent&Status=sent&status=sent";
/// For the scheme that signs each of its items.
const ITEMS: &str = concat!(
    r#"{"live":"false","notificationItems":[{"NotificationRequestItem":{"pspReference":"psp1","#,
    r#""merchantAccountCode":"shop","amount":{"currency":"EUR","value":1000},"#,
    r#""eventCode":"REFUND","success":"true"}},{"NotificationRequestItem":{"pspReference":"#,
    r#""psp2","eventCode":"CAPTURE","success":"false","additionalData":{"x":"y"}}}]}"#
);
pub(crate) const URL: &str = "https://example.com/in?b=2&a=1";

/// Three secrets that every scheme accepts: base64 of 27 bytes after `whsec_`.
pub(crate) const SECRETS: [&str; 3] = [
    "whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu",
    "whsec_c2Vjb25kLXNlY3JldC1vZi10aGUtZW5kcG9p",
    "whsec_dGhpcmQtc2VjcmV0LW9mLXRoZS1lbmRwb2lu",
];

/// The schemes that sign form parameters.
pub(crate) const FORMS: [&str; 4] = ["twilio", "vonage-legacy", "plivo", "plivo-v1"];
/// The schemes whose signature stands in no header.
pub(crate) const ELSEWHERE: [&str; 3] = ["mailgun", "adyen", "vonage-legacy"];
/// The schemes whose signature does not cover every bit of the body.
pub(crate) const PARTIAL: [&str; 4] = ["plivo-v2", "mailgun", "adyen", "vonage-legacy"];

/// A request that owns its parts.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) scheme: &'static Scheme,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn by_name(name: &str) -> &'static Scheme {
    scheme(name).expect("a scheme of the table")
}

pub(crate) fn verifier(scheme: &Scheme, secrets: &[&str]) -> Verifier {
    let secrets: Vec<String> = secrets.iter().map(|secret| form(scheme, secret)).collect();
    Verifier::signing(scheme, &secrets).expect("well-formed secrets")
}

/// A secret in the form that its scheme asks for.
pub(crate) fn form(scheme: &Scheme, secret: &str) -> String {
    match scheme.name() {
        "adyen" | "adyen-banking" => secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        "postmark" | "basic" => format!("user:{secret}"),
        "discord" => seed(secret)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        "sendgrid" | "sendgrid-inbound" => p256(seed(secret)),
        _ => secret.into(),
    }
}

/// A private key of 32 bytes, from the end of a secret, in which the secrets differ.
fn seed(secret: &str) -> [u8; 32] {
    let mut seed = [b'0'; 32];
    let end = secret.bytes().rev();
    seed.iter_mut().zip(end).for_each(|(to, from)| *to = from);
    seed
}

/// SEC1's `ECPrivateKey` of P-256, in base64.
fn p256(key: [u8; 32]) -> String {
    use base64::Engine as _;
    const CURVE: &[u8] = b"\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    let head = b"\x30\x31\x02\x01\x01\x04\x20".as_slice();
    base64::engine::general_purpose::STANDARD.encode([head, &key, CURVE].concat())
}

/// One sample of each scheme whose signature stands in a header.
pub(crate) fn in_headers() -> impl Iterator<Item = Sample> {
    all().filter(|sample| !ELSEWHERE.contains(&sample.scheme.name()))
}

/// One sample of each scheme whose signature covers the whole body.
pub(crate) fn over_bodies() -> impl Iterator<Item = Sample> {
    all().filter(|sample| sample.scheme.signs_content() && !PARTIAL.contains(&sample.scheme.name()))
}

/// Whether a scheme stands in the table of this build, which may lack those with public keys.
pub(crate) fn is_built(name: &str) -> bool {
    let needed: [(&[&str], bool); 3] = [
        (&["discord"], cfg!(feature = "ed25519")),
        (&["sendgrid", "sendgrid-inbound"], cfg!(feature = "ecdsa")),
        (&["wise", "aws-sns", "paypal"], cfg!(feature = "rsa")),
    ];
    let family = needed.iter().find(|(names, _)| names.contains(&name));
    family.is_none_or(|(_, is_built)| *is_built)
}

/// The schemes that this side can sign: a private RSA key needs a feature of its own.
pub(crate) fn signable() -> impl Iterator<Item = &'static Scheme> {
    const RSA: [&str; 3] = ["wise", "aws-sns", "paypal"];
    SCHEMES
        .iter()
        .filter(|scheme| !RSA.contains(&scheme.name()))
}

/// One sample of each of them.
pub(crate) fn all() -> impl Iterator<Item = Sample> {
    signable().map(|scheme| Sample::signed(scheme, &SECRETS[..1], BODY))
}

impl Sample {
    pub(crate) fn of(name: &str) -> Self {
        Self::signed(by_name(name), &SECRETS[..1], BODY)
    }

    pub(crate) fn signed(scheme: &'static Scheme, secrets: &[&str], body: &str) -> Self {
        let is_form = FORMS.contains(&scheme.name());
        let body = match scheme.name() {
            "adyen" if body == BODY => ITEMS,
            _ if is_form && body == BODY => FORM,
            _ => body,
        };
        let kind = "application/x-www-form-urlencoded";
        let target = Target {
            method: "POST",
            url: URL,
            content_type: is_form.then_some(kind),
        };
        let outgoing = Outgoing {
            id: ID,
            timestamp: NOW,
            event_type: Some(TYPE),
            body: body.as_bytes(),
        };
        let signed = verifier(scheme, secrets)
            .sign_request(&outgoing, &target)
            .expect("a sound event");
        let kind = is_form.then(|| ("Content-Type".to_owned(), kind.to_owned()));
        let headers = kind.into_iter().chain(signed.headers);
        Self {
            scheme,
            url: signed.url,
            headers: headers
                .map(|(name, value)| (name, value.into_bytes()))
                .collect(),
            body: signed.body,
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
        judge(&Request {
            method: "POST",
            url: &self.url,
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
