//! The golden cases, as far as a binder can judge them: what must be refused is refused, and what
//! runs in the reference binds, to the columns it has there.

use std::collections::BTreeMap;

use kql::{compile, diagnostic::Severity};
use serde_json::Value as Json;

use crate::support::{Tables, env, fact, reference_functions};

#[test]
fn golden_cases_bind() {
    for file in ["golden/dev.jsonl", "golden/dev_peers.jsonl"] {
        let (Some(cases), Some(functions)) = (fact(file), reference_functions()) else {
            println!("skipped: no golden cases");
            return;
        };
        let tables = Tables::default();
        let (mut refused, mut wrong_accepted, mut bound, mut unsupported, mut broken) =
            (0, 0, 0, 0, 0);
        let mut other_names = 0;
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for case in cases.lines().filter_map(|it| serde_json::from_str::<Json>(it).ok()) {
            let text = case["query"].as_str().unwrap_or_default();
            let compiled = compile(text, &env(&tables, &functions));
            let first = compiled.diagnostics.iter().find(|it| it.severity == Severity::Error);
            let show = std::env::var_os("KQL_SHOW").is_some();
            match (case["error"] == true, first) {
                (true, Some(_)) => refused += 1,
                (true, None) => {
                    wrong_accepted += 1;
                    if show {
                        println!("ACCEPTED {} {text}", case["notes"]);
                    }
                }
                (false, Some(first)) if first.code == kql::codes::UNSUPPORTED => unsupported += 1,
                (false, Some(first)) => {
                    broken += 1;
                    *reasons.entry(first.code).or_default() += 1;
                    if show {
                        println!("REFUSED {} {text}", first.at_line(text));
                    }
                }
                (false, None) => {
                    bound += 1;
                    let names: Vec<&str> = case["columns"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(|it| it["name"].as_str())
                        .collect();
                    let plan = compiled.plan.iter().flat_map(|it| &it.columns);
                    let got: Vec<&str> = plan.map(|it| it.name.as_str()).collect();
                    if names != got && names.len() == case["columns"].as_array().map_or(0, Vec::len)
                    {
                        other_names += 1;
                        if show {
                            println!("NAMES {got:?} not {names:?} {text}");
                        }
                    }
                }
            }
        }
        println!(
            "{file}: {bound} bind ({other_names} to other names), {unsupported} need what is not \
             built, {broken} are refused wrongly {reasons:?}; of those that must be refused \
             {refused} are, {wrong_accepted} not"
        );
        assert!(bound >= broken * 8, "{bound} bind, {broken} are refused wrongly");
    }
}
