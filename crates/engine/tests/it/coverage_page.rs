//! The page of what the engine has of the language. A name counts as done when the binder knows it:
//! a query that uses it is at most wrong about its arguments.

use std::{fmt::Write as _, path::PathBuf};

use kql::{
    Catalog, Env, codes,
    names::{self, Kind, Name},
    types::Column,
};

struct Nothing;

impl Catalog for Nothing {
    fn table(&self, _: &str) -> Option<Vec<Column>> {
        None
    }

    fn table_names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Queries that know the name if they are no worse than wrong about its use.
fn probes(name: Name) -> Vec<String> {
    let it = name.name;
    match name.kind {
        Kind::Function => {
            let matched = |call: &str| {
                format!(
                    "datatable(a: long, b: long)[] | make-graph a --> b with_node_id = n \
                     | graph-match (x)-[e*1..2]->(y) project z = {it}({call})"
                )
            };
            vec![
                format!("print {it}()"),
                matched("x"),
                matched("e"),
                matched("e, true"),
                matched("inner_nodes(e), n"),
            ]
        }
        Kind::Aggregate => vec![format!("print x = 1 | summarize {it}()")],
        Kind::Plugin => vec![format!("print x = 1 | evaluate {it}()")],
        Kind::Operator => vec![format!("print x = 1 | {it}"), format!("{it} x")],
    }
}

fn is_known(query: &str) -> bool {
    let env = Env { catalog: &Nothing, functions: engine::functions(), now: 0, window: None };
    let unknown = [codes::UNKNOWN_FUNCTION, codes::UNKNOWN_OPERATOR, codes::UNSUPPORTED];
    let compiled = kql::compile(query, &env);
    !compiled.diagnostics.iter().any(|it| unknown.contains(&it.code))
}

fn is_done(name: Name) -> bool {
    name.refused.is_none() && probes(name).iter().any(|it| is_known(it))
}

fn listed(names: &[Name]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|it| format!("`{}`", it.name)).collect::<Vec<_>>().join(", ")
}

fn page() -> String {
    let kinds = [
        (Kind::Function, "Functions"),
        (Kind::Aggregate, "Aggregates"),
        (Kind::Plugin, "Plugins"),
        (Kind::Operator, "Operators"),
    ];
    let mut summary = String::new();
    let mut sections = String::new();
    for (kind, title) in kinds {
        let all = names::all().iter().copied().filter(|it| it.kind == kind);
        let (refused, rest): (Vec<_>, Vec<_>) = all.partition(|it| it.refused.is_some());
        let (done, missing): (Vec<_>, Vec<_>) = rest.into_iter().partition(|it| is_done(*it));
        let counts = (done.len(), refused.len(), missing.len());
        let _ = writeln!(summary, "| {title} | {} | {} | {} |", counts.0, counts.1, counts.2);
        let _ = write!(sections, "\n## {title}\n\nDone: {}.\n\n", listed(&done));
        let _ = writeln!(sections, "Missing: {}.", listed(&missing));
        if !refused.is_empty() {
            sections.push_str("\n| refused | because it |\n| --- | --- |\n");
            for name in refused {
                let reason = name.refused.unwrap_or_default();
                let _ = writeln!(sections, "| `{}` | {reason} |", name.name);
            }
        }
    }
    format!(
        "# What of KQL there is\n\nThe names of the language, and which of them a query can use \
         here. The page is printed from `crates/kql/names.tsv` and from what the binder knows.\n\n\
         | | done | refused | missing |\n| --- | --- | --- | --- |\n{summary}{sections}"
    )
}

#[test]
fn the_page_tells_what_is_there() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/kql-coverage.md");
    let page = page();
    if std::env::var_os("UPDATE_PAGES").is_some() {
        std::fs::write(&path, &page).expect("can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page, "run the test with UPDATE_PAGES=1 to print the page anew");
}

#[test]
fn a_refusal_says_why() {
    let env = Env { catalog: &Nothing, functions: engine::functions(), now: 0, window: None };
    let compiled = kql::compile("print current_principal()", &env);
    assert!(compiled.diagnostics.iter().any(|it| it.message.contains("caller")));
}
