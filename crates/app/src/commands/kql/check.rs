//! `yagura kql check`: files for people, lines for scripts.

use std::{
    io::{self, BufRead, Write},
    path::Path,
    process::ExitCode,
};

use kql::{check, excerpt::excerpt};

use super::{known, text_of};
use crate::{cli::kql::KqlCheckArgs, node};

/// Checks; exit code 1 when something is wrong.
pub fn run(args: &KqlCheckArgs) -> anyhow::Result<ExitCode> {
    if args.jsonl {
        lines()?;
        return Ok(ExitCode::SUCCESS);
    }
    known(args.env.as_deref())?;
    let files: Vec<&Path> = if args.files.is_empty() {
        vec![Path::new("-")]
    } else {
        args.files.iter().map(AsRef::as_ref).collect()
    };
    let mut fine = true;
    for file in files {
        let text = text_of(file)?;
        let name = if file == Path::new("-") { "query".into() } else { file.to_string_lossy() };
        let Some(found) =
            check::check(&text, args.env.as_deref(), engine::functions(), node::now().0)
        else {
            continue;
        };
        for diagnostic in &found.diagnostics {
            eprint!("{}", excerpt(diagnostic, &text, &name));
        }
        fine = fine && found.is_ok();
        if found.is_ok() {
            let columns = found.columns.into_iter().flatten();
            let columns: Vec<String> =
                columns.map(|it| format!("{}:{}", it.name, it.ty.name())).collect();
            println!("{name}: {}", columns.join(", "));
        }
    }
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One JSON object in, one out; a wrong query is an answer, not a failure.
fn lines() -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let now = node::now().0;
    for line in io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty() {
            writeln!(out, "{}", check::line(&line, engine::functions(), now))?;
        }
    }
    out.flush()?;
    Ok(())
}
