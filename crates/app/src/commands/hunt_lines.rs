//! `yagura hunt --jsonl`: many queries on a data directory, each in the environment it names; to see
//! whether a collection of hunts runs, and how long each takes.

use std::{
    collections::HashMap,
    io::{self, BufRead, Write},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use kql::{
    answer::Answer,
    hunt::{Ask, HuntFault, Hunter, Limits},
};
use platform::areas::hunting::alert_rows::AlertRows;
use serde_json::{Value as Json, json};

use crate::{
    cli::HuntArgs,
    config,
    node::{self, Options},
};

/// The longest that one query may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// Runs each line; a query that fails is an answer, not a failure.
pub fn run(args: &HuntArgs) -> anyhow::Result<ExitCode> {
    let lookback = config::lookback_days(&args.lookback)?;
    node::runtime()?.block_on(async {
        let base = Options::new(&args.place.data)?;
        let node = node::open(&base).await?;
        let tenant = node.tenant(args.place.access.tenant.as_deref()).await?;
        let rows = Arc::new(AlertRows::new(node.platform.store().clone()));
        let mut engines: HashMap<String, engine::Engine> = HashMap::new();
        let mut out = io::stdout();
        for line in io::stdin().lock().lines() {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let line: Json = serde_json::from_str(&line)?;
            let name = line["env"].as_str().or(args.env.as_deref());
            let options =
                Options { environment: config::environment(name)?, ..Options::new(&base.data)? };
            let engine = match engines.entry(name.unwrap_or_default().to_owned()) {
                std::collections::hash_map::Entry::Occupied(it) => it.into_mut(),
                std::collections::hash_map::Entry::Vacant(it) => {
                    it.insert(node::engine(&options, Arc::clone(&rows))?)
                }
            };
            let now = node::now().0;
            let ask = Ask {
                tenant: tenant.clone(),
                text: line["query"].as_str().unwrap_or_default().to_owned(),
                window: lookback.map(|days| (now - i64::from(days) * kql::time::DAY, now)),
                now,
                limits: Limits { time: PATIENCE, ..Limits::default() },
            };
            let started = Instant::now();
            let mut told = told(engine.hunt(ask).await);
            told["id"] = line["id"].clone();
            told["seconds"] = json!(started.elapsed().as_secs_f64());
            writeln!(out, "{told}")?;
            out.flush()?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// What became of a query.
fn told(answer: Result<Answer, HuntFault>) -> Json {
    match answer {
        Ok(answer) => {
            let columns: Vec<Json> = answer
                .columns
                .iter()
                .map(|it| json!({ "name": it.name, "type": it.ty.name() }))
                .collect();
            json!({ "ok": true, "columns": columns, "rows": answer.rows.len() })
        }
        Err(HuntFault::Internal(cause)) => {
            json!({ "ok": false, "error": format!("internal: {cause}") })
        }
        Err(HuntFault::Query(found)) => {
            let first = found.iter().find(|it| it.severity == kql::diagnostic::Severity::Error);
            let first = first.map(|it| format!("{} {}", it.code, it.message));
            json!({ "ok": false, "error": first })
        }
        Err(fault) => json!({ "ok": false, "error": fault.to_string() }),
    }
}
