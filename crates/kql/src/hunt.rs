//! The seam between those who ask queries and the engine that runs them. `platform` and `server`
//! know only these traits; `app` puts the engine behind them.

use std::{future::Future, pin::Pin, time::Duration};

use crate::{answer::Answer, diagnostic::Diagnostic, types::Column};

/// A future that can be sent between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One question.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Whose tables.
    pub tenant: String,
    /// The query.
    pub text: String,
    /// Bounds on `Timestamp` in ticks, both ends included; none is unlimited.
    pub window: Option<(i64, i64)>,
    /// What `now()` says, in ticks.
    pub now: i64,
    /// The bounds of the answer.
    pub limits: Limits,
}

/// Bounds on one answer; the defaults are the reference's.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// More rows than this are cut off with an error.
    pub rows: usize,
    /// Bytes of the answer's JSON, about.
    pub bytes: usize,
    /// Wall time.
    pub time: Duration,
    /// Bytes that its steps may keep, and bytes of the columns it works out; what can spill to disk
    /// does so before.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let time = Duration::from_secs(200);
        Self { rows: 100_000, bytes: 124 << 20, time, memory: 1 << 30 }
    }
}

/// Why a hunt gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum HuntFault {
    /// The query is wrong; at least one diagnostic is an error.
    #[error("the query is not valid")]
    Query(Vec<Diagnostic>),
    /// Fine to parse, but a value made it fail while running.
    #[error("{0}")]
    Runtime(String),
    /// The answer passes a limit.
    #[error("the answer is larger than {limit} {unit}")]
    TooLarge {
        /// How much is allowed.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
    /// The time limit.
    #[error("the query ran longer than {} s", .0.as_secs())]
    TimedOut(Duration),
    /// Memory or spill space ran out.
    #[error("the query needs more memory than it may use")]
    OutOfMemory,
    /// Ours to mend.
    #[error("the engine failed")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What an ingested batch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ingested {
    /// Rows stored.
    pub rows: u64,
    /// Lines refused, with their one-based number and the reason; at most the first hundred.
    pub refused: Vec<(u64, String)>,
    /// How many were refused in all.
    pub refused_count: u64,
}

/// Why a batch was not taken at all.
#[derive(Debug, thiserror::Error)]
pub enum IngestFault {
    /// No such table.
    #[error("no table `{0}`")]
    NoTable(String),
    /// The body cannot be read (bad gzip, …).
    #[error("{0}")]
    Unreadable(String),
    /// Ours to mend.
    #[error("could not store the rows")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Runs queries and takes events in.
pub trait Hunter: Send + Sync {
    /// Runs one query. Dropping the future stops it.
    fn hunt(&self, ask: Ask) -> BoxFuture<'_, Result<Answer, HuntFault>>;
    /// Stores NDJSON rows (plain or gzip, told by the first bytes) durably before it returns.
    fn ingest<'a>(
        &'a self,
        tenant: &'a str,
        table: &'a str,
        body: Box<dyn std::io::Read + Send>,
    ) -> BoxFuture<'a, Result<Ingested, IngestFault>>;
    /// Every table a tenant can query.
    fn tables(&self, tenant: &str) -> Vec<(String, Vec<Column>)>;
}

/// Reads what lies outside the server, for `externaldata`. What may be read is its decision.
pub trait Outside: std::fmt::Debug + Send + Sync {
    /// Whether an address may be read; the error says why not.
    fn may_read(&self, address: &str) -> Result<(), String>;
    /// The bytes behind an address that may be read; more than `limit` is an error.
    fn read<'a>(&'a self, address: &'a str, limit: usize)
    -> BoxFuture<'a, Result<Vec<u8>, String>>;
}

/// One page of a table that lives elsewhere (alerts in the store).
#[derive(Clone, Debug, Default)]
pub struct RowPage {
    /// JSON objects with the table's columns as members; an absent member is null or empty.
    pub rows: Vec<serde_json::Value>,
    /// Where to go on; none at the end.
    pub next: Option<String>,
}

/// Serves tables that are views of stored records.
pub trait RowSource: Send + Sync {
    /// One page of `table` for `tenant`, from `cursor` (none is the start).
    fn page<'a>(
        &'a self,
        tenant: &'a str,
        table: &'a str,
        window: Option<(i64, i64)>,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<RowPage, Box<dyn std::error::Error + Send + Sync>>>;
}
