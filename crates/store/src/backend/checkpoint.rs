//! Taking the write-ahead log over into the file, beside the writer rather than in its way.
//!
//! A thread with a connection of its own copies the pages while the writer goes on; the writer then
//! takes over the little that came meanwhile, between two transactions, so that the log begins
//! anew and stays short. A reader that holds an old snapshot only delays this. Should the disk take
//! the copies more slowly than the writer makes new pages, the writer waits for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

use rusqlite::Connection;

use crate::StoreError;

/// Pages in the log from which it is taken over: the longer it is, the more often a page that was
/// written many times is taken over once.
const PAGES: i32 = 48 * 1024;
/// Pages that must have come since before it is tried again.
const AGAIN: i32 = PAGES / 4;
/// Pages in the log from which the writer waits for the thread.
const MOST: i32 = 4 * PAGES;

/// The writer's end.
pub(crate) struct Checkpoints {
    /// Pages in the log after the last commit.
    pages: Arc<AtomicI32>,
    ask: Sender<()>,
    done: Receiver<()>,
    /// The thread was asked and has not said that it is done.
    busy: bool,
    /// Pages in the log when it was last asked; 0 when the log has begun anew since.
    asked: i32,
}

/// The thread's end.
pub(crate) struct Copier {
    asked: Receiver<()>,
    done: Sender<()>,
}

/// Takes the log's length from the writer's connection from now on.
pub(crate) fn pair(writer: &mut Connection) -> Result<(Checkpoints, Copier), StoreError> {
    let pages = Arc::new(AtomicI32::new(0));
    let seen = Arc::clone(&pages);
    writer.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, length: i32| {
        seen.store(length, Ordering::Relaxed);
        Ok(())
    }))?;
    let ((ask, asked), (told, done)) = (channel(), channel());
    let checkpoints = Checkpoints { pages, ask, done, busy: false, asked: 0 };
    Ok((checkpoints, Copier { asked, done: told }))
}

impl Checkpoints {
    /// After a commit, with no transaction open.
    pub(crate) fn committed(&mut self, conn: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if self.busy {
            let told = if pages >= MOST {
                self.done.recv().map_err(TryRecvError::from)
            } else {
                self.done.try_recv()
            };
            if told == Err(TryRecvError::Empty) {
                return;
            }
            // Told, or the thread is no more; then all of it is done here.
            self.busy = false;
            take_over(conn);
        }
        if pages < self.asked {
            self.asked = 0;
        }
        if pages >= PAGES && pages - self.asked >= AGAIN {
            self.asked = pages;
            self.busy = self.ask.send(()).is_ok();
            if !self.busy {
                take_over(conn);
            }
        }
    }
}

impl Copier {
    /// Copies whenever asked, until the writer is gone.
    pub(crate) fn run(self, conn: &Connection) {
        while self.asked.recv().is_ok() {
            take_over(conn);
            if self.done.send(()).is_err() {
                return;
            }
        }
    }
}

/// Copies what no reader needs in the log any more; waits for nobody.
fn take_over(conn: &Connection) {
    let done = conn
        .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
        .and_then(|mut it| it.query_row([], |_| Ok(())));
    if let Err(error) = done {
        tracing::warn!(%error, "the write-ahead log could not be taken over; it will be tried again");
    }
}
