//! A bound on what the rows of one batch may cost.
//!
//! Kernels look at their leash between rows. Where one row can cost a thousand times what another
//! does (filters over long series, shapes of many corners), the kernel counts, and a batch that
//! costs too much is refused. A kernel runs on one thread from its start to its end, so the
//! counter is the thread's.

use std::cell::Cell;

use datafusion::arrow::array::ArrayRef;

use crate::{error::EngineError, leash};

/// Simple steps that one batch may take.
const MOST_STEPS: u64 = 1_000_000_000;

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Counts steps; none when there are too many or the query must end, for the row to be given up.
pub(crate) fn spend(steps: usize) -> Option<()> {
    let all = STEPS.get().saturating_add(steps as u64);
    STEPS.set(all);
    (all <= MOST_STEPS && !leash::over()).then_some(())
}

/// Runs a kernel that counts.
pub(crate) fn metered(run: impl FnOnce() -> ArrayRef) -> Result<ArrayRef, EngineError> {
    STEPS.set(0);
    let out = run();
    if STEPS.get() > MOST_STEPS {
        return Err(EngineError::refused("a function has too much to do for the rows it is given"));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::BooleanArray;

    use super::*;

    #[test]
    fn too_much_is_refused_and_the_next_starts_anew() {
        let array = || -> ArrayRef { Arc::new(BooleanArray::from(vec![true])) };
        let spent = |steps: usize| {
            metered(|| {
                let _ = spend(steps);
                array()
            })
        };
        assert!(spent(MOST_STEPS as usize + 1).is_err());
        assert!(spent(10).is_ok());
    }
}
