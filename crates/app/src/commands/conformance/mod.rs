//! `yagura conformance`: calls every documented operation of a server, rightly and wrongly, and
//! holds the answers against the model.
//!
//! Nothing here knows an operation by itself: the permission table says what there is (`rows.rs`),
//! the model what a call takes (`values.rs`, `arguments.rs`) and answers (`check.rs`). `items.rs`
//! makes what the calls are about, `calls.rs` makes the calls. Only what is no part of the model is
//! written out, in `apart.rs`.

mod apart;
mod arguments;
mod callback;
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

use self::{
    items::Items,
    report::{Line, Report},
    values::Maker,
    wire::Wire,
};
use crate::{cli::conformance::ConformanceArgs, node};

/// Runs it; the exit code is 1 when a row fails.
pub fn run(args: ConformanceArgs) -> anyhow::Result<ExitCode> {
    let policy = auth::policy::policy();
    let wanted = |area: &str, path: &str| {
        (args.area.is_empty() || args.area.iter().any(|it| it == area))
            && args.only.as_ref().is_none_or(|part| path.contains(part))
    };
    let (rows, others): (Vec<_>, Vec<_>) =
        rows::rows(policy).into_iter().partition(|row| wanted(&row.area, &row.listed));
    let wire = Wire::new(
        policy,
        &args.base,
        args.token,
        args.user_token,
        args.weak_token,
        args.ca_file.as_deref(),
    )?;
    let told = args.key.iter().map(|it| told(it)).collect::<anyhow::Result<HashMap<_, _>>>()?;
    let called = callback::listen(&args.base, args.callback)?;
    let mut lines = Vec::new();
    for version in Version::ALL {
        let maker = Maker::new(node::now()).called_back(called.clone());
        let mut items = Items::new(&wire, version, maker, &told);
        for row in rows.iter().filter(|row| row.version == version) {
            lines.push(Line::of_row(row, calls::run(&mut items, row)?));
        }
        if !args.keep {
            items.clean()?;
        }
    }
    let every: Vec<_> = rows.into_iter().chain(others).collect();
    lines.extend(apart::run(&wire, &every, node::now(), &wanted)?);
    if lines.is_empty() {
        bail!("no operation is of that area or has that text in its path");
    }
    let report = Report::new(lines);
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
