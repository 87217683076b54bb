//! Geometry on the unit sphere, with points as vectors.

use std::f64::consts::PI;

/// The radius of the Earth in meters, as the reference takes it.
pub(super) const RADIUS: f64 = 6_371_010.0;

/// A point on the unit sphere.
pub(super) type Point = [f64; 3];

/// The point at a longitude and a latitude in degrees.
pub(super) fn point(longitude: f64, latitude: f64) -> Point {
    let (longitude, latitude) = (longitude.to_radians(), latitude.to_radians());
    let (sin, cos) = latitude.sin_cos();
    [cos * longitude.cos(), cos * longitude.sin(), sin]
}

/// Longitude and latitude in degrees.
pub(super) fn degrees(point: Point) -> [f64; 2] {
    let flat = (point[0] * point[0] + point[1] * point[1]).sqrt();
    [point[1].atan2(point[0]).to_degrees(), point[2].atan2(flat).to_degrees()]
}

pub(super) fn dot(one: Point, two: Point) -> f64 {
    one[0] * two[0] + one[1] * two[1] + one[2] * two[2]
}

pub(super) fn cross(one: Point, two: Point) -> Point {
    [
        one[1] * two[2] - one[2] * two[1],
        one[2] * two[0] - one[0] * two[2],
        one[0] * two[1] - one[1] * two[0],
    ]
}

pub(super) fn add(one: Point, two: Point) -> Point {
    [one[0] + two[0], one[1] + two[1], one[2] + two[2]]
}

pub(super) fn subtract(one: Point, two: Point) -> Point {
    [one[0] - two[0], one[1] - two[1], one[2] - two[2]]
}

pub(super) fn scale(point: Point, by: f64) -> Point {
    [point[0] * by, point[1] * by, point[2] * by]
}

pub(super) fn length(point: Point) -> f64 {
    dot(point, point).sqrt()
}

/// Made one long; the zero vector stays.
pub(super) fn unit(point: Point) -> Point {
    let length = length(point);
    if length > 0.0 { scale(point, 1.0 / length) } else { point }
}

/// The cross product, exact also for points that are close.
pub(super) fn normal(one: Point, two: Point) -> Point {
    scale(cross(add(one, two), subtract(two, one)), 0.5)
}

/// The angle between two points in radians.
pub(super) fn angle(one: Point, two: Point) -> f64 {
    length(normal(one, two)).atan2(dot(one, two))
}

/// The point a share of the way from one to the other.
pub(super) fn between(one: Point, two: Point, share: f64) -> Point {
    if share <= 0.0 {
        return one;
    }
    if share >= 1.0 {
        return two;
    }
    let whole = angle(one, two);
    let toward = unit(cross(normal(one, two), one));
    turned(one, toward, whole * share)
}

/// The point some radians away from a point into a direction that is square to it.
pub(super) fn turned(from: Point, toward: Point, radians: f64) -> Point {
    let (sin, cos) = radians.sin_cos();
    unit(add(scale(from, cos), scale(toward, sin)))
}

/// The point of an edge that is nearest to a point.
pub(super) fn nearest(point: Point, one: Point, two: Point) -> Point {
    let across = normal(one, two);
    let square = dot(across, across);
    if square > 0.0 {
        // The foot of the point on the edge's great circle, if it lies within the edge.
        let foot = unit(subtract(point, scale(across, dot(point, across) / square)));
        if dot(cross(across, one), foot) >= 0.0 && dot(cross(two, across), foot) >= 0.0 {
            return foot;
        }
    }
    if dot(point, one) >= dot(point, two) { one } else { two }
}

/// The radians from a point to an edge.
pub(super) fn to_edge(point: Point, one: Point, two: Point) -> f64 {
    angle(point, nearest(point, one, two))
}

/// On which side of the way from `one` to `two` the third point lies: positive on the left.
pub(super) fn side(one: Point, two: Point, three: Point) -> f64 {
    dot(normal(one, two), three)
}

/// Where two edges cross, inside of both.
pub(super) fn crossing(one: [Point; 2], two: [Point; 2]) -> Option<Point> {
    let (a, b) = (side(one[0], one[1], two[0]), side(one[0], one[1], two[1]));
    let (c, d) = (side(two[0], two[1], one[0]), side(two[0], two[1], one[1]));
    if a * b >= 0.0 || c * d >= 0.0 {
        return None;
    }
    let place = unit(cross(normal(one[0], one[1]), normal(two[0], two[1])));
    // Great circles cross twice; the edges do where both are near.
    let middle = add(add(one[0], one[1]), add(two[0], two[1]));
    let place = if dot(place, middle) < 0.0 { scale(place, -1.0) } else { place };
    let near = |edge: [Point; 2]| dot(place, add(edge[0], edge[1])) > 0.0;
    (near(one) && near(two)).then_some(place)
}

/// The area of a triangle, negative when its points go clockwise.
pub(super) fn triangle(a: Point, b: Point, c: Point) -> f64 {
    let volume = dot(a, cross(subtract(b, a), subtract(c, a)));
    2.0 * volume.atan2(1.0 + dot(a, b) + dot(b, c) + dot(c, a))
}

/// The area of a ring of points, of which the first is not repeated; negative when clockwise.
pub(super) fn area(ring: &[Point]) -> f64 {
    let Some((first, rest)) = ring.split_first() else { return 0.0 };
    let sum: f64 = rest.windows(2).map(|pair| triangle(*first, pair[0], pair[1])).sum();
    // Fans that reach round the back count the sphere in.
    if sum > 2.0 * PI {
        sum - 4.0 * PI
    } else if sum < -2.0 * PI {
        sum + 4.0 * PI
    } else {
        sum
    }
}

/// Some direction square to a point, the same every time.
pub(super) fn square(point: Point) -> Point {
    let largest =
        (0..3).fold(0, |best, at| if point[at].abs() > point[best].abs() { at } else { best });
    let mut other = [0.012, 0.0053, 0.004_57];
    other[(largest + 2) % 3] = 1.0;
    unit(cross(point, other))
}
