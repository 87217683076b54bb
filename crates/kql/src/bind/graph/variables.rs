//! The nodes and edges that a pattern names, and what an expression asks of them.
//!
//! `a.Name`, `map(path, Column)` and the like become columns of the match. Here they are found in
//! the syntax tree and given hidden names; `matching` binds them.

use crate::{
    diagnostic::Span,
    syntax::tree::{Expr, ExprKind, GraphPattern, Step},
    types::Type,
    value::Value,
    work::Hop,
};

use super::super::rewrite::{hidden_name, rewritten};

/// The functions that only mean something of a match.
const FUNCTIONS: &[&str] =
    &["all", "any", "inner_nodes", "labels", "map", "node_degree_in", "node_degree_out", "node_id"];

/// The variables of a pattern.
#[derive(Default)]
pub(super) struct Variables {
    /// Names of the nodes; unnamed ones are empty.
    pub(super) nodes: Vec<String>,
    /// Names of the edges.
    pub(super) edges: Vec<String>,
    /// The edges.
    pub(super) hops: Vec<Hop>,
}

/// What an expression asks of a match.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Want {
    /// `a.Column`
    Node(usize, String),
    /// `a`
    WholeNode(usize),
    /// `e.Column`, an array for a path
    Edge(usize, String),
    /// `e`, an array for a path
    WholeEdge(usize),
    /// `array_length(e)`
    Length(usize),
    /// `map(e, x)`, `all(inner_nodes(e), x)`, …
    Fold { fold: Fold, hop: usize, inner: bool, value: Expr },
    /// `inner_nodes(e)`
    Inner(usize),
    /// `node_degree_in(a)`
    DegreeIn(usize),
    /// `node_degree_out(a)`
    DegreeOut(usize),
    /// `node_id(a)`
    Key(usize),
}

/// What is made of the elements of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    Map,
    All,
    Any,
}

/// Something a pattern repeats in a way that means nothing.
pub(super) struct Repeated(pub(super) String, pub(super) Span);

/// A variable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Variable {
    Node(usize),
    Edge(usize),
}

impl Variables {
    /// The variables of patterns.
    pub(super) fn of(patterns: &[GraphPattern]) -> Result<Self, Repeated> {
        let mut it = Self::default();
        for pattern in patterns {
            let mut places = Vec::with_capacity(pattern.nodes.len());
            for node in &pattern.nodes {
                let known = node
                    .as_ref()
                    .and_then(|name| it.nodes.iter().position(|known| *known == name.text));
                places.push(known.unwrap_or_else(|| {
                    it.nodes.push(node.as_ref().map(|it| it.text.clone()).unwrap_or_default());
                    it.nodes.len() - 1
                }));
            }
            for (ends, edge) in places.windows(2).zip(&pattern.edges) {
                let &[left, right] = ends else { continue };
                if let Some(name) = &edge.name
                    && (it.edges.contains(&name.text) || it.nodes.contains(&name.text))
                {
                    return Err(Repeated(name.text.clone(), name.span));
                }
                it.edges.push(edge.name.as_ref().map(|it| it.text.clone()).unwrap_or_default());
                let (direction, hops) = (edge.direction, edge.hops);
                it.hops.push(Hop { left, right, direction, hops });
            }
        }
        Ok(it)
    }

    /// True for an edge variable that stands for a path.
    pub(super) fn is_path(&self, hop: usize) -> bool {
        self.hops.get(hop).is_some_and(|it| it.hops.is_some())
    }

    fn named(&self, name: &str) -> Option<Variable> {
        if name.is_empty() {
            return None;
        }
        if let Some(at) = self.nodes.iter().position(|it| it == name) {
            return Some(Variable::Node(at));
        }
        self.edges.iter().position(|it| it == name).map(Variable::Edge)
    }

    /// The variable an expression names.
    fn variable(&self, expr: &Expr) -> Option<Variable> {
        match &expr.kind {
            ExprKind::Name(name) => self.named(name),
            _ => None,
        }
    }

    /// Which variables an expression uses.
    pub(super) fn used(&self, expr: &Expr) -> Vec<Variable> {
        let mut used = Vec::new();
        rewritten(expr, &mut |it| {
            if let Some(variable) = self.variable(it)
                && !used.contains(&variable)
            {
                used.push(variable);
            }
            None
        });
        used
    }

