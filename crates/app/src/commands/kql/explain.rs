//! `yagura kql explain`: the plan of a query, one step a line.

use std::{path::Path, process::ExitCode};

use kql::{Env, compile, environment, excerpt::excerpt};

use super::{known, text_of};
use crate::{cli::kql::KqlExplainArgs, node};

/// Prints the plan; exit code 1 when the query is wrong.
pub fn run(args: &KqlExplainArgs) -> anyhow::Result<ExitCode> {
    known(Some(&args.env))?;
    let text = match &args.query {
        Some(text) => text.clone(),
        None => text_of(args.query_file.as_deref().unwrap_or(Path::new("-")))?,
    };
    let Some(catalog) = environment::named(&args.env) else { return Ok(ExitCode::FAILURE) };
    let now = node::now().0;
    let env = Env { catalog: &catalog, functions: engine::functions(), now, window: None };
    let compiled = compile(&text, &env);
    for diagnostic in &compiled.diagnostics {
        eprint!("{}", excerpt(diagnostic, &text, "query"));
    }
    let Some(plan) = compiled.plan else { return Ok(ExitCode::FAILURE) };
    print!("{plan}");
    Ok(ExitCode::SUCCESS)
}
