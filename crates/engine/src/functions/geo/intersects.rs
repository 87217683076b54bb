//! Whether shapes meet: `geo_intersects_2lines`, `geo_intersects_line_with_polygon`,
//! `geo_intersects_2polygons`. Touching is meeting.

use kql::types::Type;

use super::{
    kernel::{LINE, POLYGON, bools_of, def},
    shape::{Polygon, lines, polygons},
    sphere::{Point, crossing, to_edge},
};
use crate::{
    function_impl::{FunctionImpl, Lower},
    meter::spend,
};

/// Pairs of edges that one row may cost.
const MOST_PAIRS: usize = 50_000_000;
/// Closer than this, in radians, is touching.
const TOUCH: f64 = 1e-15;

pub(in super::super) const GEO_INTERSECTS_2LINES: FunctionImpl = FunctionImpl {
    def: def(
        "geo_intersects_2lines",
        &[LINE, LINE],
        Type::Bool,
        "Whether lines meet.",
        &[(
            "geo_intersects_2lines(dynamic({'type':'LineString','coordinates':[[0,0],[2,2]]}), \
             dynamic({'type':'LineString','coordinates':[[0,2],[2,0]]}))",
            "True",
        )],
    ),
    lower: Lower::Rows(|args| {
        bools_of(args, lines, lines, |one, two| meet(&edges_of(one), &edges_of(two)))
    }),
};

pub(in super::super) const GEO_INTERSECTS_LINE_WITH_POLYGON: FunctionImpl = FunctionImpl {
    def: def(
        "geo_intersects_line_with_polygon",
        &[LINE, POLYGON],
        Type::Bool,
        "Whether lines meet polygons or lie inside of them.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        bools_of(args, lines, polygons, |lines, polygons| {
            let inside = lines.iter().filter_map(|it| it.first()).any(|it| hold(polygons, *it));
            Some(inside || meet(&edges_of(lines), &boundary(polygons))?)
        })
    }),
};

pub(in super::super) const GEO_INTERSECTS_2POLYGONS: FunctionImpl = FunctionImpl {
    def: def(
        "geo_intersects_2polygons",
        &[POLYGON, POLYGON],
        Type::Bool,
        "Whether polygons meet or lie inside of each other.",
        &[],
    ),
    lower: Lower::Rows(|args| {
        bools_of(args, polygons, polygons, |one, two| {
            let corners = |polygons: &[Polygon]| -> Vec<Point> {
                let outsides = polygons.iter().filter_map(|it| it.rings.first()?.first());
                outsides.copied().collect()
            };
            let inside = corners(one).into_iter().any(|it| hold(two, it))
                || corners(two).into_iter().any(|it| hold(one, it));
            Some(inside || meet(&boundary(one), &boundary(two))?)
        })
    }),
};

fn hold(polygons: &[Polygon], place: Point) -> bool {
    polygons.iter().any(|it| it.holds(place))
}

/// The edges of lines.
pub(super) fn edges_of(lines: &[Vec<Point>]) -> Vec<[Point; 2]> {
    lines.iter().flat_map(|it| it.windows(2)).map(|it| [it[0], it[1]]).collect()
}

/// The edges of polygons.
pub(super) fn boundary(polygons: &[Polygon]) -> Vec<[Point; 2]> {
    polygons.iter().flat_map(Polygon::edges).collect()
}

/// Whether edges meet; none when there are too many to tell.
fn meet(one: &[[Point; 2]], two: &[[Point; 2]]) -> Option<bool> {
    bounded(one, two)?;
    let touches = |place: Point, edge: &[Point; 2]| to_edge(place, edge[0], edge[1]) <= TOUCH;
    Some(one.iter().any(|one| {
        two.iter().any(|two| {
            crossing(*one, *two).is_some()
                || one.iter().any(|it| touches(*it, two))
                || two.iter().any(|it| touches(*it, one))
        })
    }))
}

/// None when comparing all pairs would take too long.
pub(super) fn bounded<T, U>(one: &[T], two: &[U]) -> Option<()> {
    let pairs = one.len().saturating_mul(two.len());
    if pairs > MOST_PAIRS {
        return None;
    }
    spend(pairs.saturating_mul(4))
}
