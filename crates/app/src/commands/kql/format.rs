//! `yagura kql format`: queries laid out in one way.

use std::{fs, path::Path, process::ExitCode};

use anyhow::Context;

use super::text_of;
use crate::cli::kql::KqlFormatArgs;

/// Prints the formatted text, or writes it back; exit code 1 when a file is not in form and that
/// was asked.
pub fn run(args: &KqlFormatArgs) -> anyhow::Result<ExitCode> {
    let files: Vec<&Path> = if args.files.is_empty() {
        vec![Path::new("-")]
    } else {
        args.files.iter().map(AsRef::as_ref).collect()
    };
    let mut fine = true;
    for file in files {
        let text = text_of(file)?;
        let formatted = kql::format::format(&text);
        if args.check {
            if formatted != text {
                eprintln!("{}", file.display());
                fine = false;
            }
        } else if args.write && file != Path::new("-") {
            if formatted != text {
                fs::write(file, formatted).with_context(|| format!("file {}", file.display()))?;
            }
        } else {
            print!("{formatted}");
        }
    }
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
