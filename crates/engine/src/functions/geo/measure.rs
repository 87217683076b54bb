//! How long and how large: `geo_line_length`, `geo_line_centroid`, `geo_polygon_area`,
//! `geo_polygon_perimeter`, `geo_polygon_centroid`. Several lines or polygons count as their union.

use kql::types::Type;

use super::{
    kernel::{LINE, POLYGON, def, jsons_of, reals_of},
    overlay::united,
    polyline::long,
    shape::{Polygon, lines, point_json, polygons},
    sphere::{Point, RADIUS, add, angle, area, length, normal, scale, subtract, unit},
    union::united_lines,
};
use crate::function_impl::{FunctionImpl, Lower};

pub(in super::super) const GEO_LINE_LENGTH: FunctionImpl = FunctionImpl {
    def: def(
        "geo_line_length",
        &[LINE],
        Type::Real,
        "The length of lines in meters.",
        &[(
            "tolong(geo_line_length(dynamic({'type':'LineString','coordinates':[[0,0],[0,1]]})))",
            "111195",
        )],
    ),
    lower: Lower::Rows(|args| {
        reals_of(args, lines, |lines| {
            Some(united_lines(lines)?.iter().map(|it| long(it)).sum::<f64>() * RADIUS)
        })
    }),
};

pub(in super::super) const GEO_LINE_CENTROID: FunctionImpl = FunctionImpl {
    def: def(
        "geo_line_centroid",
        &[LINE],
        Type::Dynamic,
        "The point in the middle of lines.",
        &[(
            "geo_line_centroid(dynamic({'type':'LineString','coordinates':[[0,0],[0,4]]}))\
             .coordinates[1]",
            "2.0",
        )],
    ),
    lower: Lower::Rows(|args| {
        jsons_of(args, lines, |lines| {
            let lines = united_lines(lines)?;
            let edges = lines.iter().flat_map(|it| it.windows(2));
            let sum = edges.fold([0.0; 3], |sum, pair| add(sum, edge_center(pair[0], pair[1])));
            (length(sum) > 0.0).then(|| point_json(unit(sum)))
        })
    }),
};

pub(in super::super) const GEO_POLYGON_AREA: FunctionImpl = FunctionImpl {
    def: def(
        "geo_polygon_area",
        &[POLYGON],
        Type::Real,
        "The area of polygons in square meters.",
        &[(
            "round(geo_polygon_area(dynamic({'type':'Polygon','coordinates':[[[0,0],[1,0],[1,1],[0,1],\
            [0,0]]]})) / 1e9, 2)",
            "12.36",
        )],
    ),
    lower: Lower::Rows(|args| {
        reals_of(args, polygons, |polygons| {
            let polygons = united(polygons)?;
            let sum: f64 = polygons.iter().flat_map(|it| &it.rings).map(|it| area(it)).sum();
            Some(sum * RADIUS * RADIUS)
        })
    }),
};

pub(in super::super) const GEO_POLYGON_PERIMETER: FunctionImpl = FunctionImpl {
    def: def(
        "geo_polygon_perimeter",
        &[POLYGON],
        Type::Real,
        "The length of the boundary of polygons in meters.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        reals_of(args, polygons, |polygons| {
            let polygons = united(polygons)?;
            let edges = polygons.iter().flat_map(Polygon::edges);
            Some(edges.map(|[one, two]| angle(one, two)).sum::<f64>() * RADIUS)
        })
    }),
};

pub(in super::super) const GEO_POLYGON_CENTROID: FunctionImpl = FunctionImpl {
    def: def(
        "geo_polygon_centroid",
        &[POLYGON],
        Type::Dynamic,
        "The point in the middle of polygons.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        jsons_of(args, polygons, |polygons| {
            let polygons = united(polygons)?;
            let edges = polygons.iter().flat_map(Polygon::edges);
            let sum = edges.fold([0.0; 3], |sum, [one, two]| add(sum, turned(one, two)));
            (length(sum) > 0.0).then(|| point_json(unit(sum)))
        })
    }),
};

/// The middle of an edge, as long as the edge.
fn edge_center(one: Point, two: Point) -> Point {
    let (sum, difference) = (add(one, two), subtract(one, two));
    let share = length(difference) / length(sum).max(f64::MIN_POSITIVE);
    scale(sum, share)
}

/// An edge's part in the sum of all positions inside of a ring: its normal, as long as its angle.
fn turned(one: Point, two: Point) -> Point {
    scale(unit(normal(one, two)), angle(one, two))
}
