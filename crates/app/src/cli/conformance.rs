//! The flags of `conformance`.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

/// Flags of `conformance`.
#[derive(Debug, Args)]
pub struct ConformanceArgs {
    /// The server, without a version: https://127.0.0.1:8443
    #[arg(long, value_name = "URL")]
    pub base: String,
    /// A bearer token of an application with every role
    #[arg(long, env = "YAGURA_TOKEN", value_name = "JWT", hide_env_values = true)]
    pub token: String,
    /// One of a person, for what only people may; without it that is skipped
    #[arg(long, value_name = "JWT")]
    pub user_token: Option<String>,
    /// One of an application that may do none of it, which must then be refused everywhere
    #[arg(long, value_name = "JWT")]
    pub weak_token: Option<String>,
    /// Certificate authority (PEM) to trust
    #[arg(long, env = "YAGURA_CA_FILE", value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Only this area; may be given several times
    #[arg(long, value_name = "NAME")]
    pub area: Vec<String>,
    /// Only operations whose path has this text
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// An entity that no list shows, as security/threatIntelligence/hostPorts=ID
    #[arg(long, value_name = "SET=KEY")]
    pub key: Vec<String>,
    /// Where the server reaches a listener of this run, for subscriptions [default: a free port on
    /// 127.0.0.1, if the server is there, too]
    #[arg(long, value_name = "ADDR:PORT")]
    pub callback: Option<SocketAddr>,
    /// Leave what was made
    #[arg(long)]
    pub keep: bool,
    /// Print every row as JSON
    #[arg(long)]
    pub json: bool,
    /// List the calls that were not answered as they must be
    #[arg(long)]
    pub failures: bool,
}
