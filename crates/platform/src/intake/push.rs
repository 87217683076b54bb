//! A pushed batch: prepared outside any transaction, then placed chunk by chunk.
//!
//! The answer comes when everything accepted is durable. When the process dies in between, the
//! chunks that were committed are known again by their fingerprints, so the sender repeats the
//! batch and nothing is lost or doubled.

use std::{future::poll_fn, task::Poll};

use auth::OpCx;
use kql::hunt::BoxFuture;
use model::{Version, body, graph, shape};
use providers::{connector::Connector, normalised::Normalised};
use serde_json::{Value, json};
use store::{Key, Record};

use super::{
    fingerprint::fingerprint,
    place::{Arrival, Place, Placed, Placing},
};
use crate::{
    areas::ALERTS,
    doc::{Doc, set, text},
    fault::Fault,
    platform::Platform,
    reply::{PushReport, Refusal},
};

/// Alerts placed in one transaction: enough that those which touch the same incident and the same
/// pages share the cost, few enough that other writers soon get their turn.
const CHUNK: usize = 500;
/// Transactions queued at a time, so that the store need not wait for the next.
const QUEUED: usize = 4;

/// What an alert made by hand may say that the stored alert does not keep.
const BY_HAND_ONLY: &[&str] = &[
    "@odata.type",
    "id",
    "incidentId",
    "isExcludedFromCorrelation",
    "linkToIncident",
    "sentinelWorkspace",
];

/// One prepared item with its places in the batch.
struct Prepared {
    indexes: Vec<usize>,
    arrival: Arrival,
}

/// Takes a batch in.
pub(crate) async fn push(
    platform: &Platform,
    cx: &OpCx,
    source: &str,
    items: Vec<Result<Value, String>>,
) -> Result<PushReport, Fault> {
    let Some(connector) = Connector::named(source) else {
        return Err(Fault::invalid("source", format!("no connector is named '{source}'")));
    };
    let (mut report, prepared) = tokio::task::spawn_blocking(move || prepare(connector, items))
        .await
        .map_err(|error| Fault::Internal { doing: "read the batch", source: error.into() })?;
    let mut rest = prepared.into_iter().peekable();
    while rest.peek().is_some() {
        // The chunks are queued in order and the store runs them in order, so that they share
        // its commits; each is all or nothing by itself.
        let mut queued: Vec<BoxFuture<'_, Chunk>> = Vec::new();
        while queued.len() < QUEUED && rest.peek().is_some() {
            let chunk: Vec<Prepared> = rest.by_ref().take(CHUNK).collect();
            queued.push(Box::pin(place_chunk(platform, cx, chunk)));
        }
        for chunk in all(queued).await {
            for (items, placed) in chunk? {
                match placed {
                    Placed::New(_) => {
                        report.accepted += 1;
                        report.merged += items - 1;
                    }
                    Placed::Merged(_) => report.merged += items,
                    Placed::Known(_) => report.duplicates += items,
                }
            }
        }
    }
    Ok(report)
}

/// What became of the alerts of one chunk, each with the number of items it was told in.
type Chunk = Result<Vec<(u64, Placed)>, Fault>;

async fn place_chunk(platform: &Platform, cx: &OpCx, chunk: Vec<Prepared>) -> Chunk {
    let (cx, stamps) = (cx.clone(), platform.stamps.clone());
    platform
        .store
        .write(move |tx| {
            let mut placing = Placing::new(&cx, &stamps);
            let mut placed = Vec::with_capacity(chunk.len());
            for it in chunk {
                placed.push((it.indexes.len() as u64, placing.place(tx, it.arrival)?));
            }
            placing.finish(tx)?;
            Ok(placed)
        })
        .await
}

/// Drives futures together, begun in their order; answers in their order.
async fn all<T>(mut pending: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    let mut done: Vec<Option<T>> = pending.iter().map(|_| None).collect();
    poll_fn(|cx| {
        for (slot, future) in done.iter_mut().zip(&mut pending) {
            if slot.is_none()
                && let Poll::Ready(answer) = future.as_mut().poll(cx)
            {
                *slot = Some(answer);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// Stores an alert that a person or an application made by hand, and answers it as stored.
pub(crate) async fn by_hand(platform: &Platform, cx: &OpCx, mut doc: Doc) -> Result<Record, Fault> {
    let chosen = doc.get("linkToIncident").and_then(Value::as_u64).filter(|it| *it > 0);
    let place = match chosen {
        Some(incident) => Place::Incident(incident),
        None if doc.get("isExcludedFromCorrelation") == Some(&Value::Bool(true)) => Place::Alone,
        None => Place::Correlated,
    };
    doc.retain(|member, _| !BY_HAND_ONLY.contains(&member.as_str()));
    if text(&doc, "detectionSource").is_empty() {
        set(&mut doc, "detectionSource", "manual");
    }
    let (cx, stamps) = (cx.clone(), platform.stamps.clone());
    platform
        .store
        .write(move |tx| {
            let mut placing = Placing::new(&cx, &stamps);
            let placed =
                placing.place(tx, Arrival { doc, part: false, fingerprint: None, place })?;
            placing.finish(tx)?;
            let (Placed::New(id) | Placed::Merged(id) | Placed::Known(id)) = placed;
            let key = Key::new(&cx.tenant, ALERTS, id.as_str());
            tx.get(&key)?.ok_or_else(|| Fault::absent(format!("alert '{id}'")))
        })
        .await
}

fn prepare(
    connector: &'static Connector,
    items: Vec<Result<Value, String>>,
) -> (PushReport, Vec<Prepared>) {
    let mut report = PushReport::default();
    let mut read = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Ok(value) => read.push((index, value)),
            Err(reason) => report.refused.push(Refusal { index, reason }),
        }
    }
    let mut prepared = Vec::with_capacity(read.len());
    for gathered in connector.gather(read) {
        let indexes = gathered.indexes;
        match arrival(connector, &gathered.value) {
            Ok(Some(arrival)) => prepared.push(Prepared { indexes, arrival }),
            Ok(None) => report.skipped += indexes.len() as u64,
            Err(reason) => report
                .refused
                .extend(indexes.into_iter().map(|index| Refusal { index, reason: reason.clone() })),
        }
    }
    report.refused.sort_by_key(|it| it.index);
    (report, prepared)
}

fn arrival(connector: &Connector, item: &Value) -> Result<Option<Arrival>, String> {
    let (doc, part) = match connector.normalise(item).map_err(|it| it.to_string())? {
        Normalised::Alert(doc) => (doc, false),
        Normalised::Part(doc) => (doc, true),
        Normalised::NotAnAlert { .. } => return Ok(None),
    };
    // The beta model knows every member and type that v1.0 knows.
    let model = graph(Version::Beta);
    let set_of_alerts = model.set(ALERTS).ok_or("the model has no alerts")?;
    let doc = Value::Object(doc);
    let mut doc = body::check(model, set_of_alerts.ty, &doc, body::Mode::Document)
        .map_err(|it| it.to_string())?;
    let fingerprint = fingerprint(connector.name, text(&doc, "providerAlertId"), item);
    let vendor = json!({ "vendor": connector.vendor, "source": connector.name });
    doc.insert(shape::PRIVATE.to_owned(), vendor);
    let fingerprint = Some(fingerprint);
    Ok(Some(Arrival { doc, part, fingerprint, place: Place::Correlated }))
}
