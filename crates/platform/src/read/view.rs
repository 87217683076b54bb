//! How records of one kind are asked for and shown to one caller.

use auth::OpCx;
use model::{
    Model,
    edm::{Ty, TypeId},
    model::SetDef,
    path::Set,
    query::{Filter, Literal, Operand, Options, PropertyPath},
    shape,
};
use store::{ListAsk, ReadTx, Record};

use crate::{
    areas::behavior,
    behavior::Behavior,
    call::Prefer,
    demands,
    doc::{Doc, set as put},
    expand,
    fault::Fault,
    tree,
};

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
    pub(super) cast: Option<TypeId>,
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
        demands::met(&self.def.facts, options)?;
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
