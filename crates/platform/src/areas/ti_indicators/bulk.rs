//! Up to a hundred indicators in one call, each by itself: one that fails is told in its place, the
//! rest are written.

use auth::OpCx;
use model::{Model, body, model::SetDef, shape::ODATA_TYPE};
use serde_json::{Value, json};
use store::{Key, ListAsk, Record, Tx};

use super::{INDICATORS, TiIndicator};
use crate::{
    areas::operate::Operate, behavior::Behavior, create::insert_plain, fault::Fault, read::View,
    reply::Reply, stamps::Stamps, write::store,
};

/// Most items of one call.
const MOST: usize = 100;
/// The id of an indicator that could not be made, as clients look for it.
const FAILED: &str = "Failed to create, check Error element for reason";
/// What the service calls a list of indicators, and of results, where it answers these calls;
/// published clients compare the whole text.
const INDICATORS_TOLD: &str = "Collection(tiIndicator)";
const RESULTS_TOLD: &str = "Collection(microsoft.graph.ResultInfo)";
/// The type that every indicator of such a list names.
const TYPE: &str = "#microsoft.graph.tiIndicator";

/// What the items of one call share.
struct Bulk<'a> {
    cx: &'a OpCx,
    stamps: &'a Stamps,
    model: &'static Model,
    view: View,
}

impl Bulk<'_> {
    fn def(&self) -> &'static SetDef {
        self.view.def
    }
}

/// `submitTiIndicators`: new ones.
pub(crate) async fn submit(it: Operate<'_>, body: Option<Value>) -> Result<Reply, Fault> {
    each(it, body, INDICATORS_TOLD, |tx, bulk, place, mut sent| {
        TiIndicator.soften(bulk.model, bulk.def().ty, &mut sent);
        let mode = body::Mode::Create(&bulk.def().facts);
        let made = body::check(bulk.model, bulk.def().ty, &sent, mode)
            .map_err(Fault::from)
            .and_then(|doc| {
                let seed = place.to_string();
                let (cx, stamps) = (bulk.cx, bulk.stamps);
                insert_plain(tx, cx, stamps, bulk.model, bulk.def(), doc, &seed)
            });
        told(bulk, made, sent, FAILED)
    })
    .await
}

/// `updateTiIndicators`: changes to those named by their ids.
pub(crate) async fn update(it: Operate<'_>, body: Option<Value>) -> Result<Reply, Fault> {
    each(it, body, INDICATORS_TOLD, |tx, bulk, _, mut sent| {
        TiIndicator.soften(bulk.model, bulk.def().ty, &mut sent);
        let id = sent.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let changed = change(tx, bulk, &id, &sent);
        told(bulk, changed, sent, &id)
    })
    .await
}

/// `deleteTiIndicators`, by id, or `deleteTiIndicatorsByExternalId`.
pub(crate) async fn remove(
    it: Operate<'_>,
    body: Option<Value>,
    by_external_id: bool,
) -> Result<Reply, Fault> {
    each(it, body, RESULTS_TOLD, move |tx, bulk, _, sent| {
        let Some(name) = sent.as_str() else {
            let fault = Fault::invalid("value", "must hold texts");
            return Ok((result(400, &fault.to_string()), false));
        };
        Ok(match delete(tx, bulk, name, by_external_id) {
            Ok(()) => (result(204, &format!("{name} was deleted")), true),
            Err(fault) => (result(status(&fault)?, &format!("{name}: {fault}")), false),
        })
    })
    .await
}

