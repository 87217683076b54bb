//! `geo_line_densify`, `geo_polygon_densify`: corners between the corners, so that edges that were
//! drawn straight on a map stay near their shape when taken for shortest ways.
#![allow(clippy::float_cmp, reason = "the same position is meant, to the last bit")]

use kql::{function::Param, types::Type};
use serde_json::{Value as Json, json};

use super::{
    kernel::{LINE, Optional, POLYGON, Shapes, TOLERANCE, def, jsons},
    shape::polygons,
    sphere::{RADIUS, angle, between, cross, degrees, normal, point, scale, unit},
};
use crate::{
    args::{Args, Reals},
    arrow_types::real_json,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

/// The usual tolerance in meters.
const USUAL: f64 = 10.0;
/// Points that one shape may get.
const MOST_POINTS: usize = 200_000;
/// Where along an edge both measures differ most.
const SHARE: f64 = 0.312_156_910_822_483_1;
/// What of the tolerance the error at that place may be.
const SCALE: f64 = 0.838_299_925_698_885_1;
/// A hair before the antimeridian.
const BORDER: f64 = 179.999_999_999_999;
const CROSSING: Param =
    Param::of("preserve_crossing", &[Type::Bool, Type::Int, Type::Long, Type::Real]).opt();

pub(in super::super) const GEO_LINE_DENSIFY: FunctionImpl = FunctionImpl {
    def: def(
        "geo_line_densify",
        &[LINE, TOLERANCE, CROSSING],
        Type::Dynamic,
        "Lines that are straight on a map as shortest ways, at most a tolerance in meters (10 if \
         not given) beside it. Lines over the antimeridian are cut there, unless that is to be \
         preserved.",
        &[],
    ),
    lower: Lower::Rows(|args| each(args, lines_of, false)),
};

pub(in super::super) const GEO_POLYGON_DENSIFY: FunctionImpl = FunctionImpl {
    def: def(
        "geo_polygon_densify",
        &[POLYGON, TOLERANCE, CROSSING],
        Type::Dynamic,
        "Polygons whose edges are straight on a map with edges that are shortest ways, at most a \
         tolerance in meters (10 if not given) beside them.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        each(
            args,
            |json| {
                // Checked as a polygon, kept as written: the map knows where edges run.
                polygons(json)?;
                rings_of(json)
            },
            true,
        )
    }),
};

/// Polygons or lines, each of lists of positions on the map.
struct Drawn {
    several: bool,
    parts: Vec<Vec<Vec<[f64; 2]>>>,
}

fn on_map(json: &Json) -> Option<[f64; 2]> {
    match json.as_array()?.as_slice() {
        [longitude, latitude, ..] => {
            let (longitude, latitude) = (longitude.as_f64()?, latitude.as_f64()?);
            let fine = longitude.abs() <= 360.0 && latitude.abs() <= 90.0;
            fine.then_some([longitude, latitude])
        }
        _ => None,
    }
}

fn chain(json: &Json) -> Option<Vec<[f64; 2]>> {
    let points: Vec<[f64; 2]> = json.as_array()?.iter().map(on_map).collect::<Option<_>>()?;
    (points.len() >= 2 && points.windows(2).all(|it| it[0] != it[1])).then_some(points)
}

fn chains(json: &Json) -> Option<Vec<Vec<[f64; 2]>>> {
    json.as_array()?.iter().map(chain).collect()
}

fn lines_of(json: &Json) -> Option<Drawn> {
    let coordinates = json.get("coordinates")?;
    let lines = match json.get("type")?.as_str()? {
        "LineString" => vec![chain(coordinates)?],
        "MultiLineString" => chains(coordinates)?,
        _ => return None,
    };
    (!lines.is_empty()).then(|| Drawn { several: lines.len() > 1, parts: vec![lines] })
}

fn rings_of(json: &Json) -> Option<Drawn> {
    let coordinates = json.get("coordinates")?;
    let parts = match json.get("type")?.as_str()? {
        "Polygon" => vec![chains(coordinates)?],
        _ => coordinates.as_array()?.iter().map(chains).collect::<Option<Vec<_>>>()?,
    };
    Some(Drawn { several: parts.len() > 1, parts })
}

fn each(
    args: &Args<'_>,
    read: fn(&Json) -> Option<Drawn>,
    closed: bool,
) -> Result<datafusion::arrow::array::ArrayRef, EngineError> {
    let (shape, tolerance) = (Shapes::new(args, 0, read)?, Optional::new(args, 1, USUAL)?);
    let keep: Option<Reals> = if args.len() > 2 { Some(args.reals(2)?) } else { None };
    jsons(args.rows(), |row| {
        let tolerance = tolerance.get(row).filter(|it| (0.1..=10_000.0).contains(it))?;
        let keep = match &keep {
            Some(keep) => keep.get(row)? != 0.0,
            None => false,
        };
        shape.with(row, |drawn| densified(drawn, tolerance / RADIUS * SCALE, closed, keep))
    })
}

