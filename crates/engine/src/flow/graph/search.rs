//! The search for matches: hop by hop, depth first, from whichever end of a hop is known.
//!
//! A batch of matches is looked for at a time, each run of the search beginning at the next node
//! that may be the first. Steps and matches are counted, so that a pattern that fits everywhere ends
//! in an error and not in a week.

use std::{collections::HashSet, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, AsArray, RecordBatch},
        datatypes::SchemaRef,
    },
    common::Result,
    error::DataFusionError,
};
use kql::{
    syntax::tree::Direction,
    work::{Cycles, Hop, Match},
};

use super::{Graph, shortest, view::View};
use crate::{
    error::EngineError,
    flow::{BATCH, gather::Run},
    leash::{self, Held, Pace},
};

/// Edges looked at, at most.
const MOST_STEPS: u64 = 20_000_000;
/// Matches, at most.
const MOST_MATCHES: usize = 1_000_000;
/// Edges and nodes on the paths of the matches of one batch, at most.
const MOST_HELD: usize = 16 << 20;

/// Which nodes or edges pass a test.
pub(super) struct Passing(Option<Vec<bool>>);

impl Passing {
    pub(super) fn has(&self, at: u32) -> bool {
        self.0.as_ref().is_none_or(|it| it.get(at as usize).copied().unwrap_or(false))
    }

    fn count(&self, all: usize) -> usize {
        self.0.as_ref().map_or(all, |it| it.iter().filter(|it| **it).count())
    }
}

/// The way of a hop: edges and the nodes between them, from its left node to its right.
#[derive(Clone, Default)]
pub(super) struct Way {
    pub(super) edges: Vec<u32>,
    pub(super) inner: Vec<u32>,
}

/// A match.
pub(super) struct Found {
    pub(super) nodes: Vec<u32>,
    pub(super) ways: Vec<Way>,
}

/// The search at work.
pub(super) struct Searching {
    graph: Graph,
    what: Match,
    schema: SchemaRef,
    node_tests: Vec<Passing>,
    edge_tests: Vec<Passing>,
    /// The variable that the search begins with, and the next node for it.
    first: usize,
    next: u32,
    steps: u64,
    pace: Pace,
    matches: usize,
}

/// What is settled on the way to a match.
struct Partial {
    nodes: Vec<Option<u32>>,
    ways: Vec<Way>,
    edges: HashSet<u32>,
    visited: Vec<u32>,
    found: Vec<Found>,
    held: usize,
    counted: Option<Held>,
}

impl Searching {
    pub(super) fn new(graph: Graph, what: Match, schema: SchemaRef) -> Result<Self> {
        let wrong = || DataFusionError::Internal("a test in a graph is no bool".to_owned());
        let mut node_tests: Vec<Passing> = (0..what.nodes).map(|_| Passing(None)).collect();
        let mut edge_tests: Vec<Passing> = what.hops.iter().map(|_| Passing(None)).collect();
        let narrow = |tests: &mut Vec<Passing>, at: usize, column: Option<&Arc<dyn Array>>| {
            let column = column.and_then(|it| it.as_boolean_opt()).ok_or_else(wrong)?;
            let truth = (0..column.len()).map(|row| column.is_valid(row) && column.value(row));
            let truth: Vec<bool> = truth.collect();
            let test = tests.get_mut(at).ok_or_else(wrong)?;
            test.0 = Some(match test.0.take() {
                None => truth,
                Some(known) => known.iter().zip(truth).map(|(one, two)| *one && two).collect(),
            });
            Ok::<(), DataFusionError>(())
        };
        for (at, column) in &what.node_tests {
            narrow(&mut node_tests, *at, graph.nodes.get(*column))?;
        }
        for (at, column) in &what.edge_tests {
            narrow(&mut edge_tests, *at, graph.edges.get(*column))?;
        }
        // the end of the first hop that fewer nodes may be
        let first = match what.hops.first() {
            Some(hop) => {
                let count = |at: usize| node_tests.get(at).map_or(0, |it| it.count(graph.len()));
                if count(hop.right) < count(hop.left) { hop.right } else { hop.left }
            }
            None => 0,
        };
        Ok(Self {
            graph,
            what,
            schema,
            node_tests,
            edge_tests,
            first,
            next: 0,
            steps: 0,
            pace: Pace::default(),
            matches: 0,
        })
    }

