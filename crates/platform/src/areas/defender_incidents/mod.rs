//! Incidents as the Microsoft 365 Defender API shows them (`/api/incidents`): the same records
//! under its own names, each with its alerts inside.
//!
//! `show.rs` writes the older names, `ask.rs` reads filters on them, `change.rs` writes a PATCH
//! through to the stored incident.

mod ask;
mod change;
mod show;

use auth::OpCx;
use serde_json::{Value, json};
use store::{Key, ListAsk, ReadTx, Record};

use super::{ALERTS, INCIDENTS};
use crate::{
    doc::{Doc, text},
    fault::Fault,
    platform::Platform,
    token,
};

/// Most incidents of one page.
const PAGE: u32 = 100;
/// Most alerts inside one incident.
const MOST_ALERTS: u32 = 1_000;
/// Most alerts of one page; it ends early when they are spent.
const BUDGET: usize = 5_000;

/// One page of incidents.
#[derive(Clone, Debug)]
pub struct DefenderPage {
    /// The incidents.
    pub items: Vec<Value>,
    /// How many there are in all, when asked.
    pub count: Option<u64>,
    /// The query of the next page; none on the last one.
    pub next: Option<String>,
}

/// Lists incidents. `query` is what follows `?`, as sent.
pub(crate) async fn list(
    platform: &Platform,
    cx: &OpCx,
    query: &str,
) -> Result<DefenderPage, Fault> {
    let (mut ask, options) = ask::read(&cx.tenant, query)?;
    if let Some(sent) = &options.skip_token {
        ask.after = Some(token::unseal(&ask, sent)?);
    }
    platform
        .store
        .read(move |tx| {
            let mut page = tx.list(&ask)?;
            let count = if options.count {
                Some(tx.count(&ListAsk { as_of: Some(page.as_of), after: None, ..ask.clone() })?)
            } else {
                None
            };
            let mut items = Vec::with_capacity(page.records.len());
            let mut budget = BUDGET;
            let listed = page.records.len();
            for record in std::mem::take(&mut page.records) {
                let alerts = alerts_of(tx, &ask.tenant, &record)?;
                if alerts.len() > budget && !items.is_empty() {
                    break;
                }
                budget = budget.saturating_sub(alerts.len());
                items.push(show::incident(&record, &alerts));
            }
            if items.len() < listed {
                // The page ends where the alerts were spent; its end is asked for anew.
                let shorter = ListAsk { top: items.len() as u32, ..ask.clone() };
                page.next = tx.list(&shorter)?.next;
            }
            let next = page.next.filter(|_| ask.top > 0);
            let next = next.map(|cursor| options.next_query(&token::seal(&ask, &cursor)));
            Ok(DefenderPage { items, count, next })
        })
        .await
}

/// One incident.
pub(crate) async fn get(platform: &Platform, cx: &OpCx, id: &str) -> Result<Value, Fault> {
    let key = Key::new(&cx.tenant, INCIDENTS, id);
    platform.store.read(move |tx| shown(tx, &key)).await
}

/// Changes an incident and answers it as it is then.
pub(crate) async fn patch(
    platform: &Platform,
    cx: &OpCx,
    id: &str,
    body: Option<Value>,
) -> Result<Value, Fault> {
    let change = change::read(body)?;
    let key = Key::new(&cx.tenant, INCIDENTS, id);
    let (cx, stamps) = (cx.clone(), platform.stamps.clone());
    platform
        .store
        .write(move |tx| {
            change::apply(tx, &cx, &stamps, &key, change)?;
            shown(tx, &key)
        })
        .await
}

fn shown(tx: &ReadTx<'_>, key: &Key) -> Result<Value, Fault> {
    let absent = || Fault::absent(format!("incident '{}'", key.id));
    let record = tx.get(key)?.ok_or_else(absent)?;
    let alerts = alerts_of(tx, &key.tenant, &record)?;
    Ok(show::incident(&record, &alerts))
}

fn alerts_of(tx: &ReadTx<'_>, tenant: &str, incident: &Record) -> Result<Vec<Record>, Fault> {
    let ask = ListAsk {
        tenant: tenant.to_owned(),
        kind: ALERTS.to_owned(),
        extra: vec![("incidentId".to_owned(), json!(incident.key.id))],
        order: vec![(ask::path("createdDateTime"), true)],
        top: MOST_ALERTS,
        ..ListAsk::default()
    };
    Ok(tx.list(&ask)?.records)
}

/// `truePositive` as `TruePositive`; null stays null.
fn pascal(doc: &Doc, member: &str) -> Value {
    match text(doc, member) {
        "" => Value::Null,
        word => Value::from(upper_first(word)),
    }
}

fn upper_first(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
