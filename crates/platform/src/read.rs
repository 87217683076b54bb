//! Reading: any set, item, singleton, count or property of the model, through the kind's behaviour.
//!
//! One snapshot answers one call, `$expand` included. What the store cannot filter or sort by is
//! refused there, never evaluated here.

use auth::OpCx;
use model::{
    Model,
    edm::{Primitive, Ty, TypeId},
    model::SetDef,
    path::{Link, Parents, PropertyTarget, Set, Target},
    query::{Filter, Literal, Operand, Options, PropertyPath},
    shape,
};
use serde_json::Value;
use store::{Key, ListAsk, ReadTx, Record};

use crate::{
    areas::behavior,
    behavior::Behavior,
    call::Prefer,
    doc::{Doc, object, set as put, text},
    expand,
    fault::Fault,
    linked,
    platform::Platform,
    refs,
    reply::Reply,
    token, tree,
};

/// Reads for one call.
pub(crate) struct Reader<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) cx: &'a OpCx,
    pub(crate) model: &'static Model,
    pub(crate) prefer: &'a Prefer,
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
        if let Some(link) = set.link.clone() {
            return self.linked(link, context, options, false).await;
        }
        let view = self.view(&set);
        let mut ask = view.ask(self.cx, &options)?;
        if let Some(most) = self.prefer.max_page_size {
            ask.top = ask.top.min(most.max(1));
        }
        let cx = self.cx.clone();
        self.platform
            .store
            .read(move |tx| {
                place(tx, &mut ask, &set, view.model)?;
                if let Some(sent) = &options.skip_token {
                    ask.after = Some(token::unseal(&ask, sent)?);
                }
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
                let mut shelf = expand::Shelf::new(&cx, &context);
                for record in page.records {
                    items.push(view.item(tx, &mut shelf, record, &options)?);
                }
                Ok(Reply::Page { context, items, count, next, delta: None })
            })
            .await
    }

    /// What a navigation to many leads to, or how many that are.
    async fn linked(
        &self,
        link: Link<'static>,
        context: String,
        options: Options,
        count_only: bool,
    ) -> Result<Reply, Fault> {
        let (cx, model) = (self.cx.clone(), self.model);
        let unknown = self.prefer.include_unknown_enum_members;
        let most = self.prefer.max_page_size;
        self.platform
            .store
            .read(move |tx| {
                let source = refs::source(tx, &cx.tenant, model, &link)?;
                let asked = linked::Asked { cx: &cx, model, unknown, most, options: &options };
                if count_only {
                    let all = linked::all(tx, &asked, &source, link.nav)?;
                    return Ok(Reply::Count(all.len() as u64));
                }
                linked::page(tx, &asked, &source, link.nav, context)
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
        let cx = self.cx.clone();
        let view = self.view(&set);
        self.platform
            .store
            .read(move |tx| {
                let record = find(tx, &cx, &set, &view, &key)?;
                let view = view.of_record(&record);
                let etag = record.etag.clone();
                let mut shelf = expand::Shelf::of_entity(&cx, &context);
                let doc = view.item(tx, &mut shelf, record, &options)?;
                Ok(entity(context, doc, etag))
            })
            .await
    }

    /// The one entity that a navigation refers to.
    pub(crate) async fn follow(
        &self,
        target: Target<'static>,
        options: Options,
    ) -> Result<Reply, Fault> {
        let context = context(&target, self.model);
        let Target::Linked(link) = target else { return Err(not_here("follow")) };
        let (cx, model) = (self.cx.clone(), self.model);
        let unknown = self.prefer.include_unknown_enum_members;
        self.platform
            .store
            .read(move |tx| {
                let source = refs::source(tx, &cx.tenant, model, &link)?;
                let absent = || {
                    Fault::absent(format!("'{}' of {} '{}'", link.nav.name, link.from, link.key))
                };
                for (kind, id) in refs::ends(tx, &cx.tenant, &source, link.nav)? {
                    let Some(def) = model.set(&kind) else { continue };
                    let view = View::of(model, def, unknown);
                    let key = Key::new(&cx.tenant, view.source, id);
                    let Some(record) = tx.get(&key)? else { continue };
                    let etag = record.etag.clone();
                    let mut shelf = expand::Shelf::of_entity(&cx, &context);
                    let doc = view.item(tx, &mut shelf, record, &options)?;
                    return Ok(entity(context, doc, etag));
                }
                Err(absent())
            })
            .await
    }

    /// The references of a navigation.
    pub(crate) async fn references(&self, target: Target<'static>) -> Result<Reply, Fault> {
        let context = context(&target, self.model);
        let Target::Ref(it) = target else { return Err(not_here("list references")) };
        let (tenant, model) = (self.cx.tenant.clone(), self.model);
        self.platform
            .store
            .read(move |tx| {
                let source = refs::source(tx, &tenant, model, &it.link)?;
                let mut paths = Vec::new();
                for (kind, id) in refs::ends(tx, &tenant, &source, it.link.nav)? {
                    let key = tree::key_of(&id).to_owned();
                    if it.key.as_ref().is_none_or(|wanted| *wanted == key) {
                        let path = linked::address(tx, &tenant, model, &kind, &id)?;
                        paths.extend(path);
                    }
                }
                let single = !it.link.nav.collection || it.key.is_some();
                if single && paths.is_empty() {
                    return Err(Fault::absent(format!("a reference '{}'", it.link.nav.name)));
                }
                Ok(Reply::Refs { context, paths, single })
            })
            .await
    }

    /// An entity that exists once.
    pub(crate) async fn single(
        &self,
        target: Target<'static>,
        options: Options,
    ) -> Result<Reply, Fault> {
        let context = context(&target, self.model);
        let Target::Singleton(one) = target else { return Err(not_here("get")) };
        let view = View::of(self.model, one.def, self.prefer.include_unknown_enum_members);
        let cx = self.cx.clone();
        self.platform
            .store
            .read(move |tx| {
                let record = the_one(tx, &cx, view.model, one.def, &one.parents)?;
                let etag = record.etag.clone();
                let mut shelf = expand::Shelf::of_entity(&cx, &context);
                let doc = view.item(tx, &mut shelf, record, &options)?;
                Ok(entity(context, doc, etag))
            })
            .await
    }

    /// How many entities a set has, filtered.
    pub(crate) async fn count(&self, set: Set<'static>, options: Options) -> Result<Reply, Fault> {
        if let Some(link) = set.link.clone() {
            return self.linked(link, String::new(), options, true).await;
        }
        let view = self.view(&set);
        let mut ask = view.ask(self.cx, &options)?;
        self.platform
            .store
            .read(move |tx| {
                place(tx, &mut ask, &set, view.model)?;
                Ok(Reply::Count(tx.count(&ask)?))
            })
            .await
    }

    /// A property of an entity, its length or its bare text.
    pub(crate) async fn property(&self, target: Target<'static>) -> Result<Reply, Fault> {
        let context = context(&target, self.model);
        let Target::Property(it) = target else { return Err(not_here("property")) };
        if it.is_stream() {
            return self.stream(it).await;
        }
        let PropertyTarget { set, key, path, count, value: raw, .. } = it;
        let view = self.view(&set);
        let cx = self.cx.clone();
        let doc = self
            .platform
            .store
            .read(move |tx| {
                let record = find(tx, &cx, &set, &view, &key)?;
                Ok::<_, Fault>(view.of_record(&record).shown(record))
            })
            .await?;
        let mut value = Value::Object(doc);
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

    fn view(&self, set: &Set<'static>) -> View {
        View::of_set(self.model, set, self.prefer)
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
    pub(crate) behavior: &'static dyn Behavior,
    include_unknown: bool,
    cast: Option<TypeId>,
}

impl View {
    /// The view of a set as a path reached it.
    pub(crate) fn of_set(model: &'static Model, set: &Set<'static>, prefer: &Prefer) -> Self {
        let view = Self::of(model, set.def, prefer.include_unknown_enum_members);
        Self { cast: set.cast.filter(|it| *it != set.def.ty), ..view }
    }

    /// The view of a set of the model.
    pub(crate) fn of(model: &'static Model, def: &'static SetDef, include_unknown: bool) -> Self {
        let behavior = behavior(&def.kind);
        let source = behavior.source().unwrap_or(&def.kind);
        Self { model, def, ty: def.ty, source, behavior, include_unknown, cast: None }
    }

    /// The view for a record that may live in another set than the path says, as the targets of a
    /// navigation may.
    pub(crate) fn of_record(self, record: &Record) -> Self {
        if record.key.kind == self.source {
            return self;
        }
        match self.model.set(&record.key.kind) {
            Some(def) => Self::of(self.model, def, self.include_unknown),
            None => self,
        }
    }

    pub(crate) fn include_unknown(&self) -> bool {
        self.include_unknown
    }

    /// What to ask the store for; where the set sits is [`place`]'s.
    pub(crate) fn ask(&self, cx: &OpCx, options: &Options) -> Result<ListAsk, Fault> {
        let condition = options.condition(self.model, self.cast.unwrap_or(self.ty));
        let mut filters = Vec::new();
        if let Some(filter) = condition {
            filters.push(self.behavior.filter(self.model, filter)?);
        }
        filters.extend(self.behavior.narrow(self.model, cx, options)?);
        filters.extend(self.cast.map(|cast| of_type(self.model, cast)));
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
            tenant: cx.tenant.clone(),
            kind: self.source.to_owned(),
            filter: all_of(filters),
            extra: self.behavior.scope(cx),
            order,
            top: options.top.unwrap_or(self.def.facts.page.default),
            skip: options.skip,
            ..ListAsk::default()
        })
    }

    /// A record as this caller sees it: complete, every declared member written.
    pub(crate) fn shown(&self, record: Record) -> Doc {
        let mut stored = record.doc;
        if !self.def.single {
            put(&mut stored, tree::key_name(self.model, self.def), tree::key_of(&record.key.id));
        }
        let mut doc = self.behavior.show(stored);
        if !record.etag.is_empty() {
            put(&mut doc, "@odata.etag", format!("W/\"{}\"", record.etag));
        }
        shape::complete(self.model, self.ty, &mut doc, self.include_unknown);
        doc
    }

    /// The same with `$expand` and reduced to `$select`.
    pub(crate) fn item(
        &self,
        tx: &ReadTx<'_>,
        shelf: &mut expand::Shelf<'_>,
        record: Record,
        options: &Options,
    ) -> Result<Doc, Fault> {
        let source = (!options.expand.is_empty()).then(|| record.clone());
        let mut doc = self.shown(record);
        shape::select(&mut doc, &options.select);
        if let Some(source) = source {
            expand::into(tx, shelf, self, &source, &mut doc, &options.expand)?;
        }
        Ok(doc)
    }
}

/// The condition that an entity is of a type or of one below it.
fn of_type(model: &Model, ty: TypeId) -> Filter {
    let ty = model.ty(ty);
    let below = ty.derived.iter().map(|it| model.ty(*it).wire.clone());
    let wires = std::iter::once(ty.wire.clone()).chain(below);
    let path = PropertyPath::new(&[shape::ODATA_TYPE], Ty::Untyped);
    Filter::In { operand: Operand::Path(path), values: wires.map(Literal::Text).collect() }
}

/// All of the filters at once.
pub(crate) fn all_of(mut filters: Vec<Filter>) -> Option<Filter> {
    if filters.len() > 1 { Some(Filter::And(filters)) } else { filters.pop() }
}

/// Narrows an ask to where the set sits: in its parent, or where its condition holds. What it hangs
/// on must be there.
pub(crate) fn place(
    tx: &ReadTx<'_>,
    ask: &mut ListAsk,
    set: &Set<'_>,
    model: &Model,
) -> Result<(), Fault> {
    let parent = tree::climb(tx, &ask.tenant, model, &set.parents)?;
    if set.def.parent.is_some() {
        ask.parent = parent;
    }
    if let Some(via) = &set.via {
        let source = behavior(via.from).source().unwrap_or(via.from);
        if tx.get(&Key::new(&ask.tenant, source, via.key.as_str()))?.is_none() {
            return Err(Fault::absent(format!("{} '{}'", via.from, via.key)));
        }
        ask.extra.push((via.property.to_owned(), Value::from(via.key.as_str())));
    }
    Ok(())
}

/// One record of a set, if it is in the set the path names. Absent and elsewhere answer alike.
pub(crate) fn find(
    tx: &ReadTx<'_>,
    cx: &OpCx,
    set: &Set<'_>,
    view: &View,
    key: &str,
) -> Result<Record, Fault> {
    let absent = || Fault::absent(format!("{} '{key}'", set.kind()));
    if let Some(link) = &set.link {
        let source = refs::source(tx, &cx.tenant, view.model, link)?;
        for (kind, id) in refs::ends(tx, &cx.tenant, &source, link.nav)? {
            if tree::key_of(&id) == key
                && let Some(record) = tx.get(&Key::new(&cx.tenant, kind, id))?
            {
                return Ok(record);
            }
        }
        return Err(absent());
    }
    if set.def.single {
        return the_one(tx, cx, view.model, set.def, &set.parents);
    }
    let parent = tree::climb(tx, &cx.tenant, view.model, &set.parents)?;
    let id = tree::stored_id(view.model, set.def, parent.as_deref(), key);
    let record = tx.get(&Key::new(&cx.tenant, view.source, id))?.ok_or_else(absent)?;
    if set.def.parent.is_some() && record.parent != parent {
        return Err(absent());
    }
    if let Some(via) = &set.via
        && text(&record.doc, via.property) != via.key
    {
        return Err(absent());
    }
    let seen = |(member, value): &(String, Value)| record.doc.get(member) == Some(value);
    if !view.behavior.scope(cx).iter().all(seen) {
        return Err(absent());
    }
    if let Some(cast) = view.cast {
        let model = view.model;
        let actual = shape::actual_type(model, model.ty(view.ty), &record.doc);
        if !model.is_a(actual.id, cast) {
            return Err(absent());
        }
    }
    Ok(record)
}

/// The record of an entity that exists once.
pub(crate) fn the_one(
    tx: &ReadTx<'_>,
    cx: &OpCx,
    model: &Model,
    def: &SetDef,
    parents: &Parents<'_>,
) -> Result<Record, Fault> {
    let absent = || match parents.last() {
        Some((_, key)) => Fault::absent(format!("{} '{key}'", def.kind)),
        None => Fault::absent(def.kind.as_str()),
    };
    let (key, record) = tree::single(tx, &cx.tenant, model, def, parents)?;
    if let Some((source, member)) = tree::embedding(model, def) {
        let outer = Key::new(&cx.tenant, source.kind.as_str(), key.id.as_str());
        let outer = tx.get(&outer)?.ok_or_else(absent)?;
        let doc = object(&outer.doc, member).cloned().ok_or_else(absent)?;
        return Ok(Record { doc, ..outer });
    }
    default_of(model, def, key, record).ok_or_else(absent)
}

/// What was never written is there with its defaults where it belongs to everything of its kind:
/// at the top, and where it can be changed. Elsewhere it is absent.
fn default_of(model: &Model, def: &SetDef, key: Key, record: Option<Record>) -> Option<Record> {
    if record.is_some() || !(def.parent.is_none() || def.facts.updatable) {
        return record;
    }
    let ty = model.ty(def.ty);
    let mut doc = Doc::new();
    for property in &ty.properties {
        let default = property.default.clone();
        let default =
            default.or_else(|| (!property.ty.nullable).then(|| least(model, property.ty.ty)));
        if let Some(default) = default.filter(|_| !property.ty.collection) {
            doc.insert(property.name.clone(), default);
        }
    }
    let name = tree::key_name(model, def);
    if ty.property(name).is_some() {
        put(&mut doc, name, key.id.as_str());
    }
    Some(Record { key, parent: None, etag: String::new(), created: 0, modified: 0, seq: 0, doc })
}

/// The value of a setting that nobody has set and that may not be null: nothing, none, or the first
/// word.
fn least(model: &Model, ty: Ty) -> Value {
    match ty {
        Ty::Enum(id) => {
            let known = |it: &&model::model::Member| !it.evolved && it.value >= 0;
            let first = model.enumeration(id).members.iter().find(known);
            first.map_or(Value::Null, |it| Value::from(it.name.as_str()))
        }
        Ty::Primitive(Primitive::Boolean) => Value::Bool(false),
        Ty::Primitive(Primitive::String) => Value::from(""),
        Ty::Primitive(it) if it.is_number() => Value::from(0),
        Ty::Struct(_) => Value::Object(Doc::new()),
        Ty::Primitive(_) | Ty::Untyped => Value::Null,
    }
}

/// The context of a target, without the leading mark.
pub(crate) fn context(target: &Target<'_>, model: &Model) -> String {
    target.context(model).trim_start_matches('#').to_owned()
}

fn entity(context: String, doc: Doc, etag: String) -> Reply {
    Reply::Entity { context, doc, etag, created: false, preference_applied: false }
}

fn not_here(what: &'static str) -> Fault {
    Fault::Internal { doing: what, source: "the call was routed to the wrong reader".into() }
}
