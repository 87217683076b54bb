//! From when to when the rows of a stored alert reach, noted with the alert as it is written.
//!
//! The rows of an alert take their times from its activity and from each piece of evidence, all of
//! which a product chooses; no single member bounds them. The noted extent does, so that a hunt
//! over some hours asks the store only for alerts with a row in them. An index carries it behind
//! the time of the last update, which bounds it from below: rows tell of what was before the alert
//! was written. Clocks that run ahead by more than a day are reckoned with by a mark per tenant
//! that says how far, so the bound holds for whatever was stored.

use model::{
    edm::{Primitive, Ty},
    query::{CompareOp, Filter, Literal, Operand, PropertyPath},
    shape::PRIVATE,
    time::Timestamp,
};
use serde_json::json;
use store::{Key, NewRecord, ReadTx, Tx};

use super::{alert_evidence, alert_info};
use crate::{
    doc::{Doc, objects, set, text, ticks},
    fault::Fault,
};

/// The order in which a window is read, and the member that bounds extents.
const UPDATED: &str = "lastUpdateDateTime";
/// The private members of an alert.
const FIRST: &str = "firstRow";
const LAST: &str = "lastRow";
/// How far rows may lie ahead of the last update without a mark: clocks that are off, and times
/// told in another zone.
const USUAL: i64 = 24 * 36_000_000_000;
/// The kind and id of the mark.
const MARKS: &str = "yagura/marks";
const AHEAD: &str = "alert-rows-ahead";
/// Its member: the most that rows lie ahead, in ticks.
const TICKS: &str = "ticks";

/// Notes the extent of an alert that is about to be written, with its stamps set.
pub(crate) fn note(tx: &mut Tx<'_>, tenant: &str, alert: &mut Doc) -> Result<(), Fault> {
    let evidence = objects(alert, "evidence").map(|item| alert_evidence::timestamp(alert, item));
    let times = evidence.chain([alert_info::timestamp(alert)]);
    let times = times.filter_map(|it| Timestamp::parse(it).ok());
    let extent = times.fold(None, |extent: Option<(Timestamp, Timestamp)>, it| match extent {
        None => Some((it, it)),
        Some((first, last)) => Some((first.min(it), last.max(it))),
    });
    let Some((first, last)) = extent else { return Ok(()) };
    let slot = alert.entry(PRIVATE).or_insert_with(|| json!({}));
    if let Some(notes) = slot.as_object_mut() {
        set(notes, FIRST, first.to_string());
        set(notes, LAST, last.to_string());
    }
    let ahead = last.0.saturating_sub(ticks(alert, UPDATED));
    if ahead > USUAL { mark(tx, tenant, ahead) } else { Ok(()) }
}

/// Raises the mark, twice as far as needed so that it is seldom written.
fn mark(tx: &mut Tx<'_>, tenant: &str, ahead: i64) -> Result<(), Fault> {
    if ahead <= furthest(tx, tenant)? {
        return Ok(());
    }
    let key = Key::new(tenant, MARKS, AHEAD);
    let mut doc = Doc::new();
    set(&mut doc, TICKS, ahead.saturating_mul(2));
    if let Some(old) = tx.get(&key)? {
        tx.update(&key, doc, old.modified, "yagura", None)?;
    } else {
        tx.insert(NewRecord { key, parent: None, doc, created: 0, modified: 0 }, "yagura")?;
    }
    Ok(())
}

/// How far any row of the tenant's alerts may lie ahead of the alert's last update.
pub(super) fn furthest(tx: &ReadTx<'_>, tenant: &str) -> Result<i64, Fault> {
    let mark = tx.get(&Key::new(tenant, MARKS, AHEAD))?;
    let marked = mark.and_then(|it| it.doc.get(TICKS)?.as_i64());
    Ok(marked.map_or(USUAL, |it| it.max(USUAL)))
}

/// Holds for every alert with a row in the window, and for few others: an extent may have gaps.
pub(super) fn overlaps((from, to): (i64, i64), furthest: i64) -> Filter {
    let compare = |path: &[&str], op, value| Filter::Compare {
        op,
        left: Operand::Path(path_to(path)),
        right: Operand::Literal(value),
    };
    let moment =
        |ticks: i64| Literal::DateTime(Timestamp(ticks.clamp(Timestamp::MIN.0, Timestamp::MAX.0)));
    Filter::And(vec![
        compare(&[UPDATED], CompareOp::Ge, moment(from.saturating_sub(furthest))),
        Filter::Or(vec![
            // Noted for every alert since the first release that did; what is older is looked at.
            compare(&[PRIVATE, LAST], CompareOp::Eq, Literal::Null),
            Filter::And(vec![
                compare(&[PRIVATE, LAST], CompareOp::Ge, moment(from)),
                compare(&[PRIVATE, FIRST], CompareOp::Le, moment(to)),
            ]),
        ]),
    ])
}

/// The order that the index over extents has.
pub(super) fn order() -> Vec<(PropertyPath, bool)> {
    vec![(path_to(&[UPDATED]), false)]
}

fn path_to(segments: &[&str]) -> PropertyPath {
    PropertyPath::new(segments, Ty::Primitive(Primitive::DateTimeOffset))
}

/// Is the row within the window?
pub(super) fn within(row: &Doc, (from, to): (i64, i64)) -> bool {
    Timestamp::parse(text(row, "Timestamp")).is_ok_and(|it| (from..=to).contains(&it.0))
}
