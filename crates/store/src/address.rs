//! Where a store is: a file, or a PostgreSQL server.
//!
//! An address may hold a password. It is shown nowhere: what `Display`, `Debug` and every error
//! say of a server is its host and database.

use std::fmt;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use tokio_postgres::config::{Config, Host, SslMode};

use crate::StoreError;

/// The schema that our tables stand in unless the address names another.
const SCHEMA: &str = "yagura";
/// The port that needs no mention.
const PORT: u16 = 5432;
/// What a name of a schema may be long.
const MAX_SCHEMA: usize = 63;

/// Where a store is.
#[derive(Clone)]
pub enum Address {
    /// The SQLite database of a file.
    File(PathBuf),
    /// A schema of a PostgreSQL database.
    Server(Box<Server>),
}

/// A PostgreSQL database, and how to reach it.
#[derive(Clone)]
pub struct Server {
    pub(crate) config: Config,
    pub(crate) schema: String,
    pub(crate) tls: Option<Trust>,
    label: String,
}

/// Whose certificates are believed.
#[derive(Clone)]
pub(crate) enum Trust {
    /// Those of the system's authorities.
    System,
    /// Those of the authorities in a file.
    File(PathBuf),
}

impl Address {
    /// Reads `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require`.
    ///
    /// Of a server's options `sslmode` (`disable`, or `require` and `verify-full`, which both check
    /// certificate and name; `require` unless the server is on this machine), `sslrootcert` (a
    /// file) and `schema` are ours; the rest are the client library's.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            return Ok(Self::File(path.strip_prefix("//").unwrap_or(path).into()));
        }
        let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        match rest {
            Some(rest) => Ok(Self::Server(Box::new(Server::parse(rest)?))),
            None => Err(unreadable("it begins neither with sqlite: nor with postgres://")),
        }
    }
}

impl From<&Path> for Address {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(server) => server.fmt(f),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

impl Server {
    fn parse(rest: &str) -> Result<Self, StoreError> {
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let end = place.find('/').unwrap_or(place.len());
        // A password with a bare `@`, `/` or `?` would be taken for a host and be shown as one.
        if place[..end].matches('@').count() > 1 || place[end..].contains('@') {
            return Err(unreadable("write @, / and ? of a password as %40, %2F and %3F"));
        }
        let (mut mode, mut root, mut schema) = (None, None, SCHEMA.to_owned());
        let mut others = Vec::new();
        for pair in query.split('&').filter(|it| !it.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = || {
                let text = percent_decode_str(value).decode_utf8();
                text.map(String::from).map_err(|_| unreadable("an option is not UTF-8"))
            };
            match name {
                "sslmode" => mode = Some(value()?),
                "sslrootcert" => root = Some(PathBuf::from(value()?)),
                "schema" => schema = value()?,
                _ => others.push(pair),
            }
        }
        let text = format!("postgres://{place}?{}", others.join("&"));
        // What the library says of a part it cannot read may quote that part.
        let mut config: Config = text.parse().map_err(|_| {
            unreadable("write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with options it knows")
        })?;
        if config.get_hosts().is_empty() {
            return Err(unreadable("it names no host"));
        }
        let plain = schema.bytes().all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        let letter = schema.starts_with(|it: char| it.is_ascii_lowercase() || it == '_');
        if !plain || !letter || schema.len() > MAX_SCHEMA || schema.starts_with("pg_") {
            return Err(unreadable("a schema is named by small letters, digits and underlines"));
        }
        let tls = match mode.as_deref() {
            Some("disable") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            None => !config.get_hosts().iter().all(is_here),
            Some(_) => {
                return Err(unreadable("sslmode is one of disable, require and verify-full"));
            }
        };
        config.ssl_mode(if tls { SslMode::Require } else { SslMode::Disable });
        let label = label(&config);
        let tls = tls.then(|| root.map_or(Trust::System, Trust::File));
        Ok(Self { config, schema, tls, label })
    }
}

/// Does what is said to this host stay on this machine?
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|it: std::net::IpAddr| it.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

fn label(config: &Config) -> String {
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(at, it)| {
        let port = ports.get(at).or_else(|| ports.first()).filter(|it| **it != PORT);
        let port = port.map(|it| format!(":{it}")).unwrap_or_default();
        match it {
            Host::Tcp(name) => format!("{name}{port}"),
            Host::Unix(path) => format!("{}{port}", path.display()),
        }
    });
    let hosts: Vec<_> = hosts.collect();
    format!("postgres://{}/{}", hosts.join(","), config.get_dbname().unwrap_or_default())
}

fn unreadable(reason: &str) -> StoreError {
    StoreError::Unusable { place: "the store's address".into(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn server(text: &str) -> Server {
        match Address::parse(text).unwrap() {
            Address::Server(it) => *it,
            Address::File(it) => panic!("{it:?}"),
        }
    }

    #[test]
    fn an_address_says_where_and_how() {
        assert_eq!(Address::parse("sqlite:a/b.db").unwrap().to_string(), "a/b.db");
        assert_eq!(Address::parse("sqlite:///a/b.db").unwrap().to_string(), "/a/b.db");
        let it = server("postgres://me:x%40y@db.example:6543/yagura?sslmode=verify-full&schema=s1");
        assert_eq!(it.to_string(), "postgres://db.example:6543/yagura");
        assert_eq!((it.schema.as_str(), it.config.get_ssl_mode()), ("s1", SslMode::Require));
        assert!(server("postgres://me@db.example/y").tls.is_some(), "far away, so encrypted");
        assert!(server("postgres://me@127.0.0.1/y").tls.is_none());
        let it = server("postgresql://me@/y?host=/run/postgresql&sslrootcert=/a%20b.pem");
        assert!(it.tls.is_none());
    }

    #[test]
    fn a_secret_is_never_shown() {
        for text in [
            "postgres://me:hunter2@db/y",
            "postgres://me:hunter2@db/y?sslmode=prefer",
            "postgres://me:hunter2@db:port/y",
            "postgres://me:hun@ter2@db/y",
            "postgres://me:hun/ter2@db/y",
            "postgres://me:5/hunter2@db/y",
            "postgres://me:hun?ter2@db/y",
            "postgres://me@db/y?password=hunter2",
            "postgres://me@db/y?schema=hunter2;",
            "mysql://me:hunter2@db/y",
        ] {
            let said = match Address::parse(text) {
                Ok(it) => format!("{it} {it:?}"),
                Err(it) => format!("{it} {it:?}"),
            };
            assert!(!said.contains("ter2"), "{said}");
        }
    }
}
