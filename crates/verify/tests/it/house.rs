//! What the sources themselves must keep to, where no lint says it.
//!
//! The sources are read where they lie, so this is native.

#![cfg(not(target_family = "wasm"))]

use std::fs;
use std::path::{Path, PathBuf};

use crate::test;

/// Path and text of each Rust file below a directory of this crate.
fn sources(directory: &str) -> Vec<(PathBuf, String)> {
    fn walk(directory: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("text");
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(directory),
        &mut found,
    );
    assert!(found.len() > 10, "{directory}");
    found
}

#[test]
fn every_test_runs_in_webassembly_as_well() {
    for (path, text) in sources("tests/it") {
        let has_tests = text.lines().any(|line| line == "#[test]");
        let native = text.contains("#![cfg(not(target_family = \"wasm\"))]");
        let imports = text.contains("\nuse crate::test;\n");
        let path = path.display();
        assert!(
            !has_tests || native || imports,
            "{path}: `use crate::test;` is missing"
        );
    }
}

#[test]
fn signatures_are_compared_in_one_place_and_in_constant_time() {
    let calls: Vec<String> = sources("src")
        .iter()
        .flat_map(|(path, text)| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let calls = text.lines().filter(|line| line.contains(".ct_eq("));
            calls
                .map(|line| format!("{name}: {}", line.trim()))
                .collect::<Vec<_>>()
        })
        .collect();
    let same = "key.rs: !expected.is_empty() && bool::from(expected.ct_eq(received))";
    assert_eq!(calls, [same]);
}
