//! Writes the table of `docs/explain.md`, and fails where the two differ.

#![cfg(not(target_family = "wasm"))] // it reads the document

use hookgate::CAUSES;

const START: &str = "<!-- from the table -->\n";
const END: &str = "<!-- end of the table -->\n";

#[test]
fn the_document_says_what_the_table_of_causes_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/explain.md");
    // Absent in a package, which has no documents of the project.
    let Ok(document) = std::fs::read_to_string(path) else {
        return;
    };
    let (before, rest) = document.split_once(START).expect("where the table starts");
    let (_, after) = rest.split_once(END).expect("where the table ends");
    let mut table = String::from("| code | what is wrong | what to do |\n| --- | --- | --- |\n");
    for cause in CAUSES {
        let row = [cause.code, cause.meaning, cause.remedy].map(|cell| cell.replace('|', "\\|"));
        table += &format!("| `{}` | {} | {} |\n", row[0], row[1], row[2]);
    }
    let written = [before, START, &table, END, after].concat();
    if std::env::var_os("HOOKGATE_WRITE_DOCS").is_some() {
        std::fs::write(path, written).expect("a place to write to");
    } else {
        assert!(
            written == document,
            "docs/explain.md is out of date: run this test with HOOKGATE_WRITE_DOCS=1"
        );
    }
}