    fn may_be(&self, variable: usize, node: u32) -> bool {
        self.node_tests.get(variable).is_some_and(|it| it.has(node))
    }

    fn count_step(&mut self) -> Result<()> {
        self.steps += 1;
        self.pace.check()?;
        if self.steps > MOST_STEPS {
            return Err(EngineError::refused(format!(
                "the search in the graph takes more than {MOST_STEPS} steps; say more about its \
                 nodes and edges in `where`, or allow fewer hops"
            ))
            .into());
        }
        Ok(())
    }

    /// Goes on with a hop, all before it being settled.
    fn hop(&mut self, at: usize, partial: &mut Partial) -> Result<()> {
        let Some(hop) = self.what.hops.get(at).copied() else {
            return self.rest(partial);
        };
        let ends = |it: usize| partial.nodes.get(it).copied().flatten();
        match (ends(hop.left), ends(hop.right)) {
            (Some(left), _) => self.walk(at, hop, false, left, partial),
            (None, Some(right)) => self.walk(at, hop, true, right, partial),
            (None, None) => {
                for node in 0..u32::try_from(self.graph.len()).unwrap_or(u32::MAX) {
                    self.count_step()?;
                    if self.may_be(hop.left, node) {
                        self.settle(hop.left, node, partial, |it, partial| it.hop(at, partial))?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Settles a variable for as long as `then` runs.
    fn settle(
        &mut self,
        variable: usize,
        node: u32,
        partial: &mut Partial,
        then: impl FnOnce(&mut Self, &mut Partial) -> Result<()>,
    ) -> Result<()> {
        if self.what.cycles == Cycles::None && partial.nodes.contains(&Some(node)) {
            return Ok(());
        }
        if let Some(place) = partial.nodes.get_mut(variable) {
            *place = Some(node);
        }
        then(self, partial)?;
        if let Some(place) = partial.nodes.get_mut(variable) {
            *place = None;
        }
        Ok(())
    }

    /// Walks a hop from one of its ends.
    fn walk(
        &mut self,
        at: usize,
        hop: Hop,
        back: bool,
        start: u32,
        partial: &mut Partial,
    ) -> Result<()> {
        if hop.hops.is_some() && self.what.shortest.is_some() {
            let target = if back { hop.left } else { hop.right };
            let empty = Passing(None);
            let edges = self.edge_tests.get(at).unwrap_or(&empty);
            let fixed = partial.nodes.get(target).copied().flatten();
            let ends = self.node_tests.get(target).unwrap_or(&empty);
            let all = self.what.shortest == Some(kql::work::Shortest::All);
            let paths = shortest::paths(
                &self.graph,
                &shortest::Ask { start, hop, back, edges, ends, fixed, all },
                &mut self.steps,
                MOST_STEPS,
            )?;
            for (end, way) in paths {
                self.with_way(at, target, end, way, partial)?;
            }
            return Ok(());
        }
        let mut way = Way::default();
        self.forth(at, hop, back, start, &mut way, partial)
    }

    /// Takes a finished way, and goes on with the next hop.
    fn with_way(
        &mut self,
        at: usize,
        target: usize,
        end: u32,
        way: Way,
        partial: &mut Partial,
    ) -> Result<()> {
        let known = partial.nodes.get(target).copied().flatten();
        if known.is_some_and(|it| it != end) || !self.may_be(target, end) {
            return Ok(());
        }
        if let Some(place) = partial.ways.get_mut(at) {
            *place = way;
        }
        match known {
            Some(_) => self.hop(at + 1, partial),
            None => self.settle(target, end, partial, |it, partial| it.hop(at + 1, partial)),
        }
    }

    /// One more edge of a way, or its end.
    fn forth(
        &mut self,
        at: usize,
        hop: Hop,
        back: bool,
        node: u32,
        way: &mut Way,
        partial: &mut Partial,
    ) -> Result<()> {
        let (least, most) = hop.hops.unwrap_or((1, 1));
        let (least, most) = (least as usize, most as usize);
        let target = if back { hop.left } else { hop.right };
        let length = way.edges.len();
        if length >= least {
            let mut finished = way.clone();
            finished.inner.truncate(length.saturating_sub(1));
            if back {
                finished.edges.reverse();
                finished.inner.reverse();
            }
            self.with_way(at, target, node, finished, partial)?;
        }
        if length >= most {
            return Ok(());
        }
        let outward =
            hop.direction == Direction::Either || (hop.direction == Direction::Forth) != back;
        let inward =
            hop.direction == Direction::Either || (hop.direction == Direction::Back) != back;
        for leaving in [true, false] {
            if leaving && !outward || !leaving && !inward {
                continue;
            }
            for nth in 0.. {
                let lists = if leaving { &self.graph.leaving } else { &self.graph.reaching };
                let edge = lists.get(node as usize).and_then(|it| it.get(nth)).copied();
                let Some(edge) = edge else { break };
                self.count_step()?;
                let Some((from, to)) = self.graph.ends.get(edge as usize).copied() else {
                    continue;
                };
                let other = if leaving { to } else { from };
                if !self.edge_tests.get(at).is_some_and(|it| it.has(edge)) {
                    continue;
                }
                match self.what.cycles {
                    Cycles::All => {}
                    Cycles::UniqueEdges => {
                        if partial.edges.contains(&edge) {
                            continue;
                        }
                    }
                    Cycles::None => {
                        let ends_here = partial.nodes.get(target).copied().flatten();
                        let met = partial.visited.contains(&other)
                            || partial.nodes.contains(&Some(other)) && ends_here != Some(other);
                        if met || other == node {
                            continue;
                        }
                    }
                }
                way.edges.push(edge);
                way.inner.push(other);
                partial.edges.insert(edge);
                partial.visited.push(other);
                self.forth(at, hop, back, other, way, partial)?;
                partial.visited.pop();
                if self.what.cycles == Cycles::UniqueEdges {
                    partial.edges.remove(&edge);
                }
                way.inner.pop();
                way.edges.pop();
            }
        }
        Ok(())
    }

    /// All hops are settled; nodes that stand alone may be any.
    fn rest(&mut self, partial: &mut Partial) -> Result<()> {
        if let Some(alone) = partial.nodes.iter().position(Option::is_none) {
            for node in 0..u32::try_from(self.graph.len()).unwrap_or(u32::MAX) {
                self.count_step()?;
                if self.may_be(alone, node) {
                    self.settle(alone, node, partial, Self::rest)?;
                }
            }
            return Ok(());
        }
        self.matches += 1;
        let on_ways: usize = partial.ways.iter().map(|it| it.edges.len() * 2).sum();
        partial.held += on_ways + partial.nodes.len();
        if self.matches > MOST_MATCHES || partial.held > MOST_HELD {
            return Err(EngineError::refused(format!(
                "the pattern has more than {MOST_MATCHES} matches; say more about its nodes and \
                 edges in `where`"
            ))
            .into());
        }
        if let Some(counted) = &mut partial.counted {
            let ways = partial.ways.len() * size_of::<Way>();
            counted.grow(size_of::<Found>() + 4 * (on_ways + partial.nodes.len()) + ways)?;
        }
        let nodes = partial.nodes.iter().copied().flatten().collect();
        partial.found.push(Found { nodes, ways: partial.ways.clone() });
        Ok(())
    }
}

impl Run for Searching {
    fn next(&mut self) -> Result<Option<RecordBatch>> {
        let mut partial = Partial {
            nodes: vec![None; self.what.nodes],
            ways: vec![Way::default(); self.what.hops.len()],
            edges: HashSet::new(),
            visited: Vec::new(),
            found: Vec::new(),
            held: 0,
            counted: leash::hold(0)?,
        };
        while partial.found.len() < BATCH && (self.next as usize) < self.graph.len() {
            let node = self.next;
            self.next += 1;
            if self.may_be(self.first, node) {
                let first = self.first;
                self.settle(first, node, &mut partial, |it, partial| it.hop(0, partial))?;
            }
        }
        if partial.found.is_empty() {
            return Ok(None);
        }
        let view = View { graph: &self.graph, found: &partial.found };
        view.batch(&self.what, &self.schema).map(Some)
    }

    fn size(&self) -> usize {
        self.graph.bytes()
    }
}
