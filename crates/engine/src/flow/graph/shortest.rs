//! Shortest paths from a node: a walk in rings, which notes every edge by which a ring is reached.

use std::collections::HashMap;

use datafusion::common::Result;
use kql::{syntax::tree::Direction, work::Hop};

use super::{
    Graph,
    search::{Passing, Way},
};
use crate::{error::EngineError, leash::Pace};

/// Paths of one pair of ends, at most.
const MOST_PATHS: usize = 10_000;

/// What is looked for.
pub(super) struct Ask<'a> {
    pub(super) start: u32,
    pub(super) hop: Hop,
    /// From the right end of the hop to the left.
    pub(super) back: bool,
    pub(super) edges: &'a Passing,
    pub(super) ends: &'a Passing,
    /// The other end, when it is settled.
    pub(super) fixed: Option<u32>,
    /// All paths of a pair, not any one.
    pub(super) all: bool,
}

/// A node, and how many of the edges that a path needs at least lead there.
type Place = (u32, u32);

/// How a place was reached: how far it is, and by which edges from which places.
struct Reached {
    far: u32,
    by: Vec<(u32, Place)>,
}

/// The shortest paths to every end.
pub(super) fn paths(
    graph: &Graph,
    ask: &Ask<'_>,
    steps: &mut u64,
    most_steps: u64,
) -> Result<Vec<(u32, Way)>> {
    let (least, most) = ask.hop.hops.unwrap_or((1, 1));
    let least = least.max(1);
    let outward = ask.hop.direction == Direction::Either
        || (ask.hop.direction == Direction::Forth) != ask.back;
    let inward = ask.hop.direction == Direction::Either
        || (ask.hop.direction == Direction::Back) != ask.back;
    let mut reached: HashMap<Place, Reached> = HashMap::new();
    let mut order = Vec::new();
    let mut pace = Pace::default();
    let mut ring: Vec<Place> = vec![(ask.start, 0)];
    for far in 1..=most {
        let mut next = Vec::new();
        for place in &ring {
            for leaving in [true, false] {
                if leaving && !outward || !leaving && !inward {
                    continue;
                }
                let lists = if leaving { &graph.leaving } else { &graph.reaching };
                for edge in lists.get(place.0 as usize).into_iter().flatten() {
                    *steps += 1;
                    pace.check()?;
                    if *steps > most_steps {
                        return Err(EngineError::refused(format!(
                            "the search in the graph takes more than {most_steps} steps"
                        ))
                        .into());
                    }
                    let Some((from, to)) = graph.ends.get(*edge as usize) else { continue };
                    let other = if leaving { *to } else { *from };
                    if !ask.edges.has(*edge) || other == ask.start {
                        continue;
                    }
                    let there = (other, far.min(least));
                    match reached.get_mut(&there) {
                        None => {
                            let by = vec![(*edge, *place)];
                            reached.insert(there, Reached { far, by });
                            next.push(there);
                            order.push(there);
                        }
                        // a path of several edges may need another way than the first
                        Some(known) if known.far == far && (ask.all || least > 1) => {
                            known.by.push((*edge, *place));
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        let found = ask.fixed.is_some_and(|it| reached.contains_key(&(it, least)));
        if next.is_empty() || found {
            break;
        }
        ring = next;
    }
    let mut found = Vec::new();
    for end in order {
        let is_end = ask.fixed.is_none_or(|it| it == end.0) && ask.ends.has(end.0);
        if !is_end || end.1 < least {
            continue;
        }
        pace.check()?;
        let before = found.len();
        let most = before + if ask.all { MOST_PATHS } else { 1 };
        let mut way = Way::default();
        back_to_start(&reached, ask, end.0, end, &mut way, &mut found, most);
        if ask.all && found.len() >= most {
            return Err(EngineError::refused(format!(
                "two nodes have more than {MOST_PATHS} shortest paths"
            ))
            .into());
        }
    }
    Ok(found)
}

/// Collects the ways that end in a node, walking them from their end.
fn back_to_start(
    reached: &HashMap<Place, Reached>,
    ask: &Ask<'_>,
    end: u32,
    place: Place,
    way: &mut Way,
    found: &mut Vec<(u32, Way)>,
    most: usize,
) {
    if place == (ask.start, 0) {
        let mut way = way.clone();
        // the nodes noted are those before each edge; the first of the way is the start itself
        way.inner.pop();
        if !ask.back {
            way.edges.reverse();
            way.inner.reverse();
        }
        found.push((end, way));
        return;
    }
    let Some(known) = reached.get(&place) else { return };
    for (edge, before) in &known.by {
        if found.len() >= most {
            return;
        }
        if way.edges.contains(edge) {
            continue;
        }
        way.edges.push(*edge);
        way.inner.push(before.0);
        back_to_start(reached, ask, end, *before, way, found, most);
        way.inner.pop();
        way.edges.pop();
    }
}
