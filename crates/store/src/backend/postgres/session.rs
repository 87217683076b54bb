//! A session on a server: made when first needed, made again when it was lost.
//!
//! What opens a transaction, sets a savepoint or needs no answer waits here and travels with the
//! next statement that does, in one round trip. A transaction that the server never heard of costs
//! nothing, and one that fails to begin because the session was lost while idle begins once more
//! on a new one. In between, after the server did not answer, nobody waits for it for a moment.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_postgres::Row;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::pipeline::{Answer, Ask, Live, Waiting};
use super::{text, tls};
use crate::StoreError;
use crate::address::Server;
use crate::backend::conn::Step;
use crate::backend::value::Arg;
use crate::backend::watch::{self, READ_LIMIT};

/// What may wait for company before it is sent by itself.
const WAITING: usize = 64;
/// The most numbers of tenants and kinds that are kept.
const NUMBERS: usize = 10_000;
/// How long nobody asks again after the server could not be reached.
const PAUSE: Duration = Duration::from_millis(500);
/// How long connecting may take, unless the address says otherwise.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a server may take to answer that it stopped.
const STOPPING: Duration = Duration::from_secs(5);

/// What a session is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Writer,
    Reader,
}

/// A session, or the wish for one.
pub(crate) struct Session {
    server: Server,
    role: Role,
    tls: MakeRustlsConnect,
    runtime: Runtime,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    live: Option<Live>,
    transaction: Transaction,
    waiting: Vec<Waiting>,
    /// The first failure since the transaction, or its savepoint, began.
    spoiled: Option<StoreError>,
    written: u64,
    /// Numbers of tenants and kinds that the server has committed...
    numbers: HashMap<(&'static str, String), i64>,
    /// ...and those that the open write may have given out itself.
    uncommitted: Vec<((&'static str, String), i64)>,
    /// Until when the server is left alone, and why.
    away: Option<(Instant, StoreError)>,
}

/// How far a transaction has come.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Transaction {
    #[default]
    None,
    /// Its beginning waits to be sent.
    Meant,
    /// The server knows of it.
    Open,
    /// It went with its session. Whatever else its owner says must not run by itself.
    Lost,
}

const SAVE: &str = "SAVEPOINT job";

impl Session {
    /// Nothing is sent before the first statement. It must be dropped on a thread that may block.
    pub(crate) fn new(server: Server, role: Role) -> Result<Self, StoreError> {
        let tls = tls::connector(&server)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|source| StoreError::Thread { source: std::sync::Arc::new(source) })?;
        Ok(Self { server, role, tls, runtime, state: RefCell::default() })
    }

    pub(crate) fn rows(&self, text: &str, args: &[Arg<'_>]) -> Result<Vec<Row>, StoreError> {
        match self.send(Ask::Rows(text, args))? {
            Answer::Rows(rows) => Ok(rows),
            Answer::None | Answer::Count(_) => Ok(Vec::new()),
        }
    }

    pub(crate) fn execute(&self, text: &str, args: &[Arg<'_>]) -> Result<u64, StoreError> {
        match self.send(Ask::Count(text, args))? {
            Answer::Count(count) => Ok(count),
            Answer::None | Answer::Rows(_) => Ok(0),
        }
    }

    pub(crate) fn later(&self, text: &str, args: &[Arg<'_>]) -> Result<(), StoreError> {
        let full = {
            let mut state = self.state.borrow_mut();
            let args = args.iter().map(|it| it.kept()).collect();
            state.waiting.push(Waiting::Run { text: text.to_owned(), args });
            state.waiting.len() >= WAITING
        };
        if full { self.send(Ask::Nothing).map(|_| ()) } else { Ok(()) }
    }

    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        let some = self.state.borrow().waiting.iter().any(|it| matches!(it, Waiting::Run { .. }));
        if some { self.send(Ask::Nothing).map(|_| ()) } else { Ok(()) }
    }

    pub(crate) fn batch(&self, text: &str) -> Result<(), StoreError> {
        self.send(Ask::Batch(text)).map(|_| ())
    }

    pub(crate) fn step(&self, step: Step) -> Result<(), StoreError> {
        match step {
            Step::BeginRead => {
                self.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
                Ok(())
            }
            Step::BeginWrite => {
                self.begin("BEGIN");
                Ok(())
            }
            Step::Save => {
                self.state.borrow_mut().waiting.push(Waiting::Step(SAVE));
                Ok(())
            }
            Step::Keep => {
                let mut state = self.state.borrow_mut();
                if !state.forget_save() {
                    state.waiting.push(Waiting::Step("RELEASE SAVEPOINT job"));
                }
                Ok(())
            }
            Step::Undo => self.undo(),
            Step::Commit => self.commit(),
            Step::Rollback => self.rollback(),
        }
    }

    pub(crate) fn in_transaction(&self) -> bool {
        matches!(self.state.borrow().transaction, Transaction::Meant | Transaction::Open)
    }

    pub(crate) fn spoiled(&self) -> Option<StoreError> {
        self.state.borrow().spoiled.clone()
    }

    pub(crate) fn written(&self) -> u64 {
        self.state.borrow().written
    }

    pub(crate) fn number_of(&self, table: &'static str, name: &str) -> Option<i64> {
        self.state.borrow().numbers.get(&(table, name.to_owned())).copied()
    }

    pub(crate) fn keep_number(&self, table: &'static str, name: &str, no: i64) {
        let mut state = self.state.borrow_mut();
        let name = (table, name.to_owned());
        match self.role {
            Role::Writer => state.uncommitted.push((name, no)),
            Role::Reader => {
                if state.numbers.len() >= NUMBERS {
                    state.numbers.clear();
                }
                state.numbers.insert(name, no);
            }
        }
    }

    fn begin(&self, text: &'static str) {
        let mut state = self.state.borrow_mut();
        state.transaction = Transaction::Meant;
        state.spoiled = None;
        state.waiting.clear();
        state.waiting.push(Waiting::Step(text));
    }

    fn undo(&self) -> Result<(), StoreError> {
        {
            let mut state = self.state.borrow_mut();
            state.uncommitted.clear();
            if state.spoiled.is_none() && state.forget_save() {
                return Ok(());
            }
            state.waiting.clear();
            state.spoiled = None;
        }
        self.send(Ask::Batch("ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job")).map(|_| ())
    }

    fn commit(&self) -> Result<(), StoreError> {
        // The server answers the commit of a spoiled transaction by undoing it, and calls it well.
        if let Some(error) = self.spoiled() {
            return Err(error);
        }
        if self.state.borrow().transaction == Transaction::Meant && self.idle() {
            self.state.borrow_mut().end();
            return Ok(());
        }
        self.settle()?;
        let done = self.send(Ask::Batch("COMMIT"));
        if done.is_ok() {
            let mut state = self.state.borrow_mut();
            let state = &mut *state;
            state.numbers.extend(state.uncommitted.drain(..));
            state.end();
        }
        done.map(|_| ())
    }

    /// Does nothing wait but what moves the transaction along?
    fn idle(&self) -> bool {
        self.state.borrow().waiting.iter().all(|it| matches!(it, Waiting::Step(_)))
    }

    fn rollback(&self) -> Result<(), StoreError> {
        let open = {
            let mut state = self.state.borrow_mut();
            state.waiting.clear();
            state.spoiled = None;
            state.transaction == Transaction::Open
        };
        let done = if open { self.send(Ask::Batch("ROLLBACK")).map(|_| ()) } else { Ok(()) };
        let mut state = self.state.borrow_mut();
        if done.is_err() {
            // A new session begins with nothing open.
            state.live = None;
        }
        state.end();
        done
    }

    /// Sends what waits and what is asked, and says what that answers.
    fn send(&self, ask: Ask<'_>) -> Result<Answer, StoreError> {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        if let Some(error) = &state.spoiled {
            return Err(error.clone());
        }
        if state.transaction == Transaction::Lost {
            return Err(StoreError::RolledBack);
        }
        let fresh = state.transaction != Transaction::Open;
        let held = state.live.is_some();
        let mut done = self.exchange(state, ask);
        if held && fresh && state.live.is_none() && matches!(done, Err(StoreError::Away { .. })) {
            // The session was lost while nobody used it; nothing of this had begun.
            done = self.exchange(state, ask);
        }
        match done {
            Ok((answer, written)) => {
                state.waiting.clear();
                state.written += written;
                if state.transaction == Transaction::Meant {
                    state.transaction = Transaction::Open;
                }
                Ok(answer)
            }
            Err(error) => {
                state.waiting.clear();
                if state.live.is_none() {
                    let lost = state.transaction != Transaction::None;
                    state.end();
                    if lost {
                        state.transaction = Transaction::Lost;
                    }
                } else if state.transaction != Transaction::None {
                    // It may have begun, and what failed may be all but the beginning.
                    state.transaction = Transaction::Open;
                    state.spoiled = Some(error.clone());
                }
                Err(error)
            }
        }
    }

    fn exchange(&self, state: &mut State, ask: Ask<'_>) -> Result<(Answer, u64), StoreError> {
        self.connect(state)?;
        let Some(live) = &mut state.live else { return Err(StoreError::Closed) };
        let watch = watch::current();
        let (token, tls) = (live.client.cancel_token(), self.tls.clone());
        let mut stopped = false;
        let done = self.runtime.block_on(async {
            let mut work = pin!(live.exchange(&state.waiting, ask));
            let Some(watch) = watch else { return work.await };
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = watch.gone.wait() => {}
                () = tokio::time::sleep_until(watch.until.into()) => {}
            }
            stopped = true;
            let _ = timeout(STOPPING, token.cancel_query(tls)).await;
            Err(StoreError::TooSlow { limit: READ_LIMIT })
        });
        // What was told to stop may be told so late, amid the next statement: its session ends.
        if stopped || live.client.is_closed() || matches!(done, Err(StoreError::Away { .. })) {
            state.live = None;
        }
        done
    }

    /// Makes a session unless there is one.
    fn connect(&self, state: &mut State) -> Result<(), StoreError> {
        if state.live.as_ref().is_some_and(|it| !it.client.is_closed()) {
            return Ok(());
        }
        state.live = None;
        if state.transaction == Transaction::Open {
            return Err(StoreError::RolledBack);
        }
        if let Some((until, error)) = &state.away
            && Instant::now() < *until
        {
            return Err(error.clone());
        }
        match self.runtime.block_on(self.connected()) {
            Ok(live) => {
                if state.away.take().is_some() {
                    tracing::info!(server = %self.server, "the database is there again");
                }
                // It may be another server's turn, or an older copy of the database.
                state.numbers.clear();
                state.live = Some(live);
                Ok(())
            }
            Err(error) => {
                if state.away.is_none() {
                    tracing::warn!(server = %self.server, error = chain(&error), "no database session");
                }
                state.away = Some((Instant::now() + PAUSE, error.clone()));
                Err(error)
            }
        }
    }

    async fn connected(&self) -> Result<Live, StoreError> {
        let mut config = self.server.config.clone();
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(READ_LIMIT);
        }
        if config.get_application_name().is_none() {
            config.application_name("yagura");
        }
        config.keepalives_idle(READ_LIMIT);
        let connected = config.connect(self.tls.clone()).await;
        let (client, connection) = connected.map_err(|error| self.unconnected(error))?;
        let connection = tokio::spawn(async move {
            // Whoever waits for an answer hears of it.
            let _ = connection.await;
        });
        client.batch_execute(&text::settings(&self.server.schema, self.role)).await?;
        Ok(Live { client, connection, kept: HashMap::new() })
    }
}

