//! `yagura`: the server and its command line in one binary.
//!
//! Wiring and arguments only; rules of any kind live in the crates below. `cli.rs` is the contract
//! with scripts, `commands/` has a file per subcommand, `node.rs` opens a data directory.

mod cli;
mod client;
mod commands;
mod config;
mod credentials;
mod endpoints;
mod limits;
mod node;
mod output;
mod outside;
mod scenario;
mod schema;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log();
    // The server's may stand in its file, too.
    let schema = match &cli.command {
        Command::Serve(_) => Ok(()),
        _ => schema::add_from_environment(),
    };
    let done = schema.and_then(|()| match cli.command {
        Command::Serve(args) => commands::serve::run(*args),
        Command::Ingest(args) => commands::ingest::run(&args),
        Command::Hunt(args) => commands::hunt::run(args),
        Command::Kql(args) => commands::kql::run(args),
        Command::Feed(args) => commands::feed::run(&args),
        Command::Provider(args) => commands::provider::run(args),
        Command::Scenario(args) => commands::scenario::run(&args),
        Command::Tenant(args) => commands::tenant::run(args),
        Command::App(args) => commands::app::run(args),
        Command::User(args) => commands::user::run(args),
        Command::Token(args) => commands::token::run(&args),
        Command::Conformance(args) => commands::conformance::run(args),
        Command::Completions(args) => Ok(commands::completions::run(&args)),
    });
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("yagura: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Events go to standard error; `YAGURA_LOG` chooses them as `info`, `server=debug`, …
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("YAGURA_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
