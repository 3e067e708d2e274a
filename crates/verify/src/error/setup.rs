//! Why a verifier cannot be built.

use super::Text;
use super::wording::{Data, Wording, speaks};

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
    const fn wording(&self) -> &'static Wording {
        match self {
            Self::UnknownScheme { .. } => &Wording {
                code: "unknown_scheme",
                sentence: "no scheme is called `{name}`",
            },
            Self::NoSecret => &Wording {
                code: "no_secret",
                sentence: "a verifier needs at least one secret",
            },
            Self::EmptySecret { .. } => &Wording {
                code: "empty_secret",
                sentence: "secret {index} is empty",
            },
            Self::LineBreakInSecret { .. } => &Wording {
                code: "line_break_in_secret",
                sentence: "secret {index} starts or ends with a line break: was it read from a file \
                           without trimming?",
            },
            Self::MalformedSecret { .. } => &Wording {
                code: "malformed_secret",
                sentence: "secret {index} has the wrong form: expected {expected}",
            },
            Self::ShortSecret { .. } => &Wording {
                code: "short_secret",
                sentence: "secret {index} is shorter than {minimum} bytes: expected {expected}",
            },
            Self::UnusableKey { .. } => &Wording {
                code: "unusable_key",
                sentence: "secret {index} cannot be used: {reason}",
            },
            Self::UnknownOption { .. } => &Wording {
                code: "unknown_option",
                sentence: "this scheme has no option `{option}`",
            },
            Self::InvalidOption { .. } => &Wording {
                code: "invalid_option",
                sentence: "the option `{option}` must be {expected}",
            },
            Self::InvalidScheme { .. } => &Wording {
                code: "invalid_scheme",
                sentence: "this is no scheme: {reason}",
            },
        }
    }

    /// The fields of this cause by their names, for where there are no variants: JavaScript, logs.
    pub fn data(&self) -> Data<'_> {
        let mut data = Data::default();
        match self {
            Self::NoSecret => {}
            Self::UnknownScheme { name } => {
                data.text("name", name);
            }
            Self::EmptySecret { index } | Self::LineBreakInSecret { index } => {
                data.number("index", *index as u64);
            }
            Self::MalformedSecret { index, expected } => {
                data.number("index", *index as u64);
                data.text("expected", expected);
            }
            Self::ShortSecret {
                index,
                expected,
                minimum,
            } => {
                data.number("index", *index as u64);
                data.text("expected", expected);
                data.number("minimum", *minimum as u64);
            }
            Self::UnusableKey { index, reason } => {
                data.number("index", *index as u64);
                data.text("reason", reason);
            }
            Self::UnknownOption { option } => {
                data.text("option", option);
            }
            Self::InvalidOption { option, expected } => {
                data.text("option", option);
                data.text("expected", expected);
            }
            Self::InvalidScheme { reason } => {
                data.text("reason", reason);
            }
        }
        data
    }
}

speaks!(SetupError);
