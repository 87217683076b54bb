//! A data directory opened: store, engine and platform wired together, with a first tenant and
//! application when there is none yet.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail};
use auth::OpCx;
use auth::context::{Caller, CallerKind};
use ipnet::IpNet;
use kql::environment::Environment;
use model::time::Timestamp;
use platform::{
    Platform,
    areas::{
        hunting::{HuntingOptions, alert_rows::AlertRows},
        subscriptions::deliver::Deliverer,
    },
    directory::Directory,
};

use crate::{credentials::Credentials, endpoints::Outward, outside};

/// How to open a data directory.
pub struct Options {
    /// The directory; made when missing.
    pub data: PathBuf,
    /// Where records are kept; `data/yagura.db` by default.
    pub store: store::Address,
    /// Default look-back of hunts in days.
    pub lookback_days: Option<u32>,
    /// Memory for hunts in bytes.
    pub hunting_memory: usize,
    /// Bounds on the answer of a hunt that comes over the API.
    pub hunt_limits: kql::hunt::Limits,
    /// Folders and beginnings of URLs that `externaldata` may read.
    pub external_data: Vec<String>,
    /// A MaxMind file.
    pub geoip: Option<PathBuf>,
    /// Where endpoints of subscriptions may be; none when nothing is delivered from here.
    pub notify: Option<Notify>,
    /// Whose tables and functions hunts see; none is the lake's own.
    pub environment: Option<Environment>,
}

/// Where endpoints of subscriptions may be, beside the public internet over TLS.
#[derive(Clone, Debug)]
pub struct Notify {
    /// Further networks.
    pub networks: Vec<IpNet>,
    /// Without TLS, too.
    pub plain_http: bool,
}

impl Options {
    /// The defaults of commands that work on a directory. Records are where `YAGURA_STORE` says, as
    /// for the server.
    pub fn new(data: &Path) -> anyhow::Result<Self> {
        let store = match std::env::var("YAGURA_STORE") {
            Ok(text) => store::Address::parse(&text).context("YAGURA_STORE")?,
            Err(_) => store::Address::File(data.join("yagura.db")),
        };
        Ok(Self {
            data: data.to_owned(),
            store,
            lookback_days: None,
            hunting_memory: 2048 << 20,
            hunt_limits: kql::hunt::Limits::default(),
            external_data: Vec::new(),
            geoip: None,
            notify: None,
            environment: None,
        })
    }
}

/// An open data directory.
pub struct Node {
    /// Everything a call needs.
    pub platform: Platform,
    /// Tenants and applications.
    pub directory: Directory,
    /// The first tenant and its application, as in `credentials.json`; none when an operator moved
    /// that file away.
    pub credentials: Option<Credentials>,
    /// Whether this opening made them.
    pub first_start: bool,
}

/// Opens, and makes the first tenant and application when there is no tenant.
pub async fn open(options: &Options) -> anyhow::Result<Node> {
    let data = &options.data;
    std::fs::create_dir_all(data).with_context(|| format!("data directory {}", data.display()))?;
    keep_private(data)?;
    let store = store::Store::open_at(&options.store)
        .with_context(|| format!("store {}", options.store))?;
    let rows = Arc::new(AlertRows::new(store.clone()));
    let engine = engine(options, rows)?;
    let hunting =
        HuntingOptions { lookback_days: options.lookback_days, limits: options.hunt_limits };
    let directory = Directory::new(store.clone());
    let mut platform = Platform::new(store, Arc::new(engine), hunting).await?;
    if let Some(Notify { networks, plain_http }) = &options.notify {
        platform = platform.with_endpoints(Arc::new(Outward::new(*plain_http, networks)?));
    }
    if directory.tenant_list().await?.is_empty() {
        let credentials = first_start(&directory, data).await?;
        return Ok(Node { platform, directory, credentials: Some(credentials), first_start: true });
    }
    let path = Credentials::path(data);
    let credentials = if path.exists() { Some(Credentials::read(&path)?) } else { None };
    Ok(Node { platform, directory, credentials, first_start: false })
}

/// The engine of a data directory.
pub fn engine(options: &Options, rows: Arc<AlertRows>) -> anyhow::Result<engine::Engine> {
    let outside = outside::Allowed::new(&options.external_data)?;
    let options = engine::Options {
        memory_limit: options.hunting_memory,
        outside: outside.map(|it| Arc::new(it) as Arc<dyn kql::hunt::Outside>),
        places: options.geoip.clone(),
        environment: options.environment,
        ..engine::Options::new(&options.data)
    };
    engine::Engine::open(options, rows).context("hunting engine")
}

async fn first_start(directory: &Directory, data: &Path) -> anyhow::Result<Credentials> {
    let now = now();
    let tenant = directory.tenant_create("Yagura", "yagura.local", now).await?;
    let roles = auth::policy::policy().roles();
    let roles: Vec<String> = roles.iter().map(ToString::to_string).collect();
    let (app, secret) = directory.app_create(&tenant.id, "yagura-first", &roles, now).await?;
    let credentials = Credentials {
        tenant_id: tenant.id,
        client_id: app.app_id,
        client_secret: secret,
        base_url: "https://127.0.0.1:8443".into(),
        ca_file: Some(absolute(data).join("tls/ca.pem")),
    };
    credentials.write(data)?;
    Ok(credentials)
}

impl Node {
    /// The tenant asked for by id or domain, else the only or first one.
    pub async fn tenant(&self, wanted: Option<&str>) -> anyhow::Result<String> {
        if let Some(wanted) = wanted {
            let tenant = self.directory.tenant_find(wanted).await?;
            return Ok(tenant.with_context(|| format!("no tenant '{wanted}'"))?.id);
        }
        if let Some(credentials) = &self.credentials {
            return Ok(credentials.tenant_id.clone());
        }
        match self.directory.tenant_list().await?.into_iter().next() {
            Some(tenant) => Ok(tenant.id),
            None => bail!("no tenant in this data directory; see `yagura tenant create`"),
        }
    }

    /// The deliverer of notifications. It is named after the machine and the directory, so that it
    /// goes on at once after a restart, and another node's is another.
    pub fn deliverer(&self, data: &Path) -> Option<Deliverer> {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let holder = format!("{}:{}", host.trim(), absolute(data).display());
        Deliverer::new(&self.platform, &holder, Arc::new(now))
    }

    /// The operator at the command line, who owns the directory and so may do everything in it.
    pub fn operator(tenant: &str) -> OpCx {
        let roles = auth::policy::policy().roles();
        OpCx {
            caller: Caller {
                kind: CallerKind::App,
                app_id: "yagura-cli".into(),
                name: "yagura command line".into(),
                user: None,
                roles: roles.iter().map(ToString::to_string).collect(),
            },
            tenant: tenant.to_owned(),
            now: now(),
            request_id: uuid::Uuid::new_v4(),
            client_request_id: None,
        }
    }
}

/// The time, read in this one place of the process.
#[allow(clippy::disallowed_methods, reason = "the process's one clock")]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let ticks = i64::try_from(since.unwrap_or_default().as_nanos() / 100).unwrap_or(i64::MAX);
    Timestamp(ticks.saturating_add(kql::time::UNIX_EPOCH))
}

/// A path that stays right when the reader stands elsewhere.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn keep_private(data: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(data, std::fs::Permissions::from_mode(0o700))
        .with_context(|| format!("data directory {}: cannot make it private", data.display()))
}

/// A runtime for commands that work on a directory.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
