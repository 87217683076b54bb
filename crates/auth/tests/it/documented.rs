//! The permission table, the schema and the published operations agree: whatever is documented has
//! a line, and every line names something that the schema has.

use std::collections::{BTreeMap, BTreeSet};

use auth::policy::policy;
use model::{Version, graph, path};

/// A path with a key and arguments in place of what stands in braces.
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
fn every_documented_operation_has_a_line() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/graph/operations.tsv");
    let Ok(table) = std::fs::read_to_string(file) else {
        eprintln!("SKIPPED: there is no {file}");
        return;
    };
    let head: Vec<&str> = table.lines().next().unwrap().split('\t').collect();
    let at = |name: &str| head.iter().position(|it| *it == name).unwrap();
    let known = ["doc_page", "least_privilege_application", "least_privilege_delegated"].map(at);
    let (mut left, mut areas) = (Vec::new(), BTreeMap::<&str, (usize, usize)>::new());
    for line in table.lines().skip(1) {
        let row: Vec<&str> = line.split('\t').collect();
        if known.iter().all(|column| row[*column].is_empty()) {
            continue;
        }
        // Where the version is not known, the operation is served in beta.
        let version = Version::parse(row[at("version")]).unwrap_or(Version::Beta);
        let (method, sent) = (row[at("method")], concrete(row[at("path")]));
        let count = areas.entry(row[at("area")]).or_default();
        count.1 += 1;
        let template = path::resolve(graph(version), &sent).map(|it| it.template());
        let rule = template
            .as_ref()
            .ok()
            .and_then(|template| policy().rule(version.as_str(), method, template));
        let Some(rule) = rule else {
            left.push(format!("{version} {method} {sent}: {template:?}"));
            continue;
        };
        count.0 += 1;
        // The rights of the row itself, where it names any, are those of the line.
        let wanted = |columns: [&str; 2]| -> Vec<&str> {
            columns.iter().flat_map(|it| row[at(it)].split_whitespace()).collect()
        };
        let roles = wanted(["least_privilege_application", "other_application"]);
        let scopes = wanted(["least_privilege_delegated", "other_delegated"]);
        if !roles.is_empty() || !scopes.is_empty() {
            let missing = roles.iter().any(|it| !rule.roles.iter().any(|role| role == it))
                || scopes.iter().any(|it| !rule.scopes.iter().any(|scope| scope == it));
            if missing {
                left.push(format!("{version} {method} {sent}: other rights than {rule:?}"));
            }
        }
    }
    for (area, (ruled, all)) in areas {
        println!("{area:<32} {ruled:>3} of {all:>3}");
    }
    assert!(left.is_empty(), "{} rows:\n{}", left.len(), left.join("\n"));
}

#[test]
fn every_line_is_something_the_schema_has() {
    let mut left = Vec::new();
    for rule in policy().rules() {
        for version in rule.versions.iter().filter_map(|it| Version::parse(it)) {
            // A closing `/*` is any property; the arguments of a function are not in its template.
            if rule.template.ends_with("/*") {
                continue;
            }
            let arguments = match rule.template.rsplit('/').next() {
                Some("computeInheritance") => "(labelIds=[])",
                Some("getRunHuntingQuery") => "(query='')",
                Some("aggregatedAppsDetails") => "(period=P1D)",
                _ => "",
            };
            let sent = rule.template.replace("{id}", "1") + arguments;
            match path::resolve(graph(version), &sent) {
                Ok(target) if target.template() == rule.template && target.allows(&rule.method) => {
                }
                Ok(target) => {
                    left.push(format!("{version} {} {}: {}", rule.method, sent, target.template()));
                }
                Err(error) => left.push(format!("{version} {} {sent}: {error}", rule.method)),
            }
        }
    }
    assert!(left.is_empty(), "{} lines:\n{}", left.len(), left.join("\n"));
}

#[test]
fn the_description_has_every_line() {
    for version in Version::ALL {
        let offers = policy().offers(version.as_str());
        let document = model::openapi::document(version, &offers);
        let paths = document["paths"].as_object().unwrap().values();
        let described: BTreeSet<&str> = paths
            .flat_map(|it| it.as_object().unwrap().values())
            .map(|it| it["operationId"].as_str().unwrap())
            .collect();
        let single = offers.iter().filter(|it| {
            !it.template.ends_with("/*") && it.template != "/" && !it.template.starts_with("/$")
        });
        for offer in single {
            let id = offer.template.replace('/', ".").replace(['{', '}', '$'], "");
            let id = format!("{}{id}", offer.method.to_ascii_lowercase());
            assert!(described.contains(id.as_str()), "{version} {id}");
        }
        if let Some(folder) = std::env::var_os("OPENAPI_FOLDER") {
            let file = std::path::Path::new(&folder).join(format!("{version}.json"));
            std::fs::write(file, document.to_string()).unwrap();
        }
    }
}