async fn each<F>(
    it: Operate<'_>,
    body: Option<Value>,
    context: &str,
    one: F,
) -> Result<Reply, Fault>
where
    F: Fn(&mut Tx<'_>, &Bulk<'_>, usize, Value) -> Result<(Value, bool), Fault> + Send + 'static,
{
    let items = body.as_ref().and_then(|it| it.get("value")).and_then(Value::as_array);
    let items = items.ok_or_else(|| Fault::invalid("value", "is needed and must be an array"))?;
    if items.len() > MOST {
        return Err(Fault::invalid("value", format!("has at most {MOST} items")));
    }
    let (items, context) = (items.clone(), context.to_owned());
    let (cx, stamps, model) = (it.cx.clone(), it.platform.stamps.clone(), it.model);
    let view = View::of(model, it.set()?.def, it.prefer.include_unknown_enum_members);
    it.platform
        .store
        .write(move |tx| {
            let bulk = Bulk { cx: &cx, stamps: &stamps, model, view };
            let (mut told, mut partial) = (Vec::with_capacity(items.len()), false);
            for (place, item) in items.into_iter().enumerate() {
                let (answer, done) = one(tx, &bulk, place, item)?;
                told.push(answer);
                partial |= !done;
            }
            Ok(Reply::Collection { context, items: told, partial })
        })
        .await
}

fn change(tx: &mut Tx<'_>, bulk: &Bulk<'_>, id: &str, sent: &Value) -> Result<Record, Fault> {
    let absent = || Fault::absent(format!("indicator '{id}'"));
    let mut sent = sent.clone();
    if let Some(members) = sent.as_object_mut() {
        members.shift_remove("id");
    }
    let mode = body::Mode::Patch(&bulk.def().facts);
    let patch = body::check(bulk.model, bulk.def().ty, &sent, mode)?;
    let record = tx.get(&Key::new(&bulk.cx.tenant, INDICATORS, id))?.ok_or_else(absent)?;
    let (cx, stamps) = (bulk.cx, bulk.stamps);
    let (record, _) = store(tx, cx, stamps, &bulk.view, record, |_, update, _| {
        TiIndicator.update(update, patch)
    })?;
    Ok(record)
}

fn delete(tx: &mut Tx<'_>, bulk: &Bulk<'_>, name: &str, by_external_id: bool) -> Result<(), Fault> {
    let absent = || Fault::absent(format!("indicator '{name}'"));
    let records = if by_external_id {
        let ask = ListAsk {
            tenant: bulk.cx.tenant.clone(),
            kind: INDICATORS.to_owned(),
            extra: vec![("externalId".to_owned(), json!(name))],
            top: MOST as u32,
            ..ListAsk::default()
        };
        tx.list(&ask)?.records
    } else {
        tx.get(&Key::new(&bulk.cx.tenant, INDICATORS, name))?.into_iter().collect()
    };
    if records.is_empty() {
        return Err(absent());
    }
    for record in records {
        TiIndicator.removing(tx, bulk.cx, &record)?;
        let at = bulk.stamps.next(bulk.cx.now, record.modified);
        tx.delete(&record.key, at.0, &bulk.cx.caller.app_id, None)?;
    }
    Ok(())
}

/// The indicator, or what was sent with the reason why not.
fn told(
    bulk: &Bulk<'_>,
    done: Result<Record, Fault>,
    sent: Value,
    id: &str,
) -> Result<(Value, bool), Fault> {
    match done {
        Ok(record) => {
            let mut members = bulk.view.shown(record);
            members.shift_insert(0, ODATA_TYPE.to_owned(), json!(TYPE));
            Ok((Value::Object(members), true))
        }
        Err(fault) => {
            let code = status(&fault)?;
            let mut members = sent.as_object().cloned().unwrap_or_default();
            members.shift_insert(0, ODATA_TYPE.to_owned(), json!(TYPE));
            members.insert("id".to_owned(), json!(id));
            let error = json!({"code": code.to_string(), "message": fault.to_string()});
            members.insert("Error".to_owned(), error);
            Ok((Value::Object(members), false))
        }
    }
}

/// The status of a fault that concerns one item; others end the call.
fn status(fault: &Fault) -> Result<u16, Fault> {
    use model::code::Code;
    Ok(match fault.code() {
        Code::NotFound => 404,
        Code::Forbidden => 403,
        Code::Conflict => 409,
        Code::BadRequest => 400,
        _ => return Err(Fault::Unavailable(fault.to_string())),
    })
}

/// One line of the answer to a removal. Published examples have its code as text; it is the number
/// that the schema declares and that clients generated from it read.
fn result(code: u16, message: &str) -> Value {
    json!({"code": code, "message": message, "subcode": 0})
}
