//! `geo_point_buffer`, `geo_line_buffer`, `geo_polygon_buffer`: everything within some meters of a
//! shape, as a polygon that stays within a tolerance.

use std::f64::consts::{PI, TAU};

use kql::types::Type;

use super::{
    kernel::{
        LATITUDE, LINE, LONGITUDE, Optional, POLYGON, Places, RADIUS as RADIUS_PARAM, Shapes,
        TOLERANCE, def, jsons,
    },
    overlay::united,
    shape::{Polygon, lines, polygons, polygons_json},
    sphere::{Point, RADIUS, add, cross, normal, scale, square, turned, unit},
};
use crate::{
    args::{Args, Reals},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

/// The usual tolerance in meters.
const USUAL: f64 = 10.0;
/// Corners that one row may get.
const MOST_CORNERS: usize = 50_000;

pub(in super::super) const GEO_POINT_BUFFER: FunctionImpl = FunctionImpl {
    def: def(
        "geo_point_buffer",
        &[LONGITUDE, LATITUDE, RADIUS_PARAM, TOLERANCE],
        Type::Dynamic,
        "A polygon around a place whose corners are `radius` meters away and whose edges stay \
         within a tolerance (10 m if not given).",
        &[("array_length(geo_point_buffer(0, 0, 20000).coordinates[0])", "101")],
    ),
    lower: Lower::Rows(|args| {
        let place = Places::new(args, 0)?;
        let sizes = Sizes::new(args, 2)?;
        jsons(args.rows(), |row| {
            let (place, (radius, step)) = (place.get(row)?, sizes.get(row)?);
            let count = (TAU / step).ceil().max(3.0) as usize;
            let ring = (0..count)
                .map(|at| around(place, square(place), radius, TAU * at as f64 / count as f64));
            Some(polygons_json(&[Polygon { rings: vec![ring.collect()] }]))
        })
    }),
};

pub(in super::super) const GEO_LINE_BUFFER: FunctionImpl = FunctionImpl {
    def: def(
        "geo_line_buffer",
        &[LINE, RADIUS_PARAM, TOLERANCE],
        Type::Dynamic,
        "The polygon of all places within `radius` meters of lines, within a tolerance (10 m if \
         not given).",
        &[],
    ),
    lower: Lower::Rows(|args| {
        let (shape, sizes) = (Shapes::new(args, 0, lines)?, Sizes::new(args, 1)?);
        jsons(args.rows(), |row| {
            let (radius, step) = sizes.get(row)?;
            shape.with(row, |lines| {
                let edges = lines.iter().flat_map(|it| it.windows(2)).map(|it| [it[0], it[1]]);
                let capsules = capsules(edges, radius, step)?;
                Some(polygons_json(&united(&capsules)?))
            })
        })
    }),
};

pub(in super::super) const GEO_POLYGON_BUFFER: FunctionImpl = FunctionImpl {
    def: def(
        "geo_polygon_buffer",
        &[POLYGON, RADIUS_PARAM, TOLERANCE],
        Type::Dynamic,
        "The polygon of all places in polygons or within `radius` meters of them, within a \
         tolerance (10 m if not given).",
        &[],
    ),
    lower: Lower::Rows(|args| {
        let (shape, sizes) = (Shapes::new(args, 0, polygons)?, Sizes::new(args, 1)?);
        jsons(args.rows(), |row| {
            let (radius, step) = sizes.get(row)?;
            shape.with(row, |polygons| {
                let mut parts = capsules(polygons.iter().flat_map(Polygon::edges), radius, step)?;
                parts.extend(polygons.iter().cloned());
                Some(polygons_json(&united(&parts)?))
            })
        })
    }),
};

/// The radius in radians and the angle between corners of a circle, by row.
struct Sizes {
    radius: Reals,
    tolerance: Optional,
}

impl Sizes {
    fn new(args: &Args<'_>, at: usize) -> Result<Self, EngineError> {
        Ok(Self { radius: args.reals(at)?, tolerance: Optional::new(args, at + 1, USUAL)? })
    }

    fn get(&self, row: usize) -> Option<(f64, f64)> {
        let radius = self.radius.get(row).filter(|it| *it > 0.0 && *it <= PI / 4.0 * RADIUS)?;
        let tolerance = self.tolerance.get(row).filter(|it| *it > 0.0 && it.is_finite())?;
        // A corner every so often keeps the edges between at most the tolerance inside.
        let share = (tolerance / radius).min(0.5);
        let step = 2.0 * (1.0 - share).acos();
        (step > TAU / 10_000.0).then_some((radius / RADIUS, step))
    }
}

/// The point some radians from a place, turned counterclockwise from a direction.
fn around(place: Point, from: Point, radius: f64, angle: f64) -> Point {
    let aside = cross(place, from);
    let toward = add(scale(from, angle.cos()), scale(aside, angle.sin()));
    turned(place, toward, radius)
}

/// For each edge all places near it.
fn capsules(
    edges: impl Iterator<Item = [Point; 2]>,
    radius: f64,
    step: f64,
) -> Option<Vec<Polygon>> {
    let mut capsules = Vec::new();
    let mut corners = 0;
    for [one, two] in edges {
        let across = unit(normal(one, two));
        // Left of the edge seen from its start is right of it seen from its end.
        let mut ring = Vec::new();
        half_circle(one, across, radius, step, &mut ring);
        half_circle(two, scale(across, -1.0), radius, step, &mut ring);
        corners += ring.len();
        if corners > MOST_CORNERS {
            return None;
        }
        capsules.push(Polygon { rings: vec![ring] });
    }
    Some(capsules)
}

fn half_circle(place: Point, from: Point, radius: f64, step: f64, out: &mut Vec<Point>) {
    let mut angle = 0.0;
    while angle < PI {
        out.push(around(place, from, radius, angle));
        angle += step;
    }
    out.push(around(place, from, radius, PI));
}
