//! Published queries: how many parse, how many bind, and whether their columns are the
//! reference's. The figures are printed (`--nocapture`); the floors keep them from falling.

use std::collections::{BTreeMap, HashMap};

use kql::{compile, diagnostic::Severity, syntax};
use serde_json::Value as Json;

use crate::support::{NOW, Tables, env, fact, reference_functions};

fn lines(path: &str) -> Option<Vec<Json>> {
    fact(path)?.lines().map(|it| serde_json::from_str(it).ok()).collect()
}

#[test]
fn published_queries_parse() {
    let Some(queries) = lines("corpus/dev.jsonl") else {
        println!("skipped: no corpus");
        return;
    };
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut parsed = 0;
    for query in &queries {
        let text = query["query"].as_str().unwrap_or_default();
        let found = syntax::parse(text).diagnostics;
        match found.first() {
            None => parsed += 1,
            Some(first) => {
                *reasons.entry(first.code.to_owned()).or_default() += 1;
                if std::env::var_os("KQL_SHOW").is_some() {
                    println!("{} {}", query["id"], first.at_line(text));
                }
            }
        }
    }
    println!("{parsed} of {} queries parse; the others: {reasons:?}", queries.len());
    assert!(parsed * 100 >= queries.len() * 99, "{parsed} of {}", queries.len());
}

#[test]
fn published_queries_bind_to_the_reference_columns() {
    let (Some(queries), Some(schemas), Some(functions)) =
        (lines("corpus/dev.jsonl"), lines("corpus/dev_schema.jsonl"), reference_functions())
    else {
        println!("skipped: no corpus");
        return;
    };
    let expected: HashMap<&str, &Json> =
        schemas.iter().filter_map(|it| Some((it["id"].as_str()?, it))).collect();
    let mut xdr = Tables::default();
    xdr.add("schema/advanced-hunting.json");
    let mut sentinel = Tables::default();
    sentinel.add("schema/sentinel.json");
    let mut unified = Tables::default();
    unified.add("schema/advanced-hunting.json");
    unified.add("schema/sentinel.json");
    let (mut all, mut unsupported, mut bound, mut same, mut open) = (0, 0, 0, 0, 0);
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for query in &queries {
        let (Some(text), Some(id)) = (query["query"].as_str(), query["id"].as_str()) else {
            continue;
        };
        let Some(schema) = expected.get(id) else { continue };
        let catalog = match schema["env"].as_str() {
            Some("xdr") => &xdr,
            Some("sentinel") => &sentinel,
            _ => &unified,
        };
        all += 1;
        let compiled = compile(text, &env(catalog, &functions));
        let errors: Vec<_> =
            compiled.diagnostics.iter().filter(|it| it.severity == Severity::Error).collect();
        if errors.iter().any(|it| it.code == kql::codes::UNSUPPORTED) {
            unsupported += 1;
            continue;
        }
        if let Some(first) = errors.first() {
            *reasons.entry(first.code).or_default() += 1;
            if std::env::var_os("KQL_SHOW").is_some() {
                println!("{id} {}", first.at_line(text));
            }
            continue;
        }
        bound += 1;
        if schema["open"] == true || schema["columns"].is_null() {
            open += 1;
            continue;
        }
        let wanted: Vec<String> = schema["columns"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| {
                let (name, ty) = (it["name"].as_str(), it["type"].as_str());
                format!("{}:{}", name.unwrap_or_default(), ty.unwrap_or_default())
            })
            .collect();
        let plan = compiled.plan.unwrap_or_else(|| panic!("no error, so a plan: {text}"));
        let got: Vec<String> =
            plan.columns.iter().map(|it| format!("{}:{}", it.name, it.ty.name())).collect();
        if got == wanted {
            same += 1;
        } else if std::env::var_os("KQL_SHOW").is_some() {
            let at = got.iter().zip(&wanted).position(|(a, b)| a != b);
            println!(
                "{id} columns differ at {at:?}: got {:?}, wanted {:?} ({} and {})",
                at.and_then(|at| got.get(at)).or(got.last()),
                at.and_then(|at| wanted.get(at)).or(wanted.last()),
                got.len(),
                wanted.len()
            );
        }
    }
    println!(
        "{all} queries bind in the reference: {unsupported} need what is not built, {bound} bind, \
         {same} of {} have the same columns; mistakes: {reasons:?} (now is {NOW})",
        bound - open
    );
    assert!(bound * 100 >= (all - unsupported) * 95, "{bound} of {}", all - unsupported);
    assert!(same * 100 >= (bound - open) * 95, "{same} of {}", bound - open);
}

#[test]
fn benchmark_hunts_bind() {
    let Some(functions) = reference_functions() else {
        println!("skipped: no fact files");
        return;
    };
    let mut tables = Tables::default();
    tables.add("schema/advanced-hunting.json");
    let mut unbuilt = Vec::new();
    for entry in [
        "h01_needle_has",
        "h02_common_has",
        "h03_has_any_50",
        "h04_contains",
        "h05_regex",
        "h06_ioc_sha1_1000",
        "h07_device_hour",
        "h08_summarize_device",
        "h09_arg_max_device",
        "h10_top_remote",
        "h11_join_proc_net_5m",
        "h12_join_innerunique",
        "h13_leftanti_first_seen",
        "h14_make_series",
        "h15_mv_expand",
        "h16_parse_json",
        "h17_timeline_1h",
        "h18_prevalence",
        "h19_rare_parents",
        "h20_beaconing",
        "h21_ipv4_range",
        "h22_union_device",
        "h23_search_all",
        "h24_percentile",
    ] {
        let Some(text) = fact(&format!("../bench/hunts/{entry}.kql")) else { continue };
        let found = compile(&text, &env(&tables, &functions)).diagnostics;
        match found.first() {
            None => {}
            Some(first) if first.code == kql::codes::UNSUPPORTED => unbuilt.push(entry),
            Some(first) => panic!("{entry}: {}", first.at_line(&text)),
        }
    }
    println!("hunts that need what is not built: {unbuilt:?}");
}
