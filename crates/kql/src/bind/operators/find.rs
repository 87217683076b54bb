//! `find`: rows of many tables, in the columns that all of them have and those in the predicate;
//! what a table has beyond goes into a bag.

use std::collections::BTreeSet;

use crate::{
    codes,
    diagnostic::Span,
    plan::{Expr, ExprKind, Op, Rel},
    syntax::tree::{Find, FindColumn, Name},
    types::{Column, Type},
    value::Value,
};

use super::{
    super::{
        Binder,
        expression::{node, text},
        naming::Namer,
    },
    search::mentioned,
    union::Leg,
};

/// A column of the result: what it is called in the tables, and its type.
struct Target {
    name: String,
    ty: Type,
}

impl Binder<'_> {
    /// `find`, which starts a query.
    pub(super) fn find(&mut self, find: &Find, span: Span) -> Option<Rel> {
        let legs = self.named_legs(&find.tables, span)?;
        let legs = self.matching_legs(legs, &find.predicate, false, true)?;
        let mut rest = false;
        let mut targets: Vec<Target> = Vec::new();
        match &find.project {
            None => {
                targets = common(&legs);
                let mut names = BTreeSet::new();
                mentioned(&find.predicate, &mut names);
                for it in legs.iter().flat_map(|it| &it.rel.columns) {
                    if names.contains(it.name.as_str())
                        && !targets.iter().any(|known| known.name == it.name)
                    {
                        targets.push(target(&legs, &it.name, it.ty));
                    }
                }
                let known = |name: &str| targets.iter().any(|it| it.name == name);
                rest = legs.iter().flat_map(|it| &it.rel.columns).any(|it| !known(&it.name));
            }
            Some(columns) => {
                for column in columns {
                    match column {
                        FindColumn::Rest => rest = true,
                        FindColumn::Named(name, ty) => {
                            targets.push(self.found_column(&legs, name, *ty)?);
                        }
                    }
                }
            }
        }
        let mut namer = Namer::default();
        let source = find.source.as_ref().map_or("source_", |it| it.text.as_str());
        let mut columns = vec![Column::new(namer.automatic(Some(source.to_owned())), Type::String)];
        for it in &targets {
            columns.push(Column::new(namer.automatic(Some(it.name.clone())), it.ty));
        }
        if rest {
            columns.push(Column::new(namer.automatic(Some("pack_".to_owned())), Type::Dynamic));
        }
        if legs.is_empty() {
            return Some(Rel { op: Op::Values { rows: Vec::new() }, columns });
        }
        self.charge(legs.len() * columns.len(), span)?;
        let mut inputs = Vec::with_capacity(legs.len());
        for leg in legs {
            inputs.push(self.found(leg, &targets, rest, &columns, span)?);
        }
        Some(Rel { op: Op::Union { inputs }, columns })
    }

    fn found_column(&mut self, legs: &[Leg], name: &Name, ty: Option<Type>) -> Option<Target> {
        let there = legs.iter().flat_map(|it| &it.rel.columns).find(|it| it.name == name.text);
        let Some(there) = there else {
            let all: Vec<Column> =
                legs.iter().flat_map(|it| it.rel.columns.iter().cloned()).collect();
            let cx = self.over(&all);
            return self.unknown_column(&name.text, name.span, cx);
        };
        let found = target(legs, &name.text, there.ty);
        Some(Target { ty: ty.unwrap_or(found.ty), ..found })
    }

    /// One table in the columns of the result.
    fn found(
        &mut self,
        leg: Leg,
        targets: &[Target],
        rest: bool,
        columns: &[Column],
        span: Span,
    ) -> Option<Rel> {
        let mut exprs = vec![text(leg.source, span)];
        for target in targets {
            let at = leg.rel.columns.iter().position(|it| it.name == target.name);
            let kind = match (at, target.ty) {
                (Some(at), ty) => {
                    let cell = super::column(&leg.rel.columns, at, span)?;
                    exprs.push(self.converted(cell, ty)?);
                    continue;
                }
                (None, Type::String) => ExprKind::Literal(Value::String(String::new())),
                (None, _) => ExprKind::Literal(Value::Null),
            };
            exprs.push(node(kind, target.ty, span));
        }
        if rest {
            exprs.push(self.rest_of(&leg.rel, targets, span)?);
        }
        Some(Rel { op: Op::Project { input: Box::new(leg.rel), exprs }, columns: columns.to_vec() })
    }

    /// What is no column of the result, as a bag.
    fn rest_of(&mut self, rel: &Rel, targets: &[Target], span: Span) -> Option<Expr> {
        let Some(pack) = self.function("bag_pack") else {
            return self.error(codes::UNSUPPORTED, span, "`bag_pack` is missing");
        };
        let mut args = Vec::new();
        for (at, it) in rel.columns.iter().enumerate() {
            if !targets.iter().any(|known| known.name == it.name) {
                args.push(text(it.name.as_str(), span));
                args.push(node(ExprKind::Column(at), it.ty, span));
            }
        }
        self.charge(args.len(), span)?;
        if args.is_empty() {
            let empty = serde_json::Value::Object(serde_json::Map::new());
            return Some(node(ExprKind::Literal(Value::Dynamic(empty)), Type::Dynamic, span));
        }
        Some(node(ExprKind::Call { function: pack.name, args }, Type::Dynamic, span))
    }
}

/// The columns that every table has, in the order of the first.
fn common(legs: &[Leg]) -> Vec<Target> {
    let Some((first, others)) = legs.split_first() else { return Vec::new() };
    let everywhere =
        |name: &str| others.iter().all(|leg| leg.rel.columns.iter().any(|it| it.name == name));
    first
        .rel
        .columns
        .iter()
        .filter(|it| everywhere(&it.name))
        .map(|it| target(legs, &it.name, it.ty))
        .collect()
}

/// A column of the result; where tables differ about its type it is dynamic.
fn target(legs: &[Leg], name: &str, ty: Type) -> Target {
    let same = legs
        .iter()
        .flat_map(|it| &it.rel.columns)
        .filter(|it| it.name == name)
        .all(|it| it.ty == ty);
    Target { name: name.to_owned(), ty: if same { ty } else { Type::Dynamic } }
}
