//! Polygons united and cut with each other.
//!
//! Seen from the middle of the Earth on a plane that touches it, shortest ways are straight lines.
//! So the shapes are drawn on the plane that touches the sphere in their midst, put together there
//! by a library for flat polygons, and drawn back. Shapes that do not fit on one half of the
//! sphere have no such plane and give none. Corners that came out a hair beside a given one are
//! moved onto it, and rings begin where the first given edge is.

use geo::{BooleanOps, Coord, LineString, MultiPolygon, unary_union};

use super::{
    crossings,
    shape::Polygon,
    sphere::{Point, add, area, cross, dot, length, scale, square, to_edge, unit},
};
use crate::{leash, meter::spend};

/// Corners closer than this, in radians, are one.
const SAME: f64 = 2e-9;
/// How far from the middle, as a cosine, points may be drawn.
const EDGE: f64 = 0.02;
/// Corners of all shapes together.
const MOST_CORNERS: usize = 100_000;
/// Comparisons of corners that moving them may cost.
const MOST_WORK: usize = 40_000_000;

/// The plane.
struct Plane {
    middle: Point,
    right: Point,
    up: Point,
}

impl Plane {
    fn of<'a>(polygons: impl Iterator<Item = &'a Polygon> + Clone) -> Option<Self> {
        let corners = || polygons.clone().flat_map(|it| &it.rings).flatten();
        if corners().count() > MOST_CORNERS {
            return None;
        }
        let sum = corners().fold([0.0; 3], |sum, it| add(sum, *it));
        if length(sum) == 0.0 {
            return None;
        }
        let middle = unit(sum);
        let right = square(middle);
        let up = cross(middle, right);
        corners().all(|it| dot(*it, middle) > EDGE).then_some(Self { middle, right, up })
    }

    fn draw(&self, point: Point) -> Coord<f64> {
        let depth = dot(point, self.middle);
        Coord { x: dot(point, self.right) / depth, y: dot(point, self.up) / depth }
    }

    fn back(&self, coord: Coord<f64>) -> Point {
        let aside = add(scale(self.right, coord.x), scale(self.up, coord.y));
        unit(add(self.middle, aside))
    }

    fn drawn(&self, polygon: &Polygon) -> geo::Polygon<f64> {
        let ring = |ring: &Vec<Point>| {
            LineString(ring.iter().chain(ring.first()).map(|it| self.draw(*it)).collect())
        };
        let mut rings = polygon.rings.iter().map(ring);
        let outside = rings.next().unwrap_or_else(|| LineString(Vec::new()));
        geo::Polygon::new(outside, rings.collect())
    }

    fn read(&self, drawn: &MultiPolygon<f64>) -> Vec<Polygon> {
        let ring = |ring: &LineString<f64>| -> Vec<Point> {
            let closed = ring.0.len().saturating_sub(1);
            ring.0.iter().take(closed).map(|it| self.back(*it)).collect()
        };
        let polygon = |it: &geo::Polygon<f64>| Polygon {
            rings: std::iter::once(it.exterior()).chain(it.interiors()).map(ring).collect(),
        };
        drawn.0.iter().map(polygon).collect()
    }
}

/// The union of polygons; none when they cannot be drawn on one plane.
pub(super) fn united(polygons: &[Polygon]) -> Option<Vec<Polygon>> {
    spend(100 * polygons.iter().flat_map(|it| &it.rings).map(Vec::len).sum::<usize>())?;
    if let [one] = polygons {
        return Some(vec![one.clone()]);
    }
    let plane = Plane::of(polygons.iter())?;
    let drawn: Vec<geo::Polygon<f64>> = polygons.iter().map(|it| plane.drawn(it)).collect();
    let united = plane.read(&together(&drawn)?);
    Some(tidy(united, &polygons.iter().collect::<Vec<_>>()))
}

