//! A t-digest: the spread of any number of values in a few hundred means with weights.
//!
//! Values gather in a buffer; when it is full, buffer and means are sorted and neighbours are put
//! together as far as the scale function allows: much in the middle, little at the ends, so that
//! extreme percentiles stay exact. While there are few values nothing is put together.

/// How fine the digest is.
const COMPRESSION: f64 = 200.0;
/// Values that are kept as they are.
const FEW: usize = 512;
/// Values that wait to be put in.
const BUFFER: usize = 1024;

/// The digest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digest {
    /// Means and weights, sorted after [`Digest::settle`].
    points: Vec<(f64, f64)>,
    /// How many of them are settled.
    settled: usize,
}

impl Digest {
    /// Of means and weights.
    pub(crate) fn of(points: impl Iterator<Item = (f64, f64)>) -> Self {
        let mut digest = Self::default();
        points.for_each(|(mean, weight)| digest.add(mean, weight));
        digest
    }

    /// Adds a value.
    pub(crate) fn add(&mut self, value: f64, weight: f64) {
        if value.is_nan() || !weight.is_finite() || weight <= 0.0 {
            return;
        }
        self.points.push((value, weight));
        if self.points.len() >= self.settled + BUFFER && self.points.len() > FEW {
            self.settle();
        }
    }

    /// Puts the buffer in.
    pub(crate) fn settle(&mut self) {
        self.points.sort_by(|one, two| one.0.total_cmp(&two.0));
        if self.points.len() > FEW {
            self.compress();
        }
        self.settled = self.points.len();
    }

    fn compress(&mut self) {
        let total: f64 = self.points.iter().map(|it| it.1).sum();
        // Neighbours may be one while they span at most 1 on this scale.
        let scale = |share: f64| {
            COMPRESSION / std::f64::consts::TAU * (2.0 * share.clamp(0.0, 1.0) - 1.0).asin()
        };
        let mut out: Vec<(f64, f64)> = Vec::with_capacity(2 * COMPRESSION as usize);
        let mut before = 0.0;
        for (mean, weight) in self.points.drain(..) {
            match out.last_mut() {
                Some(last)
                    if scale((before + last.1 + weight) / total) - scale(before / total) <= 1.0 =>
                {
                    let both = last.1 + weight;
                    last.0 += (mean - last.0) * (weight / both);
                    last.1 = both;
                }
                last => {
                    before += last.map_or(0.0, |it| it.1);
                    out.push((mean, weight));
                }
            }
        }
        self.points = out;
    }

    /// Means and weights; settle before.
    pub(crate) fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// The weight of all values.
    fn total(&self) -> f64 {
        self.points.iter().map(|it| it.1).sum()
    }

    /// The value at a percentile by nearest rank; settle before. None when there is none.
    pub(crate) fn percentile(&self, percent: f64) -> Option<f64> {
        let rank = percent / 100.0 * self.total();
        let mut before = 0.0;
        for (at, (mean, weight)) in self.points.iter().enumerate() {
            if before + weight >= rank - 1e-9 {
                // Inside of a mean of many values, part of the way to its neighbours.
                if *weight > 1.0 && self.points.len() > FEW / 4 {
                    let share = (rank - before) / weight - 0.5;
                    let next = if share < 0.0 { at.checked_sub(1) } else { Some(at + 1) };
                    let next = next.and_then(|it| self.points.get(it)).map_or(*mean, |it| it.0);
                    return Some(mean + (next - mean).abs() * share);
                }
                return Some(*mean);
            }
            before += weight;
        }
        self.points.last().map(|it| it.0)
    }

    /// How many values are at most this; settle before.
    pub(crate) fn rank(&self, value: f64) -> f64 {
        self.points.iter().take_while(|it| it.0 <= value).map(|it| it.1).sum()
    }

    /// Which share of the values, from 0 to 100, is at most this; settle before.
    pub(crate) fn percent_rank(&self, value: f64) -> Option<f64> {
        let total = self.total();
        (total > 0.0).then(|| 100.0 * self.rank(value) / total)
    }

    /// Bytes held.
    pub(crate) fn size(&self) -> usize {
        self.points.capacity() * size_of::<(f64, f64)>()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "small numbers come back as they went in")]

    use super::*;

    #[test]
    fn percentiles_are_close_and_merging_changes_little() {
        let count = 100_000;
        let mut parts: Vec<Digest> = vec![Digest::default(); 7];
        for n in 0..count {
            let value = f64::from((n * 7919) % count);
            parts[n as usize % 7].add(value, 1.0);
        }
        let mut all = Digest::default();
        for part in &mut parts {
            part.settle();
            part.points().iter().for_each(|it| all.add(it.0, it.1));
        }
        all.settle();
        assert!(all.points().len() < 1000);
        for percent in [0.1, 1.0, 25.0, 50.0, 90.0, 99.9] {
            let found = all.percentile(percent).unwrap_or_default();
            let wanted = percent / 100.0 * f64::from(count);
            assert!((found - wanted).abs() < 0.01 * f64::from(count), "{percent}: {found}");
        }
    }

    #[test]
    fn few_values_are_exact() {
        let mut digest = Digest::of([(30.0, 1.0), (10.0, 1.0), (20.0, 2.0)].into_iter());
        digest.settle();
        assert_eq!(digest.percentile(50.0), Some(20.0));
        assert_eq!(digest.percentile(25.0), Some(10.0));
        assert_eq!(digest.percentile(100.0), Some(30.0));
        assert_eq!(digest.rank(20.0), 3.0);
        assert_eq!(Digest::default().percentile(50.0), None);
    }
}
