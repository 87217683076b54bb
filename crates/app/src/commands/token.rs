//! `yagura token`: signs in with the stored credentials and prints the bearer token.

use std::process::ExitCode;

use crate::{cli::TokenArgs, client::Client};

/// Prints it.
pub fn run(args: &TokenArgs) -> anyhow::Result<ExitCode> {
    println!("{}", Client::new(&args.place)?.token()?);
    Ok(ExitCode::SUCCESS)
}
