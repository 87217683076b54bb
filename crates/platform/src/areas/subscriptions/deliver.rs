//! The deliverer: one per process, in the background, working only while its node holds the lease.
//!
//! It keeps a line in memory for each subscription: how far the log was looked at, and when to try
//! again. A round compares these with the log and starts a piece of work for each subscription that
//! has something to do; pieces run side by side, and those of endpoints in trouble have a room of
//! their own, so that the others never wait for them. What a piece holds in memory is one message.
//! A signal of the store starts a round early; else there is one each second, which is also how
//! changes by other processes are found.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use model::time::Timestamp;
use store::{Key, ListAsk, ReadTx};
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
};

use super::{
    KIND, Sub,
    piece::{Desk, Done, End, Outcome, Piece},
    progress::{self, Progress},
    retry::Retry,
};
use crate::{fault::Fault, platform::Platform};

/// The pause between rounds that nothing starts.
const PAUSE: Duration = Duration::from_secs(1);
/// The time that a look at a subscription is given, so that looks leave the store to others however
/// many subscriptions there are.
const LOOK: Duration = Duration::from_millis(1);
/// How often the log is looked at while nobody has subscribed.
const IDLE: Duration = Duration::from_millis(50);
/// Subscriptions read in one go.
const PAGE: u32 = 500;

/// Reads the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Delivers.
pub struct Deliverer {
    desk: Arc<Desk>,
    /// The last number of each tenant's log when it was last looked at.
    heads: HashMap<String, u64>,
    lines: HashMap<Key, Line>,
    work: JoinSet<Done>,
    /// Until when the lease holds.
    lease: i64,
}

/// A subscription.
#[derive(Default)]
struct Line {
    busy: bool,
    expires: i64,
    warn: i64,
    url: String,
    /// The number up to which the log was looked at.
    seen: u64,
    progress: Option<Progress>,
    notes: Retry,
    events: Retry,
}

impl Deliverer {
    /// A deliverer for a platform that has a way out; none otherwise. `holder` names the node: the
    /// same after a restart, so that it need not wait for its own lease.
    pub fn new(platform: &Platform, holder: &str, clock: Clock) -> Option<Self> {
        let endpoints = platform.endpoints.clone()?;
        let desk = Desk::new(platform.store.clone(), endpoints, clock, holder.to_owned());
        Some(Self {
            desk: Arc::new(desk),
            heads: HashMap::new(),
            lines: HashMap::new(),
            work: JoinSet::new(),
            lease: 0,
        })
    }

