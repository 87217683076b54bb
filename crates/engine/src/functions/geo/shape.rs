//! Lines and polygons: reading them from GeoJSON, checking them, and writing them.
#![allow(clippy::float_cmp, reason = "the same point is meant, to the last bit")]

use serde_json::{Value as Json, json};

use super::sphere::{Point, angle, area, crossing, degrees, point, side};
use crate::arrow_types::real_json;

/// Points that one shape may have.
const MOST_POINTS: usize = 200_000;
/// Edges of a ring that are checked for crossing each other; rings of more are taken for good.
const MOST_CHECKED: usize = 2_000;

/// Rings, the first of which is the outside; points are not repeated at the end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Polygon {
    /// The outside counterclockwise, then the holes clockwise.
    pub(super) rings: Vec<Vec<Point>>,
}

impl Polygon {
    /// Every edge.
    pub(super) fn edges(&self) -> impl Iterator<Item = [Point; 2]> + '_ {
        self.rings.iter().flat_map(|ring| {
            let next = ring.iter().skip(1).chain(ring.first());
            ring.iter().zip(next).map(|(one, two)| [*one, *two])
        })
    }

    /// True inside and on the boundary.
    pub(super) fn holds(&self, place: Point) -> bool {
        let mut turns = 0.0;
        for [one, two] in self.edges() {
            if super::sphere::to_edge(place, one, two) < 1e-14 {
                return true;
            }
            turns += seen(place, one, two);
        }
        turns > std::f64::consts::PI
    }
}

/// The angle under which an edge is seen from a place, positive counterclockwise.
fn seen(place: Point, one: Point, two: Point) -> f64 {
    use super::sphere::{cross, dot};
    let (to_one, to_two) = (cross(place, one), cross(place, two));
    dot(cross(to_one, to_two), place).atan2(dot(to_one, to_two))
}

/// Lines of a LineString or MultiLineString.
pub(super) fn lines(json: &Json) -> Option<Vec<Vec<Point>>> {
    let coordinates = json.get("coordinates")?;
    let lines: Vec<Vec<Point>> = match kind(json)? {
        "LineString" => vec![line(coordinates)?],
        "MultiLineString" => coordinates.as_array()?.iter().map(line).collect::<Option<_>>()?,
        _ => return None,
    };
    let points: usize = lines.iter().map(Vec::len).sum();
    (!lines.is_empty() && points <= MOST_POINTS).then_some(lines)
}

/// Polygons of a Polygon or MultiPolygon.
pub(super) fn polygons(json: &Json) -> Option<Vec<Polygon>> {
    let coordinates = json.get("coordinates")?;
    let polygons: Vec<Polygon> = match kind(json)? {
        "Polygon" => vec![polygon(coordinates)?],
        "MultiPolygon" => coordinates.as_array()?.iter().map(polygon).collect::<Option<_>>()?,
        _ => return None,
    };
    let points: usize = polygons.iter().flat_map(|it| &it.rings).map(Vec::len).sum();
    (!polygons.is_empty() && points <= MOST_POINTS).then_some(polygons)
}

fn kind(json: &Json) -> Option<&str> {
    json.get("type")?.as_str()
}

/// A position of GeoJSON.
pub(super) fn position(json: &Json) -> Option<Point> {
    match json.as_array()?.as_slice() {
        [longitude, latitude, ..] => place(longitude.as_f64()?, latitude.as_f64()?),
        _ => None,
    }
}

/// A place in degrees; none when out of range.
pub(super) fn place(longitude: f64, latitude: f64) -> Option<Point> {
    let fine = (-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude);
    fine.then(|| point(longitude, latitude))
}

fn line(json: &Json) -> Option<Vec<Point>> {
    let points: Vec<Point> = json.as_array()?.iter().map(position).collect::<Option<_>>()?;
    let distinct = points.windows(2).all(|pair| usable(pair[0], pair[1]));
    (points.len() >= 2 && distinct).then_some(points)
}

/// Whether two points have one shortest way between them.
fn usable(one: Point, two: Point) -> bool {
    one != two && angle(one, two) < std::f64::consts::PI - 1e-9
}

