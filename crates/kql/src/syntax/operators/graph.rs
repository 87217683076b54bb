//! The graph operators: `make-graph`, `graph-match`, `graph-shortest-paths`,
//! `graph-mark-components`, `graph-to-table`, `graph-where-nodes`, `graph-where-edges`.

use crate::{codes, types::Type, value::Value};

use super::{Expr, Name, Named, Operator, Parser, TokenKind};

/// The body of a `make-graph`.
#[derive(Clone, Debug, PartialEq)]
pub struct MakeGraph {
    /// The column an edge comes from.
    pub source: Name,
    /// The column it goes to.
    pub target: Name,
    /// Tables of nodes with their key columns.
    pub nodes: Vec<(Expr, Name)>,
    /// The column of the node's key, where no table describes the nodes.
    pub node_id: Option<Name>,
    /// `partitioned-by`: a graph for each value of a column.
    pub partitioned: Option<Name>,
    /// What is done to each of them.
    pub body: Vec<Operator>,
}

/// The body of a `graph-match` or `graph-shortest-paths`.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphMatch {
    /// The value of `cycles` or `output`.
    pub mode: Option<Name>,
    /// The patterns; a node named in several is one node.
    pub patterns: Vec<GraphPattern>,
    /// Which matches are kept.
    pub predicate: Option<Expr>,
    /// What comes out.
    pub project: Vec<Named>,
}

/// Nodes with edges between them: one more node than edges.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphPattern {
    /// The nodes, named or not.
    pub nodes: Vec<Option<Name>>,
    /// The edges between them.
    pub edges: Vec<GraphEdge>,
}

/// An edge of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphEdge {
    /// Its name.
    pub name: Option<Name>,
    /// Which way it points.
    pub direction: Direction,
    /// Least and most edges of a path; none is one edge.
    pub hops: Option<(u32, u32)>,
}

/// Which way an edge of a pattern points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the left node to the right.
    Forth,
    /// From the right node to the left.
    Back,
    /// Either.
    Either,
}

/// The body of a `graph-mark-components`.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphComponents {
    /// Follows the direction of the edges.
    pub strong: bool,
    /// The column of the component's number.
    pub name: Option<Name>,
}

/// One table of a `graph-to-table`.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphTable {
    /// `nodes`, else `edges`.
    pub nodes: bool,
    /// The name it gets.
    pub name: Option<Name>,
    /// Columns that hold the node's number, or those of the edge's ends.
    pub ids: Vec<(Name, Name)>,
}

