//! `geo_union_polygons_array`, `geo_union_lines_array`: shapes of an array as one.

use std::collections::{HashMap, HashSet};

use kql::{function::Param, types::Type};
use serde_json::Value as Json;

use super::{
    super::types::DYNAMIC,
    intersects::{bounded, edges_of},
    kernel::{def, jsons_of},
    overlay::united,
    shape::{Polygon, lines, lines_json, polygons, polygons_json},
    sphere::{Point, angle, crossing, to_edge},
};
use crate::function_impl::{FunctionImpl, Lower};

const SAME: f64 = 1e-13;

pub(in super::super) const GEO_UNION_POLYGONS_ARRAY: FunctionImpl = FunctionImpl {
    def: def(
        "geo_union_polygons_array",
        &[Param::of("polygons", DYNAMIC)],
        Type::Dynamic,
        "The polygons of an array as one polygon or multipolygon; null when one of them is wrong.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        jsons_of(args, every_polygon, |polygons| Some(polygons_json(&united(polygons)?)))
    }),
};

pub(in super::super) const GEO_UNION_LINES_ARRAY: FunctionImpl = FunctionImpl {
    def: def(
        "geo_union_lines_array",
        &[Param::of("lines", DYNAMIC)],
        Type::Dynamic,
        "The lines of an array as one line or several, each part once; null when one is wrong.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        jsons_of(args, every_line, |lines| Some(lines_json(&united_lines(lines)?)))
    }),
};

/// The polygons of an array of shapes.
pub(super) fn every_polygon(json: &Json) -> Option<Vec<Polygon>> {
    let shapes: Vec<Vec<Polygon>> = json.as_array()?.iter().map(polygons).collect::<Option<_>>()?;
    let all: Vec<Polygon> = shapes.into_iter().flatten().collect();
    (!all.is_empty()).then_some(all)
}

fn every_line(json: &Json) -> Option<Vec<Vec<Point>>> {
    let shapes: Vec<Vec<Vec<Point>>> = json.as_array()?.iter().map(lines).collect::<Option<_>>()?;
    let all: Vec<Vec<Point>> = shapes.into_iter().flatten().collect();
    (!all.is_empty()).then_some(all)
}

/// Lines with each part once: cut where they meet, and joined where just two pieces do.
pub(super) fn united_lines(lines: &[Vec<Point>]) -> Option<Vec<Vec<Point>>> {
    if lines.len() == 1 {
        return Some(lines.to_vec());
    }
    let edges = edges_of(lines);
    bounded(&edges, &edges)?;
    let mut corners = Corners::default();
    let mut seen: HashSet<(usize, usize)> = HashSet::new();
    let mut pieces: Vec<[usize; 2]> = Vec::new();
    for [one, two] in &edges {
        let mut stops = vec![*one, *two];
        for edge in &edges {
            stops.extend(crossing([*one, *two], *edge));
            stops.extend(edge.iter().copied().filter(|it| to_edge(*it, *one, *two) < SAME));
        }
        stops.sort_by(|left, right| angle(*one, *left).total_cmp(&angle(*one, *right)));
        stops.dedup_by(|right, left| angle(*left, *right) < SAME);
        for step in stops.windows(2) {
            let (from, to) = (corners.number(step[0]), corners.number(step[1]));
            if from != to && seen.insert((from.min(to), from.max(to))) {
                pieces.push([from, to]);
            }
        }
    }
    Some(joined(&pieces, &corners.points))
}

/// Points by number; the same place has one number.
#[derive(Default)]
struct Corners {
    points: Vec<Point>,
    cells: HashMap<[i64; 3], Vec<usize>>,
}

impl Corners {
    fn number(&mut self, place: Point) -> usize {
        let cell = place.map(|it| (it * 1e9).round() as i64);
        for x in -1..=1 {
            for y in -1..=1 {
                for z in -1..=1 {
                    let near = [cell[0] + x, cell[1] + y, cell[2] + z];
                    let known = self.cells.get(&near).into_iter().flatten();
                    let same = |at: &&usize| angle(self.points[**at], place) < 1e-12;
                    if let Some(at) = known.copied().collect::<Vec<_>>().iter().find(same) {
                        return *at;
                    }
                }
            }
        }
        self.points.push(place);
        self.cells.entry(cell).or_default().push(self.points.len() - 1);
        self.points.len() - 1
    }
}

fn joined(pieces: &[[usize; 2]], points: &[Point]) -> Vec<Vec<Point>> {
    let mut at: HashMap<usize, Vec<usize>> = HashMap::new();
    for (number, piece) in pieces.iter().enumerate() {
        piece.iter().for_each(|it| at.entry(*it).or_default().push(number));
    }
    let mut used = vec![false; pieces.len()];
    let mut lines = Vec::new();
    // First lines that begin at an end or a fork, then the rings that remain.
    for ends in [true, false] {
        for (number, piece) in pieces.iter().enumerate() {
            for from in piece {
                let is_end = at.get(from).map_or(0, Vec::len) != 2;
                if used[number] || ends && !is_end {
                    continue;
                }
                let mut line = vec![*from];
                let (mut here, mut next) = (*from, Some(number));
                while let Some(number) = next {
                    used[number] = true;
                    let piece = pieces[number];
                    here = if piece[0] == here { piece[1] } else { piece[0] };
                    line.push(here);
                    let through = at.get(&here).filter(|it| it.len() == 2);
                    next = through.and_then(|it| it.iter().copied().find(|it| !used[*it]));
                }
                lines.push(line.into_iter().filter_map(|it| points.get(it).copied()).collect());
            }
        }
    }
    lines
}
