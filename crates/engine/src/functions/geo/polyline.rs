//! Lengths and places along a line.

use super::sphere::{Point, angle, between, nearest};

/// The length of a line in radians.
pub(super) fn long(line: &[Point]) -> f64 {
    line.windows(2).map(|pair| angle(pair[0], pair[1])).sum()
}

/// The point a share of the way along a line.
pub(super) fn along(line: &[Point], share: f64) -> Option<Point> {
    let mut rest = long(line) * share;
    for pair in line.windows(2) {
        let step = angle(pair[0], pair[1]);
        if rest <= step {
            return Some(between(pair[0], pair[1], rest / step));
        }
        rest -= step;
    }
    line.last().copied()
}

/// The point of a line nearest to a place: how far off it is in radians, the point, and how far
/// along the line it is.
pub(super) fn foot(line: &[Point], place: Point) -> Option<(f64, Point, f64)> {
    let mut best: Option<(f64, Point, f64)> = None;
    let mut before = 0.0;
    for pair in line.windows(2) {
        let point = nearest(place, pair[0], pair[1]);
        let off = angle(place, point);
        if best.is_none_or(|best| off < best.0) {
            best = Some((off, point, before + angle(pair[0], point)));
        }
        before += angle(pair[0], pair[1]);
    }
    best
}
