//! From a place to a shape: `geo_distance_point_to_line`, `geo_closest_point_on_line`, the same for
//! polygons, and `geo_point_in_polygon`.

use kql::types::Type;

use super::{
    kernel::{LATITUDE, LINE, LONGITUDE, POLYGON, Places, Shapes, def, jsons},
    polyline::foot,
    shape::{Polygon, lines, point_json, polygons},
    sphere::{Point, RADIUS, angle, nearest},
};
use crate::{
    args::{out_bools, out_reals},
    function_impl::{FunctionImpl, Lower},
    meter::{metered, spend},
};

pub(in super::super) const GEO_DISTANCE_POINT_TO_LINE: FunctionImpl = FunctionImpl {
    def: def(
        "geo_distance_point_to_line",
        &[LONGITUDE, LATITUDE, LINE],
        Type::Real,
        "The shortest distance of a place from lines in meters.",
        &[(
            "tolong(geo_distance_point_to_line(0, 1, dynamic({'type':'LineString','coordinates':\
             [[-1,0],[1,0]]})))",
            "111195",
        )],
    ),
    lower: Lower::Rows(|args| {
        let (place, line) = (Places::new(args, 0)?, Shapes::new(args, 2, lines)?);
        metered(|| {
            out_reals(args.rows(), |row| {
                let place = place.get(row)?;
                line.with(row, |lines| Some(on_lines(lines, place)?.0 * RADIUS))
            })
        })
    }),
};

pub(in super::super) const GEO_CLOSEST_POINT_ON_LINE: FunctionImpl = FunctionImpl {
    def: def(
        "geo_closest_point_on_line",
        &[LONGITUDE, LATITUDE, LINE],
        Type::Dynamic,
        "The point of lines that is nearest to a place.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        let (place, line) = (Places::new(args, 0)?, Shapes::new(args, 2, lines)?);
        jsons(args.rows(), |row| {
            let place = place.get(row)?;
            line.with(row, |lines| Some(point_json(on_lines(lines, place)?.1)))
        })
    }),
};

pub(in super::super) const GEO_DISTANCE_POINT_TO_POLYGON: FunctionImpl = FunctionImpl {
    def: def(
        "geo_distance_point_to_polygon",
        &[LONGITUDE, LATITUDE, POLYGON],
        Type::Real,
        "The shortest distance of a place from polygons in meters; 0 inside.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        let (place, polygon) = (Places::new(args, 0)?, Shapes::new(args, 2, polygons)?);
        metered(|| {
            out_reals(args.rows(), |row| {
                let place = place.get(row)?;
                polygon.with(row, |polygons| Some(on_polygons(polygons, place)?.0 * RADIUS))
            })
        })
    }),
};

pub(in super::super) const GEO_CLOSEST_POINT_ON_POLYGON: FunctionImpl = FunctionImpl {
    def: def(
        "geo_closest_point_on_polygon",
        &[LONGITUDE, LATITUDE, POLYGON],
        Type::Dynamic,
        "The point of polygons that is nearest to a place, which is the place itself inside.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        let (place, polygon) = (Places::new(args, 0)?, Shapes::new(args, 2, polygons)?);
        jsons(args.rows(), |row| {
            let place = place.get(row)?;
            polygon.with(row, |polygons| Some(point_json(on_polygons(polygons, place)?.1)))
        })
    }),
};

pub(in super::super) const GEO_POINT_IN_POLYGON: FunctionImpl = FunctionImpl {
    def: def(
        "geo_point_in_polygon",
        &[LONGITUDE, LATITUDE, POLYGON],
        Type::Bool,
        "Whether a place is in polygons or on their boundary.",
        &[(
            "geo_point_in_polygon(0.5, 0.5, dynamic({'type':'Polygon','coordinates':[[[0,0],[1,0],\
             [1,1],[0,0]]]}))",
            "True",
        )],
    ),
    lower: Lower::Rows(|args| {
        let (place, polygon) = (Places::new(args, 0)?, Shapes::new(args, 2, polygons)?);
        metered(|| {
            out_bools(args.rows(), |row| {
                let place = place.get(row)?;
                polygon.with(row, |polygons| {
                    spend(10 * corners(polygons))?;
                    Some(polygons.iter().any(|it| it.holds(place)))
                })
            })
        })
    }),
};

fn on_lines(lines: &[Vec<Point>], place: Point) -> Option<(f64, Point)> {
    spend(10 * lines.iter().map(Vec::len).sum::<usize>())?;
    let feet = lines.iter().filter_map(|line| foot(line, place));
    feet.min_by(|one, two| one.0.total_cmp(&two.0)).map(|it| (it.0, it.1))
}

fn on_polygons(polygons: &[Polygon], place: Point) -> Option<(f64, Point)> {
    spend(20 * corners(polygons))?;
    if polygons.iter().any(|it| it.holds(place)) {
        return Some((0.0, place));
    }
    let edges = polygons.iter().flat_map(Polygon::edges);
    let points = edges.map(|[one, two]| {
        let point = nearest(place, one, two);
        (angle(place, point), point)
    });
    points.min_by(|one, two| one.0.total_cmp(&two.0))
}

fn corners(polygons: &[Polygon]) -> usize {
    polygons.iter().flat_map(|it| &it.rings).map(Vec::len).sum()
}
