//! A closure on its way through a queue: run on a thread with a connection, answered later.
//!
//! Running and answering are two steps because a write is answered only when the commit that
//! carries it, and others, is on disk. A panic inside a closure becomes its error.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::oneshot;

use super::conn::{Conn, Step};
use super::watch::{self, Gone, READ_LIMIT};
use crate::{ReadTx, StoreError, Tx};

/// Work of any type, as the queues hold it.
pub(crate) trait Job: Send {
    /// Does the work; the outcome waits inside. A write that has the transaction to itself so far
    /// is `first`: when it fails, the whole transaction goes.
    fn run(&mut self, conn: &Conn, first: bool);
    /// Tells the outcome. When the commit was `lost`, nothing that went well did.
    fn answer(self: Box<Self>, lost: Option<&StoreError>);
}

/// What a queue holds.
pub(crate) type Queued = Box<dyn Job>;

struct Work<R, T, E> {
    run: Option<R>,
    done: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<R, T, E> Job for Work<R, T, E>
where
    R: FnOnce(&Conn, bool) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, conn: &Conn, first: bool) {
        if let Some(run) = self.run.take() {
            self.done = Some(run(conn, first));
        }
    }

    fn answer(self: Box<Self>, lost: Option<&StoreError>) {
        let done = match (self.done, lost) {
            (Some(Ok(_)) | None, Some(lost)) => Err(lost.clone().into()),
            (Some(done), _) => done,
            (None, None) => Err(StoreError::Closed.into()),
        };
        // The caller may have gone; what was committed stays committed.
        let _ = self.reply.send(done);
    }
}

type Answer<T, E> = oneshot::Receiver<Result<T, E>>;

fn queued<R, T, E>(run: R) -> (Queued, Answer<T, E>)
where
    R: FnOnce(&Conn, bool) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Work { run: Some(run), done: None, reply }), answer)
}

/// A write, to be run inside the writer's transaction.
pub(crate) fn write<F, T, E>(work: F) -> (Queued, Answer<T, E>)
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    queued(move |conn, first| in_transaction(conn, first, work))
}

/// A read with a snapshot of its own. It is stopped when `gone` says that nobody waits.
pub(crate) fn read<F, T, E>(gone: Arc<Gone>, work: F) -> (Queued, Answer<T, E>)
where
    F: FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    queued(move |conn, _| {
        if gone.is() {
            return Err(StoreError::Closed.into());
        }
        // On the writer's own connection (a store in memory) a transaction is open already. One
        // that is begun here is ended by the reader's thread.
        if !conn.in_transaction() {
            conn.step(Step::BeginRead)?;
        }
        watch::over(gone, READ_LIMIT, || guarded(|| work(&mut ReadTx::new(conn))))
    })
}

/// Keeps what a closure wrote, or nothing of it. Only a write that joins others needs a savepoint;
/// within one the database copies every page before it changes, which a large write would pay for.
fn in_transaction<F, T, E>(conn: &Conn, first: bool, work: F) -> Result<T, E>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, E>,
    E: From<StoreError>,
{
    if !first {
        conn.step(Step::Save)?;
    }
    let mut tx = Tx::new(conn);
    let mut done = guarded(|| work(&mut tx));
    if done.is_ok()
        && let Some(error) = tx.broken().or_else(|| tx.finish().err()).or_else(|| conn.spoiled())
    {
        done = Err(error.into());
    }
    if !conn.in_transaction() {
        // The database gave up the whole transaction: a full disk does that, or a server that went
        // away. The writer sees it too.
        return done;
    }
    let kept = match (&done, first) {
        (Ok(_), true) => Ok(()),
        (Ok(_), false) => conn.step(Step::Keep),
        (Err(_), true) => conn.step(Step::Rollback),
        (Err(_), false) => conn.step(Step::Undo),
    };
    if let Err(error) = kept {
        // Neither kept nor undone: give up the transaction rather than keep half a closure.
        let _ = conn.step(Step::Rollback);
        return Err(error.into());
    }
    done
}

fn guarded<T, E: From<StoreError>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message = said(panic.as_ref());
        tracing::error!(message, "a closure panicked in the store");
        Err(StoreError::Panicked { message }.into())
    })
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
