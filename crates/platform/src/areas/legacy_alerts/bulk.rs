//! `updateAlerts`: several changes in the older words, all or none.

use model::body;
use serde_json::Value;
use store::Key;

use super::alert::LegacyAlert;
use crate::{
    areas::{ALERTS, operate::Operate},
    behavior::Behavior,
    fault::Fault,
    read::View,
    reply::Reply,
    write::store,
};

/// Most alerts of one call.
const MOST: usize = 100;

/// Changes each of the alerts of the body and answers them.
pub(crate) async fn update(it: Operate<'_>, body: Option<&Value>) -> Result<Reply, Fault> {
    let items = body.and_then(|it| it.get("value")).and_then(Value::as_array);
    let items = items.ok_or_else(|| Fault::invalid("value", "is needed and must be an array"))?;
    if items.is_empty() || items.len() > MOST {
        return Err(Fault::invalid("value", format!("must hold between 1 and {MOST} alerts")));
    }
    let (model, def) = (it.model, it.set()?.def);
    let mut changes = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let at = |what: &str| format!("value[{place}]{what}");
        let mut sent = item.clone();
        let members = sent.as_object_mut();
        let id = members.and_then(|it| it.shift_remove("id"));
        let Some(Value::String(id)) = id else {
            return Err(Fault::invalid(at(".id"), "is required"));
        };
        let patch = body::check(model, def.ty, &sent, body::Mode::Patch(&def.facts))
            .map_err(|error| Fault::invalid(at(""), error.to_string()))?;
        changes.push((id, patch));
    }
    let (cx, stamps, context) = (it.cx.clone(), it.platform.stamps.clone(), it.context());
    let view = View::of(model, def, it.prefer.include_unknown_enum_members);
    it.platform
        .store
        .write(move |tx| {
            let mut items = Vec::with_capacity(changes.len());
            for (id, patch) in changes {
                let absent = || Fault::absent(format!("alert '{id}'"));
                let record = tx.get(&Key::new(&cx.tenant, ALERTS, id.as_str()))?;
                let record = record.ok_or_else(absent)?;
                let (record, _) = store(tx, &cx, &stamps, &view, record, |_, update, _| {
                    LegacyAlert.update(update, patch)
                })?;
                items.push(Value::Object(view.shown(record)));
            }
            Ok(Reply::Collection { context, items, partial: false })
        })
        .await
}
