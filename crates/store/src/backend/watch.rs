//! The watch over a read: one that nobody waits for any longer, or that takes too long, is stopped.
//!
//! SQLite asks every few thousand steps whether to go on; a server is told to stop. What is asked
//! about stands in a variable of the thread, since a connection never leaves its thread.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::Notify;

use crate::StoreError;

/// How long one read may take.
pub(crate) const READ_LIMIT: Duration = Duration::from_secs(30);
/// Steps of the database's machine between two questions: well under a millisecond.
const STEPS: i32 = 20_000;

thread_local! {
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// What a read is stopped by.
#[derive(Clone)]
pub(crate) struct Watch {
    pub(crate) until: Instant,
    pub(crate) gone: Arc<Gone>,
}

/// Whether the caller of a read has gone.
#[derive(Default)]
pub(crate) struct Gone {
    flag: AtomicBool,
    told: Notify,
}

impl Gone {
    pub(crate) fn is(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    /// Waits until the caller has gone.
    pub(crate) async fn wait(&self) {
        while !self.is() {
            self.told.notified().await;
        }
    }
}

/// Held by whoever waits for a read; when it goes, the read is stopped.
pub(crate) struct Waiting(pub(crate) Arc<Gone>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.flag.store(true, Ordering::Relaxed);
        self.0.told.notify_one();
    }
}

/// The watch over the read that this thread is at.
pub(crate) fn current() -> Option<Watch> {
    WATCH.with_borrow(Clone::clone)
}

/// Makes a connection ask.
pub(crate) fn install(conn: &mut Connection) -> Result<(), StoreError> {
    conn.progress_handler(STEPS, Some(stop))?;
    Ok(())
}

/// Runs a read under watch.
pub(crate) fn over<T>(gone: Arc<Gone>, limit: Duration, work: impl FnOnce() -> T) -> T {
    WATCH.set(Some(Watch { until: Instant::now() + limit, gone }));
    let done = work();
    WATCH.set(None);
    done
}

fn stop() -> bool {
    WATCH.with_borrow(|it| it.as_ref().is_some_and(|it| it.gone.is() || Instant::now() >= it.until))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const ENDLESS: &str = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)
        SELECT count(*) FROM n";

    #[test]
    fn an_endless_read_ends() {
        let mut conn = Connection::open_in_memory().unwrap();
        install(&mut conn).unwrap();
        let ask = || conn.query_row(ENDLESS, [], |row| row.get::<_, i64>(0));
        let slow = over(Arc::default(), Duration::from_millis(1), ask).unwrap_err();
        assert!(matches!(StoreError::from(slow), StoreError::TooSlow { .. }));
        let gone = Arc::default();
        drop(Waiting(Arc::clone(&gone)));
        assert!(over(gone, READ_LIMIT, ask).is_err());
        let one = || conn.query_row("SELECT 1", [], |row| row.get::<_, i64>(0));
        assert_eq!(over(Arc::default(), READ_LIMIT, one).unwrap(), 1);
    }
}
