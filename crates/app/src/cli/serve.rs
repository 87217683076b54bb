//! The flags of `serve`.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, builder::FalseyValueParser};
use ipnet::IpNet;

use crate::limits::LimitArgs;

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
    /// A network beside the public internet in which endpoints of subscriptions may be called, as
    /// 10.1.0.0/16; may be given several times
    #[arg(long, env = "YAGURA_NOTIFY_NETWORK", value_name = "CIDR", value_delimiter = ',')]
    pub notify_network: Vec<IpNet>,
    /// Let endpoints of subscriptions begin with http://
    #[arg(long, env = "YAGURA_NOTIFY_PLAIN_HTTP", value_parser = FalseyValueParser::new())]
    pub notify_plain_http: bool,
    /// Folder of further schema files (v1.0/*.xml, beta/*.xml) and their permissions.tsv
    #[arg(long, env = "YAGURA_SCHEMA", value_name = "DIR")]
    pub schema: Option<PathBuf>,
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
