//! The codes of all errors, once, with their meaning: the crate, the Worker, the npm package and
//! the documents share this table.

/// Where an error of this code can arise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Building a verifier: [`SetupError`](crate::SetupError).
    Setup,
    /// Judging a request: [`VerifyError`](crate::VerifyError), which breaks the grammar (HTTP 400).
    Malformed,
    /// Judging a request: [`VerifyError`](crate::VerifyError), which does not authenticate (HTTP 401).
    Unauthenticated,
    /// Judging a request: [`VerifyError`](crate::VerifyError), which is no verdict yet: something must
    /// be fetched first (HTTP 503 if it cannot be).
    Incomplete,
    /// Signing an event: [`SignError`](crate::SignError).
    Sign,
}

/// One row of [`CODES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Code {
    /// The code, in snake case. It never changes its meaning.
    pub code: &'static str,
    /// Where it arises.
    pub stage: Stage,
    /// What it means.
    pub meaning: &'static str,
}

/// Writes the table twice from one text: as data, and as its own documentation.
macro_rules! codes {
    ($($stage:ident $code:literal $meaning:literal)*) => {
        /// Every code that an error of this crate can have.
        ///
        /// | code | stage | meaning |
        /// | --- | --- | --- |
        $(#[doc = concat!("| `", $code, "` | ", stringify!($stage), " | ", $meaning, " |")])*
        pub const CODES: &[Code] =
            &[$(Code { code: $code, stage: Stage::$stage, meaning: $meaning }),*];
    };
}

codes! {
    Setup "unknown_scheme" "No scheme has this name."
    Setup "no_secret" "No secret was given."
    Setup "empty_secret" "A secret is empty, or nothing follows its prefix."
    Setup "line_break_in_secret" "A secret starts or ends with a line break."
    Setup "malformed_secret" "A secret is not of the form that the scheme expects."
    Setup "short_secret" "A secret holds too few bytes to be safe."
    Setup "unusable_key" "A key is of another kind, is not safe, or needs a feature that the build lacks."
    Setup "unknown_option" "The scheme has no such option."
    Setup "invalid_option" "An option has a value that it cannot have."
    Setup "invalid_scheme" "The JSON of a custom scheme does not describe one."
    Malformed "repeated_header" "A header that must stand once stands several times."
    Malformed "non_ascii_header" "A header's value holds bytes beyond ASCII."
    Malformed "malformed_header" "A header's value does not follow its grammar."
    Malformed "malformed_field" "A value in the body does not follow its grammar."
    Malformed "malformed_parameter" "A query or form parameter does not follow its grammar."
    Malformed "malformed_body" "The body cannot be read for what the signature needs of it."
    Unauthenticated "missing_header" "A header that the signature needs is not there."
    Unauthenticated "missing_field" "A value in the body that the signature needs is not there, or stands there twice."
    Unauthenticated "missing_parameter" "A query or form parameter that the signature needs is not there."
    Unauthenticated "missing_claim" "A claim that the token must have is not there, or stands there twice."
    Unauthenticated "no_signature" "The signature header holds no signature."
    Unauthenticated "unsupported_version" "The signature header holds only versions that the scheme does not verify."
    Unauthenticated "unsupported_algorithm" "The request names another algorithm than the configured one."
    Unauthenticated "claim_mismatch" "A claim of the token has another value than it must have."
    Unauthenticated "digest_mismatch" "A signed digest that the request carries is of another body or URL."
    Unauthenticated "uncovered_body" "The body is of a kind that the signature does not cover."
    Unauthenticated "no_verify_token" "A handshake carries a verify token, and none was configured."
    Unauthenticated "verify_token_mismatch" "A handshake carries another verify token than the configured one."
    Unauthenticated "timestamp_too_old" "The timestamp lies further in the past than the tolerance allows."
    Unauthenticated "timestamp_in_future" "The timestamp lies further in the future than the tolerance allows."
    Unauthenticated "signature_mismatch" "No signature was made with one of the secrets over this content."
    Unauthenticated "certificate_url" "The address of the certificate is not one of the vendor's."
    Unauthenticated "unusable_certificate" "The certificate that the request names is not valid, not the vendor's or not trusted."
    Unauthenticated "other_topic" "The message is of a topic that no secret names."
    Incomplete "needs_certificate" "The request names a certificate that must be fetched before it can be judged."
    Sign "invalid_id" "The id cannot stand in the scheme's header."
    Sign "invalid_event_type" "The event type cannot stand in the scheme's header."
    Sign "invalid_timestamp" "The timestamp has more than 12 digits."
    Sign "needs_target" "The scheme signs more than the body, and needs the request's method and URL."
    Sign "no_private_key" "The verifier holds public keys alone, which cannot sign."
    Sign "invalid_body" "The body is not of the form that the scheme signs."
}
