//! The thread that writes: group commit.
//!
//! It takes whatever waits, runs each piece inside one transaction, commits once, and only then
//! answers all of them. Under load the cost of reaching the disk is shared; alone, a write commits
//! at once, and so does a large one. The queue is bounded, so callers wait when the disk is slow.

use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;

use super::checkpoint::Checkpoints;
use super::conn::{Conn, Step};
use super::job::Queued;
use crate::StoreError;

/// The most pieces one commit carries, so that the first does not wait for ever.
const GROUP: usize = 256;
/// After so many rows a commit is worth its cost by itself, and whoever comes next is better off
/// first in a transaction of its own.
const LARGE: u64 = 1_000;

pub(crate) fn run(
    conn: &Conn,
    mut queue: Receiver<Queued>,
    mut checkpoints: Option<Checkpoints>,
    commits: &watch::Sender<u64>,
) {
    while let Some(first) = queue.blocking_recv() {
        let rows = conn.written();
        group(conn, first, &mut queue);
        if conn.written() != rows {
            commits.send_modify(|it| *it += 1);
        }
        if let (Conn::Sqlite(conn), Some(checkpoints)) = (conn, &mut checkpoints) {
            checkpoints.committed(conn);
        }
    }
}

fn group(conn: &Conn, first: Queued, queue: &mut Receiver<Queued>) {
    if let Err(error) = conn.step(Step::BeginWrite) {
        // Another process holds on to the database. Whoever waited here waited as long as that.
        first.answer(Some(&error));
        while let Ok(job) = queue.try_recv() {
            job.answer(Some(&error));
        }
        return;
    }
    let rows = conn.written();
    let mut ran = Vec::new();
    let mut next = Some(first);
    while let Some(mut job) = next {
        job.run(conn, ran.is_empty());
        ran.push(job);
        if !conn.in_transaction() {
            // The transaction is gone, and with it all that ran in it. A first piece that failed
            // did that itself, and tells its own reason.
            let lost = StoreError::RolledBack;
            answer(ran, Some(&lost));
            return;
        }
        let full = ran.len() >= GROUP || conn.written() - rows >= LARGE;
        next = if full { None } else { queue.try_recv().ok() };
    }
    match conn.step(Step::Commit) {
        Ok(()) => answer(ran, None),
        Err(error) => {
            tracing::error!(%error, jobs = ran.len(), "commit failed");
            if conn.in_transaction() {
                let _ = conn.step(Step::Rollback);
            }
            answer(ran, Some(&error));
        }
    }
}

fn answer(ran: Vec<Queued>, lost: Option<&StoreError>) {
    for job in ran {
        job.answer(lost);
    }
}
