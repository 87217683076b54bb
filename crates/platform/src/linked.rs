//! Lists of what a navigation refers to.
//!
//! There are at most a thousand, so a list is found by its ids, each kind by itself, and cut into
//! pages by place. Filters and orders are the store's, as everywhere.

use auth::OpCx;
use model::{
    Model,
    edm::{Primitive, Ty},
    model::Navigation,
    query::{Filter, Literal, Operand, Options, PropertyPath},
};
use store::{Key, ReadTx, Record};

use crate::{
    expand,
    fault::Fault,
    read::{View, all_of},
    refs,
    reply::Reply,
    token, tree,
};

/// How a list is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) cx: &'a OpCx,
    pub(crate) model: &'static Model,
    /// May members behind the sentinel be shown?
    pub(crate) unknown: bool,
    /// The largest page the caller wants.
    pub(crate) most: Option<u32>,
    pub(crate) options: &'a Options,
}

/// Everything a navigation of a record leads to, filtered and in order.
pub(crate) fn all(
    tx: &ReadTx<'_>,
    asked: &Asked<'_>,
    source: &Record,
    nav: &Navigation,
) -> Result<Vec<(View, Record)>, Fault> {
    let ends = refs::ends(tx, &asked.cx.tenant, source, nav)?;
    let mut found: Vec<(View, Record)> = Vec::with_capacity(ends.len());
    for kind in &nav.links {
        let ids: Vec<&str> =
            ends.iter().filter(|(it, _)| it == kind).map(|(_, id)| id.as_str()).collect();
        let Some(def) = asked.model.set(kind).filter(|_| !ids.is_empty()) else { continue };
        let view = View::of(asked.model, def, asked.unknown);
        let mut ask = view.ask(asked.cx, asked.options)?;
        let path = PropertyPath::new(&["id"], Ty::Primitive(Primitive::String));
        let values = ids.into_iter().map(|it| Literal::Text(it.to_owned())).collect();
        let among = Filter::In { operand: Operand::Path(path), values };
        ask.filter = all_of(ask.filter.into_iter().chain([among]).collect());
        (ask.top, ask.skip) = (refs::MOST as u32, 0);
        found.extend(tx.list(&ask)?.records.into_iter().map(|record| (view, record)));
    }
    Ok(found)
}

/// One page of it.
pub(crate) fn page(
    tx: &ReadTx<'_>,
    asked: &Asked<'_>,
    source: &Record,
    nav: &Navigation,
    context: String,
) -> Result<Reply, Fault> {
    let list = format!("{} {} {} {:?}", asked.cx.tenant, source.key.kind, source.key.id, nav.name);
    let start = match &asked.options.skip_token {
        Some(sent) => token::unmark(&list, sent)?,
        None => asked.options.skip,
    };
    let found = all(tx, asked, source, nav)?;
    let total = found.len() as u64;
    let top = asked.options.top.unwrap_or(nav.facts.page.default);
    let top = u64::from(top.min(asked.most.unwrap_or(u32::MAX)));
    let end = start.saturating_add(top);
    let next = (end < total && top > 0).then(|| token::mark(&list, end));
    let mut items = Vec::new();
    let mut shelf = expand::Shelf::new(asked.cx, &context);
    for (view, record) in found.into_iter().skip(start as usize).take(top as usize) {
        items.push(view.item(tx, &mut shelf, record, asked.options)?);
    }
    let count = asked.options.count.then_some(total);
    Ok(Reply::Page { context, items, count, next, delta: None })
}

/// The address of an entity below the version's root, `a/b('1')/c('2')`; none when it is gone.
pub(crate) fn address(
    tx: &ReadTx<'_>,
    tenant: &str,
    model: &Model,
    kind: &str,
    id: &str,
) -> Result<Option<String>, Fault> {
    let Some(record) = tx.get(&Key::new(tenant, kind, id))? else { return Ok(None) };
    let key = tree::key_of(id).replace('\'', "''");
    let above = model.set(kind).and_then(|it| it.parent.as_ref()).zip(record.parent.as_ref());
    let Some((above, parent)) = above else { return Ok(Some(format!("{kind}('{key}')"))) };
    let Some(root) = address(tx, tenant, model, above, parent)? else { return Ok(None) };
    let tail = kind.strip_prefix(above.as_str()).filter(|it| !it.is_empty());
    let tail = tail
        .map_or_else(|| format!("/{}", kind.rsplit('/').next().unwrap_or_default()), str::to_owned);
    Ok(Some(format!("{root}{tail}('{key}')")))
}
