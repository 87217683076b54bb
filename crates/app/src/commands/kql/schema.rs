//! `yagura kql schema`: the tables of an environment, or the columns of some.

use std::process::ExitCode;

use kql::{Catalog as _, environment};

use super::known;
use crate::cli::kql::KqlSchemaArgs;

/// Prints one name a line, or one column a line.
pub fn run(args: &KqlSchemaArgs) -> anyhow::Result<ExitCode> {
    known(Some(&args.env))?;
    let Some(environment) = environment::named(&args.env) else { return Ok(ExitCode::FAILURE) };
    if args.tables.is_empty() {
        for name in environment.table_names() {
            println!("{name}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut fine = true;
    for table in &args.tables {
        let Some(columns) = environment.table(table) else {
            eprintln!("yagura: no table `{table}` in `{}`", args.env);
            fine = false;
            continue;
        };
        let columns: Vec<String> =
            columns.iter().map(|it| format!("{}:{}", it.name, it.ty.name())).collect();
        println!("{table}({})", columns.join(", "));
    }
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
