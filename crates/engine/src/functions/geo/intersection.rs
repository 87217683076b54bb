//! What shapes share: `geo_intersection_2lines`, `geo_intersection_line_with_polygon`,
//! `geo_intersection_2polygons`. Where they only touch that is a point.

use kql::types::Type;
use serde_json::{Value as Json, json};

use super::{
    intersects::{boundary, bounded, edges_of},
    kernel::{LINE, POLYGON, def, jsons_of_two},
    overlay::{shared, united},
    shape::{Polygon, collection, lines, lines_json, point_json, polygons, polygons_json},
    sphere::{Point, angle, between, crossing, to_edge},
};
use crate::function_impl::{FunctionImpl, Lower};

/// Closer than this, in radians, is the same.
const SAME: f64 = 1e-13;

pub(in super::super) const GEO_INTERSECTION_2LINES: FunctionImpl = FunctionImpl {
    def: def(
        "geo_intersection_2lines",
        &[LINE, LINE],
        Type::Dynamic,
        "What lines share: points, lines or both.",
        &[(
            "geo_intersection_2lines(dynamic({'type':'LineString','coordinates':[[0,0],[1,1]]}), \
             dynamic({'type':'LineString','coordinates':[[3,3],[4,4]]}))",
            "{\"type\":\"GeometryCollection\",\"geometries\":[]}",
        )],
    ),
    lower: Lower::Rows(|args| jsons_of_two(args, lines, lines, |one, two| of_lines(one, two))),
};

pub(in super::super) const GEO_INTERSECTION_LINE_WITH_POLYGON: FunctionImpl = FunctionImpl {
    def: def(
        "geo_intersection_line_with_polygon",
        &[LINE, POLYGON],
        Type::Dynamic,
        "The parts of lines inside of polygons.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        jsons_of_two(args, lines, polygons, |lines, polygons| {
            let polygons = united(polygons)?;
            let edges = boundary(&polygons);
            bounded(&edges_of(lines), &edges)?;
            let inside = |it: Point| polygons.iter().any(|polygon| polygon.holds(it));
            let (pieces, touched) = cut(lines, &edges, |one, two| inside(between(one, two, 0.5)));
            Some(described(pieces, touched))
        })
    }),
};

pub(in super::super) const GEO_INTERSECTION_2POLYGONS: FunctionImpl = FunctionImpl {
    def: def(
        "geo_intersection_2polygons",
        &[POLYGON, POLYGON],
        Type::Dynamic,
        "The area that polygons share, and points where they only touch.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        jsons_of_two(args, polygons, polygons, |one, two| of_polygons(one, two))
    }),
};

fn of_lines(one: &[Vec<Point>], two: &[Vec<Point>]) -> Option<Json> {
    let edges = edges_of(two);
    bounded(&edges_of(one), &edges)?;
    let on = |it: Point| edges.iter().any(|edge| to_edge(it, edge[0], edge[1]) < SAME);
    let (pieces, touched) = cut(one, &edges, |one, two| {
        [0.25, 0.5, 0.75].iter().all(|share| on(between(one, two, *share)))
    });
    Some(described(pieces, touched))
}

/// Cuts lines where they meet edges: the pieces that are kept, joined where one follows the other,
/// and the cuts that are on none of them.
fn cut(
    lines: &[Vec<Point>],
    edges: &[[Point; 2]],
    keep: impl Fn(Point, Point) -> bool,
) -> (Vec<Vec<Point>>, Vec<Point>) {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut cuts: Vec<Point> = Vec::new();
    for line in lines {
        let mut open = false;
        for pair in line.windows(2) {
            let [one, two] = [pair[0], pair[1]];
            let mut stops = vec![one, two];
            for edge in edges {
                if let Some(place) = crossing([one, two], *edge) {
                    stops.push(place);
                    cuts.push(place);
                }
                for end in edge {
                    if to_edge(*end, one, two) < SAME {
                        stops.push(*end);
                        cuts.push(*end);
                    }
                }
                for end in [one, two] {
                    if to_edge(end, edge[0], edge[1]) < SAME {
                        cuts.push(end);
                    }
                }
            }
            stops.sort_by(|left, right| angle(one, *left).total_cmp(&angle(one, *right)));
            stops.dedup_by(|right, left| angle(*left, *right) < SAME);
            for step in stops.windows(2) {
                if keep(step[0], step[1]) {
                    match pieces.last_mut().filter(|_| open) {
                        Some(piece) => piece.push(step[1]),
                        None => pieces.push(vec![step[0], step[1]]),
                    }
                    open = true;
                } else {
                    open = false;
                }
            }
        }
    }
    // Stops inside of an edge that both sides of are kept are no corners.
    let corners: Vec<Point> = lines.iter().flatten().copied().collect();
    for piece in &mut pieces {
        let last = piece.len() - 1;
        let mut at = 0;
        piece.retain(|it| {
            at += 1;
            at == 1 || at == last + 1 || corners.contains(it)
        });
    }
    let on_piece = |it: &Point| {
        pieces.iter().flat_map(|piece| piece.windows(2)).any(|p| to_edge(*it, p[0], p[1]) < SAME)
    };
    cuts.retain(|it| !on_piece(it));
    let mut touched: Vec<Point> = Vec::new();
    for place in cuts {
        if !touched.iter().any(|it| angle(*it, place) < SAME) {
            touched.push(place);
        }
    }
    (pieces, touched)
}

fn described(pieces: Vec<Vec<Point>>, touched: Vec<Point>) -> Json {
    let mut shapes = points(&touched);
    if !pieces.is_empty() {
        shapes.push(lines_json(&pieces));
    }
    collection(shapes)
}

fn points(places: &[Point]) -> Vec<Json> {
    match places {
        [] => Vec::new(),
        [one] => vec![point_json(*one)],
        several => {
            let position = |it: &Point| point_json(*it)["coordinates"].take();
            let coordinates: Json = several.iter().map(position).collect();
            vec![json!({"type": "MultiPoint", "coordinates": coordinates})]
        }
    }
}

fn of_polygons(one: &[Polygon], two: &[Polygon]) -> Option<Json> {
    let common = shared(one, two)?;
    let (edges_one, edges_two) = (boundary(one), boundary(two));
    bounded(&edges_one, &edges_two)?;
    let within = |it: Point| common.iter().any(|polygon| polygon.holds(it));
    let mut touched: Vec<Point> = Vec::new();
    let corners = edges_one.iter().map(|it| (it[0], &edges_two));
    for (corner, edges) in corners.chain(edges_two.iter().map(|it| (it[0], &edges_one))) {
        let on = edges.iter().any(|edge| to_edge(corner, edge[0], edge[1]) < SAME);
        if on && !within(corner) && !touched.iter().any(|it| angle(*it, corner) < SAME) {
            touched.push(corner);
        }
    }
    let mut shapes = points(&touched);
    if !common.is_empty() {
        shapes.push(polygons_json(&common));
    }
    Some(collection(shapes))
}
