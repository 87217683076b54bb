//! When a message that did not get through is sent again: soon at first, then ever more seldom,
//! and never together with many others.

use std::hash::{DefaultHasher, Hash, Hasher};

const SECOND: i64 = 10_000_000;
/// The longest pause.
const LONGEST: i64 = 600 * SECOND;

/// How often something failed, and when it is tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Retry {
    failed: u32,
    /// Not before this moment, in ticks.
    pub(super) at: i64,
}

impl Retry {
    /// It got through.
    pub(super) fn passed(&mut self) {
        *self = Self::default();
    }

    /// It failed now; `asked` are seconds that the other side wants to be left alone. `whose` tells
    /// those apart that fail together.
    pub(super) fn failed(&mut self, now: i64, asked: Option<u64>, whose: &str) {
        let pause = (SECOND << self.failed.min(20)).min(LONGEST);
        let mut hasher = DefaultHasher::new();
        (whose, self.failed).hash(&mut hasher);
        // Between half of the pause and all of it.
        let spread = (hasher.finish() % (pause.unsigned_abs() / 2 + 1)).cast_signed();
        let asked = i64::try_from(asked.unwrap_or(0)).unwrap_or(i64::MAX).saturating_mul(SECOND);
        self.failed = self.failed.saturating_add(1);
        self.at = now.saturating_add((pause - spread).max(asked.min(LONGEST)));
    }

    /// Is something wrong with the other side?
    pub(super) fn is_ailing(&self) -> bool {
        self.failed > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_differ_and_end() {
        let pauses = |whose: &str| {
            let mut it = Retry::default();
            let pause = |_| {
                it.failed(0, None, whose);
                it.at
            };
            (0..14).map(pause).collect::<Vec<_>>()
        };
        let (a, b) = (pauses("a"), pauses("b"));
        for (step, pause) in a.iter().enumerate() {
            let whole = (SECOND << step).min(LONGEST);
            assert!((whole / 2..=whole).contains(pause), "{step}: {pause}");
        }
        assert_ne!(a, b);
        // Four hours have room for two dozen attempts and not for hundreds.
        let sum: i64 = a.iter().sum();
        assert!(sum + 10 * LONGEST < 4 * 3_600 * SECOND, "{sum}");
    }

    #[test]
    fn a_wish_to_wait_counts_within_bounds() {
        let mut it = Retry::default();
        it.failed(0, Some(30), "a");
        assert_eq!(it.at, 30 * SECOND);
        it.failed(0, Some(u64::MAX), "a");
        assert_eq!(it.at, LONGEST);
        it.passed();
        assert!(!it.is_ailing());
    }
}
