//! An engine on a directory of its own, and asking it.

use std::{sync::Arc, time::Duration};

use engine::{Engine, Options};
use kql::{
    answer::Answer,
    hunt::{Ask, BoxFuture, HuntFault, Hunter, Ingested, Limits, RowPage, RowSource},
};
use tempfile::TempDir;

pub const NOW: i64 = 639_031_680_000_000_000;

/// Serves three alerts in two pages to the tenant `t1`.
pub struct Alerts;

impl RowSource for Alerts {
    fn page<'a>(
        &'a self,
        tenant: &'a str,
        table: &'a str,
        _: Option<(i64, i64)>,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<RowPage, Box<dyn std::error::Error + Send + Sync>>> {
        Box::pin(async move {
            if tenant != "t1" || table != "AlertInfo" {
                return Ok(RowPage::default());
            }
            let row = |id: &str| {
                serde_json::json!({
                    "Timestamp": "2026-01-05T10:00:00.0000000Z", "AlertId": id, "Title": "x",
                })
            };
            Ok(match cursor {
                None => RowPage { rows: vec![row("a"), row("b")], next: Some("2".to_owned()) },
                Some(_) => RowPage { rows: vec![row("c")], next: None },
            })
        })
    }
}

pub struct Bench {
    pub engine: Engine,
    pub dir: TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    pub fn new() -> Self {
        Self::within(256 << 20)
    }

    pub fn within(memory_limit: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let engine = open(dir.path(), memory_limit);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { engine, dir, runtime }
    }

    /// The same directory after a restart.
    pub fn reopen(&mut self) {
        self.engine = open(self.dir.path(), 256 << 20);
    }

    pub fn block<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub fn ingest(&self, tenant: &str, table: &str, body: &str) -> Ingested {
        let body = Box::new(std::io::Cursor::new(body.to_owned().into_bytes()));
        self.block(self.engine.ingest(tenant, table, body)).unwrap()
    }

    pub fn ask(&self, tenant: &str, text: &str) -> Result<Answer, HuntFault> {
        self.block(self.engine.hunt(ask(tenant, text)))
    }
}

fn open(dir: &std::path::Path, memory_limit: usize) -> Engine {
    let options = Options { memory_limit, threads: Some(2), ..Options::new(dir) };
    Engine::open(options, Arc::new(Alerts)).unwrap()
}

pub fn ask(tenant: &str, text: &str) -> Ask {
    Ask {
        tenant: tenant.to_owned(),
        text: text.to_owned(),
        window: None,
        now: NOW,
        limits: Limits { time: Duration::from_mins(1), ..Limits::default() },
    }
}
