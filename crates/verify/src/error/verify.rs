//! Why a request is refused.

use super::wording::{Data, Wording, speaks};
use super::{Malformed, Text};

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header that the signature needs is not there.
    MissingHeader {
        /// The header's name.
        name: Text,
    },
    /// A header that must stand once stands several times.
    RepeatedHeader {
        /// The header's name.
        name: Text,
    },
    /// A header's value holds bytes beyond ASCII.
    NonAsciiHeader {
        /// The header's name.
        name: Text,
    },
    /// A header's value does not follow its grammar.
    MalformedHeader {
        /// The header's name.
        name: Text,
        /// What is wrong with it.
        reason: Malformed,
    },
    /// The signature header is well formed, but holds no signature.
    NoSignature {
        /// The header's name.
        name: Text,
    },
    /// The signature header holds signatures, but none of the version that this scheme verifies.
    UnsupportedVersion {
        /// The header's name.
        name: Text,
        /// The version that was looked for.
        expected: Text,
    },
    /// A value in the JSON body that the signature needs is not there, or stands there twice.
    MissingField {
        /// Where it should stand, as a JSON pointer.
        pointer: Text,
    },
    /// A value in the JSON body does not follow its grammar.
    MalformedField {
        /// Where it stands, as a JSON pointer.
        pointer: Text,
        /// What is wrong with it.
        reason: Malformed,
    },
    /// A query or form parameter that the signature needs is not there.
    MissingParameter {
        /// The parameter's name.
        name: Text,
    },
    /// A query or form parameter does not follow its grammar.
    MalformedParameter {
        /// The parameter's name.
        name: Text,
        /// What is wrong with it.
        reason: Malformed,
    },
    /// The body cannot be read for what the signature needs of it.
    MalformedBody {
        /// What is wrong with it.
        reason: Malformed,
    },
    /// The body is of a kind that the signature does not cover: anyone could have written it.
    UncoveredBody,
    /// The request says that it was signed with another algorithm than the one configured.
    UnsupportedAlgorithm {
        /// The header's name.
        name: Text,
        /// The algorithm that was looked for.
        expected: Text,
    },
    /// A claim that the token must have is not there, or stands there twice.
    MissingClaim {
        /// The claim's name.
        claim: Text,
    },
    /// A claim of the token has another value than it must have.
    ClaimMismatch {
        /// The claim's name.
        claim: Text,
    },
    /// A digest that the request carries, and that is signed, is of another body or URL.
    DigestMismatch {
        /// The claim or parameter of the digest.
        name: Text,
    },
    /// A handshake carries a verify token, and the verifier was given none to compare it with.
    NoVerifyToken,
    /// A handshake carries another verify token than the verifier was given.
    VerifyTokenMismatch,
    /// The timestamp lies further in the past than the tolerance allows.
    TimestampTooOld {
        /// The request's timestamp, in unix seconds.
        timestamp: u64,
        /// The time it was judged at, in unix seconds.
        now: u64,
        /// The tolerance, in seconds.
        tolerance: u32,
    },
    /// The timestamp lies further in the future than the tolerance allows.
    TimestampInFuture {
        /// The request's timestamp, in unix seconds.
        timestamp: u64,
        /// The time it was judged at, in unix seconds.
        now: u64,
        /// The tolerance, in seconds.
        tolerance: u32,
    },
    /// No signature of the request was made with one of the secrets over this content.
    SignatureMismatch {
        /// How many signatures the request carries.
        signatures: usize,
        /// How many secrets were tried.
        secrets: usize,
    },
    /// The address at which the request says that its certificate lies is not one of the vendor's:
    /// it must not be fetched.
    CertificateUrl {
        /// The header of the address, or its JSON pointer.
        name: Text,
        /// What is wrong with it.
        reason: Text,
    },
    /// The certificate that the request names cannot prove anything: it is malformed, not valid at
    /// this time, of another name, or not trusted.
    UnusableCertificate {
        /// What is wrong with it.
        reason: Text,
    },
    /// The message is of a topic that none of the secrets names. Anybody can have Amazon sign the
    /// messages of a topic of their own.
    OtherTopic {
        /// The topic that the message names.
        topic: Text,
    },
    /// No verdict yet: fetch this address, which was checked to be the vendor's, hand in what it
    /// answers with [`Verifier::add_certificate`](crate::Verifier::add_certificate), and judge the
    /// request again. Follow no redirect.
    ///
    /// Nothing is proved yet: whoever knows the topic or the endpoint can send forged requests, each
    /// with another address of the vendor's, and each would cost a fetch. So
    ///
    /// - keep a certificate by its address, and hand a known one in before you judge; a vendor has
    ///   few, and they last for months;
    /// - remember for some minutes, too, an address that failed or whose certificate was refused, and
    ///   do not fetch it again;
    /// - never have two fetches of one address under way, and bound how many there may be in a minute
    ///   (ten are plenty), how long one may take, and how much of its answer is read (64 KB): beyond
    ///   that answer 503, and the vendor sends the event again.
    NeedsCertificate {
        /// The address to fetch.
        url: Text,
    },
}

