//! Sensitivity labels: what the labels that are stored say about content.
//!
//! Content is described by its metadata alone, in which a label leaves marks (`marks.rs`): so which
//! label is on it, and which marks putting one on or taking it off changes, can be computed. What
//! protects content is stored nowhere here; labels that protect are left to who knows
//! (501). Two generations of types share one computation.

mod marks;

use auth::OpCx;
use model::{Model, edm::Ty, model::SetDef};
use serde_json::{Value, json};
use store::{Key, ReadTx};

use self::marks::Mark;
use super::operate::Operate;
use crate::{
    doc::{Doc, object, text, texts},
    fault::Fault,
    read::{View, place},
    reply::Reply,
    tree,
};

/// The setting of whether a lower label needs a reason.
const SETTINGS: &str = "security/informationProtection/labelPolicySettings";

/// The labels of one set, as stored.
struct Labels<'a> {
    tx: &'a ReadTx<'a>,
    cx: &'a OpCx,
    model: &'static Model,
    def: &'static SetDef,
}

impl Labels<'_> {
    /// One of them, whole.
    fn find(&self, id: &str) -> Result<Option<Doc>, Fault> {
        let view = View::of(self.model, self.def, false);
        for id in [id, id.to_lowercase().as_str()] {
            if let Some(record) = self.tx.get(&Key::new(&self.cx.tenant, view.source, id))? {
                return Ok(Some(view.shown(record)));
            }
        }
        Ok(None)
    }

    /// The label that is on the content, as far as it is one of these.
    fn current<'m>(&self, marks: &'m [Mark]) -> Result<Option<(Doc, &'m Mark)>, Fault> {
        let Some(mark) = marks::current(marks) else { return Ok(None) };
        Ok(self.find(&mark.label)?.map(|label| (label, mark)))
    }

    /// Must a change from one label to another, or to none, be justified, and is it not?
    fn lacks_reason(
        &self,
        from: &Doc,
        to: Option<&Doc>,
        justification: Option<&Doc>,
    ) -> Result<bool, Fault> {
        let level = |it: &Doc| it.get("sensitivity").and_then(Value::as_i64);
        let lower = to.is_none_or(|to| level(to) < level(from));
        let given = justification.and_then(|it| it.get("isDowngradeJustified"));
        if !lower || given == Some(&json!(true)) {
            return Ok(false);
        }
        let key = Key::new(&self.cx.tenant, SETTINGS, model::path::SINGLE);
        let setting = self.tx.get(&key)?;
        let asked = setting.and_then(|it| it.doc.get("isDowngradeJustificationRequired").cloned());
        Ok(asked == Some(json!(true)))
    }

    /// The wire name of an action, of the generation that the labels are of.
    fn action(&self, name: &str) -> String {
        let label = &self.model.ty(self.def.ty).wire;
        let space = label.rsplit_once('.').map_or("", |(space, _)| space);
        format!("{space}.{name}")
    }
}

/// `extractLabel` and `extractContentLabel`: the label that is on the content.
pub(crate) async fn extract(it: Operate<'_>, body: Option<&Value>) -> Result<Reply, Fault> {
    let arguments = it.arguments(body)?;
    let content = content(&arguments)?.clone();
    let (context, model) = (it.context(), it.model);
    let details: Vec<String> = match it.call.op.returns.map(|it| it.ty) {
        Some(Ty::Struct(id)) => members(model, id, "label"),
        _ => Vec::new(),
    };
    labelled(it, move |labels| {
        let marks = marks::read(&content);
        let Some((label, mark)) = labels.current(&marks)? else { return Ok(Reply::NoContent) };
        let set = mark.set.map(|it| it.to_string());
        let value = if details.is_empty() {
            json!({
                "sensitivityLabelId": label.get("id"), "assignmentMethod": mark.method,
                "createdDateTime": set,
            })
        } else {
            let told: Doc = details
                .iter()
                .map(|name| (name.clone(), label.get(name).cloned().unwrap_or_default()))
                .collect();
            json!({"assignmentMethod": mark.method, "creationDateTime": set, "label": told})
        };
        Ok(Reply::Value { context: context.clone(), value })
    })
    .await
}

/// `evaluateApplication`: what has to be done to put a label on the content.
pub(crate) async fn application(it: Operate<'_>, body: Option<&Value>) -> Result<Reply, Fault> {
    let arguments = it.arguments(body)?;
    let content = content(&arguments)?.clone();
    let options = object(&arguments, "labelingOptions").cloned();
    let options = options.ok_or_else(|| Fault::invalid("labelingOptions", "is needed"))?;
    let context = it.context();
    labelled(it, move |labels| {
        let id = text(&options, "labelId");
        let wrong = |reason: &str| Fault::invalid("labelingOptions/labelId", reason);
        let label = labels.find(id)?.ok_or_else(|| wrong("is no label of this set"))?;
        let off = |member: &str| label.get(member) == Some(&json!(false));
        if off("isActive") || off("isAppliable") {
            return Err(wrong("is a label that cannot be put on content"));
        }
        unprotected(&label)?;
        let marks = marks::read(&content);
        if let Some((from, _)) = labels.current(&marks)? {
            unprotected(&from)?;
            let reason = object(&options, "downgradeJustification");
            if labels.lacks_reason(&from, Some(&label), reason)? {
                return Ok(justify(labels, context.clone()));
            }
        }
        let id = text(&label, "id").to_lowercase();
        let others = marks.iter().filter(|it| it.label != id).flat_map(|it| &it.names);
        let (name, method) = (text(&label, "name"), text(&options, "assignmentMethod"));
        let cx = labels.cx;
        let added = marks::of_label(&id, name, method, &cx.tenant, cx.request_id, cx.now);
        Ok(changed(labels, context.clone(), added, others.cloned().collect()))
    })
    .await
}

