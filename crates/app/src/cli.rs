//! The command line: a contract that scripts rely on. More may be added; nothing here goes away.
//!
//! Here are the subcommands and what several of them share; the flags of the larger ones stand in
//! `cli/`.

pub mod conformance;
pub mod directory;
pub mod intake;
pub mod kql;
pub mod serve;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use self::{
    conformance::ConformanceArgs,
    directory::{AppArgs, TenantArgs, TokenArgs, UserArgs},
    intake::{FeedArgs, IngestArgs, ProviderArgs, ScenarioArgs},
    kql::KqlArgs,
    serve::ServeArgs,
};

/// Open, self-hosted security graph: one API, one schema and one query language over every
/// security product.
#[derive(Debug, Parser)]
#[command(name = "yagura", version, propagate_version = true, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    #[command(after_help = "Example:\n  yagura serve --data ./data --listen 127.0.0.1:8443")]
    Serve(Box<ServeArgs>),
    /// Take hunting events in from NDJSON files (plain or gzip)
    #[command(after_help = "Example:\n  yagura ingest --data ./data --table DeviceProcessEvents \
                            events.ndjson.gz")]
    Ingest(IngestArgs),
    /// Run a KQL query
    #[command(after_help = "Example:\n  yagura hunt --data ./data \
                            'DeviceProcessEvents | summarize count() by FileName | top 5 by count_'")]
    Hunt(HuntArgs),
    /// Check, lay out and explain KQL without running it
    #[command(after_help = "Example:\n  yagura kql check --env xdr hunts/*.kql")]
    Kql(KqlArgs),
    /// Take in every file of a folder by its name (table NDJSON, eve.json, Wazuh alerts, …)
    #[command(after_help = "Example:\n  yagura feed --data ./data ./captures")]
    Feed(FeedArgs),
    /// Security products that push alerts
    #[command(after_help = "Example:\n  yagura provider tail suricata --file \
                            /var/log/suricata/eve.json --data ./data")]
    Provider(ProviderArgs),
    /// Write the sample intrusion: alerts of five products and hunting events
    #[command(after_help = "Example:\n  yagura scenario --out ./scenario --seed 7")]
    Scenario(ScenarioArgs),
    /// Tenants
    #[command(after_help = "Example:\n  yagura tenant create --data ./data --name 'Contoso' \
                            --domain contoso.example")]
    Tenant(TenantArgs),
    /// Applications and their secrets
    #[command(after_help = "Example:\n  yagura app create --data ./data --name soar \
                            --role SecurityAlert.Read.All --json")]
    App(AppArgs),
    /// People, for whom tokens can be had
    #[command(after_help = "Example:\n  yagura user add --data ./data --upn ada@contoso.example \
                            --name 'Ada Park'")]
    User(UserArgs),
    /// Print a bearer token
    #[command(after_help = "Example:\n  curl --cacert data/tls/ca.pem -H \"Authorization: Bearer \
                            $(yagura token --data ./data)\" \
                            https://127.0.0.1:8443/v1.0/security/incidents")]
    Token(TokenArgs),
    /// Call every operation of a server and check the answers
    #[command(after_help = "Example:\n  yagura conformance --base http://127.0.0.1:8080 --token \
                            $(yagura token --data ./data) --failures\n\nIt makes, changes and \
                            deletes things: for a tenant of its own, never one in use.")]
    Conformance(ConformanceArgs),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  yagura completions bash > \
                            /etc/bash_completion.d/yagura")]
    Completions(CompletionsArgs),
}

/// Where to work: against a server when one is named, else on a data directory.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Place {
    /// Data directory; also where credentials.json is looked for
    #[arg(long, env = "YAGURA_DATA", value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// Server, as https://127.0.0.1:8443
    #[arg(long, env = "YAGURA_SERVER", value_name = "URL")]
    pub server: Option<String>,
    #[command(flatten)]
    pub access: Access,
}

/// How to sign in to a server.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Access {
    /// File with client_id, client_secret, tenant_id, ca_file [default: DATA/credentials.json]
    #[arg(long, env = "YAGURA_CREDENTIALS", value_name = "FILE")]
    pub credentials: Option<PathBuf>,
    /// A bearer token instead of credentials
    #[arg(long, env = "YAGURA_TOKEN", value_name = "JWT", hide_env_values = true)]
    pub token: Option<String>,
    /// Certificate authority (PEM) to trust
    #[arg(long, env = "YAGURA_CA_FILE", value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Tenant, when working on a data directory with several
    #[arg(long, env = "YAGURA_TENANT", value_name = "ID|DOMAIN")]
    pub tenant: Option<String>,
}

/// Flags of `hunt`.
#[derive(Debug, Args)]
pub struct HuntArgs {
    #[command(flatten)]
    pub place: Place,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// File with the query
    #[arg(long, value_name = "FILE", conflicts_with = "query")]
    pub query_file: Option<PathBuf>,
    /// How far back to look when the query does not say, on a data directory
    #[arg(long, value_name = "DAYS|unlimited", default_value = "unlimited")]
    pub lookback: String,
    /// Tables and functions that there are, on a data directory: xdr, sentinel, unified, unified-la,
    /// remote; those without rows are empty [default: what the directory can hold]
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Run {"id","query","env"} lines of standard input on a data directory, and write
    /// {"id","ok","columns","rows","seconds"} lines
    #[arg(long, conflicts_with_all = ["query", "query_file", "server"])]
    pub jsonl: bool,
    /// The query; - or nothing reads standard input
    #[arg(value_name = "KQL")]
    pub query: Option<String>,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// Graph's {schema, results}
    Json,
    /// RFC 4180
    Csv,
    /// One object a line
    Ndjson,
}

/// Flags of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}
