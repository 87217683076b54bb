//! Components of a graph, numbered in the order of their first nodes.

use super::Graph;
use crate::{error::EngineError, leash::Pace};

/// Nodes that edges join, whatever way they point.
pub(super) fn weak(graph: &Graph) -> Result<Vec<i64>, EngineError> {
    let mut pace = Pace::default();
    let mut parents: Vec<usize> = (0..graph.len()).collect();
    for (from, to) in &graph.ends {
        pace.check()?;
        let (one, two) = (root(&mut parents, *from as usize), root(&mut parents, *to as usize));
        if let Some(parent) = parents.get_mut(one.max(two)) {
            *parent = one.min(two);
        }
    }
    let roots: Vec<usize> = (0..graph.len()).map(|node| root(&mut parents, node)).collect();
    Ok(numbered(&roots))
}

fn root(parents: &mut [usize], node: usize) -> usize {
    let mut at = node;
    while let Some(parent) = parents.get(at).copied()
        && parent != at
    {
        let above = parents.get(parent).copied().unwrap_or(parent);
        if let Some(place) = parents.get_mut(at) {
            *place = above;
        }
        at = above;
    }
    at
}

/// Nodes that reach each other along the edges: a walk forth notes the order in which nodes are
/// done, a walk back in the reverse of that order collects a component each.
pub(super) fn strong(graph: &Graph) -> Result<Vec<i64>, EngineError> {
    let mut pace = Pace::default();
    let count = graph.len();
    let mut seen = vec![false; count];
    let mut done = Vec::with_capacity(count);
    for start in 0..count {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let mut stack = vec![(start, 0)];
        while let Some((node, next)) = stack.pop() {
            pace.check()?;
            let edge = graph.leaving.get(node).and_then(|it| it.get(next));
            let Some((_, to)) = edge.and_then(|it| graph.ends.get(*it as usize)) else {
                done.push(node);
                continue;
            };
            stack.push((node, next + 1));
            let to = *to as usize;
            if !std::mem::replace(&mut seen[to], true) {
                stack.push((to, 0));
            }
        }
    }
    let mut component = vec![usize::MAX; count];
    for start in done.into_iter().rev() {
        if component[start] != usize::MAX {
            continue;
        }
        component[start] = start;
        let mut stack = vec![start];
        while let Some(node) = stack.pop() {
            pace.check()?;
            for edge in graph.reaching.get(node).into_iter().flatten() {
                let Some((from, _)) = graph.ends.get(*edge as usize) else { continue };
                let from = *from as usize;
                if component[from] == usize::MAX {
                    component[from] = start;
                    stack.push(from);
                }
            }
        }
    }
    Ok(numbered(&component))
}

fn numbered(groups: &[usize]) -> Vec<i64> {
    let mut numbers = std::collections::HashMap::new();
    groups
        .iter()
        .map(|group| {
            let next = i64::try_from(numbers.len()).unwrap_or(i64::MAX);
            *numbers.entry(*group).or_insert(next)
        })
        .collect()
}
