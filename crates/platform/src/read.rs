//! Reading: any set, item, count or property of the model, through the kind's behaviour.
//!
//! One snapshot answers one call, `$expand` included. What the store cannot filter or sort by is
//! refused there, never evaluated here.

use auth::OpCx;
use model::{
    Model,
    edm::TypeId,
    model::SetDef,
    path::{PropertyTarget, Set, Target},
    query::{Options, PropertyPath},
    shape,
};
use serde_json::Value;
use store::{Key, ListAsk, ReadTx, Record};

use crate::{
    areas::behavior,
    behavior::Behavior,
    call::Prefer,
    doc::{Doc, set as put, text},
    expand,
    fault::Fault,
    platform::Platform,
    reply::Reply,
    token,
};

/// Reads for one call.
pub(crate) struct Reader<'a> {
    platform: &'a Platform,
    cx: &'a OpCx,
    model: &'static Model,
    prefer: &'a Prefer,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        platform: &'a Platform,
        cx: &'a OpCx,
        model: &'static Model,
        prefer: &'a Prefer,
    ) -> Self {
        Self { platform, cx, model, prefer }
    }

    /// One page of a set.
    pub(crate) async fn list(
        &self,
        target: Target<'static>,
        options: Options,
    ) -> Result<Reply, Fault> {
        let context = context(&target, self.model);
        let Target::Collection(set) = target else { return Err(not_here("list")) };
        let view = View::of_set(self.model, &set, self.prefer)?;
        let mut ask = view.ask(&self.cx.tenant, &options)?;
        place(&mut ask, &set);
        if let Some(sent) = &options.skip_token {
            ask.after = Some(token::unseal(&ask, sent)?);
        }
        if let Some(most) = self.prefer.max_page_size {
            ask.top = ask.top.min(most.max(1));
        }
        self.platform
            .store
            .read(move |tx| {
                there(tx, &ask.tenant, &set)?;
                let mut page = tx.list(&ask)?;
                let count = if options.count {
                    Some(tx.count(&ListAsk { as_of: Some(page.as_of), ..ask.clone() })?)
                } else {
                    None
                };
                // `$top=0` asks for the count alone.
                let cursor = page.next.take().filter(|_| ask.top > 0);
                let next = cursor.map(|cursor| token::seal(&ask, &cursor));
                let mut items = Vec::with_capacity(page.records.len());
                let mut budget = expand::BUDGET;
                for record in page.records {
                    items.push(view.item(tx, &ask.tenant, record, &options, &mut budget)?);
                }
                Ok(Reply::Page { context, items, count, next })
            })
            .await
    }

    /// One entity.
    pub(crate) async fn get(
        &self,
        target: Target<'static>,
        options: Options,
    ) -> Result<Reply, Fault> {
        let context = context(&target, self.model);
        let Target::Item(set, key) = target else { return Err(not_here("get")) };
        let view = View::of_set(self.model, &set, self.prefer)?;
        let tenant = self.cx.tenant.clone();
        self.platform
            .store
            .read(move |tx| {
                let record = find(tx, &tenant, &set, view.source, &key)?;
                let etag = record.etag.clone();
                let mut budget = expand::BUDGET;
                let doc = view.item(tx, &tenant, record, &options, &mut budget)?;
                Ok(Reply::Entity { context, doc, etag, created: false, preference_applied: false })
            })
            .await
    }

    /// How many entities a set has, filtered.
    pub(crate) async fn count(&self, set: Set<'static>, options: Options) -> Result<Reply, Fault> {
        let view = View::of_set(self.model, &set, self.prefer)?;
        let mut ask = view.ask(&self.cx.tenant, &options)?;
        place(&mut ask, &set);
        self.platform
            .store
            .read(move |tx| {
                there(tx, &ask.tenant, &set)?;
                Ok(Reply::Count(tx.count(&ask)?))
            })
            .await
    }

    /// A property of an entity, its length or its bare text.
    pub(crate) async fn property(&self, target: Target<'static>) -> Result<Reply, Fault> {
        let context = context(&target, self.model);
        let Target::Property(PropertyTarget { set, key, path, count, value: raw, .. }) = target
        else {
            return Err(not_here("property"));
        };
        let view = View::of_set(self.model, &set, self.prefer)?;
        let tenant = self.cx.tenant.clone();
        let record = {
            let key = key.clone();
            self.platform.store.read(move |tx| find(tx, &tenant, &set, view.source, &key)).await?
        };
        let mut value = Value::Object(view.shown(record));
        for property in path {
            value = match value {
                Value::Object(mut members) => members.remove(&property.name).unwrap_or_default(),
                _ => Value::Null,
            };
        }
        Ok(match value {
            Value::Array(items) if count => Reply::Count(items.len() as u64),
            Value::Null if raw => Reply::NoContent,
            Value::String(text) if raw => Reply::Raw(text),
            value if raw => Reply::Raw(value.to_string()),
            value => Reply::Value { context, value },
        })
    }
}

