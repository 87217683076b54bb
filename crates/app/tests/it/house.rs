//! The house itself: the arrows between the crates point down, and each keeps to its own words.

use std::{collections::BTreeMap, fs, path::Path};

use crate::harness::root;

/// Every allowed arrow. A new one is argued in `ARCHITECTURE.md` first.
const ARROWS: &[(&str, &[&str])] = &[
    ("app", &["auth", "engine", "kql", "model", "platform", "providers", "server", "store"]),
    ("auth", &["model"]),
    ("engine", &["kql", "model"]),
    ("kql", &[]),
    ("model", &[]),
    ("platform", &["auth", "kql", "model", "providers", "store"]),
    ("providers", &["auth", "model"]),
    ("server", &["auth", "kql", "model", "platform"]),
    ("store", &["model"]),
];

/// Words that only one crate may use, and the crates that may.
const WORDS: &[(&str, &[&str])] = &[
    ("datafusion", &["engine"]),
    ("rusqlite", &["store"]),
    ("tokio_postgres", &["store"]),
    ("axum", &["server"]),
    ("arrow::", &["engine"]),
    ("parquet::", &["engine"]),
];

fn manifests() -> BTreeMap<String, toml::Table> {
    let folders = fs::read_dir(root().join("crates")).unwrap();
    folders
        .map(|folder| {
            let folder = folder.unwrap();
            let text = fs::read_to_string(folder.path().join("Cargo.toml")).unwrap();
            (folder.file_name().into_string().unwrap(), text.parse().unwrap())
        })
        .collect()
}

#[test]
fn arrows_point_down() {
    let manifests = manifests();
    for (name, manifest) in &manifests {
        let allowed = ARROWS.iter().find(|(from, _)| from == name).map(|(_, to)| *to);
        let allowed = allowed.unwrap_or_else(|| panic!("crate {name} is not on the map"));
        let named = manifest["dependencies"].as_table().unwrap().keys();
        for to in named.filter(|to| manifests.contains_key(*to)) {
            assert!(allowed.contains(&to.as_str()), "arrow {name} -> {to} points up");
        }
    }
    assert_eq!(manifests.len(), ARROWS.len());
}

#[test]
fn each_crate_keeps_to_its_words() {
    fn walk(folder: &Path, check: &mut dyn FnMut(&Path, &str)) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, check);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                check(&path, &fs::read_to_string(&path).unwrap());
            }
        }
    }
    for (name, _) in ARROWS {
        walk(&root().join("crates").join(name).join("src"), &mut |path, text| {
            for (number, line) in text.lines().enumerate() {
                if line.trim_start().starts_with("//") {
                    continue;
                }
                for (word, homes) in WORDS {
                    let misplaced = line.contains(word) && !homes.contains(name);
                    assert!(!misplaced, "{}:{}: names {word}", path.display(), number + 1);
                }
            }
        });
    }
}

#[test]
fn every_source_file_says_what_it_is() {
    let mut silent = Vec::new();
    let mut folders = vec![root().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !fs::read_to_string(&path).unwrap().starts_with("//!")
            {
                silent.push(path);
            }
        }
    }
    assert!(silent.is_empty(), "no module header: {silent:?}");
}

#[test]
fn pages_name_files_that_exist() {
    let root = root();
    let mut pages = vec![root.join("ARCHITECTURE.md"), root.join("README.md")];
    let docs = fs::read_dir(root.join("docs/src")).unwrap();
    pages.extend(docs.map(|entry| entry.unwrap().path()));
    let homes = ["crates/", "schema/", "docs/", "bench/", "tests/", "scripts/", "fuzz/"];
    for page in pages.iter().filter(|page| page.extension().is_some_and(|e| e == "md")) {
        let text = fs::read_to_string(page).unwrap();
        for quoted in text.split('`').skip(1).step_by(2) {
            let is_path = homes.iter().any(|home| quoted.starts_with(home));
            let pattern = quoted.contains(['*', '<', '{', ' ', '…']);
            if is_path && !pattern {
                let exists = root.join(quoted.trim_end_matches('/')).exists();
                assert!(exists, "{} names {quoted}, which is not there", page.display());
            }
        }
    }
}
