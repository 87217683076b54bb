//! Reading: any set, item, singleton, count or property of the model, through the kind's behaviour.
//!
//! One snapshot answers one call, `$expand` included. How a kind is asked for and shown is
//! `read/view.rs`, finding what a path names `read/find.rs`. What the store cannot filter or sort by
//! is refused there, never evaluated here.

mod find;
mod view;

use auth::OpCx;
use model::{
    Model,
    path::{Link, PropertyTarget, Set, Target},
    query::Options,
};
use serde_json::Value;
use store::{Key, ListAsk};

pub(crate) use self::{
    find::{find, place, the_one},
    view::{View, all_of},
};
use crate::{
    call::Prefer, doc::Doc, expand, fault::Fault, linked, platform::Platform, refs, reply::Reply,
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