fn densified(drawn: &Drawn, tolerance: f64, closed: bool, keep: bool) -> Option<Json> {
    let mut parts: Vec<Json> = Vec::new();
    for part in &drawn.parts {
        let mut out: Vec<Json> = Vec::new();
        for chain in part {
            let mut points = vec![chain[0]];
            for pair in chain.windows(2) {
                fill(pair[0], pair[1], tolerance, &mut points)?;
            }
            if closed || keep {
                out.push(points.iter().map(|it| position(*it)).collect());
            } else {
                out.extend(split(&points));
            }
        }
        parts.push(Json::Array(out));
    }
    Some(match (closed, parts.len()) {
        (true, 1) if !drawn.several => json!({"type": "Polygon", "coordinates": parts.pop()?}),
        (true, _) => json!({"type": "MultiPolygon", "coordinates": parts}),
        (false, _) => {
            let mut lines = parts.pop()?;
            match lines.as_array_mut()? {
                several if several.len() > 1 => {
                    json!({"type": "MultiLineString", "coordinates": lines})
                }
                one => json!({"type": "LineString", "coordinates": one.pop()?}),
            }
        }
    })
}

/// A position through the sphere and back, so that longitudes are in range.
fn position(at: [f64; 2]) -> Json {
    let [longitude, latitude] = degrees(point(at[0], at[1]));
    // The antimeridian has two names; the one on this side is kept.
    let longitude = if at[0] == -180.0 { -180.0 } else { longitude };
    Json::Array(vec![real_json(longitude), real_json(latitude)])
}

/// Cuts a line where it passes the antimeridian.
fn split(points: &[[f64; 2]]) -> Vec<Json> {
    let turn = |longitude: f64| ((longitude + 180.0) / 360.0).floor();
    let mut lines: Vec<Vec<[f64; 2]>> = Vec::new();
    let mut line = vec![points[0]];
    for pair in points.windows(2) {
        let [one, two] = [pair[0], pair[1]];
        if turn(one[0]) != turn(two[0])
            && let Some(latitude) = at_antimeridian(one, two)
        {
            let end = if two[0] > one[0] { BORDER } else { -BORDER };
            line.push([end, latitude]);
            lines.push(std::mem::replace(&mut line, vec![[-end, latitude]]));
        }
        line.push(two);
    }
    lines.push(line);
    lines.iter().map(|line| line.iter().map(|it| position(*it)).collect()).collect()
}

/// The latitude at which an edge passes the antimeridian; none when an end lies on it.
fn at_antimeridian(one: [f64; 2], two: [f64; 2]) -> Option<f64> {
    if [one, two].iter().any(|it| (it[0] + 180.0).rem_euclid(360.0) == 0.0) {
        return None;
    }
    let across = normal(point(one[0], one[1]), point(two[0], two[1]));
    let place = unit(cross(across, [0.0, 1.0, 0.0]));
    let place = if place[0] > 0.0 { scale(place, -1.0) } else { place };
    Some(degrees(place)[1]).filter(|it| it.is_finite())
}

fn middle(one: [f64; 2], two: [f64; 2], share: f64) -> [f64; 2] {
    [one[0] + (two[0] - one[0]) * share, one[1] + (two[1] - one[1]) * share]
}

/// Appends the points after the first of an edge; none when there are too many.
fn fill(one: [f64; 2], two: [f64; 2], tolerance: f64, out: &mut Vec<[f64; 2]>) -> Option<()> {
    let mut todo = vec![(one, two, 0)];
    while let Some((one, two, depth)) = todo.pop() {
        let (from, to) = (point(one[0], one[1]), point(two[0], two[1]));
        let off = |share: f64| {
            let drawn = middle(one, two, share);
            angle(between(from, to, share), point(drawn[0], drawn[1]))
        };
        let far = (two[0] - one[0]).abs() >= 90.0;
        let error = off(SHARE).max(off(1.0 - SHARE));
        if (far || error > tolerance) && depth < 40 {
            let half = middle(one, two, 0.5);
            todo.push((half, two, depth + 1));
            todo.push((one, half, depth + 1));
            continue;
        }
        out.push(two);
        if out.len() > MOST_POINTS {
            return None;
        }
    }
    Some(())
}