/// How records of one kind are asked for and shown to one caller.
#[derive(Clone, Copy)]
pub(crate) struct View {
    pub(crate) model: &'static Model,
    pub(crate) def: &'static SetDef,
    pub(crate) ty: TypeId,
    /// The kind of the records.
    pub(crate) source: &'static str,
    behavior: &'static dyn Behavior,
    include_unknown: bool,
}

impl View {
    /// The view of a set as a path reached it.
    pub(crate) fn of_set(
        model: &'static Model,
        set: &Set<'static>,
        prefer: &Prefer,
    ) -> Result<Self, Fault> {
        if set.cast.is_some() {
            return Err(Fault::NotImplemented { what: format!("a cast on {}", set.kind()) });
        }
        Ok(Self::of(model, set.def, prefer.include_unknown_enum_members))
    }

    /// The view of a set of the model.
    pub(crate) fn of(model: &'static Model, def: &'static SetDef, include_unknown: bool) -> Self {
        let behavior = behavior(&def.kind);
        let source = behavior.source().unwrap_or(&def.kind);
        Self { model, def, ty: def.ty, source, behavior, include_unknown }
    }

    pub(crate) fn include_unknown(&self) -> bool {
        self.include_unknown
    }

    /// What to ask the store for; where the set sits is [`place`]'s.
    pub(crate) fn ask(&self, tenant: &str, options: &Options) -> Result<ListAsk, Fault> {
        if options.search.is_some() {
            return Err(Fault::Wrong("$search is not supported here; use $filter".to_owned()));
        }
        let filter = match options.filter.clone() {
            Some(filter) => Some(self.behavior.filter(self.model, filter)?),
            None => None,
        };
        let mut order = Vec::new();
        for key in &options.order_by {
            order.push((self.behavior.sort_path(self.model, key.path.clone())?, key.desc));
        }
        if order.is_empty() {
            for (name, desc) in &self.def.facts.default_order {
                let Some(property) = self.model.ty(self.ty).property(name) else { continue };
                let path = PropertyPath::new(&[&property.name], property.ty.ty);
                order.push((self.behavior.sort_path(self.model, path)?, *desc));
            }
        }
        Ok(ListAsk {
            tenant: tenant.to_owned(),
            kind: self.source.to_owned(),
            filter,
            order,
            top: options.top.unwrap_or(self.def.facts.page.default),
            skip: options.skip,
            ..ListAsk::default()
        })
    }

    /// A record as this caller sees it: complete, every declared member written.
    pub(crate) fn shown(&self, record: Record) -> Doc {
        let mut stored = record.doc;
        put(&mut stored, "id", record.key.id);
        let mut doc = self.behavior.show(stored);
        shape::complete(self.model, self.ty, &mut doc, self.include_unknown);
        doc
    }

    /// The same with `$expand` and reduced to `$select`.
    pub(crate) fn item(
        &self,
        tx: &ReadTx<'_>,
        tenant: &str,
        record: Record,
        options: &Options,
        budget: &mut usize,
    ) -> Result<Doc, Fault> {
        let id = record.key.id.clone();
        let mut doc = self.shown(record);
        shape::select(&mut doc, &options.select);
        expand::into(tx, tenant, self, &id, &mut doc, &options.expand, budget)?;
        Ok(doc)
    }
}

/// Narrows an ask to where the set sits: in its parent, or where its condition holds.
pub(crate) fn place(ask: &mut ListAsk, set: &Set<'_>) {
    if let Some((_, parent)) = &set.parent {
        ask.parent = Some(parent.clone());
    }
    if let Some(via) = &set.via {
        ask.extra.push((via.property.to_owned(), Value::from(via.key.as_str())));
    }
}

/// The entity that the set hangs on must be there.
pub(crate) fn there(tx: &ReadTx<'_>, tenant: &str, set: &Set<'_>) -> Result<(), Fault> {
    let above = set.parent.as_ref().map(|(kind, key)| (*kind, key));
    let above = above.or_else(|| set.via.as_ref().map(|via| (via.from, &via.key)));
    if let Some((kind, id)) = above
        && tx.get(&Key::new(tenant, kind, id.as_str()))?.is_none()
    {
        return Err(Fault::absent(format!("{kind} '{id}'")));
    }
    Ok(())
}

/// One record of a set, if it is in the set the path names. Absent and elsewhere answer alike.
pub(crate) fn find(
    tx: &ReadTx<'_>,
    tenant: &str,
    set: &Set<'_>,
    source: &str,
    id: &str,
) -> Result<Record, Fault> {
    let absent = || Fault::absent(format!("{} '{id}'", set.kind()));
    let record = tx.get(&Key::new(tenant, source, id))?.ok_or_else(absent)?;
    if let Some((_, parent)) = &set.parent
        && record.parent.as_deref() != Some(parent.as_str())
    {
        return Err(absent());
    }
    if let Some(via) = &set.via
        && text(&record.doc, via.property) != via.key
    {
        return Err(absent());
    }
    Ok(record)
}

/// The context of a target, without the leading mark.
pub(crate) fn context(target: &Target<'_>, model: &Model) -> String {
    target.context(model).trim_start_matches('#').to_owned()
}

fn not_here(what: &'static str) -> Fault {
    Fault::Internal { doing: what, source: "the call was routed to the wrong reader".into() }
}
