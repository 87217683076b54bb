//! `$expand`: related entities inside their source, from the same snapshot.
//!
//! An answer has a budget of expanded entities. When it is spent, or an entity has more than a
//! page, the rest is not dropped in silence: the member's `@odata.nextLink` says where it goes on,
//! relative to the version's root (the server makes it absolute).

use model::{
    model::Navigation,
    query::{Expand, Options},
};
use serde_json::Value;
use store::{ListAsk, ReadTx};

use crate::{doc::Doc, fault::Fault, read::View, token};

/// Most expanded entities in one answer.
pub(crate) const BUDGET: usize = 5_000;
/// Most expanded entities under one source when the caller names no `$top`.
const PAGE: u32 = 1_000;

/// Puts the expanded navigations of one entity into its document.
pub(crate) fn into(
    tx: &ReadTx<'_>,
    tenant: &str,
    view: &View,
    id: &str,
    doc: &mut Doc,
    expands: &[Expand],
    budget: &mut usize,
) -> Result<(), Fault> {
    for expand in expands {
        let navigation = view.model.ty(view.ty).nav(&expand.nav);
        let Some(navigation) = navigation.filter(|it| it.collection) else {
            return Err(Fault::Wrong(format!("'{}' cannot be expanded", expand.nav)));
        };
        one(tx, tenant, view, id, doc, navigation, &expand.options, budget)?;
    }
    Ok(())
}

#[allow(clippy::too_many_arguments)]
fn one(
    tx: &ReadTx<'_>,
    tenant: &str,
    view: &View,
    id: &str,
    doc: &mut Doc,
    navigation: &Navigation,
    options: &Options,
    budget: &mut usize,
) -> Result<(), Fault> {
    let contained = format!("{}/{}", view.def.kind, navigation.name);
    let kind = navigation.via.as_ref().map_or(contained.as_str(), |via| via.set.as_str());
    let Some(def) = view.model.set(kind) else {
        return Err(Fault::Wrong(format!("'{}' cannot be expanded", navigation.name)));
    };
    let inner = View::of(view.model, def, view.include_unknown());
    let mut ask = inner.ask(tenant, options)?;
    match &navigation.via {
        Some(via) => ask.extra.push((via.property.clone(), Value::from(id))),
        None => ask.parent = Some(id.to_owned()),
    }
    let room = u32::try_from(*budget).unwrap_or(u32::MAX);
    ask.top = options.top.unwrap_or(PAGE).min(room.max(1));
    let page = if *budget == 0 { None } else { Some(tx.list(&ask)?) };
    let mut items = Vec::new();
    let mut more = page.is_none().then(|| {
        let query = options.next_query("");
        query.trim_end_matches("$skiptoken=").trim_end_matches('&').to_owned()
    });
    if let Some(mut page) = page {
        // A `$top` inside `$expand` is a limit the caller chose, not a page.
        let cursor = page.next.take().filter(|_| options.top.is_none_or(|it| it > ask.top));
        more = cursor.map(|cursor| options.next_query(&token::seal(&ask, &cursor)));
        *budget = budget.saturating_sub(page.records.len());
        for record in page.records {
            items.push(Value::Object(inner.item(tx, tenant, record, options, budget)?));
        }
    }
    if options.count {
        let count = tx.count(&ListAsk { after: None, ..ask })?;
        doc.insert(format!("{}@odata.count", navigation.name), count.into());
    }
    if let Some(query) = more {
        let path = format!("{}('{}')/{}", view.def.kind, id.replace('\'', "''"), navigation.name);
        let link = if query.is_empty() { path } else { format!("{path}?{query}") };
        doc.insert(format!("{}@odata.nextLink", navigation.name), link.into());
    }
    doc.insert(navigation.name.clone(), Value::Array(items));
    Ok(())
}
