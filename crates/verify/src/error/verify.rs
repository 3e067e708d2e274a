//! Why a request is refused.

use core::fmt;

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
    /// The stable code of this cause, listed in [`CODES`](crate::CODES).
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingHeader { .. } => "missing_header",
            Self::RepeatedHeader { .. } => "repeated_header",
            Self::NonAsciiHeader { .. } => "non_ascii_header",
            Self::MalformedHeader { .. } => "malformed_header",
            Self::NoSignature { .. } => "no_signature",
            Self::UnsupportedVersion { .. } => "unsupported_version",
            Self::MissingField { .. } => "missing_field",
            Self::MalformedField { .. } => "malformed_field",
            Self::MissingParameter { .. } => "missing_parameter",
            Self::MalformedParameter { .. } => "malformed_parameter",
            Self::MalformedBody { .. } => "malformed_body",
            Self::UncoveredBody => "uncovered_body",
            Self::UnsupportedAlgorithm { .. } => "unsupported_algorithm",
            Self::MissingClaim { .. } => "missing_claim",
            Self::ClaimMismatch { .. } => "claim_mismatch",
            Self::DigestMismatch { .. } => "digest_mismatch",
            Self::NoVerifyToken => "no_verify_token",
            Self::VerifyTokenMismatch => "verify_token_mismatch",
            Self::TimestampTooOld { .. } => "timestamp_too_old",
            Self::TimestampInFuture { .. } => "timestamp_in_future",
            Self::SignatureMismatch { .. } => "signature_mismatch",
            Self::CertificateUrl { .. } => "certificate_url",
            Self::UnusableCertificate { .. } => "unusable_certificate",
            Self::OtherTopic { .. } => "other_topic",
            Self::NeedsCertificate { .. } => "needs_certificate",
        }
    }

    /// Whether the request breaks the grammar (HTTP 400), rather than failing to authenticate
    /// (HTTP 401). Of [`NeedsCertificate`](Self::NeedsCertificate), which is no verdict, it says
    /// `false` too.
    pub fn is_malformed(&self) -> bool {
        match self {
            Self::RepeatedHeader { .. }
            | Self::NonAsciiHeader { .. }
            | Self::MalformedHeader { .. }
            | Self::MalformedField { .. }
            | Self::MalformedParameter { .. }
            | Self::MalformedBody { .. } => true,
            Self::MissingHeader { .. }
            | Self::NoSignature { .. }
            | Self::UnsupportedVersion { .. }
            | Self::MissingField { .. }
            | Self::MissingParameter { .. }
            | Self::UncoveredBody
            | Self::UnsupportedAlgorithm { .. }
            | Self::MissingClaim { .. }
            | Self::ClaimMismatch { .. }
            | Self::DigestMismatch { .. }
            | Self::NoVerifyToken
            | Self::VerifyTokenMismatch
            | Self::TimestampTooOld { .. }
            | Self::TimestampInFuture { .. }
            | Self::SignatureMismatch { .. }
            | Self::CertificateUrl { .. }
            | Self::UnusableCertificate { .. }
            | Self::OtherTopic { .. }
            | Self::NeedsCertificate { .. } => false,
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHeader { name } => write!(
                f,
                "the header `{name}` is missing: did this request come from the provider, and does \
                 every proxy on its way pass the header on?"
            ),
            Self::RepeatedHeader { name } => {
                write!(
                    f,
                    "the header `{name}` stands several times, and must stand once"
                )
            }
            Self::NonAsciiHeader { name } => {
                write!(f, "the header `{name}` holds bytes that are not ASCII")
            }
            Self::MalformedHeader { name, reason } => {
                write!(f, "the header `{name}` is malformed: {reason}")
            }
            Self::NoSignature { name } => write!(f, "the header `{name}` holds no signature"),
            Self::UnsupportedVersion { name, expected } => write!(
                f,
                "the header `{name}` holds no `{expected}` signature, only versions that this \
                 scheme does not verify"
            ),
            Self::MissingField { pointer } => write!(
                f,
                "the body has no value (or two) at `{pointer}`, which the signature needs: are you \
                 passing the raw request body?"
            ),
            Self::MalformedField { pointer, reason } => {
                write!(f, "the body's value at `{pointer}` is malformed: {reason}")
            }
            Self::MissingParameter { name } => {
                write!(
                    f,
                    "the parameter `{name}`, which the signature needs, is missing"
                )
            }
            Self::MalformedParameter { name, reason } => {
                write!(f, "the parameter `{name}` is malformed: {reason}")
            }
            Self::MalformedBody { reason } => write!(f, "the body cannot be read: {reason}"),
            Self::UncoveredBody => f.write_str(
                "the signature does not cover a body of this kind: does the request still have the \
                 content type that it was sent with?",
            ),
            Self::UnsupportedAlgorithm { name, expected } => write!(
                f,
                "the header `{name}` names another algorithm than {expected}, the configured one"
            ),
            Self::MissingClaim { claim } => {
                write!(f, "the token has no claim `{claim}`, or has it twice")
            }
            Self::ClaimMismatch { claim } => {
                write!(f, "the token's claim `{claim}` is not what it must be")
            }
            Self::DigestMismatch { name } => write!(
                f,
                "the digest `{name}` is of other content: are you passing the raw request body, and \
                 the URL as the provider knows it?"
            ),
            Self::NoVerifyToken => f.write_str(
                "the provider sends its verify token, and this endpoint has none to compare it with: \
                 set the one that the provider was given",
            ),
            Self::VerifyTokenMismatch => f.write_str(
                "the verify token is another one: is this endpoint's the one that the provider was \
                 given?",
            ),
            Self::TimestampTooOld {
                timestamp,
                now,
                tolerance,
            } => write!(
                f,
                "the timestamp {timestamp} is {} s old, and {tolerance} s are allowed: is this a \
                 replay, or is this machine's clock ahead?",
                now.saturating_sub(*timestamp)
            ),
            Self::TimestampInFuture {
                timestamp,
                now,
                tolerance,
            } => write!(
                f,
                "the timestamp {timestamp} lies {} s in the future, and {tolerance} s are allowed: \
                 is this machine's clock behind?",
                timestamp.saturating_sub(*now)
            ),
            Self::SignatureMismatch {
                signatures,
                secrets,
            } => write!(
                f,
                "no signature matches ({signatures} in the request, {secrets} secret(s) tried): is \
                 it this endpoint's own secret, and are you passing the raw request body, as it was \
                 before any parsing?"
            ),
            Self::CertificateUrl { name, reason } => {
                write!(
                    f,
                    "the certificate that `{name}` names is not fetched: {reason}"
                )
            }
            Self::UnusableCertificate { reason } => {
                write!(
                    f,
                    "the certificate that the request names is refused: {reason}"
                )
            }
            Self::OtherTopic { topic } => write!(
                f,
                "the message is of the topic `{topic}`, which no secret names: is it one of yours?"
            ),
            Self::NeedsCertificate { url } => write!(
                f,
                "the certificate at {url} must be fetched before this request can be judged"
            ),
        }
    }
}

impl core::error::Error for VerifyError {}
