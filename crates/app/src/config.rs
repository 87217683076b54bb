//! Configuration of `serve`: flags, then the environment, then the file, then the default.
//!
//! The file is TOML with the flags' names in snake case. An unknown key is refused, since it is
//! most often a misspelt one.

use std::{fs, net::SocketAddr, path::PathBuf};

use anyhow::{Context, bail};
use ipnet::IpNet;
use kql::environment::{self, Environment};
use serde::Deserialize;

use crate::{
    cli::serve::ServeArgs,
    limits::{LimitArgs, Limits},
    node::Notify,
};

/// What `serve` runs with.
#[derive(Clone, Debug)]
pub struct Config {
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub plain_http: bool,
    pub store: Option<String>,
    pub public_url: Option<String>,
    pub trust_proxy: Vec<IpNet>,
    pub tls_files: Option<(PathBuf, PathBuf)>,
    pub tls_names: Vec<String>,
    pub lookback_days: Option<u32>,
    pub hunting_memory: usize,
    pub limits: Limits,
    /// Origins of web pages that may call.
    pub cors: Vec<String>,
    /// Folders and beginnings of URLs that `externaldata` may read.
    pub external_data: Vec<String>,
    /// A MaxMind file.
    pub geoip: Option<PathBuf>,
    /// A folder of further schema files.
    pub schema: Option<PathBuf>,
    /// Where endpoints of subscriptions may be.
    pub notify: Notify,
    /// Whose tables and functions hunts see.
    pub environment: Option<Environment>,
}

/// The file's keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    plain_http: Option<bool>,
    store: Option<String>,
    public_url: Option<String>,
    trust_proxy: Option<Vec<IpNet>>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    tls_name: Option<Vec<String>>,
    hunting_lookback: Option<Lookback>,
    hunting_memory: Option<usize>,
    #[serde(default)]
    limits: LimitArgs,
    cors: Option<Vec<String>>,
    external_data: Option<Vec<String>>,
    geoip: Option<PathBuf>,
    schema: Option<PathBuf>,
    notify_network: Option<Vec<IpNet>>,
    notify_plain_http: Option<bool>,
    hunting_env: Option<String>,
}

/// A number of days or the word `unlimited`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Lookback {
    Days(u32),
    Text(String),
}

impl Config {
    /// Merges flags (the environment is already in them) with the file and the defaults.
    pub fn new(args: ServeArgs) -> anyhow::Result<Self> {
        let file = match &args.config {
            None => File::default(),
            Some(path) => {
                let text = fs::read_to_string(path)
                    .with_context(|| format!("configuration file {}", path.display()))?;
                toml::from_str(&text)
                    .map_err(|error| misread(&text, &error))
                    .with_context(|| format!("configuration file {}", path.display()))?
            }
        };
        let lookback = match (args.hunting_lookback, file.hunting_lookback) {
            (Some(text), _) | (None, Some(Lookback::Text(text))) => lookback_days(&text)?,
            (None, Some(Lookback::Days(days))) => Some(days),
            (None, None) => Some(30),
        };
        let config = Self {
            data: args.data.or(file.data).unwrap_or_else(|| "data".into()),
            listen: match args.listen.or(file.listen) {
                Some(listen) => listen,
                None => SocketAddr::from(([127, 0, 0, 1], 8443)),
            },
            plain_http: args.plain_http || file.plain_http.unwrap_or(false),
            store: args.store.or(file.store),
            public_url: args.public_url.or(file.public_url),
            trust_proxy: either(args.trust_proxy, file.trust_proxy),
            tls_files: args.tls_cert.or(file.tls_cert).zip(args.tls_key.or(file.tls_key)),
            tls_names: either(args.tls_name, file.tls_name),
            lookback_days: lookback,
            hunting_memory: args.hunting_memory.or(file.hunting_memory).unwrap_or(2048) << 20,
            limits: Limits::new(&args.limits, &file.limits)?,
            cors: either(args.cors, file.cors),
            external_data: either(args.external_data, file.external_data),
            geoip: args.geoip.or(file.geoip),
            schema: args.schema.or(file.schema),
            notify: Notify {
                networks: either(args.notify_network, file.notify_network),
                plain_http: args.notify_plain_http || file.notify_plain_http.unwrap_or(false),
            },
            environment: environment(args.hunting_env.or(file.hunting_env).as_deref())?,
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        if self.plain_http && !self.listen.ip().is_loopback() && self.trust_proxy.is_empty() {
            bail!(
                "--plain-http on {} would send secrets in the clear; listen on loopback, or name \
                 the TLS proxy in front with --trust-proxy",
                self.listen.ip()
            );
        }
        if let Some(url) = &self.public_url
            && !url.starts_with("https://")
            && !url.starts_with("http://")
        {
            bail!("--public-url {url}: begin it with https://");
        }
        Ok(())
    }

    /// Where records are kept. What the flag says may hold a password, so it is not shown.
    pub fn store_address(&self) -> anyhow::Result<store::Address> {
        match &self.store {
            None => Ok(store::Address::File(self.data.join("yagura.db"))),
            Some(url) => store::Address::parse(url).context("--store"),
        }
    }
}

/// An environment by its name.
pub fn environment(name: Option<&str>) -> anyhow::Result<Option<Environment>> {
    let Some(name) = name else { return Ok(None) };
    match environment::named(name) {
        Some(it) => Ok(Some(it)),
        None => bail!("no environment `{name}`, there are {}", environment::NAMES.join(", ")),
    }
}

/// What is wrong and where, without the line itself: it may hold a password.
fn misread(text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|it| text.get(..it.start));
    let line = before.unwrap_or_default().matches('\n').count() + 1;
    anyhow::anyhow!("line {line}: {}", error.message())
}

