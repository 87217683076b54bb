//! The tabular operators, one file each (or one for a family): syntax and input to plan.

mod apply;
mod columns;
mod distinct;
mod expand;
mod external;
mod filter;
mod find;
mod hitters;
mod invoke;
mod join;
mod nested;
mod parse;
mod parse_kv;
mod project;
mod scan;
mod schema;
mod search;
mod series;
mod several;
mod sort;
mod source;
mod summarize;
mod take;
mod union;

use crate::{
    codes,
    diagnostic::Span,
    plan::{Expr, ExprKind, Op, Rel},
    syntax::tree::{Operator, OperatorKind},
    types::{Column, Type},
};

pub(super) use columns::wildcard;

use super::{Binder, expression::node, scope::Meaning};

impl Binder<'_> {
    /// One operator on its input. A mistake inside leaves the input as it is where the columns do
    /// not hang on it, so that the next operator is still looked at.
    pub(super) fn operator(&mut self, input: Rel, operator: &Operator) -> Option<Rel> {
        let span = operator.span;
        self.charge(1 + input.columns.len() / 8, span)?;
        self.graph_fits(&input, &operator.kind, span)?;
        match &operator.kind {
            OperatorKind::Where(predicate) => Some(self.filter(input, predicate)),
            OperatorKind::Project(list) => Some(self.project(input, list)),
            OperatorKind::Extend(list) => Some(self.extend(input, list)),
            OperatorKind::Serialize(list) => {
                let columns = input.columns.clone();
                let input = Rel { op: Op::Serialize { input: Box::new(input) }, columns };
                Some(self.extend(input, list))
            }
            OperatorKind::ProjectAway(patterns) => Some(self.project_away(input, patterns)),
            OperatorKind::ProjectKeep(patterns) => Some(self.project_keep(input, patterns)),
            OperatorKind::ProjectRename(pairs) => Some(self.project_rename(input, pairs)),
            OperatorKind::ProjectReorder(items) => Some(self.project_reorder(input, items)),
            OperatorKind::Summarize { aggregates, by } => {
                self.summarize(input, aggregates, by.as_deref(), span)
            }
            OperatorKind::Sort(keys) => Some(self.sort(input, keys)),
            OperatorKind::Top { count, by } => Some(self.top(input, count, by)),
            OperatorKind::Take(count) => Some(self.take(input, count)),
            OperatorKind::Count(name) => Some(Self::count(input, name.as_ref(), span)),
            OperatorKind::Distinct(distinct) => self.distinct(input, distinct, span),
            OperatorKind::Join(join) => self.join(input, join),
            OperatorKind::Lookup(join) => self.lookup(input, join),
            OperatorKind::Union(union) => self.union(Some(input), union, span),
            OperatorKind::Expand(expand) => self.expand(input, expand, span),
            OperatorKind::Parse(parse) => self.parse(input, parse, span),
            OperatorKind::As(name) => {
                let input = self.fits(input, span)?;
                self.scope.push(&name.text, Self::table_meaning(input.clone()));
                Some(input)
            }
            OperatorKind::GetSchema => Some(Self::schema(&input)),
            OperatorKind::Render => Some(input),
            OperatorKind::Consume => {
                let columns = input.columns.clone();
                Some(Rel { op: Op::Take { input: Box::new(input), count: 0 }, columns })
            }
            OperatorKind::Print(_)
            | OperatorKind::Range { .. }
            | OperatorKind::Datatable { .. } => {
                self.error(codes::EXPECTED, span, "this can only start a query")
            }
            OperatorKind::Apply(apply) => self.apply(input, apply, span),
            OperatorKind::Partition(partition) => self.partition(input, partition, span),
            OperatorKind::Search(search) => self.search(Some(input), search, span),
            OperatorKind::Find(_) => {
                self.error(codes::EXPECTED, span, "`find` starts a query; it has no input")
            }
            OperatorKind::Series(series) => self.series(input, series, span),
            OperatorKind::ParseKv(parse) => self.parse_kv(input, parse, span),
            OperatorKind::TopNested(levels) => self.top_nested(input, levels, span),
            OperatorKind::TopHitters { count, of, by } => {
                self.top_hitters(input, count, of, by.as_ref(), span)
            }
            OperatorKind::SampleDistinct { count, of } => self.sample_distinct(input, count, of),
            OperatorKind::Fork(branches) => self.fork(input, branches, span),
            OperatorKind::Facet(facet) => self.facet(input, facet, span),
            OperatorKind::ProjectByNames(list) => self.project_by_names(input, list),
            OperatorKind::AssertSchema(columns) => self.assert_schema(input, columns, span),
            OperatorKind::GetSchemaText => Some(Self::schema_text(&input)),
            OperatorKind::External(_) => {
                self.error(codes::EXPECTED, span, "this can only start a query")
            }
            OperatorKind::Evaluate(evaluate) => self.evaluate(input, evaluate, span),
            OperatorKind::Invoke(invoke) => self.invoke(input, invoke, span),
            OperatorKind::Scan(scan) => self.scan(input, scan, span),
            OperatorKind::Reduce(reduce) => self.reduce(input, reduce),
            OperatorKind::MakeGraph(make) => self.make_graph(input, make, span),
            OperatorKind::GraphMatch(_)
            | OperatorKind::GraphShortestPaths(_)
            | OperatorKind::GraphComponents(_)
            | OperatorKind::GraphToTable(_)
            | OperatorKind::GraphWhere { .. } => self.graph_operator(input, operator),
            OperatorKind::Broken => Some(self.opened(input, span)),
            OperatorKind::Unbuilt(name) => self.unbuilt(name, span),
        }
    }

    /// What starts a pipeline.
    pub(super) fn source(&mut self, operator: &Operator) -> Option<Rel> {
        let span = operator.span;
        match &operator.kind {
            OperatorKind::Print(list) => Some(self.print(list)),
            OperatorKind::Range { name, from, to, step } => self.range(name, from, to, step, span),
            OperatorKind::Datatable { columns, cells } => self.datatable(columns, cells, span),
            OperatorKind::Union(union) => self.union(None, union, span),
            OperatorKind::Search(search) => self.search(None, search, span),
            OperatorKind::Find(find) => self.find(find, span),
            OperatorKind::External(external) => self.external(external, span),
            OperatorKind::Evaluate(evaluate) if Self::is_refused_plugin(&evaluate.name.text) => {
                self.no_plugin(evaluate)
            }
            OperatorKind::Unbuilt(name) => self.unbuilt(name, span),
            _ => self.error(codes::EXPECTED, span, "a table is expected in front of this"),
        }
    }

    /// Looks at an operator whose input is broken for what can be said without it.
    pub(super) fn blind(&mut self, operator: &Operator) -> Option<Rel> {
        match &operator.kind {
            OperatorKind::Unbuilt(name) => self.unbuilt(name, operator.span),
            OperatorKind::As(name) => {
                self.scope.push(&name.text, Meaning::Broken);
                None
            }
            OperatorKind::Join(join) | OperatorKind::Lookup(join) => {
                self.table(&join.right);
                None
            }
            _ => None,
        }
    }

    fn unbuilt<T>(&mut self, name: &str, span: Span) -> Option<T> {
        let span = Span::new(span.start, span.end.min(span.start + name.len()));
        self.error(codes::UNSUPPORTED, span, format!("operator `{name}` is not supported yet"))
    }

    /// Refuses a dynamic key.
    fn key(&mut self, key: Expr, what: &str) -> Option<Expr> {
        if key.ty != Type::Dynamic || self.is_lenient() {
            return Some(key);
        }
        self.report(
            crate::diagnostic::Diagnostic::error(
                codes::DYNAMIC_KEY,
                key.span,
                format!("a dynamic value cannot be {what}"),
            )
            .help("convert it, such as with `tostring(...)`"),
        );
        None
    }
}

/// A reference to a column.
fn column(columns: &[Column], at: usize, span: Span) -> Option<Expr> {
    columns.get(at).map(|it| node(ExprKind::Column(at), it.ty, span))
}

/// A step that only picks columns.
pub(super) fn pick(input: Rel, picked: Vec<(usize, String)>) -> Rel {
    let span = Span::default();
    let exprs = picked.iter().filter_map(|(at, _)| column(&input.columns, *at, span)).collect();
    let columns = picked
        .into_iter()
        .filter_map(|(at, name)| input.columns.get(at).map(|it| Column::new(name, it.ty)))
        .collect();
    Rel { op: Op::Project { input: Box::new(input), exprs }, columns }
}
