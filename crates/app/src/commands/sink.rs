//! Where input goes: a data directory opened here, or a server over HTTP. `ingest`, `feed` and
//! `provider` write to either through this.

use std::io::Read;

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{
    cli::Place,
    client::Client,
    node::{self, Node, Options},
};

/// An open place.
pub enum Sink {
    /// A data directory.
    Local { runtime: Runtime, node: Box<Node>, tenant: String },
    /// A server.
    Server(Client),
}

/// What a batch of events did.
#[derive(Debug, Default)]
pub struct Rows {
    /// Stored.
    pub rows: u64,
    /// Refused in all.
    pub refused_count: u64,
    /// The first of them: line and reason.
    pub refused: Vec<(u64, String)>,
}

/// What a batch of alerts did.
#[derive(Debug, Default)]
pub struct Pushed {
    /// New alerts.
    pub accepted: u64,
    /// Rows that completed an alert.
    pub merged: u64,
    /// Seen before.
    pub duplicates: u64,
    /// No alerts.
    pub skipped: u64,
    /// Refused: place in the batch and reason.
    pub refused: Vec<(u64, String)>,
}

impl Sink {
    /// Opens a place. A server wins over a directory, which then only lends its credentials.
    pub fn open(place: &Place) -> anyhow::Result<Self> {
        if place.server.is_some() {
            return Ok(Self::Server(Client::new(place)?));
        }
        let data = place.data.as_deref().context("give --data or --server")?;
        let runtime = node::runtime()?;
        let (node, tenant) = runtime.block_on(async {
            let node = node::open(&Options::new(data)).await?;
            let tenant = node.tenant(place.access.tenant.as_deref()).await?;
            anyhow::Ok((Box::new(node), tenant))
        })?;
        Ok(Self::Local { runtime, node, tenant })
    }

    /// Stores NDJSON rows of a hunting table.
    pub fn events(&self, table: &str, body: impl Read + Send + 'static) -> anyhow::Result<Rows> {
        match self {
            Self::Local { runtime, node, tenant } => {
                let ingest = node.platform.hunter().ingest(tenant, table, Box::new(body));
                let done = runtime.block_on(ingest).map_err(|fault| {
                    let cause = std::error::Error::source(&fault).map(ToString::to_string);
                    anyhow::anyhow!("{fault}{}", cause.map_or(String::new(), |c| format!(": {c}")))
                })?;
                let refused_count = done.refused_count;
                Ok(Rows { rows: done.rows, refused_count, refused: done.refused })
            }
            Self::Server(client) => {
                let answer = client.post_stream(&format!("/provider/v1/events/{table}"), body)?;
                Ok(Rows {
                    rows: number(&answer, "rows"),
                    refused_count: number(&answer, "refusedCount"),
                    refused: reasons(&answer, "line"),
                })
            }
        }
    }

    /// Pushes lines of a product's alerts.
    pub fn alerts(&self, source: &str, lines: &[Vec<u8>]) -> anyhow::Result<Pushed> {
        match self {
            Self::Local { runtime, node, tenant } => {
                let items = lines
                    .iter()
                    .map(|line| {
                        serde_json::from_slice(line).map_err(|error| format!("not valid JSON: {error}"))
                    })
                    .collect();
                let cx = Node::operator(tenant);
                let report = runtime.block_on(node.platform.push_alerts(&cx, source, items))?;
                Ok(Pushed {
                    accepted: report.accepted,
                    merged: report.merged,
                    duplicates: report.duplicates,
                    skipped: report.skipped,
                    refused: report.refused.into_iter().map(|r| (r.index as u64, r.reason)).collect(),
                })
            }
            Self::Server(client) => {
                let path = format!("/provider/v1/alerts?source={source}");
                let answer = client.post_stream(&path, std::io::Cursor::new(lines.join(&b'\n')))?;
                Ok(Pushed {
                    accepted: number(&answer, "accepted"),
                    merged: number(&answer, "merged"),
                    duplicates: number(&answer, "duplicates"),
                    skipped: number(&answer, "skipped"),
                    refused: reasons(&answer, "index"),
                })
            }
        }
    }

    /// The hunting tables that take events.
    pub fn is_table(&self, name: &str) -> bool {
        match self {
            Self::Local { node, tenant, .. } => {
                node.platform.hunter().tables(tenant).iter().any(|(table, _)| table == name)
            }
            Self::Server(_) => engine::is_table(name),
        }
    }
}

impl Pushed {
    /// Adds another batch, whose first item stood at `offset`.
    pub fn add(&mut self, other: Self, offset: u64) {
        self.accepted += other.accepted;
        self.merged += other.merged;
        self.duplicates += other.duplicates;
        self.skipped += other.skipped;
        self.refused.extend(other.refused.into_iter().map(|(at, why)| (at + offset, why)));
    }
}

/// Alerts in one push: small enough to be quick, large enough for one commit to carry many.
const BATCH: usize = 1000;
/// A batch ends early past this many bytes, well below the server's limit.
const BATCH_BYTES: usize = 16 << 20;

/// Pushes everything a reader holds: an array, one object, or one object a line.
pub fn push_reader(sink: &Sink, source: &str, mut reader: impl Read) -> anyhow::Result<Pushed> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    let start = bytes.trim_ascii_start();
    let lines: Vec<Vec<u8>> = if start.starts_with(b"[") {
        let items: Vec<Value> = serde_json::from_slice(start).context("not a JSON array")?;
        items.iter().map(|item| item.to_string().into_bytes()).collect()
    } else if serde_json::from_slice::<serde::de::IgnoredAny>(start).is_ok() {
        vec![bytes]
    } else {
        let lines = bytes.split(|byte| *byte == b'\n');
        lines.filter(|line| !line.trim_ascii().is_empty()).map(<[u8]>::to_vec).collect()
    };
    let mut total = Pushed::default();
    let mut batch = Vec::new();
    let (mut size, mut sent) = (0, 0);
    for line in lines {
        size += line.len();
        batch.push(line);
        if batch.len() == BATCH || size > BATCH_BYTES {
            let count = batch.len() as u64;
            total.add(sink.alerts(source, &std::mem::take(&mut batch))?, sent);
            (size, sent) = (0, sent + count);
        }
    }
    if !batch.is_empty() {
        total.add(sink.alerts(source, &batch)?, sent);
    }
    Ok(total)
}

/// Opens a file, plain or gzip by its first bytes; `-` is standard input.
pub fn open_plain(path: &std::path::Path) -> anyhow::Result<Box<dyn Read + Send>> {
    use std::io::{BufRead, BufReader};
    let shown = path.display();
    let raw: Box<dyn Read + Send> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        if path.is_dir() {
            bail!("{shown} is a folder");
        }
        Box::new(std::fs::File::open(path).with_context(|| format!("cannot open {shown}"))?)
    };
    let mut raw = BufReader::new(raw);
    let packed = raw.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if packed { Box::new(flate2::read::MultiGzDecoder::new(raw)) } else { Box::new(raw) })
}

fn number(answer: &Value, member: &str) -> u64 {
    answer[member].as_u64().unwrap_or_default()
}

fn reasons(answer: &Value, place: &str) -> Vec<(u64, String)> {
    let text = |item: &Value| item["reason"].as_str().unwrap_or_default().to_owned();
    let items = answer["refused"].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| (number(item, place), text(item))).collect()
}
