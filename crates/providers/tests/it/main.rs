//! Samples in, documents out: every sample file beside what its lines become.
//!
//! `UPDATE_GOLDEN=1` writes the expected files anew; read the difference before keeping it.

#![allow(clippy::unwrap_used, missing_docs)]

mod golden;
mod mutation;

use std::path::PathBuf;

use providers::connector::CONNECTORS;

/// The sample files of each connector: its name and their paths.
fn samples() -> Vec<(&'static str, PathBuf)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut found = Vec::new();
    for connector in CONNECTORS {
        for entry in std::fs::read_dir(folder.join(connector.name)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "jsonl") {
                found.push((connector.name, path));
            }
        }
    }
    found.sort();
    found
}

fn lines(path: &PathBuf) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
