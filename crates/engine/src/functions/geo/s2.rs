//! `geo_point_to_s2cell` and what goes with it: the cells of the S2 grid.

use datafusion::arrow::array::ArrayRef;
use kql::{function::Param, types::Type};
use s2::{cell::Cell, cellid::CellID, latlng::LatLng};
use serde_json::Value as Json;

use super::{
    super::types::{LONG, REAL, STRING},
    intersects::edges_of,
    kernel::{LATITUDE, LINE, LONGITUDE, Optional, POLYGON, Places, Shapes, def, jsons},
    shape::{Polygon, lines, point_json, polygons, polygons_json, within_convex},
    sphere::{Point, RADIUS, angle, crossing, to_edge, unit},
};
use crate::{
    args::{Args, out_texts},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
    meter::spend,
};

const CELL: Param = Param::of("s2cell", STRING);
const LEVEL: Param = Param::of("level", LONG).opt();
const RADIUS_PARAM: Param = Param::of("radius", REAL).opt();
/// The usual level.
const USUAL: f64 = 11.0;
/// Cells that one row may give.
const MOST_CELLS: usize = 1 << 16;
/// Closer than this, in radians, is touching.
const TOUCH: f64 = 1e-15;
/// Comparisons of cells and edges that one row may cost.
const MOST_WORK: usize = 50_000_000;

pub(in super::super) const GEO_POINT_TO_S2CELL: FunctionImpl = FunctionImpl {
    def: def(
        "geo_point_to_s2cell",
        &[LONGITUDE, LATITUDE, LEVEL],
        Type::String,
        "The S2 cell of a place at a level from 0 to 30 (11 if not given).",
        &[("geo_point_to_s2cell(-80.195829, 25.802215, 8)", "88d9b")],
    ),
    lower: Lower::Rows(|args| {
        let (places, level) = (Places::new(args, 0)?, Optional::new(args, 2, USUAL)?);
        Ok(out_texts(args.rows(), |row| {
            let level = level.whole(row, 0, 30)? as u64;
            let (longitude, latitude) = places.degrees(row)?;
            let cell = CellID::from(LatLng::from_degrees(latitude, longitude));
            Some(cell.parent(level).to_token())
        }))
    }),
};

pub(in super::super) const GEO_S2CELL_TO_CENTRAL_POINT: FunctionImpl = FunctionImpl {
    def: def(
        "geo_s2cell_to_central_point",
        &[CELL],
        Type::Dynamic,
        "The middle of an S2 cell.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        each(args, |cell| Some(point_json(vector(&Cell::from(&cell).center()))))
    }),
};

pub(in super::super) const GEO_S2CELL_TO_POLYGON: FunctionImpl = FunctionImpl {
    def: def("geo_s2cell_to_polygon", &[CELL], Type::Dynamic, "The outline of an S2 cell.", &[]),
    lower: Lower::Rows(|args| {
        each(args, |cell| Some(polygons_json(&[Polygon { rings: vec![outline(cell)] }])))
    }),
};

pub(in super::super) const GEO_S2CELL_NEIGHBORS: FunctionImpl = FunctionImpl {
    def: def(
        "geo_s2cell_neighbors",
        &[CELL],
        Type::Dynamic,
        "The S2 cells around a cell.",
        &[("array_length(geo_s2cell_neighbors('89c259'))", "8")],
    ),
    lower: Lower::Rows(|args| {
        each(args, |cell| {
            let mut tokens: Vec<String> =
                cell.all_neighbors(cell.level()).iter().map(CellID::to_token).collect();
            tokens.sort();
            tokens.dedup();
            Some(tokens.into_iter().map(Json::from).collect())
        })
    }),
};

pub(in super::super) const GEO_POLYGON_TO_S2CELLS: FunctionImpl = FunctionImpl {
    def: def(
        "geo_polygon_to_s2cells",
        &[POLYGON, LEVEL, RADIUS_PARAM],
        Type::Dynamic,
        "The S2 cells that cover polygons, and what is within `radius` meters of them, at a level \
         (11 if not given); null for more than 65,536.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        let shape = Shapes::new(args, 0, polygons)?;
        covered(args, |row, level, radius| {
            shape.with(row, |polygons| {
                let edges: Vec<[Point; 2]> = polygons.iter().flat_map(Polygon::edges).collect();
                cover(&edges, polygons, level, radius)
            })
        })
    }),
};

pub(in super::super) const GEO_LINE_TO_S2CELLS: FunctionImpl = FunctionImpl {
    def: def(
        "geo_line_to_s2cells",
        &[LINE, LEVEL, RADIUS_PARAM],
        Type::Dynamic,
        "The S2 cells that cover lines, and what is within `radius` meters of them, at a level (11 \
         if not given); null for more than 65,536.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        let shape = Shapes::new(args, 0, lines)?;
        covered(args, |row, level, radius| {
            shape.with(row, |lines| cover(&edges_of(lines), &[], level, radius))
        })
    }),
};

