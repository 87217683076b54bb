//! `$expand`: related entities inside their source, from the same snapshot.
//!
//! An answer has a budget of expanded entities. When it is spent, or an entity has more than a
//! page, the rest is not dropped in silence: the member's `@odata.nextLink` says where it goes on,
//! relative to the version's root (the server makes it absolute).

use auth::OpCx;
use model::{
    model::Navigation,
    query::{Expand, Options},
};
use serde_json::Value;
use store::{Key, ListAsk, ReadTx, Record};

use crate::{doc::Doc, fault::Fault, linked, read::View, token, tree};

/// Most expanded entities in one answer.
const BUDGET: usize = 5_000;
/// Most expanded entities under one source when the caller names no `$top`.
const PAGE: u32 = 1_000;

/// What the expansions of one answer share.
pub(crate) struct Shelf<'a> {
    pub(crate) cx: &'a OpCx,
    /// How many entities may still be expanded.
    budget: usize,
    /// The path of the set that the sources are in, with keys, relative to the version's root.
    root: String,
}

impl<'a> Shelf<'a> {
    /// For the entities of a collection with this context.
    pub(crate) fn new(cx: &'a OpCx, context: &str) -> Self {
        Self { cx, budget: BUDGET, root: context.to_owned() }
    }

    /// For one entity with this context.
    pub(crate) fn of_entity(cx: &'a OpCx, context: &str) -> Self {
        Self::new(cx, context.strip_suffix("/$entity").unwrap_or(context))
    }
}

/// Puts the expanded navigations of one entity into its document.
pub(crate) fn into(
    tx: &ReadTx<'_>,
    shelf: &mut Shelf<'_>,
    view: &View,
    source: &Record,
    doc: &mut Doc,
    expands: &[Expand],
) -> Result<(), Fault> {
    let ty = view.model.ty(view.ty);
    let actual = model::shape::actual_type(view.model, ty, &source.doc);
    for expand in expands {
        let navigation = actual.nav(&expand.nav).or_else(|| ty.nav(&expand.nav));
        // An entity of another derived type has no such navigation.
        let Some(navigation) = navigation else { continue };
        if navigation.contained || navigation.via.is_some() {
            within(tx, shelf, view, source, doc, navigation, &expand.options)?;
        } else if navigation.embedded() {
            let value = source.doc.get(&navigation.name).cloned().unwrap_or_default();
            doc.insert(navigation.name.clone(), value);
        } else if navigation.refers() {
            referred(tx, shelf, view, source, doc, navigation, &expand.options)?;
        } else {
            return Err(Fault::Wrong(format!("'{}' cannot be expanded", expand.nav)));
        }
    }
    Ok(())
}

