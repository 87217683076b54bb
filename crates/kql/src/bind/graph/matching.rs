//! `graph-match` and `graph-shortest-paths`.
//!
//! A condition on one node or edge is worked out for all of them before the search, which then
//! walks only where it is true. What is left is asked of the matches, as are the columns that come
//! out.

use crate::{
    codes,
    diagnostic::Span,
    plan::{BinaryOp, Expr, ExprKind, Graph, Op, Rel},
    syntax::tree::{self, ExprKind as Syntax, GraphMatch, Name, Named},
    types::{Column, Type},
    work::{Cycles, Match, MatchOutput, Shortest, Work},
};

use super::{
    super::{
        Binder,
        expression::{balanced, node},
        naming::Namer,
        rewrite::hidden_name,
    },
    references,
    variables::{Fold, Variable, Variables, Want},
};

/// The most edges of a path.
const MAX_HOPS: u32 = 100;
/// The most variables of a pattern.
const MAX_VARIABLES: usize = 32;

/// Columns computed for every edge and every node.
#[derive(Default)]
struct Extras {
    edges: Vec<Expr>,
    nodes: Vec<Expr>,
}

impl Binder<'_> {
    pub(in super::super) fn graph_match(
        &mut self,
        graph: Graph,
        matching: &GraphMatch,
        shortest: bool,
        span: Span,
    ) -> Option<Rel> {
        let variables = match Variables::of(&matching.patterns) {
            Ok(variables) => variables,
            Err(repeated) => {
                let message = format!("`{}` is named twice in the pattern", repeated.0);
                return self.error(codes::DUPLICATE, repeated.1, message);
            }
        };
        self.pattern_fits(&variables, shortest, span)?;
        let (cycles, shortest) = self.mode(matching.mode.as_ref(), shortest)?;
        let mut extras = Extras::default();
        let (mut node_tests, mut edge_tests) = (Vec::new(), Vec::new());
        let mut rest: Vec<&tree::Expr> = Vec::new();
        for part in conjuncts(matching.predicate.as_ref()) {
            if let Some((hop, test)) = variables.every_edge(part) {
                edge_tests.push((hop, self.edge_column(&graph, &mut extras, test, true)?));
                continue;
            }
            match variables.used(part).as_slice() {
                [Variable::Node(at)] if variables.asks_columns_only(part) => {
                    let test = variables.bare(part);
                    node_tests.push((*at, self.node_column(&graph, &mut extras, &test, true)?));
                }
                [Variable::Edge(at)]
                    if variables.asks_columns_only(part) && !variables.is_path(*at) =>
                {
                    let test = variables.bare(part);
                    edge_tests.push((*at, self.edge_column(&graph, &mut extras, &test, true)?));
                }
                _ => rest.push(part),
            }
        }
        let mut wants = Vec::new();
        let tests: Vec<tree::Expr> =
            rest.iter().map(|it| variables.settled(it, &mut wants)).collect();
        let every = everything(&variables, span);
        let project = if matching.project.is_empty() { &every } else { &matching.project };
        let results: Vec<tree::Expr> =
            project.iter().map(|it| variables.settled(&it.expr, &mut wants)).collect();
        for settled in tests.iter().chain(&results) {
            if let Some((name, span)) = Variables::misused(settled) {
                let message = format!("`{name}` takes a variable of the pattern");
                return self.error(codes::ARGUMENT_COUNT, span, message);
            }
        }
        let mut outputs = Vec::with_capacity(wants.len());
        let mut columns = Vec::with_capacity(wants.len());
        for (at, want) in wants.iter().enumerate() {
            let (output, ty) = self.wanted(&graph, &variables, &mut extras, want, span)?;
            outputs.push(output);
            columns.push(Column::new(hidden_name(at), ty));
        }
        let (both, shape) = self.whole(graph, extras.edges, extras.nodes, span)?;
        let work = Work::Match(Match {
            graph: shape,
            nodes: variables.nodes.len(),
            hops: variables.hops,
            cycles,
            shortest,
            node_tests,
            edge_tests,
            outputs,
        });
        let op = Op::Work { input: Box::new(both), work: Box::new(work) };
        let found = Rel { op, columns };
        let found = self.kept(found, &tests)?;
        self.results(found, project, &results)
    }

    fn pattern_fits(&mut self, variables: &Variables, shortest: bool, span: Span) -> Option<()> {
        if variables.nodes.len() + variables.hops.len() > MAX_VARIABLES {
            let message = format!("a pattern has at most {MAX_VARIABLES} nodes and edges");
            return self.error(codes::TOO_MANY, span, message);
        }
        let mut lengths = variables.hops.iter().filter_map(|it| it.hops);
        if lengths.clone().any(|(_, most)| most > MAX_HOPS) {
            let message = format!("a path has at most {MAX_HOPS} edges");
            return self.error(codes::TOO_MANY, span, message);
        }
        if shortest && lengths.next().is_none() {
            let message = "a shortest path needs an edge of variable length: `-[e*1..5]->`";
            return self.error(codes::EXPECTED, span, message);
        }
        Some(())
    }

    fn mode(&mut self, mode: Option<&Name>, shortest: bool) -> Option<(Cycles, Option<Shortest>)> {
        let word = mode.map(|it| it.text.as_str());
        Some(match (shortest, word) {
            (false, None | Some("unique_edges")) => (Cycles::UniqueEdges, None),
            (false, Some("all")) => (Cycles::All, None),
            (false, Some("none")) => (Cycles::None, None),
            (true, None | Some("any")) => (Cycles::UniqueEdges, Some(Shortest::Any)),
            (true, Some("all")) => (Cycles::UniqueEdges, Some(Shortest::All)),
            (_, Some(other)) => {
                let message = format!("`{other}` is not a value of this option");
                return self.error(codes::OPTION, mode?.span, message);
            }
        })
    }

    /// A column computed for every edge.
    fn edge_column(
        &mut self,
        graph: &Graph,
        extras: &mut Extras,
        value: &tree::Expr,
        test: bool,
    ) -> Option<usize> {
        let columns = graph.edges.columns.clone();
        let cx = self.over(&columns);
        let value = if test { self.condition(value, cx)? } else { self.expr(value, cx)? };
        extras.edges.push(value);
        Some(columns.len() + extras.edges.len() - 1)
    }

    /// A column computed for every node.
    fn node_column(
        &mut self,
        graph: &Graph,
        extras: &mut Extras,
        value: &tree::Expr,
        test: bool,
    ) -> Option<usize> {
        let mut columns = graph.nodes.columns.clone();
        columns.pop();
        let cx = self.over(&columns);
        let value = if test { self.condition(value, cx)? } else { self.expr(value, cx)? };
        extras.nodes.push(value);
        Some(columns.len() + extras.nodes.len() - 1)
    }

    /// All columns of an edge or node as a bag.
    fn bag_of(&mut self, columns: &[Column], span: Span) -> Option<Expr> {
        let pack = self.function("bag_pack").or_else(|| self.function("pack"))?;
        let mut args = Vec::with_capacity(columns.len() * 2);
        for (column, value) in columns.iter().zip(references(columns, span)) {
            args.push(super::super::expression::text(column.name.as_str(), span));
            args.push(value);
        }
        Some(node(ExprKind::Call { function: pack.name, args }, Type::Dynamic, span))
    }

    fn whole_node(&mut self, graph: &Graph, extras: &mut Extras, span: Span) -> Option<usize> {
        let mut columns = graph.nodes.columns.clone();
        columns.pop();
        let bag = self.bag_of(&columns, span)?;
        extras.nodes.push(bag);
        Some(columns.len() + extras.nodes.len() - 1)
    }

    fn whole_edge(&mut self, graph: &Graph, extras: &mut Extras, span: Span) -> Option<usize> {
        let bag = self.bag_of(&graph.edges.columns.clone(), span)?;
        extras.edges.push(bag);
        Some(graph.edges.columns.len() + extras.edges.len() - 1)
    }

    /// The column of the match that answers a want, and its type.
    fn wanted(
        &mut self,
        graph: &Graph,
        variables: &Variables,
        extras: &mut Extras,
        want: &Want,
        span: Span,
    ) -> Option<(MatchOutput, Type)> {
        Some(match want {
            Want::Node(at, name) => {
                let mut columns = graph.nodes.columns.clone();
                columns.pop();
                let column = self.graph_column(&columns, name, span)?;
                (MatchOutput::Node(*at, column), columns.get(column)?.ty)
            }
            Want::WholeNode(at) => {
                let column = self.whole_node(graph, extras, span)?;
                (MatchOutput::Node(*at, column), Type::Dynamic)
            }
            Want::Edge(hop, name) => {
                let column = self.graph_column(&graph.edges.columns.clone(), name, span)?;
                if variables.is_path(*hop) {
                    (MatchOutput::Path(*hop, column), Type::Dynamic)
                } else {
                    (MatchOutput::Edge(*hop, column), graph.edges.columns.get(column)?.ty)
                }
            }
            Want::WholeEdge(hop) => {
                let column = self.whole_edge(graph, extras, span)?;
                let output = if variables.is_path(*hop) {
                    MatchOutput::Path(*hop, column)
                } else {
                    MatchOutput::Edge(*hop, column)
                };
                (output, Type::Dynamic)
            }
            Want::Inner(hop) => {
                let column = self.whole_node(graph, extras, span)?;
                (MatchOutput::Inner(*hop, column), Type::Dynamic)
            }
            Want::Length(hop) => (MatchOutput::Length(*hop), Type::Long),
            Want::DegreeIn(at) => (MatchOutput::DegreeIn(*at), Type::Long),
            Want::DegreeOut(at) => (MatchOutput::DegreeOut(*at), Type::Long),
            Want::Key(at) => (MatchOutput::Key(*at), Type::String),
            Want::Fold { fold, hop, inner, value } => {
                let (hop, test) = (*hop, *fold != Fold::Map);
                let column = if *inner {
                    self.node_column(graph, extras, value, test)?
                } else {
                    self.edge_column(graph, extras, value, test)?
                };
                match (fold, inner) {
                    (Fold::Map, false) => (MatchOutput::Path(hop, column), Type::Dynamic),
                    (Fold::Map, true) => (MatchOutput::Inner(hop, column), Type::Dynamic),
                    (Fold::All, false) => (MatchOutput::AllEdges(hop, column), Type::Bool),
                    (Fold::All, true) => (MatchOutput::AllInner(hop, column), Type::Bool),
                    (Fold::Any, false) => (MatchOutput::AnyEdge(hop, column), Type::Bool),
                    (Fold::Any, true) => (MatchOutput::AnyInner(hop, column), Type::Bool),
                }
            }
        })
    }

    fn graph_column(&mut self, columns: &[Column], name: &str, span: Span) -> Option<usize> {
        let cx = self.over(columns);
        match cx.column(name) {
            Some(at) => Some(at),
            None => self.unknown_column(name, span, cx),
        }
    }

    /// The matches for which what is left of the condition is true.
    fn kept(&mut self, found: Rel, tests: &[tree::Expr]) -> Option<Rel> {
        let columns = found.columns.clone();
        let cx = self.over(&columns);
        let tests: Option<Vec<Expr>> = tests.iter().map(|it| self.condition(it, cx)).collect();
        let tests = tests?;
        if tests.is_empty() {
            return Some(found);
        }
        let predicate = balanced(BinaryOp::And, Type::Bool, tests);
        Some(Rel { op: Op::Filter { input: Box::new(found), predicate }, columns })
    }

    /// What comes out; names come from the expressions as they were written.
    fn results(&mut self, found: Rel, project: &[Named], results: &[tree::Expr]) -> Option<Rel> {
        let seen = found.columns.clone();
        let cx = self.over(&seen);
        let mut namer = Namer::default();
        let mut columns = Vec::with_capacity(results.len());
        let mut exprs = Vec::with_capacity(results.len());
        for (named, result) in project.iter().zip(results) {
            let value = self.expr(result, cx)?;
            let name = match named.names.first() {
                Some(name) => self.chosen_name(&mut namer, &name.text, name.span),
                None => namer.automatic(self.auto_name(&named.expr)),
            };
            columns.push(Column::new(name, value.ty));
            exprs.push(value);
        }
        Some(Rel { op: Op::Project { input: Box::new(found), exprs }, columns })
    }
}

/// The parts of a condition that must all be true.
fn conjuncts(predicate: Option<&tree::Expr>) -> Vec<&tree::Expr> {
    let Some(predicate) = predicate else { return Vec::new() };
    match &predicate.kind {
        Syntax::Chain { first, rest } if rest.iter().all(|it| it.op == BinaryOp::And) => {
            let all = std::iter::once(&**first).chain(rest.iter().map(|it| &it.operand));
            all.flat_map(|it| conjuncts(Some(it))).collect()
        }
        _ => vec![predicate],
    }
}

/// Every named variable, for a match that says nothing of what comes out.
fn everything(variables: &Variables, span: Span) -> Vec<Named> {
    let names = variables.nodes.iter().chain(&variables.edges).filter(|it| !it.is_empty());
    let named = |name: &String| Named {
        names: vec![Name { text: name.clone(), span }],
        expr: tree::Expr { kind: Syntax::Name(name.clone()), span },
    };
    names.map(named).collect()
}