impl Session {
    /// What the server itself refuses (a password, a database it does not have) stays so for a
    /// while; everything else may be well in a moment.
    fn unconnected(&self, error: tokio_postgres::Error) -> StoreError {
        let reason = error.as_db_error().map(|it| it.message().to_owned());
        match (StoreError::from(error), reason) {
            (error @ StoreError::Away { .. }, _) | (error, None) => error,
            (_, Some(reason)) => StoreError::Unusable { place: self.server.to_string(), reason },
        }
    }
}

/// An error and what caused it, in a line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(Live { client, connection, .. }) = self.state.get_mut().live.take() {
            drop(client);
            // The farewell is sent by the connection.
            let _ = self.runtime.block_on(async { timeout(PAUSE, connection).await });
        }
    }
}

impl State {
    /// The transaction is no more.
    fn end(&mut self) {
        self.transaction = Transaction::None;
        self.waiting.clear();
        self.uncommitted.clear();
        self.spoiled = None;
    }

    /// Takes a savepoint, and all behind it, from what waits; `false` when it was sent already.
    fn forget_save(&mut self) -> bool {
        let place = self.waiting.iter().rposition(|it| matches!(it, Waiting::Step(SAVE)));
        place.is_some_and(|it| {
            self.waiting.truncate(it);
            true
        })
    }
}