fn covered(
    args: &Args<'_>,
    cells: impl Fn(usize, u64, f64) -> Option<Vec<CellID>>,
) -> Result<ArrayRef, EngineError> {
    let (level, radius) = (Optional::new(args, 1, USUAL)?, Optional::new(args, 2, 0.0)?);
    jsons(args.rows(), |row| {
        let level = level.whole(row, 0, 30)? as u64;
        let radius = radius.get(row).filter(|it| *it >= 0.0 && it.is_finite())?;
        let cells = cells(row, level, radius / RADIUS)?;
        Some(cells.iter().map(|it| Json::from(it.to_token())).collect())
    })
}

fn each(args: &Args<'_>, run: impl Fn(CellID) -> Option<Json>) -> Result<ArrayRef, EngineError> {
    let token = args.texts(0)?;
    jsons(args.rows(), |row| run(read(token.get(row))?))
}

fn read(token: &str) -> Option<CellID> {
    let fine =
        !token.is_empty() && token.len() <= 16 && token.bytes().all(|it| it.is_ascii_hexdigit());
    Some(CellID::from_token(token)).filter(|it| fine && it.is_valid())
}

fn vector(point: &s2::point::Point) -> Point {
    unit([point.0.x, point.0.y, point.0.z])
}

fn outline(cell: CellID) -> Vec<Point> {
    Cell::from(&cell).vertices().iter().map(vector).collect()
}

/// Whether a convex ring meets edges: one crosses it or lies inside.
pub(super) fn ring_meets(ring: &[Point], edges: &[[Point; 2]]) -> bool {
    let sides: Vec<[Point; 2]> =
        ring.iter().zip(ring.iter().skip(1).chain(ring.first())).map(|it| [*it.0, *it.1]).collect();
    edges.iter().any(|edge| {
        within_convex(edge[0], ring)
            || sides.iter().any(|side| crossing(*side, *edge).is_some())
            || ring.iter().any(|corner| to_edge(*corner, edge[0], edge[1]) < TOUCH)
    })
}

/// The cells of a level that meet a shape, going down from the six faces; none when too many.
fn cover(
    edges: &[[Point; 2]],
    polygons: &[Polygon],
    level: u64,
    radius: f64,
) -> Option<Vec<CellID>> {
    let mut found = Vec::new();
    let mut work = 0_usize;
    // With the edges that are near enough to matter.
    let all: Vec<usize> = (0..edges.len()).collect();
    let mut todo: Vec<(CellID, Vec<usize>)> =
        (0..6).rev().map(|face| (CellID::from_face(face), all.clone())).collect();
    while let Some((cell, near)) = todo.pop() {
        work += near.len() + 8;
        spend(5 * near.len() + 100)?;
        if work > MOST_WORK {
            return None;
        }
        let ring = outline(cell);
        let middle = vector(&Cell::from(&cell).center());
        let reach = ring.iter().map(|it| angle(middle, *it)).fold(0.0, f64::max) + radius + 1e-15;
        let mut near = near;
        near.retain(|at| to_edge(middle, edges[*at][0], edges[*at][1]) <= reach);
        let meets = || {
            let close: Vec<[Point; 2]> = near.iter().map(|at| edges[*at]).collect();
            ring_meets(&ring, &close)
                || radius > 0.0 && close.iter().any(|[one, two]| within(&ring, *one, *two, radius))
        };
        let inside =
            || work_of(polygons) <= MOST_WORK && polygons.iter().any(|it| it.holds(middle));
        if near.is_empty() {
            if polygons.is_empty() || !inside() {
                continue;
            }
            work += work_of(polygons);
            spend(5 * work_of(polygons))?;
        } else if cell.level() == level && !meets() && !inside() {
            continue;
        }
        if cell.level() == level {
            found.push(cell);
            if found.len() > MOST_CELLS {
                return None;
            }
            continue;
        }
        for child in cell.children().into_iter().rev() {
            todo.push((child, near.clone()));
        }
        if todo.len() > 4 * MOST_CELLS {
            return None;
        }
    }
    found.sort_unstable_by_key(|it| it.0);
    Some(found)
}

fn work_of(polygons: &[Polygon]) -> usize {
    polygons.iter().flat_map(|it| &it.rings).map(Vec::len).sum()
}

/// Whether an edge is within some radians of a ring.
fn within(ring: &[Point], one: Point, two: Point, radius: f64) -> bool {
    ring.iter().any(|corner| to_edge(*corner, one, two) <= radius)
        || ring.iter().zip(ring.iter().skip(1).chain(ring.first())).any(|(from, to)| {
            to_edge(one, *from, *to) <= radius || to_edge(two, *from, *to) <= radius
        })
}
