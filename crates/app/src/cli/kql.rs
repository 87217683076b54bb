//! The flags of `kql` and its subcommands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Subcommands of `kql`.
#[derive(Debug, Args)]
pub struct KqlArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KqlCommand,
}

/// What can be done with a query without running it.
#[derive(Debug, Subcommand)]
pub enum KqlCommand {
    /// Say what is wrong with queries and which columns they give
    #[command(after_help = "Example:\n  yagura kql check --env xdr hunt.kql\n  yagura kql check \
                            --jsonl < queries.jsonl")]
    Check(KqlCheckArgs),
    /// Print the plan of a query
    #[command(after_help = "Example:\n  yagura kql explain 'DeviceInfo | count'")]
    Explain(KqlExplainArgs),
    /// Lay queries out in one way
    #[command(after_help = "Example:\n  yagura kql format --write hunts/*.kql")]
    Format(KqlFormatArgs),
    /// Run a language server on standard input and output
    #[command(after_help = "Example:\n  yagura kql lsp --env sentinel")]
    Lsp(KqlLspArgs),
    /// List the tables of an environment, or the columns of tables
    #[command(after_help = "Example:\n  yagura kql schema --env sentinel SecurityEvent")]
    Schema(KqlSchemaArgs),
}

/// Flags of `kql check`.
#[derive(Debug, Args)]
pub struct KqlCheckArgs {
    /// Read {"id","query","env"} lines and write {"id","ok","diagnostics","columns"} lines
    #[arg(long, conflicts_with_all = ["env", "files"])]
    pub jsonl: bool,
    /// Tables and functions to check against: xdr, sentinel, unified, unified-la, remote
    /// [default: the first that fits]
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Files with a query each; - or nothing is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Flags of `kql explain`.
#[derive(Debug, Args)]
pub struct KqlExplainArgs {
    /// Tables and functions to check against
    #[arg(long, value_name = "NAME", default_value = "xdr")]
    pub env: String,
    /// File with the query
    #[arg(long, value_name = "FILE", conflicts_with = "query")]
    pub query_file: Option<PathBuf>,
    /// The query; nothing reads standard input
    #[arg(value_name = "KQL")]
    pub query: Option<String>,
}

/// Flags of `kql format`.
#[derive(Debug, Args)]
pub struct KqlFormatArgs {
    /// Write the files instead of printing
    #[arg(long, conflicts_with = "check")]
    pub write: bool,
    /// Only name the files that would change
    #[arg(long)]
    pub check: bool,
    /// Files; - or nothing is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Flags of `kql lsp`.
#[derive(Debug, Args)]
pub struct KqlLspArgs {
    /// Tables and functions to know: xdr, sentinel, unified, unified-la, remote
    #[arg(long, value_name = "NAME", default_value = "unified")]
    pub env: String,
}

/// Flags of `kql schema`.
#[derive(Debug, Args)]
pub struct KqlSchemaArgs {
    /// The environment: xdr, sentinel, unified, unified-la, remote
    #[arg(long, value_name = "NAME", default_value = "xdr")]
    pub env: String,
    /// Tables whose columns are wanted
    #[arg(value_name = "TABLE")]
    pub tables: Vec<String>,
}
