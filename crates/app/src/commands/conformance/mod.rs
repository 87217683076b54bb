//! `yagura conformance`: calls every documented operation of a server, rightly and wrongly, and
//! holds the answers against the model.
//!
//! Nothing here knows an operation by itself: the permission table says what there is (`rows.rs`),
//! the model what a call takes (`values.rs`, `arguments.rs`) and answers (`check.rs`). `items.rs`
//! makes what the calls are about, `calls.rs` makes the calls.

mod arguments;
mod calls;
mod check;
mod items;
mod report;
mod rows;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod values;
mod wire;

use std::{collections::HashMap, process::ExitCode};

use anyhow::{Context, bail};
use model::Version;

use self::{items::Items, report::Report, values::Maker, wire::Wire};
use crate::{cli::ConformanceArgs, node};

/// Runs it; the exit code is 1 when a row fails.
pub fn run(args: ConformanceArgs) -> anyhow::Result<ExitCode> {
    let policy = auth::policy::policy();
    let rows: Vec<_> = rows::rows(policy)
        .into_iter()
        .filter(|row| args.area.is_empty() || args.area.contains(&row.area))
        .filter(|row| args.only.as_ref().is_none_or(|part| row.listed.contains(part)))
        .collect();
    if rows.is_empty() {
        bail!("no operation is of that area or has that text in its path");
    }
    let wire = Wire::new(
        policy,
        &args.base,
        args.token,
        args.user_token,
        args.weak_token,
        args.ca_file.as_deref(),
    )?;
    let told = args.key.iter().map(|it| told(it)).collect::<anyhow::Result<HashMap<_, _>>>()?;
    let mut results = Vec::new();
    for version in Version::ALL {
        let mut items = Items::new(&wire, version, Maker::new(node::now()), &told);
        for row in rows.iter().filter(|row| row.version == version) {
            results.push((row.clone(), calls::run(&mut items, row)?));
        }
        if !args.keep {
            items.clean()?;
        }
    }
    let report = Report::new(results);
    if args.json {
        println!("{:#}", report.json());
    } else {
        println!("{}", report.table());
        if args.failures {
            print!("{}", report.failures());
        }
    }
    Ok(if report.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// `KIND=KEY`.
fn told(text: &str) -> anyhow::Result<(String, String)> {
    let (kind, key) = text
        .split_once('=')
        .with_context(|| format!("--key {text}: a set and a key, like security/incidents=12"))?;
    Ok((kind.trim_matches('/').to_owned(), key.to_owned()))
}
