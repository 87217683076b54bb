//! Where input goes: a data directory opened here, or a server over HTTP. `ingest`, `feed` and
//! `provider` write to either through this.

use std::io::Read;

use anyhow::{Context, bail};
use kql::hunt::Ingested;
use platform::reply::{PushReport, Refusal};
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

impl Sink {
    /// Opens a place. A server wins over a directory, which then only lends its credentials.
    pub fn open(place: &Place) -> anyhow::Result<Self> {
        if place.server.is_some() {
            return Ok(Self::Server(Client::new(place)?));
        }
        let runtime = node::runtime()?;
        let (node, tenant) = runtime.block_on(async {
            let node = node::open(&Options::new(&place.data)?).await?;
            let tenant = node.tenant(place.access.tenant.as_deref()).await?;
            anyhow::Ok((Box::new(node), tenant))
        })?;
        Ok(Self::Local { runtime, node, tenant })
    }

    /// Stores NDJSON rows of a hunting table.
    pub fn events(
        &self,
        table: &str,
        body: impl Read + Send + 'static,
    ) -> anyhow::Result<Ingested> {
        match self {
            Self::Local { runtime, node, tenant } => {
                let ingest = node.platform.hunter().ingest(tenant, table, Box::new(body));
                Ok(runtime.block_on(ingest)?)
            }
            Self::Server(client) => {
                let answer = client.post_stream(&format!("/provider/v1/events/{table}"), body)?;
                Ok(Ingested {
                    rows: number(&answer, "rows"),
                    refused_count: number(&answer, "refusedCount"),
                    refused: reasons(&answer, "line"),
                })
            }
        }
    }

    /// Pushes lines of a product's alerts.
    pub fn alerts(&self, source: &str, lines: &[Vec<u8>]) -> anyhow::Result<PushReport> {
        match self {
            Self::Local { runtime, node, tenant } => {
                let items = lines
                    .iter()
                    .map(|line| {
                        serde_json::from_slice(line)
                            .map_err(|error| format!("not valid JSON: {error}"))
                    })
                    .collect();
                let cx = Node::operator(tenant);
                Ok(runtime.block_on(node.platform.push_alerts(&cx, source, items))?)
            }
            Self::Server(client) => {
                let path = format!("/provider/v1/alerts?source={source}");
                let answer = client.post_stream(&path, std::io::Cursor::new(lines.join(&b'\n')))?;
                Ok(PushReport {
                    accepted: number(&answer, "accepted"),
                    merged: number(&answer, "merged"),
                    duplicates: number(&answer, "duplicates"),
                    skipped: number(&answer, "skipped"),
                    refused: reasons(&answer, "index")
                        .into_iter()
                        .map(|(index, reason)| Refusal { index: index as usize, reason })
                        .collect(),
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

/// Adds the report of a batch whose first item stood at `offset`.
pub fn add(total: &mut PushReport, batch: PushReport, offset: usize) {
    total.accepted += batch.accepted;
    total.merged += batch.merged;
    total.duplicates += batch.duplicates;
    total.skipped += batch.skipped;
    let moved = |it: Refusal| Refusal { index: it.index + offset, ..it };
    total.refused.extend(batch.refused.into_iter().map(moved));
}

/// Alerts in one push: small enough to be quick, large enough for one commit to carry many.
const BATCH: usize = 1000;
/// A batch ends early past this many bytes, well below the server's limit.
const BATCH_BYTES: usize = 16 << 20;

/// Pushes everything a reader holds: an array, one object, or one object a line.
pub fn push_reader(sink: &Sink, source: &str, mut reader: impl Read) -> anyhow::Result<PushReport> {
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
    let mut total = PushReport::default();
    let mut batch = Vec::new();
    let (mut size, mut sent) = (0, 0);
    for line in lines {
        size += line.len();
        batch.push(line);
        if batch.len() == BATCH || size > BATCH_BYTES {
            let count = batch.len();
            add(&mut total, sink.alerts(source, &std::mem::take(&mut batch))?, sent);
            (size, sent) = (0, sent + count);
        }
    }
    if !batch.is_empty() {
        add(&mut total, sink.alerts(source, &batch)?, sent);
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
