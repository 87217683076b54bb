//! Tags of a case as the tree they make.

use std::collections::BTreeMap;

use serde_json::Value;
use store::{ListAsk, Record};

use crate::{
    areas::operate::Operate, doc::Doc, fault::Fault, read::View, refs, reply::Reply, tree,
};

/// Most tags of a case that are shown as a tree.
const MOST: u32 = 1_000;
/// Deeper than this a tree is cut off, so that a circle ends.
const DEEPEST: usize = 16;

/// `asHierarchy`: the tags without a parent, each with those below it.
pub(crate) async fn as_hierarchy(it: Operate<'_>) -> Result<Reply, Fault> {
    let (set_of, cx, model) = (it.set()?, it.cx.clone(), it.model);
    let view = View::of(model, set_of.def, it.prefer.include_unknown_enum_members);
    let context = it.context();
    it.platform
        .store
        .read(move |tx| {
            let ask = ListAsk {
                tenant: cx.tenant.clone(),
                kind: set_of.def.kind.clone(),
                parent: tree::climb(tx, &cx.tenant, model, &set_of.parents)?,
                top: MOST,
                ..ListAsk::default()
            };
            let mut below: BTreeMap<String, Vec<Record>> = BTreeMap::new();
            for record in tx.list(&ask)?.records {
                let parent = refs::held(&record.doc, "parent").pop().unwrap_or_default();
                below.entry(parent).or_default().push(record);
            }
            let items = level(&view, &below, "", DEEPEST);
            Ok(Reply::Collection { context, items, partial: false })
        })
        .await
}

fn level(
    view: &View,
    below: &BTreeMap<String, Vec<Record>>,
    parent: &str,
    left: usize,
) -> Vec<Value> {
    let Some(records) = below.get(parent).filter(|_| left > 0) else { return Vec::new() };
    let shown = |record: &Record| {
        let word = refs::word(&record.key.kind, &record.key.id);
        let mut doc: Doc = view.shown(record.clone());
        let children = level(view, below, &word, left - 1);
        doc.insert("childTags".to_owned(), Value::Array(children));
        Value::Object(doc)
    };
    records.iter().map(shown).collect()
}
