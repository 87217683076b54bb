//! `geo_line_simplify`, `geo_polygon_simplify`, `geo_simplify_polygons_array`: fewer corners, none
//! of which was further than a tolerance from what is left.

use kql::{function::Param, types::Type};
use serde_json::Value as Json;

use super::{
    super::types::DYNAMIC,
    kernel::{LINE, Optional, POLYGON, Shapes, TOLERANCE, def, jsons},
    overlay::united,
    shape::{Polygon, lines, lines_json, polygons, polygons_json},
    sphere::{Point, RADIUS, angle, area, to_edge},
    union::every_polygon,
};
use crate::{
    args::Args,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
    meter::spend,
};

/// The usual tolerance in meters.
const USUAL: f64 = 10.0;

pub(in super::super) const GEO_LINE_SIMPLIFY: FunctionImpl = FunctionImpl {
    def: def(
        "geo_line_simplify",
        &[LINE, TOLERANCE],
        Type::Dynamic,
        "Lines without the corners that are less than a tolerance in meters (10 if not given) \
         beside them.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        let (shape, tolerance) = (Shapes::new(args, 0, lines)?, Optional::new(args, 1, USUAL)?);
        jsons(args.rows(), |row| {
            let tolerance = tolerated(&tolerance, row)?;
            shape.with(row, |lines| {
                let lines: Vec<_> = lines.iter().map(|it| simplified(it, tolerance)).collect();
                Some(lines_json(&lines))
            })
        })
    }),
};

pub(in super::super) const GEO_POLYGON_SIMPLIFY: FunctionImpl = FunctionImpl {
    def: def(
        "geo_polygon_simplify",
        &[POLYGON, TOLERANCE],
        Type::Dynamic,
        "Polygons without the corners that are less than a tolerance in meters (10 if not given) \
         beside their boundary.",
        &[],
    ),
    lower: Lower::Rows(|args| polygons_of(args, polygons, true)),
};

pub(in super::super) const GEO_SIMPLIFY_POLYGONS_ARRAY: FunctionImpl = FunctionImpl {
    def: def(
        "geo_simplify_polygons_array",
        &[Param::of("polygons", DYNAMIC), TOLERANCE],
        Type::Dynamic,
        "The polygons of an array, each simplified, as one multipolygon.",
        &[],
    ),
    lower: Lower::Rows(|args| polygons_of(args, every_polygon, false)),
};

fn tolerated(tolerance: &Optional, row: usize) -> Option<f64> {
    tolerance.get(row).filter(|it| *it > 0.0 && it.is_finite()).map(|it| it / RADIUS)
}

fn polygons_of(
    args: &Args<'_>,
    read: fn(&Json) -> Option<Vec<Polygon>>,
    unite: bool,
) -> Result<datafusion::arrow::array::ArrayRef, EngineError> {
    let (shape, tolerance) = (Shapes::new(args, 0, read)?, Optional::new(args, 1, USUAL)?);
    jsons(args.rows(), |row| {
        let tolerance = tolerated(&tolerance, row)?;
        shape.with(row, |polygons| {
            let polygons = if unite { united(polygons)? } else { polygons.clone() };
            let mut out: Vec<Polygon> = Vec::new();
            for polygon in polygons {
                let rings = polygon.rings.iter().map(|it| simplified_ring(it, tolerance));
                let mut rings = rings.collect::<Vec<_>>().into_iter();
                if let Some(outside) = rings.next().flatten() {
                    let holes = rings.flatten();
                    out.push(Polygon { rings: std::iter::once(outside).chain(holes).collect() });
                }
            }
            (!out.is_empty()).then(|| polygons_json(&out))
        })
    })
}

/// A ring between its first corner and the one furthest from it, and back.
fn simplified_ring(ring: &[Point], tolerance: f64) -> Option<Vec<Point>> {
    let first = *ring.first()?;
    let far = (0..ring.len())
        .max_by(|one, two| angle(first, ring[*one]).total_cmp(&angle(first, ring[*two])))?;
    let mut out = simplified(&ring[..=far], tolerance);
    let mut back = ring[far..].to_vec();
    back.push(first);
    let back = simplified(&back, tolerance);
    out.extend(back.get(1..back.len() - 1)?);
    (out.len() >= 3 && area(&out).abs() > tolerance * tolerance).then_some(out)
}

/// The ends, and between them the corners that are needed (Douglas and Peucker, without recursion).
fn simplified(line: &[Point], tolerance: f64) -> Vec<Point> {
    let mut keep = vec![false; line.len()];
    let mut todo = Vec::new();
    if let Some(last) = line.len().checked_sub(1) {
        keep[0] = true;
        keep[last] = true;
        todo.push((0, last));
    }
    // Each step sees the corners between two kept ones; steep splits are bounded by the work.
    let mut work = 0_usize;
    while let Some((from, to)) = todo.pop() {
        work += to - from;
        let off = |at: &usize| to_edge(line[*at], line[from], line[to]);
        let far = (from + 1..to).max_by(|one, two| off(one).total_cmp(&off(two)));
        if let Some(far) = far.filter(|it| off(it) > tolerance) {
            keep[far] = true;
            if work < 50_000_000 && spend(to - from).is_some() {
                todo.push((from, far));
                todo.push((far, to));
            } else {
                keep[from..=to].fill(true);
            }
        }
    }
    line.iter().zip(keep).filter(|it| it.1).map(|it| *it.0).collect()
}
