//! `yagura kql`: what can be done with queries without running them.

mod check;
mod explain;
mod format;
mod lsp;
mod schema;

use std::{fs, io::Read, path::Path, process::ExitCode};

use anyhow::Context;

use crate::{
    cli::kql::{KqlArgs, KqlCommand},
    config,
};

/// Runs it.
pub fn run(args: KqlArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        KqlCommand::Check(args) => check::run(&args),
        KqlCommand::Explain(args) => explain::run(&args),
        KqlCommand::Format(args) => format::run(&args),
        KqlCommand::Lsp(args) => lsp::run(&args),
        KqlCommand::Schema(args) => schema::run(&args),
    }
}

/// The text of a file; `-` is standard input.
fn text_of(path: &Path) -> anyhow::Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("query on standard input")?;
        return Ok(text);
    }
    fs::read_to_string(path).with_context(|| format!("query file {}", path.display()))
}

/// Refuses an environment that does not exist.
fn known(name: Option<&str>) -> anyhow::Result<()> {
    config::environment(name).map(drop)
}
