//! The alert tables for the engine: pages of rows straight from the stored alerts.
//!
//! Nothing is copied into the lake, so a hunt sees an alert as it is at that moment. A scan is
//! snapshot-stable, since its cursor carries the change number it began at. A hunt over a window
//! asks the store for the alerts that reach into it (see [`super::extent`]) and drops their rows
//! outside.

use kql::hunt::{BoxFuture, RowPage, RowSource};
use serde_json::Value;
use store::{Cursor, ListAsk, Page, Store};

use super::{alert_evidence, alert_info, extent};
use crate::{areas::ALERTS, doc::set, fault::Fault};

/// Alerts read for one page of `AlertInfo`.
const PAGE: u32 = 1_000;
/// How many rows of evidence are reckoned for an alert, so that pages of both tables are alike.
const EVIDENCE: u32 = 4;

/// `AlertInfo` and `AlertEvidence` over a store.
#[derive(Clone)]
pub struct AlertRows {
    store: Store,
    page: u32,
}

impl AlertRows {
    /// The tables it serves.
    pub const TABLES: [&'static str; 2] = ["AlertInfo", "AlertEvidence"];

    /// Rows from this store.
    pub fn new(store: Store) -> Self {
        Self { store, page: PAGE }
    }

    /// The same, reading so many alerts for a page; what is held at a time follows from it.
    #[must_use]
    pub fn with_page(self, alerts: u32) -> Self {
        Self { page: alerts.max(1), ..self }
    }

    /// The alerts of one page, of those with a row in the window.
    async fn alerts(
        &self,
        tenant: &str,
        top: u32,
        window: Option<(i64, i64)>,
        after: Option<Cursor>,
    ) -> Result<Page, Fault> {
        let mut ask = ListAsk {
            tenant: tenant.to_owned(),
            kind: ALERTS.to_owned(),
            top,
            after,
            ..ListAsk::default()
        };
        let read = move |tx: &mut store::ReadTx<'_>| {
            if let Some(window) = window {
                ask.filter = Some(extent::overlaps(window, extent::furthest(tx, &ask.tenant)?));
                ask.order = extent::order();
            }
            Ok(tx.list(&ask)?)
        };
        self.store.read(read).await
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
            let top = if evidence { (self.page / EVIDENCE).max(1) } else { self.page };
            let page = self.alerts(tenant, top, window, after).await?;
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
            if let Some(window) = window {
                rows.retain(|row| is_within(row, window));
            }
            Ok(RowPage { rows, next: page.next.map(|cursor| cursor.to_string()) })
        })
    }
}

fn is_within(row: &Value, window: (i64, i64)) -> bool {
    row.as_object().is_some_and(|row| extent::within(row, window))
}
