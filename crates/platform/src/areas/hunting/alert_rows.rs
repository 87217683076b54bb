//! The alert tables for the engine: pages of rows straight from the stored alerts.
//!
//! Nothing is copied into the lake, so a hunt sees an alert as it is at that moment. A scan is
//! snapshot-stable, since its cursor carries the change number it began at.

use kql::hunt::{BoxFuture, RowPage, RowSource};
use model::time::Timestamp;
use serde_json::Value;
use store::{Cursor, ListAsk, Store};

use super::{alert_evidence, alert_info};
use crate::{areas::ALERTS, doc::set};

/// Alerts read for one page of rows.
const PAGE: u32 = 1_000;

/// `AlertInfo` and `AlertEvidence` over a store.
#[derive(Clone)]
pub struct AlertRows {
    store: Store,
}

impl AlertRows {
    /// The tables it serves.
    pub const TABLES: [&'static str; 2] = ["AlertInfo", "AlertEvidence"];

    /// Rows from this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

/// What the scan of a table can fail with.
type Failure = Box<dyn std::error::Error + Send + Sync>;

impl RowSource for AlertRows {
    fn page<'a>(
        &'a self,
        tenant: &'a str,
        table: &'a str,
        window: Option<(i64, i64)>,
        cursor: Option<String>,
    ) -> BoxFuture<'a, Result<RowPage, Failure>> {
        Box::pin(async move {
            let evidence = match table {
                "AlertInfo" => false,
                "AlertEvidence" => true,
                other => return Err(Failure::from(format!("no stored records make up `{other}`"))),
            };
            let after = cursor.map(|text| text.parse::<Cursor>()).transpose()?;
            let ask = ListAsk {
                tenant: tenant.to_owned(),
                kind: ALERTS.to_owned(),
                top: PAGE,
                after,
                ..ListAsk::default()
            };
            let page = self.store.read(move |tx| tx.list(&ask)).await?;
            let mut rows = Vec::with_capacity(page.records.len());
            for record in page.records {
                let mut alert = record.doc;
                set(&mut alert, "id", record.key.id);
                if evidence {
                    rows.extend(alert_evidence::rows(&alert));
                } else {
                    rows.push(alert_info::row(&alert));
                }
            }
            rows.retain(|row| within(row, window));
            Ok(RowPage { rows, next: page.next.map(|cursor| cursor.to_string()) })
        })
    }
}

fn within(row: &Value, window: Option<(i64, i64)>) -> bool {
    let Some((from, to)) = window else { return true };
    let at = row.get("Timestamp").and_then(Value::as_str).unwrap_or_default();
    Timestamp::parse(at).is_ok_and(|it| (from..=to).contains(&it.0))
}
