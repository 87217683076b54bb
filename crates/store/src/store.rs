//! The handle that the rest of the program holds.
//!
//! Cloning it is cheap, and the last clone to go waits for the work in the queues. Callers hand
//! closures to threads and await the answer; a read whose caller has gone is stopped, a write is
//! always run to its end.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc::{Sender, channel};
use tokio::sync::watch;

use crate::address::Server;
use crate::backend::checkpoint::{self, Checkpoints};
use crate::backend::conn::Conn;
use crate::backend::job::{self, Queued};
use crate::backend::postgres;
use crate::backend::postgres::session::{Role, Session};
use crate::backend::watch::Waiting;
use crate::backend::{migrate, open, reader, writer};
use crate::{Address, ReadTx, StoreError, Tx};

/// How much may wait in front of the writer, and of the readers, before callers do.
const QUEUE: usize = 1024;

/// Sessions that read on a server, which spends its time elsewhere than here.
const SESSIONS: usize = 8;

/// All records of an installation.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    /// `None` only while the last handle is dropped.
    queues: Option<Queues>,
    commits: watch::Receiver<u64>,
    threads: Vec<JoinHandle<()>>,
}

struct Queues {
    writes: Sender<Queued>,
    /// The same queue as `writes` for a store in memory, which has a single connection.
    reads: Sender<Queued>,
}

impl Store {
    /// Opens the store at an address.
    pub fn open_at(address: &Address) -> Result<Self, StoreError> {
        match address {
            Address::File(path) => Self::open(path),
            Address::Server(server) => Self::connect(server),
        }
    }

    /// Opens a PostgreSQL database: makes our schema there, or brings it up to date. Several
    /// processes may have the same one open.
    pub fn connect(server: &Server) -> Result<Self, StoreError> {
        let own = server.clone();
        // Sessions want a thread of their own; the caller's may belong to an async runtime.
        let ready = spawn("store-open".into(), move || postgres::migrate::migrate(&own))?;
        ready.join().unwrap_or(Err(StoreError::Closed))?;
        let (reads, queue) = channel(QUEUE);
        let queue: reader::Shared = Arc::new(Mutex::new(queue));
        let mut threads = Vec::with_capacity(SESSIONS + 1);
        for number in 0..SESSIONS {
            let conn = Conn::Postgres(Box::new(Session::new(server.clone(), Role::Reader)?));
            let queue = Arc::clone(&queue);
            threads
                .push(spawn(format!("store-read-{number}"), move || reader::run(&conn, &queue))?);
        }
        let conn = Conn::Postgres(Box::new(Session::new(server.clone(), Role::Writer)?));
        Self::start(conn, Some(reads), None, threads)
    }

    /// Opens the database file, making or bringing it up to date as needed. Several processes may
    /// have the same file open.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut conn = open::writer(path)?;
        migrate::migrate(&mut conn, path)?;
        let (reads, queue) = channel(QUEUE);
        let queue: reader::Shared = Arc::new(Mutex::new(queue));
        let count = thread::available_parallelism().map_or(2, |it| it.get().clamp(2, 8));
        let mut threads = Vec::with_capacity(count + 2);
        for number in 0..count {
            let conn = Conn::Sqlite(open::reader(path)?);
            let queue = Arc::clone(&queue);
            threads
                .push(spawn(format!("store-read-{number}"), move || reader::run(&conn, &queue))?);
        }
        let (checkpoints, copier) = checkpoint::pair(&mut conn)?;
        let own = open::copier(path)?;
        threads.push(spawn("store-copy".into(), move || copier.run(&own))?);
        Self::start(Conn::Sqlite(conn), Some(reads), Some(checkpoints), threads)
    }

    /// A store without a file, for tests and trials: it is empty, and gone with its last handle.
    pub fn memory() -> Result<Self, StoreError> {
        let mut conn = open::memory()?;
        migrate::migrate(&mut conn, Path::new(":memory:"))?;
        Self::start(Conn::Sqlite(conn), None, None, Vec::new())
    }

    fn start(
        conn: Conn,
        reads: Option<Sender<Queued>>,
        checkpoints: Option<Checkpoints>,
        mut threads: Vec<JoinHandle<()>>,
    ) -> Result<Self, StoreError> {
        let (writes, queue) = channel(QUEUE);
        let (committed, commits) = watch::channel(0);
        threads.push(spawn("store-write".into(), move || {
            writer::run(&conn, queue, checkpoints, &committed);
        })?);
        let reads = reads.unwrap_or_else(|| writes.clone());
        let queues = Some(Queues { writes, reads });
        Ok(Self { inner: Arc::new(Inner { queues, commits, threads }) })
    }

    /// Runs a closure over a snapshot. It is stopped when the answer is awaited no longer, and with
    /// [`StoreError::TooSlow`] after half a minute.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let gone = Arc::default();
        let (job, answer) = job::read(Arc::clone(&gone), work);
        let _waiting = Waiting(gone);
        self.queues()?.reads.send(job).await.map_err(|_| StoreError::Closed)?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Runs a closure that writes, and answers when what it wrote is on disk. When it fails,
    /// nothing it did remains.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, answer) = job::write(work);
        self.queues()?.writes.send(job).await.map_err(|_| StoreError::Closed)?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Counts the commits of this handle and its clones; what other processes write to the same
    /// database does not show.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.inner.commits.clone()
    }

    /// [`Self::read`] for a thread that may block; panics on a thread of an async runtime.
    pub fn read_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let gone = Arc::default();
        let (job, answer) = job::read(Arc::clone(&gone), work);
        let _waiting = Waiting(gone);
        self.queues()?.reads.blocking_send(job).map_err(|_| StoreError::Closed)?;
        answer.blocking_recv().unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// [`Self::write`] for a thread that may block; panics on a thread of an async runtime.
    pub fn write_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, answer) = job::write(work);
        self.queues()?.writes.blocking_send(job).map_err(|_| StoreError::Closed)?;
        answer.blocking_recv().unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    fn queues(&self) -> Result<&Queues, StoreError> {
        self.inner.queues.as_ref().ok_or(StoreError::Closed)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queues = None;
        let here = thread::current().id();
        for thread in self.threads.drain(..) {
            // A closure may hold the last handle; its thread must not wait for itself.
            if thread.thread().id() != here {
                let _ = thread.join();
            }
        }
    }
}

fn spawn<T: Send + 'static>(
    name: String,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, StoreError> {
    thread::Builder::new()
        .name(name)
        .spawn(work)
        .map_err(|source| StoreError::Thread { source: Arc::new(source) })
}
