//! The threads that read: each has a connection, and all take from one queue.
//!
//! Every closure sees one snapshot, whatever is written meanwhile, and holds nothing back: readers
//! and writers do not wait for each other.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::Receiver;

use super::conn::{Conn, Step};
use super::job::Queued;

/// The queue that the readers share.
pub(crate) type Shared = Arc<Mutex<Receiver<Queued>>>;

pub(crate) fn run(conn: &Conn, queue: &Shared) {
    while let Some(mut job) = take(queue) {
        job.run(conn, true);
        job.answer(None);
        // Nobody waits for the end of a snapshot.
        if conn.in_transaction()
            && let Err(error) = conn.step(Step::Rollback)
        {
            tracing::debug!(%error, "a snapshot was not ended");
        }
    }
}

/// The idle reader that holds the lock waits for work; the others wait for the lock.
fn take(queue: &Shared) -> Option<Queued> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
}
