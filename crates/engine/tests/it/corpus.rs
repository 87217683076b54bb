//! Every published query that binds also runs: over sample events where a table has them, over
//! nothing where it has not, and its answer has the columns that it was bound to.
//!
//! `CORPUS_STRIDE=1` runs all of them, which takes minutes without optimisation; `yagura hunt
//! --jsonl` does the same over whole data.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader, Cursor},
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::{Engine, Options};
use flate2::read::GzDecoder;
use kql::{
    answer::Answer,
    check, environment,
    hunt::{BoxFuture, HuntFault, Hunter, Outside},
    time::MINUTE,
};
use serde_json::Value as Json;

use crate::support::{Alerts, NOW, ask};

/// Every so many queries are run unless `CORPUS_STRIDE` says otherwise.
const STRIDE: usize = 12;
/// Rows of each sample table.
const ROWS: usize = 400;

/// Queries that the reference binds and no engine with RE2's expressions can run.
const IMPOSSIBLE: [(&str, &str); 1] = [("2041cf2f", "backreferences are not supported")];

/// What lies outside is there, and empty.
#[derive(Debug)]
struct Nothing;

impl Outside for Nothing {
    fn may_read(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn read<'a>(&'a self, _: &'a str, _: usize) -> BoxFuture<'a, Result<Vec<u8>, String>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

fn shared() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared")
}

/// Some rows of a sample file, a minute apart and just over.
fn sample(path: &Path) -> String {
    let lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines();
    let mut body = String::new();
    for (at, line) in lines.take(ROWS).enumerate() {
        let mut row: Json = serde_json::from_str(&line.unwrap()).unwrap();
        let time = NOW - MINUTE * (1 + at as i64);
        row["Timestamp"] = kql::time::format_datetime(time).into();
        body += &format!("{row}\n");
    }
    body
}

struct Field {
    runtime: tokio::runtime::Runtime,
    engines: HashMap<&'static str, Engine>,
    _dir: tempfile::TempDir,
}

impl Field {
    /// A lake with the sample, seen from each environment; none when there is no sample.
    fn new() -> Option<Self> {
        let files = std::fs::read_dir(shared().join("bench/sample")).ok()?;
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let engines: HashMap<_, _> = environment::NAMES
            .into_iter()
            .map(|name| {
                let options = Options {
                    environment: environment::named(name),
                    outside: Some(Arc::new(Nothing)),
                    threads: Some(2),
                    ..Options::new(dir.path())
                };
                (name, Engine::open(options, Arc::new(Alerts)).unwrap())
            })
            .collect();
        for path in files.map(|it| it.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let Some(table) = name.strip_suffix(".ndjson.gz") else { continue };
            let body = Box::new(Cursor::new(sample(&path).into_bytes()));
            let done = runtime.block_on(engines["xdr"].ingest("t1", table, body)).unwrap();
            assert_eq!(done.refused_count, 0, "{table}: {:?}", done.refused);
        }
        Some(Self { runtime, engines, _dir: dir })
    }
}

/// What is wrong with an answer beside what checking the query said.
fn difference(answer: &Answer, checked: &check::Checked) -> Option<String> {
    for row in &answer.rows {
        if row.len() != answer.columns.len() {
            return Some(format!("a row has {} cells", row.len()));
        }
        let fits = |(cell, column): (&kql::value::Value, &kql::types::Column)| {
            cell.ty().is_none_or(|it| it == column.ty)
        };
        if !row.iter().zip(&answer.columns).all(fits) {
            return Some(format!("a row is not of the columns' types: {row:?}"));
        }
    }
    // what hangs on the data cannot be known before
    let columns = checked.columns.as_ref().filter(|_| !checked.open)?;
    (*columns != answer.columns).then(|| "other columns than it was bound to".to_owned())
}

#[test]
fn published_queries_run_to_the_columns_they_were_bound_to() {
    let queries = std::fs::read_to_string(shared().join("kql/corpus/dev.jsonl")).ok();
    let (Some(queries), Some(field)) = (queries, Field::new()) else {
        println!("SKIPPED: there is no corpus with a sample beside the checkout");
        return;
    };
    let stride = std::env::var("CORPUS_STRIDE").ok().and_then(|it| it.parse().ok());
    let (mut all, mut right, mut elsewhere, mut wrong) = (0, 0, 0, Vec::new());
    for line in queries.lines().step_by(stride.unwrap_or(STRIDE)) {
        let query: Json = serde_json::from_str(line).unwrap();
        let (id, text) = (query["id"].as_str().unwrap(), query["query"].as_str().unwrap());
        let Some(engine) = query["env"].as_str().and_then(|it| field.engines.get(it)) else {
            continue;
        };
        let functions = engine::functions();
        let checked = check::check(text, query["env"].as_str(), functions, NOW).unwrap();
        all += 1;
        match field.runtime.block_on(engine.hunt(ask("t1", text))) {
            Ok(answer) => match difference(&answer, &checked) {
                None => right += 1,
                Some(what) => wrong.push(format!("{id}: {what}")),
            },
            // `workspace("…")` and the like need another server
            Err(HuntFault::Runtime(text)) if text.contains("another place") => elsewhere += 1,
            Err(fault) => {
                let text = format!("{fault} {fault:?}");
                let known =
                    IMPOSSIBLE.iter().any(|(it, why)| id.starts_with(it) && text.contains(why));
                if !known {
                    wrong.push(format!("{id}: {text}"));
                }
            }
        }
    }
    println!("{right} of {all} queries run as they were bound, {elsewhere} need another server");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
