//! The command line: a contract that scripts rely on. More may be added; nothing here goes away.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::FalseyValueParser};
use ipnet::IpNet;

use crate::limits::LimitArgs;

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

/// Flags of `serve`; what is left out comes from the environment, then the file, then the default.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Data directory; made at first start [default: data]
    #[arg(long, env = "YAGURA_DATA")]
    pub data: Option<PathBuf>,
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8443]
    #[arg(long, env = "YAGURA_LISTEN", value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Speak plain http; on loopback, or behind a trusted proxy
    #[arg(long, env = "YAGURA_PLAIN_HTTP", value_parser = FalseyValueParser::new())]
    pub plain_http: bool,
    /// Where records are kept: sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE
    /// [default: sqlite:DATA/yagura.db]
    #[arg(long, env = "YAGURA_STORE", value_name = "URL", hide_env_values = true)]
    pub store: Option<String>,
    /// The address clients use, when it is always the same
    #[arg(long, env = "YAGURA_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// A proxy whose X-Forwarded-Proto and -Host count; may be given several times
    #[arg(long, env = "YAGURA_TRUST_PROXY", value_name = "CIDR", value_delimiter = ',')]
    pub trust_proxy: Vec<IpNet>,
    /// Certificate chain (PEM) instead of the local authority's
    #[arg(long, env = "YAGURA_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key (PEM) of that certificate
    #[arg(long, env = "YAGURA_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// A further name in the local authority's certificate; may be given several times
    #[arg(long, env = "YAGURA_TLS_NAME", value_name = "NAME", value_delimiter = ',')]
    pub tls_name: Vec<String>,
    /// How far back a hunt sees that does not say [default: 30]
    #[arg(long, env = "YAGURA_HUNTING_LOOKBACK", value_name = "DAYS|unlimited")]
    pub hunting_lookback: Option<String>,
    /// Memory for hunts in MiB; they spill to disk beyond it [default: 2048]
    #[arg(long, env = "YAGURA_HUNTING_MEMORY", value_name = "MIB")]
    pub hunting_memory: Option<usize>,
    /// A folder, or the beginning of a URL, that `externaldata` may read; may be given several times
    #[arg(long, env = "YAGURA_EXTERNAL_DATA", value_name = "DIR|URL", value_delimiter = ',')]
    pub external_data: Vec<String>,
    /// A MaxMind file (.mmdb) for `geo_info_from_ip_address`
    #[arg(long, env = "YAGURA_GEOIP", value_name = "FILE")]
    pub geoip: Option<PathBuf>,
    /// Tables and functions that hunts see: xdr, sentinel, unified, unified-la; those without rows
    /// are empty [default: what the data directory can hold]
    #[arg(long, env = "YAGURA_HUNTING_ENV", value_name = "NAME")]
    pub hunting_env: Option<String>,
    /// Origin of web pages that may call, as `https://portal.example`, or `*`; may be given several
    /// times
    #[arg(long, env = "YAGURA_CORS", value_name = "ORIGIN", value_delimiter = ',')]
    pub cors: Vec<String>,
    /// TOML file with the same options, `listen = "…"`; unknown keys are refused
    #[arg(long, env = "YAGURA_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Last, since its heading holds for what follows.
    #[command(flatten)]
    pub limits: LimitArgs,
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

/// Subcommands of `tenant`.
#[derive(Debug, Args)]
pub struct TenantArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TenantCommand,
}

/// What can be done with tenants.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Make a tenant
    #[command(after_help = "Example:\n  yagura tenant create --data ./data --name Contoso \
                            --domain contoso.example")]
    Create {
        /// Data directory
        #[arg(long, env = "YAGURA_DATA", value_name = "DIR", default_value = "data")]
        data: PathBuf,
        /// What people call it
        #[arg(long)]
        name: String,
        /// Its domain name, which may stand for its id in addresses
        #[arg(long)]
        domain: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List the tenants
    #[command(after_help = "Example:\n  yagura tenant list --data ./data")]
    List {
        /// Data directory
        #[arg(long, env = "YAGURA_DATA", value_name = "DIR", default_value = "data")]
        data: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Subcommands of `app`.
#[derive(Debug, Args)]
pub struct AppArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AppCommand,
}

/// What can be done with applications.
#[derive(Debug, Subcommand)]
pub enum AppCommand {
    /// Register an application and print its secret once
    #[command(after_help = "Example:\n  yagura app create --data ./data --name soar \
                            --role SecurityIncident.Read.All --json")]
    Create {
        #[command(flatten)]
        at: AtTenant,
        /// What people call it
        #[arg(long)]
        name: String,
        /// A role it holds; may be given several times; `all` is every role
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
    },
    /// List the applications of a tenant
    #[command(after_help = "Example:\n  yagura app list --data ./data")]
    List {
        #[command(flatten)]
        at: AtTenant,
    },
    /// Add a secret to an application and print it once
    #[command(after_help = "Example:\n  yagura app add-secret --data ./data --id CLIENT_ID")]
    AddSecret {
        #[command(flatten)]
        at: AtTenant,
        /// The application's client id
        #[arg(long, value_name = "CLIENT_ID")]
        id: String,
    },
    /// Remove an application
    #[command(after_help = "Example:\n  yagura app delete --data ./data --id CLIENT_ID")]
    Delete {
        #[command(flatten)]
        at: AtTenant,
        /// The application's client id
        #[arg(long, value_name = "CLIENT_ID")]
        id: String,
    },
    /// List the roles an application can hold
    #[command(after_help = "Example:\n  yagura app roles")]
    Roles,
}

/// A tenant of a data directory.
#[derive(Debug, Args)]
pub struct AtTenant {
    /// Data directory
    #[arg(long, env = "YAGURA_DATA", value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// Tenant [default: the first]
    #[arg(long, env = "YAGURA_TENANT", value_name = "ID|DOMAIN")]
    pub tenant: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Flags of `token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    #[command(flatten)]
    pub place: Place,
}

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

/// Flags of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}
