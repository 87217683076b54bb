//! Choices from a list of numbers. Fewer and smaller numbers make a simpler query, so what proptest
//! makes smaller stays readable.

/// Numbers to choose by; once they are used up, all choices are the first.
pub(super) struct Dice {
    rolls: std::vec::IntoIter<u16>,
}

impl Dice {
    pub(super) fn new(rolls: Vec<u16>) -> Self {
        Self { rolls: rolls.into_iter() }
    }

    /// A number below `sides`.
    pub(super) fn below(&mut self, sides: usize) -> usize {
        usize::from(self.rolls.next().unwrap_or(0)) % sides.max(1)
    }

    /// One of these.
    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = self.below(of.len());
        &of[at]
    }

    /// True once in so many throws.
    pub(super) fn rarely(&mut self, sides: usize) -> bool {
        self.below(sides) == sides - 1
    }
}
