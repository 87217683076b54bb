//! Graphs: `make-graph` and what follows it.
//!
//! A graph is a relation of its own kind ([`Op::Graph`]) with the relation of its edges and that of
//! its nodes inside, the latter complete: a node that only edges name has a row, too. A graph
//! operator makes another graph of it or, in the end, a table.

mod matching;
mod table;
mod variables;

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::{Expr, ExprKind, Graph, Op, Rel},
    syntax::tree::{GraphComponents, MakeGraph, Operator, OperatorKind},
    types::{Column, Type},
    value::Value,
    work::{GraphShape, Work},
};

use super::{
    Binder,
    expression::node,
    template::{Given, quoted},
};

/// The column of a node's key, behind its others.
const KEY: &str = "\u{2}key";
/// Between what parts a graph and a node's own key.
const PARTED: &str = "\u{1f}";

/// True for operators that take a graph.
pub(super) fn takes_graph(kind: &OperatorKind) -> bool {
    matches!(
        kind,
        OperatorKind::GraphMatch(_)
            | OperatorKind::GraphShortestPaths(_)
            | OperatorKind::GraphComponents(_)
            | OperatorKind::GraphToTable(_)
            | OperatorKind::GraphWhere { .. }
    )
}

impl Binder<'_> {
    /// Refuses a graph where a table is needed, and the other way round.
    pub(super) fn graph_fits(
        &mut self,
        input: &Rel,
        kind: &OperatorKind,
        span: Span,
    ) -> Option<()> {
        let is_graph = matches!(input.op, Op::Graph(_));
        if is_graph == takes_graph(kind) || matches!(kind, OperatorKind::As(_)) {
            return Some(());
        }
        let problem = if is_graph {
            Diagnostic::error(codes::WRONG_KIND, span, "a graph stands where a table is needed")
                .help("`graph-match` and `graph-to-table` make tables of it")
        } else {
            Diagnostic::error(codes::WRONG_KIND, span, "a table stands where a graph is needed")
                .help("`make-graph Source --> Target` makes a graph of it")
        };
        self.report(problem);
        None
    }

    /// An operator on a graph; the caller saw that it is one.
    pub(super) fn graph_operator(&mut self, input: Rel, operator: &Operator) -> Option<Rel> {
        let span = operator.span;
        let Op::Graph(graph) = input.op else { return None };
        match &operator.kind {
            OperatorKind::GraphMatch(matching) => self.graph_match(*graph, matching, false, span),
            OperatorKind::GraphShortestPaths(matching) => {
                self.graph_match(*graph, matching, true, span)
            }
            OperatorKind::GraphComponents(components) => {
                self.graph_components(*graph, components, span)
            }
            OperatorKind::GraphToTable(tables) => self.graph_to_table(&graph, tables),
            OperatorKind::GraphWhere { nodes, predicate } => {
                self.graph_where(*graph, *nodes, predicate)
            }
            _ => None,
        }
    }

    /// `make-graph`.
    pub(super) fn make_graph(&mut self, input: Rel, make: &MakeGraph, span: Span) -> Option<Rel> {
        let columns = input.columns.clone();
        let cx = self.over(&columns);
        let end = |it: &mut Self, name: &crate::syntax::tree::Name| match cx.column(&name.text) {
            Some(at) => Some(at),
            None => it.unknown_column(&name.text, name.span, cx),
        };
        let (source, target) = (end(self, &make.source), end(self, &make.target));
        let (source, target) = (source?, target?);
        let partition = match &make.partitioned {
            Some(name) => Some(end(self, name)?),
            None => None,
        };
        let (described, keys) = self.described(&columns, make, source, span)?;
        let ends = {
            let source = self.end_of(&columns, source, partition, span)?;
            let target = self.end_of(&columns, target, partition, span)?;
            [source, target]
        };
        let key_columns = keys.clone();
        let shape = GraphShape {
            edges: 0,
            nodes: described.columns.len().saturating_sub(1),
            keys,
            closed: false,
        };
        let columns = described.columns.clone();
        let both = joined(&input, Vec::new(), ends, &described, Vec::new(), span);
        let work = Box::new(Work::Nodes(shape));
        let mut nodes = Rel { op: Op::Work { input: Box::new(both), work }, columns };
        if partition.is_some() && make.nodes.len() <= 1 {
            nodes = self.without_partition(nodes, &key_columns, span)?;
        }
        let graph = Graph { edges: input, source, target, partition, nodes };
        let mut rel = Rel { op: Op::Graph(Box::new(graph)), columns: Vec::new() };
        for operator in &make.body {
            let is_by_row = matches!(
                operator.kind,
                OperatorKind::Where(_)
                    | OperatorKind::Extend(_)
                    | OperatorKind::Project(_)
                    | OperatorKind::ProjectAway(_)
                    | OperatorKind::ProjectRename(_)
                    | OperatorKind::As(_)
            );
            if !takes_graph(&operator.kind) && !is_by_row {
                let message = "this is not supported for each graph of `partitioned-by`";
                return self.error(codes::UNSUPPORTED, operator.span, message);
            }
            rel = self.operator(rel, operator)?;
        }
        Some(rel)
    }

    /// The key of an edge's end: the column as text, behind what parts the graph.
    fn end_of(
        &mut self,
        columns: &[Column],
        at: usize,
        partition: Option<usize>,
        span: Span,
    ) -> Option<Expr> {
        let key = self.text_of(columns, at, span)?;
        let Some(partition) = partition else { return Some(key) };
        let partition = self.text_of(columns, partition, span)?;
        let Some(join) = self.function("strcat") else { return Some(key) };
        let args = vec![partition, super::expression::text(PARTED, span), key];
        Some(node(ExprKind::Call { function: join.name, args }, Type::String, span))
    }

    /// The nodes with their own keys in the columns for them, not those with the partition.
    fn without_partition(&mut self, nodes: Rel, keys: &[usize], span: Span) -> Option<Rel> {
        let columns = nodes.columns.clone();
        let split = self.function("split")?;
        let mut exprs = references(&columns, span);
        let key = exprs.last().cloned()?;
        for at in keys {
            let args = vec![key.clone(), super::expression::text(PARTED, span)];
            let parts = node(ExprKind::Call { function: split.name, args }, Type::Dynamic, span);
            let index = node(ExprKind::Literal(Value::Long(1)), Type::Long, span);
            let (source, index) = (Box::new(parts), Box::new(index));
            let own = node(ExprKind::Index { source, index }, Type::Dynamic, span);
            let ty = columns.get(*at)?.ty;
            *exprs.get_mut(*at)? = self.converted(own, ty)?;
        }
        Some(Rel { op: Op::Project { input: Box::new(nodes), exprs }, columns })
    }

    /// The rows that describe nodes, with the key as text behind, and which columns hold the key.
    fn described(
        &mut self,
        edges: &[Column],
        make: &MakeGraph,
        source: usize,
        span: Span,
    ) -> Option<(Rel, Vec<usize>)> {
        if make.nodes.is_empty() {
            let mut columns = Vec::new();
            if let Some(name) = &make.node_id {
                columns.push(Column::new(name.text.as_str(), edges.get(source)?.ty));
            }
            let keys = (0..columns.len()).collect();
            columns.push(Column::new(KEY, Type::String));
            return Some((Rel { op: Op::Values { rows: Vec::new() }, columns }, keys));
        }
        let mut legs = Vec::new();
        let mut given: Option<Given> = None;
        let mut names = Vec::new();
        for (at, (table, key)) in make.nodes.iter().enumerate() {
            let table = self.table(table)?;
            let columns = table.columns.clone();
            let cx = self.over(&columns);
            if cx.column(&key.text).is_none() {
                return self.unknown_column(&key.text, key.span, cx);
            }
            names.push(key.text.clone());
            let name = format!("N{at}");
            let key = format!("tostring({})", quoted(&key.text));
            let key = match &make.partitioned {
                Some(by) => {
                    format!("strcat(tostring({}), '{PARTED}', {key})", quoted(&by.text))
                }
                None => key,
            };
            legs.push(format!("({name} | extend K = {key})"));
            given = Some(match given {
                None => Given::table(table.clone()).and_table(&name, table),
                Some(given) => given.and_table(&name, table),
            });
        }
        let text = match legs.as_slice() {
            [one] => one.clone(),
            several => format!("union {}", several.join(", ")),
        };
        let mut rel = self.template(&text, given?, span)?;
        // the key goes last, under a name of its own
        let at = rel.columns.iter().position(|it| it.name == "K")?;
        let mut picked: Vec<(usize, String)> = rel
            .columns
            .iter()
            .enumerate()
            .filter(|(column, _)| *column != at)
            .map(|(column, it)| (column, it.name.clone()))
            .collect();
        picked.push((at, KEY.to_owned()));
        rel = super::operators::pick(rel, picked);
        let keys = names
            .iter()
            .filter_map(|name| rel.columns.iter().position(|it| it.name == *name))
            .collect();
        Some((rel, keys))
    }

    /// A column as text.
    fn text_of(&mut self, columns: &[Column], at: usize, span: Span) -> Option<Expr> {
        let value = node(ExprKind::Column(at), columns.get(at)?.ty, span);
        self.converted(value, Type::String)
    }

    /// The edges and nodes of a graph as one relation, with more columns computed on either side.
    fn whole(
        &mut self,
        graph: Graph,
        edge_extras: Vec<Expr>,
        node_extras: Vec<Expr>,
        span: Span,
    ) -> Option<(Rel, GraphShape)> {
        let edges = &graph.edges.columns;
        let source = self.end_of(edges, graph.source, graph.partition, span)?;
        let target = self.end_of(edges, graph.target, graph.partition, span)?;
        let edge_columns: Vec<Expr> =
            references(&graph.edges.columns, span).into_iter().chain(edge_extras).collect();
        let shape = GraphShape {
            edges: edge_columns.len(),
            nodes: graph.nodes.columns.len() - 1 + node_extras.len(),
            keys: Vec::new(),
            closed: true,
        };
        let ends = [source, target];
        let rel = joined(&graph.edges, edge_columns, ends, &graph.nodes, node_extras, span);
        Some((rel, shape))
    }

    /// `graph-mark-components`.
    pub(super) fn graph_components(
        &mut self,
        graph: Graph,
        components: &GraphComponents,
        span: Span,
    ) -> Option<Rel> {
        let name = components.name.as_ref().map_or("ComponentId", |it| it.text.as_str());
        if graph.nodes.columns.iter().any(|it| it.name == name) {
            let message = format!("the nodes have a column `{name}` already");
            return self.error(codes::DUPLICATE, span, message);
        }
        let mut columns = graph.nodes.columns.clone();
        columns.insert(columns.len() - 1, Column::new(name, Type::Long));
        let (both, graph_shape) = self.whole(graph.clone(), Vec::new(), Vec::new(), span)?;
        let work = Work::Components { graph: graph_shape, strong: components.strong };
        let op = Op::Work { input: Box::new(both), work: Box::new(work) };
        let graph = Graph { nodes: Rel { op, columns }, ..graph };
        Some(Rel { op: Op::Graph(Box::new(graph)), columns: Vec::new() })
    }

    /// `graph-where-nodes` and `graph-where-edges`.
    pub(super) fn graph_where(
        &mut self,
        graph: Graph,
        nodes: bool,
        predicate: &crate::syntax::tree::Expr,
    ) -> Option<Rel> {
        let table = if nodes { &graph.nodes } else { &graph.edges };
        let columns = table.columns.clone();
        let cx = self.over(&columns);
        let predicate = self.condition(predicate, cx)?;
        let input = Box::new(table.clone());
        let kept = Rel { op: Op::Filter { input, predicate }, columns };
        let graph =
            if nodes { Graph { nodes: kept, ..graph } } else { Graph { edges: kept, ..graph } };
        Some(Rel { op: Op::Graph(Box::new(graph)), columns: Vec::new() })
    }
}

