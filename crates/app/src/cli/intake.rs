//! The flags of what takes events and alerts in: `ingest`, `feed`, `provider`, `scenario`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Place;

/// Flags of `ingest`.
#[derive(Debug, Args)]
pub struct IngestArgs {
    #[command(flatten)]
    pub place: Place,
    /// The hunting table
    #[arg(long, value_name = "NAME")]
    pub table: String,
    /// NDJSON files, plain or gzip; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Flags of `feed`.
#[derive(Debug, Args)]
pub struct FeedArgs {
    #[command(flatten)]
    pub place: Place,
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}

/// Subcommands of `provider`.
#[derive(Debug, Args)]
pub struct ProviderArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ProviderCommand,
}

/// What can be done with providers.
#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
    /// Follow a growing alert file across rotation and restart
    #[command(after_help = "Example:\n  yagura provider tail suricata --file \
                            /var/log/suricata/eve.json --server https://127.0.0.1:8443 \
                            --credentials data/credentials.json")]
    Tail(TailArgs),
    /// Push a file of alerts once
    #[command(after_help = "Example:\n  yagura provider push wazuh --data ./data alerts.json")]
    Push(PushArgs),
    /// The products whose alerts are understood
    #[command(after_help = "Example:\n  yagura provider sources")]
    Sources,
}

/// Flags of `provider tail`.
#[derive(Debug, Args)]
pub struct TailArgs {
    #[command(flatten)]
    pub place: Place,
    /// The product, see `yagura provider sources`
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// The file it writes
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    /// Where the position is kept [default: FILE.yagura-position]
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Stop at the end of the file instead of waiting for more
    #[arg(long)]
    pub once: bool,
}

/// Flags of `provider push`.
#[derive(Debug, Args)]
pub struct PushArgs {
    #[command(flatten)]
    pub place: Place,
    /// The product
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Files of alerts: an array, or one object a line; plain or gzip
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Flags of `scenario`.
#[derive(Debug, Args)]
pub struct ScenarioArgs {
    /// Folder to write to
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The same seed and end give the same bytes
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// When the story ends, as 2026-01-05T10:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    pub end: Option<String>,
}
