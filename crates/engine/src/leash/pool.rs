//! One query's part of the memory that all queries share: it may have so much of it, parted
//! fairly among its own steps.

use std::{
    fmt::{self, Display},
    sync::Arc,
};

use datafusion::{
    common::Result,
    execution::memory_pool::{
        FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
    },
};

/// The pool of a query.
#[derive(Debug)]
pub(crate) struct QueryPool {
    own: FairSpillPool,
    shared: Arc<dyn MemoryPool>,
}

impl QueryPool {
    /// At most `limit` bytes of `shared`.
    pub(crate) fn new(limit: usize, shared: Arc<dyn MemoryPool>) -> Self {
        Self { own: FairSpillPool::new(limit), shared }
    }
}

impl Display for QueryPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a query's part of {}", self.shared)
    }
}

impl MemoryPool for QueryPool {
    fn name(&self) -> &'static str {
        "query"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.own.register(consumer);
        self.shared.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.own.unregister(consumer);
        self.shared.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.own.grow(reservation, additional);
        self.shared.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.own.shrink(reservation, shrink);
        self.shared.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.own.try_grow(reservation, additional)?;
        self.shared
            .try_grow(reservation, additional)
            .inspect_err(|_| self.own.shrink(reservation, additional))
    }

    fn reserved(&self) -> usize {
        self.own.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.own.memory_limit()
    }
}