    /// Delivers until told to stop.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut commits = self.desk.store.commits();
        let mut over = false;
        while !over {
            // The signal is taken before the log is read: what comes in between starts a round.
            commits.mark_unchanged();
            if let Err(fault) = self.round().await {
                tracing::warn!(error = %fault, "the change log cannot be read for deliveries");
            }
            let rest = if self.lines.is_empty() { IDLE } else { LOOK.saturating_mul(self.lines()) };
            let rest = rest.min(PAUSE);
            let (rest, pause) = (tokio::time::sleep(rest), tokio::time::sleep(rest + PAUSE));
            tokio::pin!(rest, pause);
            let (mut rested, mut due) = (false, false);
            while !(rested && due || over) {
                tokio::select! {
                    _ = stop.wait_for(|it| *it) => over = true,
                    Some(done) = self.work.join_next() => due |= self.note(done),
                    _ = commits.changed(), if !due => due = true,
                    () = &mut rest, if !rested => rested = true,
                    () = &mut pause => break,
                }
            }
        }
        self.work.shutdown().await;
        let holder = self.desk.holder.clone();
        let given = self.desk.store.write(move |tx| progress::give_up(tx, &holder)).await;
        if let Err(error) = given {
            tracing::warn!(%error, "the lease of deliveries could not be given up");
        }
    }

    fn lines(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX)
    }

    /// Does all that is due now, to its end: for those who own the clock.
    pub async fn settle(&mut self) -> Result<(), Fault> {
        loop {
            self.round().await?;
            let Some(done) = self.work.join_next().await else { return Ok(()) };
            let _ = self.note(done);
        }
    }

    /// Starts what is due.
    async fn round(&mut self) -> Result<(), Fault> {
        self.refresh().await?;
        if self.lines.is_empty() || !self.leads().await? {
            return Ok(());
        }
        let now = (self.desk.clock)().0;
        for (key, line) in &mut self.lines {
            let head = self.heads.get(&key.tenant).copied().unwrap_or(0);
            if line.busy || !line.is_due(head, now) {
                continue;
            }
            line.busy = true;
            let piece = Piece {
                desk: Arc::clone(&self.desk),
                key: key.clone(),
                ailing: line.notes.is_ailing() || line.events.is_ailing(),
                notes_due: line.notes.at <= now,
                events_due: line.events.at <= now,
            };
            self.work.spawn(piece.run(line.progress.clone()));
        }
        Ok(())
    }

    /// Looks which logs have moved, and reads the subscriptions of tenants that changed some.
    async fn refresh(&mut self) -> Result<(), Fault> {
        let known = self.heads.clone();
        let moved = self.desk.store.read(move |tx| moved(tx, &known)).await?;
        for it in moved {
            if let Some(found) = it.subscriptions {
                let there: HashSet<&str> = found.iter().map(|it| it.id.as_str()).collect();
                self.lines
                    .retain(|key, _| key.tenant != it.tenant || there.contains(key.id.as_str()));
                for times in &found {
                    let key = Key::new(it.tenant.as_str(), KIND, times.id.as_str());
                    let line = self.lines.entry(key).or_default();
                    (line.expires, line.warn) = (times.expires, times.warn);
                    if line.url != times.url {
                        // Another endpoint knows nothing of the troubles of the one before.
                        line.url.clone_from(&times.url);
                        line.notes.passed();
                    }
                }
            }
            self.heads.insert(it.tenant, it.head);
        }
        Ok(())
    }

    /// Is it this node that delivers? The lease is renewed at half of its term.
    async fn leads(&mut self) -> Result<bool, Fault> {
        let now = (self.desk.clock)().0;
        if self.lease - now > progress::TERM / 2 {
            return Ok(true);
        }
        let holder = self.desk.holder.clone();
        let look = holder.clone();
        let free = self.desk.store.read(move |tx| progress::is_free(tx, &look, now)).await?;
        let taken = if free {
            self.desk.store.write(move |tx| progress::take(tx, &holder, now)).await?
        } else {
            None
        };
        if taken.is_none() {
            self.lose();
        }
        self.lease = taken.unwrap_or(0);
        Ok(taken.is_some())
    }

    /// What another node does from here on, this one forgets.
    fn lose(&mut self) {
        self.lease = 0;
        for line in self.lines.values_mut() {
            let (busy, expires, warn) = (line.busy, line.expires, line.warn);
            let url = std::mem::take(&mut line.url);
            *line = Line { busy, expires, warn, url, ..Line::default() };
        }
    }

    /// Takes in what became of a piece of work; says whether there is more of it.
    fn note(&mut self, done: Result<Done, JoinError>) -> bool {
        let done = match done {
            Ok(done) => done,
            Err(error) => {
                // A piece that panicked says not whose it was; all lines begin anew.
                tracing::error!(%error, "a delivery broke off");
                self.lines.clear();
                self.heads.clear();
                return true;
            }
        };
        let now = (self.desk.clock)().0;
        let Some(line) = self.lines.get_mut(&done.key) else { return false };
        line.busy = false;
        for (retry, outcome) in [(&mut line.notes, done.notes), (&mut line.events, done.events)] {
            match outcome {
                Outcome::Untried => {}
                Outcome::Taken => retry.passed(),
                Outcome::Failed(asked) => retry.failed(now, asked, &done.key.id),
            }
        }
        line.progress = done.progress;
        line.seen = done.seen;
        match done.end {
            End::GoesOn => line.is_due(self.heads.get(&done.key.tenant).copied().unwrap_or(0), now),
            End::Gone => {
                self.lines.remove(&done.key);
                false
            }
            End::NotOurs => {
                self.lose();
                false
            }
        }
    }
}

impl Line {
    /// Is there something to look at?
    fn is_due(&self, head: u64, now: i64) -> bool {
        let Some(progress) = &self.progress else { return self.notes.at <= now };
        let warned = Timestamp(self.expires).to_string() == progress.warned;
        let event =
            !progress.owed.is_empty() || now >= self.expires || (now >= self.warn && !warned);
        (self.seen < head && self.notes.at <= now) || (event && self.events.at <= now)
    }
}

/// A tenant whose log has moved.
struct Moved {
    tenant: String,
    head: u64,
    /// Its subscriptions, if any may have changed.
    subscriptions: Option<Vec<Times>>,
}

struct Times {
    id: String,
    url: String,
    expires: i64,
    warn: i64,
}

fn moved(tx: &ReadTx<'_>, known: &HashMap<String, u64>) -> Result<Vec<Moved>, Fault> {
    let mut moved = Vec::new();
    for (tenant, head) in tx.heads()? {
        let before = known.get(&tenant).copied();
        if before == Some(head) {
            continue;
        }
        let changed = match before {
            Some(before) => !tx.changed(&tenant, KIND, before, head, 1)?.is_empty(),
            None => true,
        };
        let subscriptions = if changed { Some(all(tx, &tenant)?) } else { None };
        moved.push(Moved { tenant, head, subscriptions });
    }
    Ok(moved)
}

/// The subscriptions of a tenant. One that cannot be read is passed over.
fn all(tx: &ReadTx<'_>, tenant: &str) -> Result<Vec<Times>, Fault> {
    let mut ask = ListAsk {
        tenant: tenant.to_owned(),
        kind: KIND.to_owned(),
        top: PAGE,
        ..ListAsk::default()
    };
    let mut found = Vec::new();
    loop {
        let page = tx.list(&ask)?;
        let subs = page.records.into_iter().filter_map(|it| Sub::of(it).ok());
        found.extend(subs.map(|it| Times {
            id: it.key.id,
            url: it.url,
            expires: it.expires.0,
            warn: it.warn,
        }));
        let Some(next) = page.next else { return Ok(found) };
        ask.after = Some(next);
    }
}
