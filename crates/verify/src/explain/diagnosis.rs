//! What a diagnosis says, as data and as a report for people.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::causes::known;
use crate::text::decimal;

/// Why a request is refused, check by check, and the causes that were found.
///
/// It is no verdict: only [`Verifier::verify`](crate::Verifier::verify) decides. A diagnosis without
/// a fault says that none was found, and nothing more.
///
/// It holds no secret, no whole signature and no token. It does quote some of what was signed, and
/// tells whoever reads it how the request was made: show it to those who may see the request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The name of the scheme that was asked for.
    pub scheme: Cow<'static, str>,
    /// The code that `Verifier::new` or `verify` answers with, of [`CODES`](crate::CODES); `None`
    /// where no fault was found.
    pub refusal: Option<&'static str>,
    /// What was checked, in order.
    pub checks: Vec<Check>,
    /// What was found, the certain first.
    pub causes: Vec<Cause>,
    /// How many changed requests were tried.
    pub tried: u32,
    /// How many more were not, as the body is too large to hash it so often.
    pub untried: u32,
    /// What the trials cost at most, in bytes that are hashed by SHA-256.
    pub work: u64,
}

/// One check and what it saw.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// `secrets`, `headers`, `form`, `timestamp`, `content`, `signature` or `claims`.
    pub name: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What it saw, in a sentence.
    pub summary: String,
    /// The data behind it: name and value.
    pub data: Vec<(&'static str, String)>,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong with it.
    Passed,
    /// Something is.
    Failed,
    /// It could not be made, since an earlier one failed.
    NotReached,
}

/// A cause that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cause {
    /// Its code, of [`CAUSES`](crate::CAUSES).
    pub code: &'static str,
    /// Whether it was proved: a trial with this put right fits the signature, or the check failed
    /// for exactly this. Else it is a guess from what the request looks like.
    pub certain: bool,
    /// What was seen in this request.
    pub detail: String,
}

impl Verdict {
    /// `passed`, `failed` or `not_reached`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotReached => "not_reached",
        }
    }
}

impl Cause {
    /// What is wrong, in a sentence.
    pub fn meaning(&self) -> &'static str {
        known(self.code).0
    }

    /// How to mend it.
    pub fn remedy(&self) -> &'static str {
        known(self.code).1
    }
}

impl Diagnosis {
    /// What `Display` writes, without the formatter: for small builds.
    pub fn report(&self) -> String {
        let mut text = String::new();
        // One call for each line: what formats would weigh more than what it says.
        let mut line = |parts: &[&str]| parts.iter().for_each(|part| text.push_str(part));
        match self.refusal {
            Some(code) => line(&[&self.scheme, ": refused, ", code, "\n\n"]),
            None => line(&[&self.scheme, NO_FAULT]),
        }
        for check in &self.checks {
            let mark = match check.verdict {
                Verdict::Passed => "  ok    ",
                Verdict::Failed => "  FAIL  ",
                Verdict::NotReached => "  -     ",
            };
            let room = "           ".get(check.name.len()..).unwrap_or_default();
            line(&[mark, check.name, room, &check.summary, "\n"]);
            for (name, value) in &check.data {
                line(&["                   ", name, ": ", value, "\n"]);
            }
        }
        for (index, cause) in self.causes.iter().enumerate() {
            let number = decimal(index as u64 + 1);
            let start = if index == 0 { "\nCauses\n\n  " } else { "\n  " };
            let certain = if cause.certain {
                " (certain)\n     "
            } else {
                " (a guess)\n     "
            };
            line(&[
                start,
                &number,
                ". ",
                cause.code,
                certain,
                cause.meaning(),
                "\n",
            ]);
            if !cause.detail.is_empty() {
                line(&["     Here: ", &cause.detail, ".\n"]);
            }
            line(&["     -> ", cause.remedy(), "\n"]);
        }
        if self.tried + self.untried > 0 {
            let tried = decimal(self.tried as u64);
            line(&["\nTried with one or two things changed: ", &tried]);
            if self.untried > 0 {
                line(&[
                    "; left out, as the body is large: ",
                    &decimal(self.untried as u64),
                ]);
            }
            line(&["\n"]);
        }
        text
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report())
    }
}

const NO_FAULT: &str = ": no fault was found (this is no verdict: `verify` alone decides)\n\n";