fn references(columns: &[Column], span: Span) -> Vec<Expr> {
    let columns = columns.iter().enumerate();
    columns.map(|(at, it)| node(ExprKind::Column(at), it.ty, span)).collect()
}

/// One relation of edges and nodes, as [`GraphShape`] says. The last column of `nodes` is the key.
fn joined(
    edges: &Rel,
    edge_columns: Vec<Expr>,
    ends: [Expr; 2],
    nodes: &Rel,
    node_extras: Vec<Expr>,
    span: Span,
) -> Rel {
    let mut edge_side = edge_columns;
    edge_side.extend(ends);
    let mut node_side = references(&nodes.columns, span);
    let key = node_side.pop();
    node_side.extend(node_extras);
    node_side.extend(key);
    let tag = |edge: bool| node(ExprKind::Literal(Value::Bool(edge)), Type::Bool, span);
    let nulls = |exprs: &[Expr]| -> Vec<Expr> {
        let null = |it: &Expr| {
            let null = match it.ty {
                Type::String => Value::String(String::new()),
                _ => Value::Null,
            };
            node(ExprKind::Literal(null), it.ty, span)
        };
        exprs.iter().map(null).collect()
    };
    let of_edges: Vec<Expr> = std::iter::once(tag(true))
        .chain(edge_side.iter().cloned())
        .chain(nulls(&node_side))
        .collect();
    let of_nodes: Vec<Expr> = std::iter::once(tag(false))
        .chain(nulls(&edge_side))
        .chain(node_side.iter().cloned())
        .collect();
    let columns: Vec<Column> =
        of_edges.iter().enumerate().map(|(at, it)| Column::new(format!("g{at}"), it.ty)).collect();
    let leg = |rel: &Rel, exprs: Vec<Expr>| Rel {
        op: Op::Project { input: Box::new(rel.clone()), exprs },
        columns: columns.clone(),
    };
    let inputs = vec![leg(edges, of_edges), leg(nodes, of_nodes)];
    Rel { op: Op::Union { inputs }, columns }
}
