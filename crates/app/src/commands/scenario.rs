//! `yagura scenario`: writes the sample intrusion into a folder.

use std::process::ExitCode;

use anyhow::Context;
use model::time::Timestamp;

use crate::{cli::intake::ScenarioArgs, node, scenario};

/// Writes it and says what it holds.
pub fn run(args: &ScenarioArgs) -> anyhow::Result<ExitCode> {
    let end = match &args.end {
        None => node::now(),
        Some(text) => Timestamp::parse(text)
            .with_context(|| format!("--end {text}: a time like 2026-01-05T10:00:00Z"))?,
    };
    let written = scenario::write(&args.out, args.seed, end)?;
    for (file, lines) in written {
        println!("{file:40} {lines:>8} lines");
    }
    Ok(ExitCode::SUCCESS)
}