    /// The path and whether its inner nodes are meant: `e`, `inner_nodes(e)`.
    fn elements(&self, expr: &Expr) -> Option<(usize, bool)> {
        if let Some(Variable::Edge(hop)) = self.variable(expr) {
            return Some((hop, false));
        }
        match &expr.kind {
            ExprKind::Call { name, args } if name.text == "inner_nodes" => match args.as_slice() {
                [arg] => match self.variable(&arg.value)? {
                    Variable::Edge(hop) => Some((hop, true)),
                    Variable::Node(_) => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// `all(e, predicate)` with a predicate that every edge of a path must meet.
    pub(super) fn every_edge<'e>(&self, expr: &'e Expr) -> Option<(usize, &'e Expr)> {
        let ExprKind::Call { name, args } = &expr.kind else { return None };
        match (name.text.as_str(), args.as_slice()) {
            ("all", [of, test]) => match self.elements(&of.value)? {
                (hop, false) => Some((hop, &test.value)),
                _ => None,
            },
            _ => None,
        }
    }

    fn want(&self, expr: &Expr) -> Option<Want> {
        match &expr.kind {
            ExprKind::Name(name) => match self.named(name)? {
                Variable::Node(at) => Some(Want::WholeNode(at)),
                Variable::Edge(at) => Some(Want::WholeEdge(at)),
            },
            ExprKind::Call { name, args } => match (name.text.as_str(), args.as_slice()) {
                (fold @ ("map" | "all" | "any"), [of, value]) => {
                    let (hop, inner) = self.elements(&of.value)?;
                    let fold = match fold {
                        "map" => Fold::Map,
                        "all" => Fold::All,
                        _ => Fold::Any,
                    };
                    Some(Want::Fold { fold, hop, inner, value: value.value.clone() })
                }
                ("inner_nodes", [_]) => Some(Want::Inner(self.elements(expr)?.0)),
                ("array_length", [of]) => match self.variable(&of.value)? {
                    Variable::Edge(hop) => Some(Want::Length(hop)),
                    Variable::Node(_) => None,
                },
                (function, [of]) => {
                    let Variable::Node(at) = self.variable(&of.value)? else { return None };
                    match function {
                        "node_degree_in" => Some(Want::DegreeIn(at)),
                        "node_degree_out" => Some(Want::DegreeOut(at)),
                        "node_id" => Some(Want::Key(at)),
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// A graph function that asks for no variable of the pattern.
    pub(super) fn misused(settled: &Expr) -> Option<(String, Span)> {
        let mut found = None;
        rewritten(settled, &mut |it| {
            if let ExprKind::Call { name, .. } = &it.kind
                && FUNCTIONS.contains(&name.text.as_str())
            {
                found.get_or_insert((name.text.clone(), it.span));
            }
            None
        });
        found
    }

    /// The expression with hidden names in place of what it asks of the match.
    pub(super) fn settled(&self, expr: &Expr, wants: &mut Vec<Want>) -> Expr {
        rewritten(expr, &mut |it| {
            if let ExprKind::Call { name, args } = &it.kind
                && let ("labels", [of]) = (name.text.as_str(), args.as_slice())
                && self.variable(&of.value).is_some()
            {
                // graphs made of tables have no labels
                let kind = ExprKind::Literal(Value::Null, Type::Dynamic);
                return Some(Expr { kind, span: it.span });
            }
            let (want, rest) = match &it.kind {
                ExprKind::Path { base, steps } => match (self.variable(base)?, steps.as_slice()) {
                    (Variable::Node(at), [Step::Member(name), rest @ ..]) => {
                        (Want::Node(at, name.text.clone()), rest)
                    }
                    (Variable::Edge(at), [Step::Member(name), rest @ ..]) => {
                        (Want::Edge(at, name.text.clone()), rest)
                    }
                    _ => return None,
                },
                _ => (self.want(it)?, &[] as &[Step]),
            };
            let at = wants.iter().position(|it| *it == want).unwrap_or_else(|| {
                wants.push(want);
                wants.len() - 1
            });
            let name = Expr { kind: ExprKind::Name(hidden_name(at)), span: it.span };
            if rest.is_empty() {
                return Some(name);
            }
            let kind = ExprKind::Path { base: Box::new(name), steps: rest.to_vec() };
            Some(Expr { kind, span: it.span })
        })
    }

    /// The expression over the columns of the one variable it uses: `a.Name` is `Name`.
    pub(super) fn bare(&self, expr: &Expr) -> Expr {
        rewritten(expr, &mut |it| {
            let ExprKind::Path { base, steps } = &it.kind else { return None };
            self.variable(base)?;
            let [Step::Member(name), rest @ ..] = steps.as_slice() else { return None };
            let column = Expr { kind: ExprKind::Name(name.text.clone()), span: it.span };
            if rest.is_empty() {
                return Some(column);
            }
            let kind = ExprKind::Path { base: Box::new(column), steps: rest.to_vec() };
            Some(Expr { kind, span: it.span })
        })
    }

    /// True when an expression asks only for columns of variables: nothing of their place in the
    /// graph.
    pub(super) fn asks_columns_only(&self, expr: &Expr) -> bool {
        let mut wants = Vec::new();
        self.settled(expr, &mut wants);
        wants.iter().all(|it| matches!(it, Want::Node(..) | Want::Edge(..)))
    }
}
