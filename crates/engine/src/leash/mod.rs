//! The leash of a running query: whether anyone still waits for it, until when, and how much
//! memory the columns it works out may have.
//!
//! DataFusion stops a query between its batches and counts what its steps keep. What runs inside a
//! batch (a kernel over long texts, a search in a graph, the optimiser at a large plan) asks the
//! leash itself: [`check`] where an error can be given, [`over`] in loops that cannot give one and
//! are asked afterwards. The leash is found through the task and goes along into the tasks that
//! DataFusion spawns (`tasks.rs`), so nobody hands it down. Without a leash nothing is bounded;
//! tests of single functions run so.

mod charge;
mod pool;
mod rules;
mod tasks;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

pub(crate) use charge::{Held, charge, hold, room};
pub(crate) use pool::QueryPool;
pub(crate) use rules::stoppable;
pub(crate) use tasks::{LEASH, go_along};

use crate::error::EngineError;

/// How many rows a loop may take between two looks at its leash.
pub(crate) const ROWS: usize = 64;

/// One query's leash.
#[derive(Debug)]
pub(crate) struct Leash {
    /// Set once the query must end, whatever the reason.
    ended: AtomicBool,
    /// It must end because there is no memory for what it wants to make.
    starved: AtomicBool,
    /// It is being planned.
    planning: AtomicBool,
    end: Instant,
    time: Duration,
    /// Bytes that the columns it works out may have together.
    memory: usize,
    held: AtomicUsize,
    shared: Arc<Shared>,
}

/// What all queries of an engine have in common.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    running: AtomicUsize,
    held: AtomicUsize,
    /// Bytes for all of them; none for no bound.
    memory: Option<usize>,
}

impl Shared {
    /// For an engine with this much memory.
    pub(crate) fn new(memory: usize) -> Self {
        Self { memory: Some(memory), ..Self::default() }
    }

    /// Queries of which any part still runs, those that nobody waits for included.
    pub(crate) fn running(&self) -> usize {
        self.running.load(Ordering::Acquire)
    }
}

impl Leash {
    /// Of a query that begins now.
    pub(crate) fn new(time: Duration, memory: usize, shared: Arc<Shared>) -> Arc<Self> {
        shared.running.fetch_add(1, Ordering::AcqRel);
        let now = Instant::now();
        // a limit of ages is none
        let end = now.checked_add(time).unwrap_or(now + Duration::from_hours(24 * 365));
        Arc::new(Self {
            ended: AtomicBool::new(false),
            starved: AtomicBool::new(false),
            planning: AtomicBool::new(false),
            end,
            time,
            memory,
            held: AtomicUsize::new(0),
            shared,
        })
    }

    /// Nobody waits any more.
    pub(crate) fn let_go(&self) {
        self.ended.store(true, Ordering::Release);
    }

    fn over(&self) -> bool {
        if self.ended.load(Ordering::Acquire) {
            return true;
        }
        if Instant::now() < self.end {
            return false;
        }
        self.ended.store(true, Ordering::Release);
        true
    }

    fn check(&self) -> Result<(), EngineError> {
        if !self.over() {
            return Ok(());
        }
        Err(if self.starved.load(Ordering::Acquire) {
            EngineError::OutOfMemory
        } else {
            EngineError::TimedOut(self.time)
        })
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.shared.running.fetch_sub(1, Ordering::AcqRel);
    }
}

/// An error once the query at work must end.
pub(crate) fn check() -> Result<(), EngineError> {
    LEASH.try_with(|it| it.check()).unwrap_or(Ok(()))
}

/// Must the query at work end? For loops that cannot give an error: they leave off, and whoever
/// called them [`check`]s.
pub(crate) fn over() -> bool {
    LEASH.try_with(|it| it.over()).unwrap_or(false)
}

/// Is the query at work being planned, so that what kernels give may be written into its plan?
pub(crate) fn is_planning() -> bool {
    LEASH.try_with(|it| it.planning.load(Ordering::Acquire)).unwrap_or(false)
}

/// Says that planning begins or ends.
pub(crate) fn plans(planning: bool) {
    let _ = LEASH.try_with(|it| it.planning.store(planning, Ordering::Release));
}

/// Ends the query at work where it has no memory for what it would have to make, and no error can
/// be given.
pub(crate) fn out_of_memory() {
    let _ = LEASH.try_with(|it| {
        it.starved.store(true, Ordering::Release);
        it.ended.store(true, Ordering::Release);
    });
}

/// For loops: looks at the leash every [`ROWS`] rounds.
#[derive(Default)]
pub(crate) struct Pace(usize);

impl Pace {
    /// Counts a round.
    #[inline]
    pub(crate) fn check(&mut self) -> Result<(), EngineError> {
        self.0 += 1;
        if self.0.is_multiple_of(ROWS) { check() } else { Ok(()) }
    }

    /// Counts a round in a loop that can give no error.
    #[inline]
    pub(crate) fn over(&mut self) -> bool {
        self.0 += 1;
        self.0.is_multiple_of(ROWS) && over()
    }
}

#[cfg(test)]
mod tests;