/// Entities that live inside the source, or that name it.
fn within(
    tx: &ReadTx<'_>,
    shelf: &mut Shelf<'_>,
    view: &View,
    source: &Record,
    doc: &mut Doc,
    navigation: &Navigation,
    options: &Options,
) -> Result<(), Fault> {
    let def = match &navigation.via {
        Some(via) => view.model.set(&via.set),
        None => tree::place_of(view.model, &view.def.kind, navigation),
    };
    let Some(def) = def else {
        return Err(Fault::Wrong(format!("'{}' cannot be expanded", navigation.name)));
    };
    let inner = View::of(view.model, def, view.include_unknown());
    let path = format!("{}/{}", address(shelf, view, source), navigation.name);
    if def.single {
        let key = Key::new(&shelf.cx.tenant, def.kind.as_str(), source.key.id.as_str());
        let value = match tx.get(&key)? {
            Some(record) => Value::Object(nested(tx, shelf, &inner, record, options, path)?),
            None => Value::Null,
        };
        doc.insert(navigation.name.clone(), value);
        return Ok(());
    }
    let mut ask = inner.ask(shelf.cx, options)?;
    match &navigation.via {
        Some(via) => ask.extra.push((via.property.clone(), Value::from(source.key.id.as_str()))),
        None => ask.parent = Some(source.key.id.clone()),
    }
    let room = u32::try_from(shelf.budget).unwrap_or(u32::MAX);
    ask.top = options.top.unwrap_or(PAGE).min(room.max(1));
    let page = if shelf.budget == 0 { None } else { Some(tx.list(&ask)?) };
    let mut items = Vec::new();
    let mut more = page.is_none().then(|| {
        let query = options.next_query("");
        query.trim_end_matches("$skiptoken=").trim_end_matches('&').to_owned()
    });
    if let Some(mut page) = page {
        // A `$top` inside `$expand` is a limit the caller chose, not a page.
        let cursor = page.next.take().filter(|_| options.top.is_none_or(|it| it > ask.top));
        more = cursor.map(|cursor| options.next_query(&token::seal(&ask, &cursor)));
        shelf.budget = shelf.budget.saturating_sub(page.records.len());
        for record in page.records {
            items.push(Value::Object(nested(tx, shelf, &inner, record, options, path.clone())?));
        }
    }
    if options.count {
        let count = tx.count(&ListAsk { after: None, ..ask })?;
        doc.insert(format!("{}@odata.count", navigation.name), count.into());
    }
    if let Some(query) = more {
        let link = if query.is_empty() { path } else { format!("{path}?{query}") };
        doc.insert(format!("{}@odata.nextLink", navigation.name), link.into());
    }
    doc.insert(navigation.name.clone(), Value::Array(items));
    Ok(())
}

/// Entities that live elsewhere.
fn referred(
    tx: &ReadTx<'_>,
    shelf: &mut Shelf<'_>,
    view: &View,
    source: &Record,
    doc: &mut Doc,
    navigation: &Navigation,
    options: &Options,
) -> Result<(), Fault> {
    let (model, unknown) = (view.model, view.include_unknown());
    let asked = linked::Asked { cx: shelf.cx, model, unknown, most: None, options };
    let mut found = linked::all(tx, &asked, source, navigation)?;
    if options.count {
        doc.insert(format!("{}@odata.count", navigation.name), found.len().into());
    }
    let top = options.top.map_or(usize::MAX, |it| it as usize);
    let wanted = found.len().saturating_sub(options.skip as usize).min(top);
    let shown = wanted.min(shelf.budget);
    if shown < wanted {
        let path = format!("{}/{}", address(shelf, view, source), navigation.name);
        doc.insert(format!("{}@odata.nextLink", navigation.name), path.into());
    }
    shelf.budget -= shown;
    let mut items = Vec::with_capacity(shown);
    for (inner, record) in found.drain(..).skip(options.skip as usize).take(shown) {
        let path = inner.def.kind.clone();
        items.push(Value::Object(nested(tx, shelf, &inner, record, options, path)?));
    }
    let value = if navigation.collection {
        Value::Array(items)
    } else {
        items.into_iter().next().unwrap_or_default()
    };
    doc.insert(navigation.name.clone(), value);
    Ok(())
}

/// An expanded entity with expansions of its own.
fn nested(
    tx: &ReadTx<'_>,
    shelf: &mut Shelf<'_>,
    inner: &View,
    record: Record,
    options: &Options,
    root: String,
) -> Result<Doc, Fault> {
    let outer = std::mem::replace(&mut shelf.root, root);
    let doc = inner.item(tx, shelf, record, options);
    shelf.root = outer;
    let mut doc = doc?;
    // A version is told of what was asked for, not of what came along.
    doc.shift_remove("@odata.etag");
    Ok(doc)
}

/// The path of an entity, relative to the version's root.
fn address(shelf: &Shelf<'_>, view: &View, source: &Record) -> String {
    if view.def.single {
        return shelf.root.clone();
    }
    let key = tree::key_of(&source.key.id).replace('\'', "''");
    format!("{}('{key}')", shelf.root)
}