/// `evaluateRemoval`: what has to be done to take the label off the content.
pub(crate) async fn removal(it: Operate<'_>, body: Option<&Value>) -> Result<Reply, Fault> {
    let arguments = it.arguments(body)?;
    let content = content(&arguments)?.clone();
    let reason = object(&arguments, "downgradeJustification").cloned();
    let context = it.context();
    labelled(it, move |labels| {
        let marks = marks::read(&content);
        let Some((from, mark)) = labels.current(&marks)? else {
            return Ok(Reply::Collection {
                context: context.clone(),
                items: vec![],
                partial: false,
            });
        };
        unprotected(&from)?;
        if labels.lacks_reason(&from, None, reason.as_ref())? {
            return Ok(justify(labels, context.clone()));
        }
        Ok(changed(labels, context.clone(), Vec::new(), mark.names.clone()))
    })
    .await
}

/// `computeInheritance`: of the labels named, the one that counts where their contents are put
/// together.
pub(crate) async fn inherited(it: Operate<'_>) -> Result<Reply, Fault> {
    let arguments = it.arguments(None)?;
    let ids: Vec<String> = texts(&arguments, "labelIds").map(str::to_owned).collect();
    let formats: Vec<String> = texts(&arguments, "contentFormats").map(str::to_owned).collect();
    let (set, cx, model, context) = (it.set()?, it.cx.clone(), it.model, it.context());
    let view = View::of(model, set.def, it.prefer.include_unknown_enum_members);
    // Read off the record: not every version shows it.
    let fits = move |label: &Doc| {
        let targets = text(label, "applicableTo");
        let applies = |it: &str| formats.iter().any(|format| format.eq_ignore_ascii_case(it));
        formats.is_empty() || targets.is_empty() || targets.split(',').any(|it| applies(it.trim()))
    };
    let found = it.platform.store.read(move |tx| {
        // Everything that the path goes through must be there.
        let mut ask = view.ask(&cx, &model::query::Options::default())?;
        place(tx, &mut ask, &set, model)?;
        let mut found: Vec<Doc> = Vec::new();
        for id in ids {
            let id = tree::stored_id(model, set.def, ask.parent.as_deref(), &id);
            let record = tx.get(&Key::new(&cx.tenant, view.source, id))?;
            let record = record.filter(|it| it.parent == ask.parent && fits(&it.doc));
            found.extend(record.map(|it| view.shown(it)));
        }
        Ok::<_, Fault>(found)
    });
    let rank = |label: &Doc| label.get("priority").and_then(Value::as_i64);
    let highest = found.await?.into_iter().max_by_key(rank);
    let absent = || Fault::absent("a label of those named that fits the content");
    Ok(Reply::Value { context, value: Value::Object(highest.ok_or_else(absent)?) })
}

/// Does something with the labels of the set that the operation is on.
async fn labelled<F>(it: Operate<'_>, work: F) -> Result<Reply, Fault>
where
    F: Fn(&Labels<'_>) -> Result<Reply, Fault> + Send + 'static,
{
    let (cx, model, def) = (it.cx.clone(), it.model, it.set()?.def);
    it.platform.store.read(move |tx| work(&Labels { tx, cx: &cx, model, def })).await
}

fn content(arguments: &Doc) -> Result<&Doc, Fault> {
    object(arguments, "contentInfo").ok_or_else(|| Fault::invalid("contentInfo", "is needed"))
}

fn unprotected(label: &Doc) -> Result<(), Fault> {
    if label.get("hasProtection") == Some(&json!(true)) {
        let what = format!("the protection of label '{}'", text(label, "id"));
        return Err(Fault::NotImplemented { what });
    }
    Ok(())
}

/// The one action that asks for a reason.
fn justify(labels: &Labels<'_>, context: String) -> Reply {
    let items = vec![json!({"@odata.type": labels.action("justifyAction")})];
    Reply::Collection { context, items, partial: false }
}

/// The one action that changes the metadata.
fn changed(labels: &Labels<'_>, context: String, added: Vec<Value>, removed: Vec<String>) -> Reply {
    let kind = labels.action("metadataAction");
    let action = json!({"@odata.type": kind, "metadataToAdd": added, "metadataToRemove": removed});
    Reply::Collection { context, items: vec![action], partial: false }
}

/// The properties of a complex member; none when there is no such member.
fn members(model: &Model, ty: model::edm::TypeId, member: &str) -> Vec<String> {
    match model.ty(ty).property(member).map(|it| it.ty.ty) {
        Some(Ty::Struct(id)) => model.ty(id).properties.iter().map(|it| it.name.clone()).collect(),
        _ => Vec::new(),
    }
}