/// `30`, or `unlimited` as none.
pub fn lookback_days(text: &str) -> anyhow::Result<Option<u32>> {
    if text.eq_ignore_ascii_case("unlimited") {
        return Ok(None);
    }
    let days = text.parse().ok().filter(|days| *days > 0);
    days.map(Some).with_context(|| format!("lookback '{text}': a number of days, or unlimited"))
}

/// What the flags say, else the file.
fn either<T>(flags: Vec<T>, file: Option<Vec<T>>) -> Vec<T> {
    if flags.is_empty() { file.unwrap_or_default() } else { flags }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::{Cli, Command};

    fn config(flags: &[&str], file: Option<&str>) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("yagura.toml");
        let mut line = vec!["yagura", "serve"];
        line.extend(flags);
        if let Some(text) = file {
            fs::write(&path, text).unwrap();
            line.extend(["--config", path.to_str().unwrap()]);
        }
        match Cli::try_parse_from(line)?.command {
            Command::Serve(args) => Config::new(*args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let file = "listen = \"127.0.0.1:1\"\nhunting_lookback = \"unlimited\"\nplain_http = true";
        let both = config(&["--listen", "127.0.0.1:2"], Some(file)).unwrap();
        assert_eq!(both.listen.port(), 2);
        assert_eq!(both.lookback_days, None);
        assert!(both.plain_http);
        let neither = config(&[], None).unwrap();
        assert_eq!((neither.listen.port(), neither.lookback_days), (8443, Some(30)));
    }

    #[test]
    fn the_address_of_the_store_is_not_shown() {
        let misspelt = config(&[], Some("stores = \"postgres://me:hunter2@db/y\"")).unwrap_err();
        let wrong = config(&["--store", "postgres://me:hunter2@db:x/y"], None).unwrap();
        let right = config(&["--store", "postgres://me:hunter2@db/y"], None).unwrap();
        let wrong = wrong.store_address().unwrap_err();
        for said in [format!("{misspelt:#}"), format!("{wrong:#} {wrong:?}")] {
            assert!(!said.contains("hunter2"), "{said}");
        }
        assert_eq!(right.store_address().unwrap().to_string(), "postgres://db/y");
    }

    #[test]
    fn unknown_keys_and_bad_values_are_refused() {
        let refused = |flags: &[&str], file| format!("{:#}", config(flags, file).unwrap_err());
        assert!(refused(&[], Some("lisen = 1")).contains("line 1: unknown field `lisen`"));
        assert!(refused(&["--hunting-lookback", "soon"], None).contains("lookback 'soon'"));
        assert!(
            refused(&["--listen", "0.0.0.0:80", "--plain-http"], None).contains("in the clear")
        );
    }

    #[test]
    fn every_limit_is_a_flag_and_a_key() {
        let command = Cli::command();
        let serve = command.find_subcommand("serve").unwrap();
        let of_limits = |arg: &&clap::Arg| arg.get_help_heading() == Some("Limits");
        let flags: Vec<&clap::Arg> = serve.get_arguments().filter(of_limits).collect();
        assert_eq!(flags.len(), 15);
        for arg in flags {
            let flag = format!("--{}", arg.get_long().unwrap());
            let key = flag.strip_prefix("--limit-").unwrap().replace('-', "_");
            let variable = format!("YAGURA_LIMIT_{}", key.to_uppercase());
            assert_eq!(arg.get_env().unwrap(), variable.as_str());
            let limits = |flags: &[&str], value: Option<&str>| {
                let file = value.map(|it| format!("[limits]\n{key} = {it}"));
                config(flags, file.as_deref()).map(|it| format!("{:?}", it.limits))
            };
            let default = limits(&[], None).unwrap();
            let from_file = limits(&[], Some("77")).unwrap();
            let from_flag = limits(&[&flag, "78"], Some("77")).unwrap();
            assert_ne!(default, from_file, "{key}");
            assert_ne!(from_file, from_flag, "{key}");
            assert_eq!(from_flag, limits(&[&flag, "78"], None).unwrap());
            // What help says of the default is the default.
            let help = arg.get_help().unwrap().to_string();
            let told = help.split("[default: ").nth(1).unwrap().trim_end_matches(']');
            assert_eq!(limits(&[&flag, told], None).unwrap(), default, "{help}");
            for bad in ["-1", "9000000000"] {
                let named = format!("{flag} (or {key} under [limits]) is {bad}; it must be from ");
                for refused in [limits(&[&flag, bad], None), limits(&[], Some(bad))] {
                    let error = refused.unwrap_err().to_string();
                    assert!(error.starts_with(&named), "{error}");
                }
            }
            // Only a queue may be of no length.
            assert_eq!(limits(&[&flag, "0"], None).is_ok(), key.ends_with("_waiting"), "{key}");
            for bad in ["many", "1.5", "99999999999999999999", ""] {
                assert!(limits(&[&flag, bad], None).is_err(), "{key} {bad}");
                assert!(limits(&[], Some(bad)).is_err(), "{key} {bad}");
            }
        }
        let unknown = format!("{:#}", config(&[], Some("[limits]\nconections = 5")).unwrap_err());
        assert!(unknown.contains("unknown field `conections`"), "{unknown}");
    }
}
