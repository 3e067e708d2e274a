//! The table of codes holds every code that an error can have, and `docs/errors.md` says what it says.

use std::collections::BTreeSet;

use hookgate::{CODES, Data, Malformed, SetupError, SignError, Stage, VerifyError};

use crate::test;

/// One error of each cause: its code, its stage, and the names of its data.
fn all() -> Vec<(&'static str, Stage, Vec<&'static str>)> {
    let names = |data: Data<'_>| data.iter().map(|(name, _)| name).collect();
    let mut all: Vec<_> = verify_errors()
        .iter()
        .map(|error| (error.code(), stage(error), names(error.data())))
        .collect();
    let setup = setup_errors();
    let setup = setup.iter();
    all.extend(setup.map(|error| (error.code(), Stage::Setup, names(error.data()))));
    let sign = sign_errors();
    let sign = sign.iter();
    all.extend(sign.map(|error| (error.code(), Stage::Sign, names(error.data()))));
    all
}

fn stage(error: &VerifyError) -> Stage {
    if matches!(error, VerifyError::NeedsCertificate { .. }) {
        assert!(!error.is_malformed());
        Stage::Incomplete
    } else if error.is_malformed() {
        Stage::Malformed
    } else {
        Stage::Unauthenticated
    }
}

#[test]
fn every_error_has_its_own_code_and_every_code_is_listed() {
    let listed: BTreeSet<&str> = CODES.iter().map(|code| code.code).collect();
    assert_eq!(listed.len(), CODES.len(), "a code is listed twice");
    let all = all();
    assert_eq!(all.len(), CODES.len(), "a code is listed that no error has");
    for (code, stage, _) in all {
        let is_row = |row: &hookgate::Code| row.code == code && row.stage == stage;
        assert!(CODES.iter().any(is_row), "{code}");
    }
}

/// Writes the table of `docs/errors.md`, and fails where the two differ.
#[cfg(not(target_family = "wasm"))] // it reads the document
#[test]
fn the_document_says_what_the_table_of_codes_says() {
    const START: &str = "<!-- from the table -->\n";
    const END: &str = "<!-- end of the table -->\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");
    // Absent in a package, which has no documents of the project.
    let Ok(document) = std::fs::read_to_string(path) else {
        return;
    };
    let (before, rest) = document.split_once(START).expect("where the table starts");
    let (_, after) = rest.split_once(END).expect("where the table ends");
    let all = all();
    let mut table = String::from("| code | stage | meaning | data |\n| --- | --- | --- | --- |\n");
    for row in CODES {
        let found = all.iter().find(|(code, ..)| *code == row.code);
        let (.., data) = found.expect("an error of this code");
        let data: Vec<String> = data.iter().map(|name| format!("`{name}`")).collect();
        let data = if data.is_empty() {
            "–".into()
        } else {
            data.join(", ")
        };
        let stage = format!("{:?}", row.stage).to_lowercase();
        table += &format!("| `{}` | {stage} | {} | {data} |\n", row.code, row.meaning);
    }
    let written = [before, START, &table, END, after].concat();
    if std::env::var_os("HOOKGATE_WRITE_DOCS").is_some() {
        std::fs::write(path, written).expect("a place to write to");
    } else {
        assert!(
            written == document,
            "docs/errors.md is out of date: run this test with HOOKGATE_WRITE_DOCS=1"
        );
    }
}

fn name() -> std::borrow::Cow<'static, str> {
    "x".into()
}

fn verify_errors() -> Vec<VerifyError> {
    vec![
        VerifyError::MissingHeader { name: name() },
        VerifyError::RepeatedHeader { name: name() },
        VerifyError::NonAsciiHeader { name: name() },
        VerifyError::MalformedHeader {
            name: name(),
            reason: Malformed::Empty,
        },
        VerifyError::NoSignature { name: name() },
        VerifyError::UnsupportedVersion {
            name: name(),
            expected: name(),
        },
        VerifyError::MissingField { pointer: name() },
        VerifyError::MalformedField {
            pointer: name(),
            reason: Malformed::Empty,
        },
        VerifyError::MissingParameter { name: name() },
        VerifyError::MalformedParameter {
            name: name(),
            reason: Malformed::Empty,
        },
        VerifyError::MalformedBody {
            reason: Malformed::NotJson,
        },
        VerifyError::UncoveredBody,
        VerifyError::UnsupportedAlgorithm {
            name: name(),
            expected: name(),
        },
        VerifyError::MissingClaim { claim: name() },
        VerifyError::ClaimMismatch { claim: name() },
        VerifyError::DigestMismatch { name: name() },
        VerifyError::NoVerifyToken,
        VerifyError::VerifyTokenMismatch,
        VerifyError::TimestampTooOld {
            timestamp: 0,
            now: 1,
            tolerance: 0,
        },
        VerifyError::TimestampInFuture {
            timestamp: 1,
            now: 0,
            tolerance: 0,
        },
        VerifyError::SignatureMismatch {
            signatures: 1,
            secrets: 1,
        },
        VerifyError::CertificateUrl {
            name: name(),
            reason: name(),
        },
        VerifyError::UnusableCertificate { reason: name() },
        VerifyError::OtherTopic { topic: name() },
        VerifyError::NeedsCertificate { url: name() },
    ]
}

fn setup_errors() -> Vec<SetupError> {
    vec![
        SetupError::UnknownScheme { name: name() },
        SetupError::NoSecret,
        SetupError::EmptySecret { index: 0 },
        SetupError::LineBreakInSecret { index: 0 },
        SetupError::MalformedSecret {
            index: 0,
            expected: name(),
        },
        SetupError::ShortSecret {
            index: 0,
            expected: name(),
            minimum: 24,
        },
        SetupError::UnusableKey {
            index: 0,
            reason: name(),
        },
        SetupError::UnknownOption { option: name() },
        SetupError::InvalidOption {
            option: name(),
            expected: name(),
        },
        SetupError::InvalidScheme { reason: name() },
    ]
}

fn sign_errors() -> Vec<SignError> {
    vec![
        SignError::InvalidId {
            reason: Malformed::Empty,
        },
        SignError::InvalidEventType {
            reason: Malformed::Empty,
        },
        SignError::InvalidTimestamp { timestamp: 1 },
        SignError::NeedsTarget,
        SignError::NoPrivateKey,
        SignError::InvalidBody {
            reason: Malformed::Empty,
        },
    ]
}
