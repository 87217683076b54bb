//! Every documented operation resolves, when the fact files lie beside the workspace.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::resolve;
use crate::{Version, graph};

/// A documented operation: version, method, path with concrete keys and arguments.
struct Row {
    version: Version,
    method: String,
    path: String,
    area: String,
}

/// The documented rows: those with a page or a permission. Where the version is not known, the
/// operation is served in beta.
fn rows(table: &str) -> Vec<Row> {
    let mut lines = table.lines();
    let head: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let at = |name: &str| head.iter().position(|it| *it == name).unwrap();
    let (page, app, user) =
        (at("doc_page"), at("least_privilege_application"), at("least_privilege_delegated"));
    lines
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|row| [page, app, user].iter().any(|column| !row[*column].is_empty()))
        .map(|row| Row {
            version: Version::parse(row[at("version")]).unwrap_or(Version::Beta),
            method: row[at("method")].to_owned(),
            path: concrete(row[at("path")]),
            area: row[at("area")].to_owned(),
        })
        .collect()
}

/// Keys and arguments in place of what stands in braces.
fn concrete(path: &str) -> String {
    let path = path
        .replace("{labelIds}", "[\"a\",\"b\"]")
        .replace("{contentFormats}", "[\"file\"]")
        .replace("{period}", "duration'P7D'");
    let mut out = String::new();
    let mut rest = path.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        out.push('1');
        rest = after.split_once('}').unwrap().1;
    }
    out + rest
}

#[test]
fn every_documented_operation_resolves() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/graph/operations.tsv");
    let Ok(table) = std::fs::read_to_string(file) else {
        eprintln!("SKIPPED: there is no {file}");
        return;
    };
    let rows = rows(&table);
    assert_eq!(rows.len(), 719);
    let mut areas: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut left = Vec::new();
    for row in &rows {
        let count = areas.entry(&row.area).or_default();
        count.1 += 1;
        match resolve(graph(row.version), &row.path) {
            Ok(target) if target.allows(&row.method) => count.0 += 1,
            Ok(target) => left.push(format!(
                "{} {} {}: {} has no {}",
                row.version,
                row.method,
                row.path,
                target.template(),
                row.method
            )),
            Err(error) => {
                left.push(format!("{} {} {}: {error}", row.version, row.method, row.path));
            }
        }
    }
    for (area, (resolved, all)) in areas {
        println!("{area:<32} {resolved:>3} of {all:>3}");
    }
    assert!(left.is_empty(), "{} rows:\n{}", left.len(), left.join("\n"));
}