impl Parser<'_> {
    /// After `make-graph`.
    pub(super) fn make_graph(&mut self) -> Option<MakeGraph> {
        self.options()?;
        let source = self.name("the column of an edge's source")?;
        for sign in ["-", "-", ">"] {
            self.expect_sign(sign)?;
        }
        let target = self.name("the column of an edge's target")?;
        let mut graph = MakeGraph {
            source,
            target,
            nodes: Vec::new(),
            node_id: None,
            partitioned: None,
            body: Vec::new(),
        };
        if self.at_word("with_node_id") {
            self.bump();
            self.expect_sign("=")?;
            graph.node_id = Some(self.name("a column name")?);
        } else if self.take_word("with") {
            graph.nodes = self.commas(|it| {
                let table = it.table()?;
                it.expect_word("on")?;
                Some((table, it.name("the column of the node's key")?))
            })?;
        }
        if self.at_word("partitioned") && self.sign_ahead(1, "-") {
            for _ in 0..3 {
                self.bump();
            }
            graph.partitioned = Some(self.name("a column")?);
            self.expect_sign("(")?;
            graph.body = self.nested(|it| {
                let mut body = vec![it.operator()?];
                while it.take_sign("|") {
                    body.push(it.operator()?);
                }
                Some(body)
            })?;
            self.expect_sign(")")?;
        }
        Some(graph)
    }

    /// After `graph-match` (option `cycles`) or `graph-shortest-paths` (option `output`).
    pub(super) fn graph_match(&mut self, option: &str) -> Option<GraphMatch> {
        let mut mode = None;
        if self.at_word(option) && self.sign_ahead(1, "=") {
            self.bump();
            self.bump();
            mode = Some(self.loose_name("a kind")?);
        }
        let patterns = self.commas(Self::graph_pattern)?;
        let predicate = if self.take_word("where") { Some(self.expression()?) } else { None };
        let project =
            if self.take_word("project") { self.commas(Self::named)? } else { Vec::new() };
        Some(GraphMatch { mode, patterns, predicate, project })
    }

    fn graph_pattern(&mut self) -> Option<GraphPattern> {
        let mut pattern = GraphPattern { nodes: vec![self.graph_node()?], edges: Vec::new() };
        while self.at_sign("-") || self.at_sign("<") {
            pattern.edges.push(self.graph_edge()?);
            pattern.nodes.push(self.graph_node()?);
        }
        Some(pattern)
    }

    #[expect(clippy::option_option, reason = "whether it is right, and whether it is named")]
    fn graph_node(&mut self) -> Option<Option<Name>> {
        self.expect_sign("(")?;
        if self.take_sign(")") {
            return Some(None);
        }
        let name = self.name("a node's name")?;
        self.expect_sign(")")?;
        Some(Some(name))
    }

    fn graph_edge(&mut self) -> Option<GraphEdge> {
        let back = self.take_sign("<");
        self.expect_sign("-")?;
        let (mut name, mut hops) = (None, None);
        if self.take_sign("[") {
            if self.word().is_some() || self.at_sign("[") {
                name = Some(self.name("an edge's name")?);
            }
            if self.take_sign("*") {
                hops = Some(self.hops()?);
            }
            self.expect_sign("]")?;
        }
        self.expect_sign("-")?;
        let forth = self.take_sign(">");
        let direction = match (back, forth) {
            (true, false) => Direction::Back,
            (false, true) => Direction::Forth,
            _ => Direction::Either,
        };
        Some(GraphEdge { name, direction, hops })
    }

    /// `1..5`, `3`.
    fn hops(&mut self) -> Option<(u32, u32)> {
        let least = if self.at_sign("..") { 1 } else { self.hop_count()? };
        let most = if self.take_sign("..") { self.hop_count()? } else { least };
        if least > most {
            return self.error(codes::OPTION, self.here(), "the least hops are more than the most");
        }
        Some((least, most))
    }

    fn hop_count(&mut self) -> Option<u32> {
        let TokenKind::Literal(Value::Long(count), Type::Long) = *self.kind() else {
            return self.expected("a number of hops");
        };
        let Ok(count) = u32::try_from(count) else {
            return self.expected("a number of hops");
        };
        self.bump();
        Some(count)
    }

    /// After `graph-mark-components`.
    pub(super) fn graph_components(&mut self) -> Option<GraphComponents> {
        let mut components = GraphComponents { strong: false, name: None };
        loop {
            match self.word() {
                Some("kind") if self.sign_ahead(1, "=") => {
                    self.bump();
                    self.bump();
                    components.strong = match self.word() {
                        Some("weak") => false,
                        Some("strong") => true,
                        _ => return self.expected("`weak` or `strong`"),
                    };
                    self.bump();
                }
                Some("with_component_id") => {
                    self.bump();
                    self.expect_sign("=")?;
                    components.name = Some(self.name("a column name")?);
                }
                _ => return Some(components),
            }
        }
    }

    /// After `graph-to-table`.
    pub(super) fn graph_to_table(&mut self) -> Option<Vec<GraphTable>> {
        self.commas(|it| {
            let nodes = it.take_word("nodes");
            if !nodes {
                it.expect_word("edges")?;
            }
            let mut table = GraphTable { nodes, name: None, ids: Vec::new() };
            loop {
                match it.word() {
                    Some("as") => {
                        it.bump();
                        table.name = Some(it.name("a name")?);
                    }
                    Some("with_node_id" | "with_source_id" | "with_target_id")
                        if it.sign_ahead(1, "=") =>
                    {
                        let option = it.loose_name("an option")?;
                        it.bump();
                        table.ids.push((option, it.name("a column name")?));
                    }
                    _ => return Some(table),
                }
            }
        })
    }
}
