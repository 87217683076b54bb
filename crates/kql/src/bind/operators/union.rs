//! `union`: columns are matched by name and type.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::{
    codes,
    diagnostic::Span,
    plan::{Expr, ExprKind, Op, Rel},
    syntax::tree::{self, ExprKind as Syntax, Union},
    types::{Column, Type},
};

use super::{
    super::{
        Binder,
        expression::{node, text},
        naming::Namer,
        scope::Meaning,
    },
    columns::wildcard,
};

/// One input and what `withsource` calls it.
pub(super) struct Leg {
    /// Its rows.
    pub(super) rel: Rel,
    /// Where they are from.
    pub(super) source: String,
}

/// One column of the result.
pub(super) struct Target {
    /// As it is there.
    pub(super) column: Column,
    /// What it is called in the inputs.
    pub(super) name: String,
}

impl Binder<'_> {
    pub(super) fn union(&mut self, input: Option<Rel>, union: &Union, span: Span) -> Option<Rel> {
        let legs = self.legs(input, union)?;
        let legs = self.settled(legs)?;
        let mut namer = Namer::default();
        let source = union.source.as_ref().map(|it| namer.automatic(Some(it.text.clone())));
        let targets = targets(&legs, union.inner, &mut namer);
        let mut columns: Vec<Column> =
            source.iter().map(|it| Column::new(it.as_str(), Type::String)).collect();
        columns.extend(targets.iter().map(|it| it.column.clone()));
        if legs.is_empty() {
            return Some(Rel { op: Op::Values { rows: Vec::new() }, columns });
        }
        self.charge(legs.iter().map(|it| it.rel.columns.len()).sum(), span)?;
        let index = index(&targets);
        let mut inputs = Vec::with_capacity(legs.len());
        for leg in legs {
            inputs.push(aligned_by(
                leg,
                &index,
                columns.first().filter(|_| source.is_some()),
                span,
            ));
        }
        Some(Rel { op: Op::Union { inputs }, columns })
    }

    /// The tables.
    pub(super) fn legs(&mut self, input: Option<Rel>, union: &Union) -> Option<Vec<Leg>> {
        let mut legs: Vec<Leg> = Vec::new();
        let mut fine = true;
        if let Some(rel) = input {
            legs.push(Leg { rel, source: "union_arg0".to_owned() });
        }
        for table in &union.tables {
            if let Syntax::Wildcard(pattern) = &table.kind {
                let found = self.tables_like(pattern);
                if found.is_empty() && !union.fuzzy {
                    let message = format!("no table is like `{pattern}`");
                    self.error::<()>(codes::UNKNOWN_TABLE, table.span, message);
                    fine = false;
                }
                for name in found {
                    let rel = self.view_named(&name, table.span)?;
                    legs.push(Leg { rel, source: name });
                }
                continue;
            }
            let number = legs.len();
            if let Some(rel) = self.union_leg(table, union.fuzzy) {
                let source = match &table.kind {
                    Syntax::Name(name) if self.scope.get(name).is_none() => name.clone(),
                    _ => format!("union_arg{number}"),
                };
                legs.push(Leg { rel, source });
            } else {
                fine = false;
            }
        }
        fine.then_some(legs)
    }

    /// A leg; in a fuzzy union a missing table at its head has no rows and any columns.
    fn union_leg(&mut self, table: &tree::Expr, fuzzy: bool) -> Option<Rel> {
        let head = match &table.kind {
            Syntax::Pipe { source, .. } => source,
            _ => table,
        };
        let missing = match &head.kind {
            Syntax::Name(name) if fuzzy && self.is_missing(name) => name,
            _ => return self.table(table),
        };
        self.warn(head.span, format!("no table `{missing}`; the union goes without its rows"));
        let columns = self.open_columns(Vec::new(), head.span);
        let nothing = Rel { op: Op::Values { rows: Vec::new() }, columns };
        let height = self.scope.len();
        self.scope.push(missing, Self::table_meaning(nothing));
        let leg = self.table(table);
        self.scope.split_off(height);
        leg
    }

    /// Settles columns on whose type the first two legs that have them agree: other legs convert
    /// theirs. Where the first two differ, every type has a column of its own.
    pub(super) fn settled(&mut self, legs: Vec<Leg>) -> Option<Vec<Leg>> {
        let mut types: HashMap<String, (Type, usize, bool)> = HashMap::new();
        for leg in &legs {
            for column in &leg.rel.columns {
                let found = types.entry(column.name.clone()).or_insert((column.ty, 0, true));
                found.1 += 1;
                found.2 &= found.1 > 2 || found.0 == column.ty;
            }
        }
        let agreed = |it: &Column| types.get(&it.name).filter(|it| it.2).map_or(it.ty, |it| it.0);
        let mut settled = Vec::with_capacity(legs.len());
        for Leg { rel, source } in legs {
            if rel.columns.iter().all(|it| agreed(it) == it.ty) {
                settled.push(Leg { rel, source });
                continue;
            }
            let mut exprs = Vec::with_capacity(rel.columns.len());
            for (at, column) in rel.columns.iter().enumerate() {
                let cell = node(ExprKind::Column(at), column.ty, Span::default());
                exprs.push(self.converted(cell, agreed(column))?);
            }
            let named = rel.columns.iter().zip(&exprs);
            let columns = named.map(|(it, expr)| Column::new(it.name.as_str(), expr.ty)).collect();
            let rel = Rel { op: Op::Project { input: Box::new(rel), exprs }, columns };
            settled.push(Leg { rel, source });
        }
        Some(settled)
    }

    /// A table, or what a function that says it is a view gives.
    fn view_named(&mut self, name: &str, span: Span) -> Option<Rel> {
        if !matches!(self.scope.get(name), Some(Meaning::Function { .. })) {
            return self.table_named(name, span);
        }
        let name = tree::Name { text: name.to_owned(), span };
        self.table(&tree::Expr { kind: Syntax::Call { name, args: Vec::new() }, span })
    }

    fn is_missing(&self, name: &str) -> bool {
        self.scope.get(name).is_none() && self.env.catalog.table(name).is_none()
    }

    /// Tables and `let` tables that a pattern finds.
    fn tables_like(&self, pattern: &str) -> Vec<String> {
        let parts: Vec<&str> = pattern.split('*').collect();
        let mut names: Vec<String> = self.env.catalog.table_names();
        names.extend(
            self.scope
                .names()
                .filter(|&(_name, meaning)| match meaning {
                    Meaning::Table { .. } => true,
                    Meaning::Function { function, .. } => function.view,
                    Meaning::Scalar { .. } | Meaning::Broken => false,
                })
                .map(|(name, _meaning)| name.to_owned()),
        );
        names.retain(|it| wildcard(it, &parts));
        names.retain(|it| self.scope.get(it).is_some() || self.may_read(it));
        names.sort();
        names.dedup();
        names
    }
}