impl VerifyError {
    const fn wording(&self) -> &'static Wording {
        match self {
            Self::MissingHeader { .. } => &Wording {
                code: "missing_header",
                sentence: "the header `{name}` is missing: did this request come from the provider, \
                           and does every proxy on its way pass the header on?",
            },
            Self::RepeatedHeader { .. } => &Wording {
                code: "repeated_header",
                sentence: "the header `{name}` stands several times, and must stand once",
            },
            Self::NonAsciiHeader { .. } => &Wording {
                code: "non_ascii_header",
                sentence: "the header `{name}` holds bytes that are not ASCII",
            },
            Self::MalformedHeader { .. } => &Wording {
                code: "malformed_header",
                sentence: "the header `{name}` is malformed: {reason}",
            },
            Self::NoSignature { .. } => &Wording {
                code: "no_signature",
                sentence: "the header `{name}` holds no signature",
            },
            Self::UnsupportedVersion { .. } => &Wording {
                code: "unsupported_version",
                sentence: "the header `{name}` holds no `{expected}` signature, only versions that \
                           this scheme does not verify",
            },
            Self::MissingField { .. } => &Wording {
                code: "missing_field",
                sentence: "the body has no value (or two) at `{pointer}`, which the signature needs: \
                           are you passing the raw request body?",
            },
            Self::MalformedField { .. } => &Wording {
                code: "malformed_field",
                sentence: "the body's value at `{pointer}` is malformed: {reason}",
            },
            Self::MissingParameter { .. } => &Wording {
                code: "missing_parameter",
                sentence: "the parameter `{name}`, which the signature needs, is missing",
            },
            Self::MalformedParameter { .. } => &Wording {
                code: "malformed_parameter",
                sentence: "the parameter `{name}` is malformed: {reason}",
            },
            Self::MalformedBody { .. } => &Wording {
                code: "malformed_body",
                sentence: "the body cannot be read: {reason}",
            },
            Self::UncoveredBody => &Wording {
                code: "uncovered_body",
                sentence: "the signature does not cover a body of this kind: does the request still \
                           have the content type that it was sent with?",
            },
            Self::UnsupportedAlgorithm { .. } => &Wording {
                code: "unsupported_algorithm",
                sentence: "the header `{name}` names another algorithm than {expected}, the \
                           configured one",
            },
            Self::MissingClaim { .. } => &Wording {
                code: "missing_claim",
                sentence: "the token has no claim `{claim}`, or has it twice",
            },
            Self::ClaimMismatch { .. } => &Wording {
                code: "claim_mismatch",
                sentence: "the token's claim `{claim}` is not what it must be",
            },
            Self::DigestMismatch { .. } => &Wording {
                code: "digest_mismatch",
                sentence: "the digest `{name}` is of other content: are you passing the raw request \
                           body, and the URL as the provider knows it?",
            },
            Self::NoVerifyToken => &Wording {
                code: "no_verify_token",
                sentence: "the provider sends its verify token, and this endpoint has none to \
                           compare it with: set the one that the provider was given",
            },
            Self::VerifyTokenMismatch => &Wording {
                code: "verify_token_mismatch",
                sentence: "the verify token is another one: is this endpoint's the one that the \
                           provider was given?",
            },
            Self::TimestampTooOld { .. } => &Wording {
                code: "timestamp_too_old",
                sentence: "the timestamp {timestamp} is {difference} s old, and {tolerance} s are \
                           allowed: is this a replay, or is this machine's clock ahead?",
            },
            Self::TimestampInFuture { .. } => &Wording {
                code: "timestamp_in_future",
                sentence: "the timestamp {timestamp} lies {difference} s in the future, and \
                           {tolerance} s are allowed: is this machine's clock behind?",
            },
            Self::SignatureMismatch { .. } => &Wording {
                code: "signature_mismatch",
                sentence: "no signature matches ({signatures} in the request, {secrets} secret(s) \
                           tried): is it this endpoint's own secret, and are you passing the raw \
                           request body, as it was before any parsing?",
            },
            Self::CertificateUrl { .. } => &Wording {
                code: "certificate_url",
                sentence: "the certificate that `{name}` names is not fetched: {reason}",
            },
            Self::UnusableCertificate { .. } => &Wording {
                code: "unusable_certificate",
                sentence: "the certificate that the request names is refused: {reason}",
            },
            Self::OtherTopic { .. } => &Wording {
                code: "other_topic",
                sentence: "the message is of the topic `{topic}`, which no secret names: is it one \
                           of yours?",
            },
            Self::NeedsCertificate { .. } => &Wording {
                code: "needs_certificate",
                sentence: "the certificate at {url} must be fetched before this request can be judged",
            },
        }
    }

    /// Whether the request breaks the grammar (HTTP 400), rather than failing to authenticate
    /// (HTTP 401). Of [`NeedsCertificate`](Self::NeedsCertificate), which is no verdict, it says
    /// `false` too.
    pub fn is_malformed(&self) -> bool {
        matches!(
            self,
            Self::RepeatedHeader { .. }
                | Self::NonAsciiHeader { .. }
                | Self::MalformedHeader { .. }
                | Self::MalformedField { .. }
                | Self::MalformedParameter { .. }
                | Self::MalformedBody { .. }
        )
    }

    /// The fields of this cause by their names, for where there are no variants: JavaScript, logs.
    /// `difference` is how far a timestamp lies from now, in seconds.
    pub fn data(&self) -> Data<'_> {
        let mut data = Data::default();
        match self {
            Self::UncoveredBody | Self::NoVerifyToken | Self::VerifyTokenMismatch => {}
            Self::MissingHeader { name }
            | Self::RepeatedHeader { name }
            | Self::NonAsciiHeader { name }
            | Self::NoSignature { name }
            | Self::MissingParameter { name }
            | Self::DigestMismatch { name } => {
                data.text("name", name);
            }
            Self::MissingField { pointer } => {
                data.text("pointer", pointer);
            }
            Self::MissingClaim { claim } | Self::ClaimMismatch { claim } => {
                data.text("claim", claim);
            }
            Self::UnusableCertificate { reason } => {
                data.text("reason", reason);
            }
            Self::OtherTopic { topic } => {
                data.text("topic", topic);
            }
            Self::NeedsCertificate { url } => {
                data.text("url", url);
            }
            Self::MalformedBody { reason } => {
                data.reason(reason);
            }
            Self::MalformedHeader { name, reason } | Self::MalformedParameter { name, reason } => {
                data.text("name", name);
                data.reason(reason);
            }
            Self::MalformedField { pointer, reason } => {
                data.text("pointer", pointer);
                data.reason(reason);
            }
            Self::CertificateUrl { name, reason } => {
                data.text("name", name);
                data.text("reason", reason);
            }
            Self::UnsupportedVersion { name, expected }
            | Self::UnsupportedAlgorithm { name, expected } => {
                data.text("name", name);
                data.text("expected", expected);
            }
            Self::SignatureMismatch {
                signatures,
                secrets,
            } => {
                data.number("signatures", *signatures as u64);
                data.number("secrets", *secrets as u64);
            }
            Self::TimestampTooOld {
                timestamp,
                now,
                tolerance,
            }
            | Self::TimestampInFuture {
                timestamp,
                now,
                tolerance,
            } => {
                data.number("timestamp", *timestamp);
                data.number("now", *now);
                data.number("tolerance", u64::from(*tolerance));
                data.number("difference", timestamp.abs_diff(*now));
            }
        }
        data
    }
}

speaks!(VerifyError);