/// The union of drawn polygons, two at a time: the library takes minutes and gigabytes for eight
/// that share an edge, and between two of its steps the query may be stopped.
fn together(drawn: &[geo::Polygon<f64>]) -> Option<MultiPolygon<f64>> {
    if !crossings::are_few(drawn.iter()) || leash::over() {
        return None;
    }
    if drawn.len() <= 1 {
        return Some(unary_union(drawn));
    }
    let (one, two) = drawn.split_at(drawn.len() / 2);
    let (one, two) = (together(one)?, together(two)?);
    let both = one.0.iter().chain(&two.0);
    (crossings::are_few(both) && !leash::over()).then(|| one.union(&two))
}

/// What two sets of polygons share; none when they cannot be drawn on one plane.
pub(super) fn shared(one: &[Polygon], two: &[Polygon]) -> Option<Vec<Polygon>> {
    let plane = Plane::of(one.iter().chain(two))?;
    let drawn = |polygons: &[Polygon]| {
        polygons.iter().map(|it| plane.drawn(it)).collect::<Vec<geo::Polygon<f64>>>()
    };
    let (first, second) = (drawn(one), drawn(two));
    if !crossings::are_few(first.iter().chain(&second)) {
        return None;
    }
    let shared = plane.read(&together(&first)?.intersection(&together(&second)?));
    Some(tidy(shared, &one.iter().chain(two).collect::<Vec<_>>()))
}

/// Moves corners onto given ones, drops slivers, turns rings to begin at the first given edge.
fn tidy(polygons: Vec<Polygon>, given: &[&Polygon]) -> Vec<Polygon> {
    let edges: Vec<[Point; 2]> = given.iter().flat_map(|it| it.edges()).collect();
    let corners: usize = polygons.iter().flat_map(|it| &it.rings).map(Vec::len).sum();
    let work = corners.saturating_mul(edges.len());
    let small = work <= MOST_WORK && spend(work.saturating_mul(3)).is_some();
    let mut out = Vec::with_capacity(polygons.len());
    for polygon in polygons {
        let mut rings = Vec::with_capacity(polygon.rings.len());
        for (at, mut ring) in polygon.rings.into_iter().enumerate() {
            if small {
                for corner in &mut ring {
                    let near = |it: &&[Point; 2]| close(it[0], *corner);
                    if let Some(edge) = edges.iter().find(near) {
                        *corner = edge[0];
                    }
                }
            }
            ring.dedup();
            while ring.len() > 1 && ring.first() == ring.last() {
                ring.pop();
            }
            let size = area(&ring);
            if ring.len() < 3 || size.abs() < 1e-18 {
                continue;
            }
            if (size < 0.0) == (at == 0) {
                ring.reverse();
            }
            if small {
                begin(&mut ring, &edges);
            }
            rings.push(ring);
        }
        if !rings.is_empty() {
            out.push(Polygon { rings });
        }
    }
    out
}

fn close(one: Point, two: Point) -> bool {
    (0..3).all(|at| (one[at] - two[at]).abs() < SAME)
}

/// Turns a ring so that the edge that lies on the earliest given edge comes first.
fn begin(ring: &mut [Point], edges: &[[Point; 2]]) {
    let on = |one: Point, two: Point, edge: &[Point; 2]| {
        to_edge(one, edge[0], edge[1]) < SAME && to_edge(two, edge[0], edge[1]) < SAME
    };
    for edge in edges {
        let first = (0..ring.len()).find(|at| {
            let (one, two) = (ring[*at], ring[(*at + 1) % ring.len()]);
            // The piece at the edge's start, if the edge is in pieces.
            let before = ring[(*at + ring.len() - 1) % ring.len()];
            on(one, two, edge) && !on(before, one, edge)
        });
        if let Some(first) = first {
            ring.rotate_left(first);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sphere::point, *};

    /// Eight of them in one step came out as a polygon of 90,000 corners, twenty seconds later.
    #[test]
    fn squares_in_a_row_are_one_band() {
        let square = |at: i32| {
            let x = f64::from(at) / 10.0;
            let ring = [(x, 0.0), (x + 5.0, 0.0), (x + 5.0, 5.0), (x, 5.0)];
            Polygon { rings: vec![ring.iter().map(|it| point(it.0, it.1)).collect()] }
        };
        let squares: Vec<Polygon> = (1..=500).map(square).collect();
        let band = united(&squares).unwrap();
        assert_eq!((band.len(), band[0].rings.len()), (1, 1));
    }
}