/// The columns of the result, in order of first appearance.
pub(super) fn targets(legs: &[Leg], inner: bool, namer: &mut Namer) -> Vec<Target> {
    let mut types: IndexMap<&str, (Vec<Type>, usize)> = IndexMap::new();
    for leg in legs {
        for column in &leg.rel.columns {
            let (types, count) = types.entry(&column.name).or_default();
            *count += 1;
            if !types.contains(&column.ty) {
                types.push(column.ty);
            }
        }
    }
    let mut targets = Vec::new();
    for (name, (types, count)) in types {
        if inner && count < legs.len() {
            continue;
        }
        for ty in &types {
            let wish =
                if types.len() == 1 { name.to_owned() } else { format!("{name}_{}", ty.name()) };
            let column = Column::new(namer.automatic(Some(wish)), *ty);
            targets.push(Target { column, name: name.to_owned() });
        }
    }
    targets
}

/// The columns of the result by what they are called in the inputs.
pub(super) fn index(targets: &[Target]) -> HashMap<(&str, Type), &Column> {
    targets.iter().map(|it| ((it.name.as_str(), it.column.ty), &it.column)).collect()
}

/// A leg with those of its columns that the result has, under their names there.
pub(super) fn aligned_by(
    leg: Leg,
    targets: &HashMap<(&str, Type), &Column>,
    source: Option<&Column>,
    span: Span,
) -> Rel {
    let mut columns: Vec<Column> = source.into_iter().cloned().collect();
    let mut exprs: Vec<Expr> = source.map(|_| text(leg.source, span)).into_iter().collect();
    for (at, column) in leg.rel.columns.iter().enumerate() {
        if let Some(target) = targets.get(&(column.name.as_str(), column.ty)) {
            columns.push((*target).clone());
            exprs.push(node(ExprKind::Column(at), column.ty, span));
        }
    }
    Rel { op: Op::Project { input: Box::new(leg.rel), exprs }, columns }
}
