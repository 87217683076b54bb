//! `union`: columns are matched by name and type.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::{
    codes,
    diagnostic::Span,
    plan::{Expr, ExprKind, Op, Rel},
    syntax::tree::{self, ExprKind as Syntax, Union},
    types::{Column, Type},
    value::Value,
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
struct Leg {
    rel: Rel,
    source: String,
}

/// One column of the result.
struct Target {
    column: Column,
    /// What it is called in the inputs.
    name: String,
}

impl Binder<'_> {
    pub(super) fn union(&mut self, input: Option<Rel>, union: &Union, span: Span) -> Option<Rel> {
        let legs = self.legs(input, union)?;
        let mut namer = Namer::default();
        let source = union.source.as_ref().map(|it| namer.automatic(Some(it.text.clone())));
        let targets = targets(&legs, union.inner, &mut namer);
        let mut columns: Vec<Column> =
            source.iter().map(|it| Column::new(it.as_str(), Type::String)).collect();
        columns.extend(targets.iter().map(|it| it.column.clone()));
        if legs.is_empty() {
            return Some(Rel { op: Op::Values { rows: Vec::new() }, columns });
        }
        self.charge(legs.len() * (columns.len() / 2 + 1), span)?;
        let mut inputs = Vec::with_capacity(legs.len());
        for leg in legs {
            inputs.push(aligned(leg, &targets, source.is_some(), &columns, span));
        }
        Some(Rel { op: Op::Union { inputs }, columns })
    }

    fn legs(&mut self, input: Option<Rel>, union: &Union) -> Option<Vec<Leg>> {
        let mut legs: Vec<Leg> = Vec::new();
        let mut fine = true;
        if let Some(rel) = input {
            legs.push(Leg { rel, source: "union_arg0".to_owned() });
        }
        for table in &union.tables {
            match &table.kind {
                Syntax::Wildcard(pattern) => {
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
                }
                Syntax::Name(name) if union.fuzzy && self.is_missing(name) => {
                    self.warn(table.span, format!("no table `{name}`; the union goes without it"));
                }
                _ => {
                    let number = legs.len();
                    match self.union_leg(table, union.fuzzy) {
                        Leaves::Table(rel) => {
                            let source = match &table.kind {
                                Syntax::Name(name) if self.scope.get(name).is_none() => {
                                    name.clone()
                                }
                                _ => format!("union_arg{number}"),
                            };
                            legs.push(Leg { rel, source });
                        }
                        Leaves::Nothing => {}
                        Leaves::Mistake => fine = false,
                    }
                }
            }
        }
        fine.then_some(legs)
    }

    /// A fuzzy union also goes without a pipeline whose table is missing.
    fn union_leg(&mut self, table: &tree::Expr, fuzzy: bool) -> Leaves {
        if fuzzy
            && let Syntax::Pipe { source, .. } = &table.kind
            && let Syntax::Name(name) = &source.kind
            && self.is_missing(name)
        {
            self.warn(source.span, format!("no table `{name}`; the union goes without it"));
            return Leaves::Nothing;
        }
        self.table(table).map_or(Leaves::Mistake, Leaves::Table)
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
        names.sort();
        names.dedup();
        names
    }
}

/// What came of one leg.
#[expect(clippy::large_enum_variant, reason = "short-lived, one at a time")]
enum Leaves {
    Table(Rel),
    Nothing,
    Mistake,
}

/// The columns of the result, in order of first appearance.
fn targets(legs: &[Leg], inner: bool, namer: &mut Namer) -> Vec<Target> {
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

/// A leg with the result's columns; what it lacks is null, or empty for texts.
fn aligned(leg: Leg, targets: &[Target], sourced: bool, columns: &[Column], span: Span) -> Rel {
    let mut exprs: Vec<Expr> = Vec::with_capacity(columns.len());
    if sourced {
        exprs.push(text(leg.source, span));
    }
    let index: HashMap<(&str, Type), usize> = leg
        .rel
        .columns
        .iter()
        .enumerate()
        .rev()
        .map(|(at, it)| ((it.name.as_str(), it.ty), at))
        .collect();
    for target in targets {
        let ty = target.column.ty;
        let found = index.get(&(target.name.as_str(), ty)).copied();
        let kind = match (found, ty) {
            (Some(at), _) => ExprKind::Column(at),
            (None, Type::String) => ExprKind::Literal(Value::String(String::new())),
            (None, _) => ExprKind::Literal(Value::Null),
        };
        exprs.push(node(kind, ty, span));
    }
    Rel { op: Op::Project { input: Box::new(leg.rel), exprs }, columns: columns.to_vec() }
}
