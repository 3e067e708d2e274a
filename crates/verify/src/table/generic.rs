//! What fits many vendors, each with options of its own.

use super::*;
use crate::scheme::Confidence::A;
use crate::scheme::Encoding::{Base64, Hex, Text as Plain};

pub(super) const HMAC: Scheme = Scheme::row(
    "hmac",
    "HMAC of the body",
    "https://www.rfc-editor.org/rfc/rfc2104",
    A,
)
.header("X-Signature", Hex)
.choices(list![
    Choice::Header,
    Choice::Algorithm,
    Choice::Encoding,
    Choice::Prefix,
]);

// No provider has chosen this one: what is shorter can be guessed.
pub(super) const TOKEN: Scheme = Scheme::row(
    "token",
    "Static token",
    "https://www.rfc-editor.org/rfc/rfc6750",
    A,
)
.algorithm(Algorithm::Token)
.secret(SecretForm::Raw { minimum: 8 })
.header("Authorization", Plain)
.over(list![])
.grammar(Grammar::Authorization {
    scheme: text("Bearer"),
})
.choices(list![Choice::Header, Choice::Prefix]);

pub(super) const BASIC: Scheme = Scheme::row(
    "basic",
    "Basic authentication",
    "https://www.rfc-editor.org/rfc/rfc7617",
    A,
)
.algorithm(Algorithm::Token)
.secret(SecretForm::Credentials { user: None })
.header("Authorization", Base64)
.over(list![])
.grammar(Grammar::Authorization {
    scheme: text("Basic"),
})
.choices(list![Choice::Header, Choice::User]);
