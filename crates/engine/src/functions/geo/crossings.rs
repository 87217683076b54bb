//! A bound on how often the edges of shapes may cross, before a library puts them together: two
//! combs of a few thousand teeth cross in millions of places, each of which takes memory.

use geo::{Coord, LineString, Polygon};

/// Edges that share a box.
const RUN: usize = 8;
/// Pairs of edges whose boxes meet, at most.
const MOST_MEETING: usize = 1_000_000;
/// Pairs of boxes looked at, at most.
const MOST_LOOKED_AT: usize = 50_000_000;

struct Run {
    low: Coord<f64>,
    high: Coord<f64>,
    edges: usize,
}

fn runs(ring: &LineString<f64>) -> Vec<Run> {
    let count = ring.0.len().saturating_sub(1);
    (0..count)
        .step_by(RUN)
        .map(|start| {
            let end = (start + RUN).min(count);
            let corners = ring.0.get(start..=end).unwrap_or_default();
            let mut low = Coord { x: f64::INFINITY, y: f64::INFINITY };
            let mut high = Coord { x: f64::NEG_INFINITY, y: f64::NEG_INFINITY };
            for it in corners {
                low = Coord { x: low.x.min(it.x), y: low.y.min(it.y) };
                high = Coord { x: high.x.max(it.x), y: high.y.max(it.y) };
            }
            Run { low, high, edges: end - start }
        })
        .collect()
}

/// True when the edges of the shapes cannot cross too often.
pub(super) fn are_few<'a>(shapes: impl Iterator<Item = &'a Polygon<f64>>) -> bool {
    let rings = shapes.flat_map(|it| std::iter::once(it.exterior()).chain(it.interiors()));
    let mut runs: Vec<Run> = rings.flat_map(runs).collect();
    runs.sort_by(|one, two| one.low.x.total_cmp(&two.low.x));
    let (mut meeting, mut looked_at) = (0_usize, 0_usize);
    for (at, run) in runs.iter().enumerate() {
        for other in runs.iter().skip(at + 1).take_while(|it| it.low.x <= run.high.x) {
            looked_at += 1;
            if other.low.y <= run.high.y && run.low.y <= other.high.y {
                meeting += run.edges * other.edges;
            }
            if meeting > MOST_MEETING || looked_at > MOST_LOOKED_AT {
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comb(teeth: usize, flip: bool) -> Polygon<f64> {
        let place = |x: f64, y: f64| if flip { (y, x) } else { (x, y) };
        let mut ring = vec![place(0.0, -1.0)];
        for tooth in 0..teeth {
            let x = tooth as f64 / teeth as f64;
            ring.extend([place(x, 1.0), place(x + 0.5 / teeth as f64, 1.0)]);
            ring.extend([place(x + 0.5 / teeth as f64, 0.0), place(x + 1.0 / teeth as f64, 0.0)]);
        }
        ring.push(place(1.0, -1.0));
        Polygon::new(LineString::from(ring), Vec::new())
    }

    #[test]
    fn combs_are_too_many_and_far_squares_few() {
        assert!(are_few([&comb(20, false), &comb(20, true)].into_iter()));
        assert!(!are_few([&comb(2_000, false), &comb(2_000, true)].into_iter()));
        let square = |at: usize| {
            let x = at as f64;
            let ring = [(x, 0.0), (x + 0.5, 0.0), (x + 0.5, 0.5), (x, 0.5)];
            Polygon::new(LineString::from(ring.to_vec()), Vec::new())
        };
        let squares: Vec<Polygon<f64>> = (0..20_000).map(square).collect();
        assert!(are_few(squares.iter()));
    }
}