fn polygon(json: &Json) -> Option<Polygon> {
    let mut rings = Vec::new();
    for (at, json) in json.as_array()?.iter().enumerate() {
        let mut ring = ring(json)?;
        // The outside encloses the smaller part of the sphere; holes go the other way round.
        if (area(&ring) < 0.0) == (at == 0) {
            ring[1..].reverse();
        }
        rings.push(ring);
    }
    (!rings.is_empty()).then_some(Polygon { rings })
}

fn ring(json: &Json) -> Option<Vec<Point>> {
    let given = json.as_array()?;
    if given.len() < 4 || given.len() > MOST_POINTS {
        return None;
    }
    let mut points: Vec<Point> = given.iter().map(position).collect::<Option<_>>()?;
    if points.pop() != points.first().copied() {
        return None;
    }
    let closed = points.iter().chain(points.first());
    let pairs: Vec<_> = closed.clone().zip(closed.skip(1)).collect();
    if !pairs.iter().all(|(one, two)| usable(**one, **two)) {
        return None;
    }
    let mut sorted = points.clone();
    sorted.sort_by(|one, two| one.partial_cmp(two).unwrap_or(std::cmp::Ordering::Equal));
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) || crosses_itself(&points) {
        return None;
    }
    (area(&points) != 0.0).then_some(points)
}

fn crosses_itself(ring: &[Point]) -> bool {
    if ring.len() > MOST_CHECKED {
        return false;
    }
    let edge = |at: usize| [ring[at], ring[(at + 1) % ring.len()]];
    (0..ring.len()).any(|one| {
        (one + 2..ring.len()).any(|two| {
            (one, two) != (0, ring.len() - 1) && crossing(edge(one), edge(two)).is_some()
        })
    })
}

/// True when a point lies left of or on every edge of a convex ring.
pub(super) fn within_convex(place: Point, ring: &[Point]) -> bool {
    let next = ring.iter().skip(1).chain(ring.first());
    ring.iter().zip(next).all(|(one, two)| side(*one, *two, place) >= -1e-15)
}

fn pair(place: Point) -> Json {
    let [longitude, latitude] = degrees(place);
    Json::Array(vec![real_json(longitude), real_json(latitude)])
}

/// A point.
pub(super) fn point_json(place: Point) -> Json {
    json!({"type": "Point", "coordinates": pair(place)})
}

/// Lines: none as an empty collection, one as a LineString, more as a MultiLineString.
pub(super) fn lines_json(lines: &[Vec<Point>]) -> Json {
    let line = |line: &Vec<Point>| -> Json { line.iter().map(|it| pair(*it)).collect() };
    match lines {
        [] => nothing(),
        [one] => json!({"type": "LineString", "coordinates": line(one)}),
        several => {
            let coordinates: Json = several.iter().map(line).collect();
            json!({"type": "MultiLineString", "coordinates": coordinates})
        }
    }
}

/// Polygons: none as an empty collection, one as a Polygon, more as a MultiPolygon.
pub(super) fn polygons_json(polygons: &[Polygon]) -> Json {
    let ring = |ring: &Vec<Point>| -> Json {
        ring.iter().chain(ring.first()).map(|it| pair(*it)).collect()
    };
    let polygon = |it: &Polygon| -> Json { it.rings.iter().map(ring).collect() };
    match polygons {
        [] => nothing(),
        [one] => json!({"type": "Polygon", "coordinates": polygon(one)}),
        several => {
            let coordinates: Json = several.iter().map(polygon).collect();
            json!({"type": "MultiPolygon", "coordinates": coordinates})
        }
    }
}

/// Several shapes: one of them as itself, others as a collection.
pub(super) fn collection(mut shapes: Vec<Json>) -> Json {
    match shapes.pop() {
        None => nothing(),
        Some(one) if shapes.is_empty() => one,
        Some(last) => {
            shapes.push(last);
            json!({"type": "GeometryCollection", "geometries": shapes})
        }
    }
}

fn nothing() -> Json {
    json!({"type": "GeometryCollection", "geometries": []})
}
