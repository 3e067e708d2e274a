//! Why a verifier cannot be built.

use core::fmt;

use super::Text;

/// Why a verifier could not be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// No scheme has this name. Arises where a scheme is chosen by a name from outside.
    UnknownScheme {
        /// The name that was asked for.
        name: Text,
    },
    /// No secret was given.
    NoSecret,
    /// A secret is empty, or nothing follows its prefix.
    EmptySecret {
        /// Which secret, counted from 0.
        index: usize,
    },
    /// A secret starts or ends with a line break, which a file or a shell must have left there.
    LineBreakInSecret {
        /// Which secret, counted from 0.
        index: usize,
    },
    /// A secret is not of the form that this scheme's provider hands out.
    MalformedSecret {
        /// Which secret, counted from 0.
        index: usize,
        /// The form that is expected.
        expected: Text,
    },
    /// A secret is too short to be safe.
    ShortSecret {
        /// Which secret, counted from 0.
        index: usize,
        /// The form that is expected.
        expected: Text,
        /// How many bytes it must hold once decoded.
        minimum: usize,
    },
    /// A key cannot be used here: it is of another kind, is not safe, or needs a feature that this
    /// build lacks.
    UnusableKey {
        /// Which secret, counted from 0.
        index: usize,
        /// What is wrong with it.
        reason: Text,
    },
    /// The scheme has no such option.
    UnknownOption {
        /// The option's name.
        option: Text,
    },
    /// An option has a value that it cannot have.
    InvalidOption {
        /// The option's name.
        option: Text,
        /// What is expected.
        expected: Text,
    },
    /// The JSON of a custom scheme does not describe one.
    InvalidScheme {
        /// What is wrong with it.
        reason: Text,
    },
}

impl SetupError {
    /// The stable code of this cause, listed in [`CODES`](crate::CODES).
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownScheme { .. } => "unknown_scheme",
            Self::NoSecret => "no_secret",
            Self::EmptySecret { .. } => "empty_secret",
            Self::LineBreakInSecret { .. } => "line_break_in_secret",
            Self::MalformedSecret { .. } => "malformed_secret",
            Self::ShortSecret { .. } => "short_secret",
            Self::UnusableKey { .. } => "unusable_key",
            Self::UnknownOption { .. } => "unknown_option",
            Self::InvalidOption { .. } => "invalid_option",
            Self::InvalidScheme { .. } => "invalid_scheme",
        }
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScheme { name } => write!(f, "no scheme is called `{name}`"),
            Self::NoSecret => f.write_str("a verifier needs at least one secret"),
            Self::EmptySecret { index } => write!(f, "secret {index} is empty"),
            Self::LineBreakInSecret { index } => write!(
                f,
                "secret {index} starts or ends with a line break: was it read from a file without \
                 trimming?"
            ),
            Self::MalformedSecret { index, expected } => {
                write!(f, "secret {index} has the wrong form: expected {expected}")
            }
            Self::ShortSecret {
                index,
                expected,
                minimum,
            } => {
                write!(
                    f,
                    "secret {index} is shorter than {minimum} bytes: expected {expected}"
                )
            }
            Self::UnusableKey { index, reason } => {
                write!(f, "secret {index} cannot be used: {reason}")
            }
            Self::UnknownOption { option } => {
                write!(f, "this scheme has no option `{option}`")
            }
            Self::InvalidOption { option, expected } => {
                write!(f, "the option `{option}` must be {expected}")
            }
            Self::InvalidScheme { reason } => write!(f, "this is no scheme: {reason}"),
        }
    }
}

impl core::error::Error for SetupError {}
