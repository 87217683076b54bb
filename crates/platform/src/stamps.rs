//! Stamps: one moment per update, no two alike.
//!
//! Pollers go on behind the stamp of the last item they saw, so two updates must never share one.
//! Stamps are taken inside the write transaction, which runs alone, so their order is also the
//! order in which the updates become visible. The clock may repeat or step back; stamps do not.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use model::time::Timestamp;

/// Where stamps come from; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stamps {
    last: Arc<AtomicI64>,
}

impl Stamps {
    /// The next stamp: `now`, or one tick past the last stamp given or `previous`, whichever is
    /// later.
    pub(crate) fn next(&self, now: Timestamp, previous: i64) -> Timestamp {
        let floor = now.0.max(previous.saturating_add(1));
        let mut given = floor;
        // The closure answers always, so the update cannot fail.
        let _ = self.last.fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| {
            given = floor.max(last + 1);
            Some(given)
        });
        Timestamp(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_only_rise() {
        let stamps = Stamps::default();
        let now = Timestamp(1_000);
        let given = [0, 0, 5_000, 0].map(|previous| stamps.next(now, previous).0);
        assert_eq!(given, [1_000, 1_001, 5_001, 5_002]);
        assert_eq!(stamps.clone().next(Timestamp(10_000), 0).0, 10_000);
    }
}
