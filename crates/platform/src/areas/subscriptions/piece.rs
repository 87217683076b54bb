//! One piece of work: a few messages to one subscriber, one after the other, with the place in the
//! log written down behind each that was taken.
//!
//! A message that was taken and not yet written down when the process ends is sent again: a
//! notification comes at least once.

use std::{sync::Arc, time::Duration};

use store::{Key, Store};
use tokio::sync::Semaphore;

use super::{
    Sub,
    deliver::Clock,
    endpoints::{Endpoints, Message},
    progress::{self, Progress},
    step::{self, Found, Step},
};
use crate::fault::Fault;

/// How long an endpoint may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many messages are on their way at once, and how many to endpoints in trouble.
const ROOM: usize = 64;
const AILING_ROOM: usize = 32;
/// The most messages of one piece, after which the others get their turn.
const TURN: usize = 20;
/// A place in the log is written down at the latest when it has moved so far.
const UNWRITTEN: u64 = 10_000;
/// Who the change log names for subscriptions that ended.
const ACTOR: &str = "subscriptions";

/// What every piece of work shares.
pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) endpoints: Arc<dyn Endpoints>,
    pub(super) clock: Clock,
    pub(super) holder: String,
    room: Semaphore,
    ailing: Semaphore,
}

impl Desk {
    pub(super) fn new(
        store: Store,
        endpoints: Arc<dyn Endpoints>,
        clock: Clock,
        holder: String,
    ) -> Self {
        let (room, ailing) = (Semaphore::new(ROOM), Semaphore::new(AILING_ROOM));
        Self { store, endpoints, clock, holder, room, ailing }
    }
}

/// Work for one subscription.
pub(super) struct Piece {
    pub(super) desk: Arc<Desk>,
    pub(super) key: Key,
    /// Is the endpoint in trouble?
    pub(super) ailing: bool,
    /// Is it time for notifications, and for events?
    pub(super) notes_due: bool,
    pub(super) events_due: bool,
}

/// What became of it.
pub(super) struct Done {
    pub(super) key: Key,
    pub(super) progress: Option<Progress>,
    /// The number up to which the log was looked at.
    pub(super) seen: u64,
    pub(super) notes: Outcome,
    pub(super) events: Outcome,
    pub(super) end: End,
}

/// What became of messages of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// None was sent.
    Untried,
    /// The last one was taken.
    Taken,
    /// Refused, or lost; with the seconds that the endpoint wants to be left alone.
    Failed(Option<u64>),
}

/// Whether there will be more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The subscription goes on.
    GoesOn,
    /// It is gone.
    Gone,
    /// Another node delivers.
    NotOurs,
}

impl Piece {
    /// Does it. `held` is how far the subscription has come, as far as this process knows.
    pub(super) async fn run(self, held: Option<Progress>) -> Done {
        let room = if self.ailing { &self.desk.ailing } else { &self.desk.room };
        let _permit = room.acquire().await;
        let mut done = Done {
            key: self.key.clone(),
            seen: held.as_ref().map_or(0, |it| it.at),
            progress: held,
            notes: Outcome::Untried,
            events: Outcome::Untried,
            end: End::GoesOn,
        };
        for _ in 0..TURN {
            match self.turn(&mut done).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => {
                    let id = &self.key.id;
                    tracing::warn!(subscription = %id, error = %fault, "a delivery failed here");
                    done.notes = Outcome::Failed(None);
                    break;
                }
            }
        }
        done
    }

    /// One message of each kind at most; says whether another turn may follow.
    async fn turn(&self, done: &mut Done) -> Result<bool, Fault> {
        let (holder, key) = (self.desk.holder.clone(), self.key.clone());
        let (held, now) = (done.progress.clone(), (self.desk.clock)());
        let look = move |tx: &mut store::ReadTx<'_>| step::look(tx, &holder, &key, held, now);
        let mut step = match self.desk.store.read(look).await? {
            Found::NotOurs => {
                done.end = End::NotOurs;
                return Ok(false);
            }
            Found::Gone => {
                done.end = End::Gone;
                return Ok(false);
            }
            Found::Step(step) => step,
        };
        let mut come = step.before.clone();
        if let Some(body) = step.events()
            && self.events_due
            && !matches!(done.events, Outcome::Failed(_))
        {
            done.events = self.send(&step.sub.lifecycle_url, body).await;
            if done.events == Outcome::Taken {
                step.after.owed.retain(|it| !step.before.owed.contains(it));
                come.owed.clear();
            }
        }
        if step.over && come.owed.is_empty() {
            self.remove(now.0).await?;
            done.end = End::Gone;
            return Ok(false);
        }
        let mut go_on = !step.over;
        match step.body.take() {
            None => come = step.after.clone(),
            Some(body) if self.notes_due => {
                done.notes = self.send(&step.sub.url, body).await;
                if done.notes == Outcome::Taken {
                    come = step.after.clone();
                } else {
                    go_on = false;
                }
            }
            Some(_) => go_on = false,
        }
        done.seen = if go_on && step.done { step.head } else { come.at };
        if step.over {
            done.seen = step.head;
        }
        self.write_down(&step, &mut come).await?;
        done.progress = Some(come);
        Ok(go_on && !step.done)
    }

    async fn send(&self, url: &str, body: Vec<u8>) -> Outcome {
        let message = Message {
            url: url.to_owned(),
            media: "application/json; charset=utf-8",
            body,
            patience: PATIENCE,
        };
        let reason = match self.desk.endpoints.post(message).await {
            Ok(answer) if (200..300).contains(&answer.status) => return Outcome::Taken,
            Ok(answer) => {
                let asked = answer.retry_after.filter(|_| matches!(answer.status, 429 | 503));
                tracing::debug!(subscription = %self.key.id, status = answer.status, "not taken");
                return Outcome::Failed(asked);
            }
            Err(reason) => reason,
        };
        tracing::debug!(subscription = %self.key.id, reason, "not delivered");
        Outcome::Failed(None)
    }

    /// Keeps how far it has come, when there is something to keep.
    async fn write_down(&self, step: &Step, come: &mut Progress) -> Result<(), Fault> {
        let was = &step.held;
        let says_more = (come.told, &come.owed, &come.warned, come.barred)
            != (was.told, &was.owed, &was.warned, was.barred);
        if !says_more && come.at.saturating_sub(come.written) < UNWRITTEN {
            return Ok(());
        }
        let (key, progress) = (self.key.clone(), come.clone());
        self.desk.store.write(move |tx| progress::save(tx, &key, &progress)).await?;
        come.written = come.at;
        Ok(())
    }

    /// Removes a subscription that has ended, unless it was renewed in the meantime.
    async fn remove(&self, now: i64) -> Result<(), Fault> {
        let key = self.key.clone();
        self.desk
            .store
            .write(move |tx| {
                let Some(record) = tx.get(&key)? else { return Ok(()) };
                if Sub::of(record)?.expires.0 <= now {
                    tx.delete(&key, now, ACTOR, None)?;
                    progress::forget(tx, &key)?;
                }
                Ok(())
            })
            .await
    }
}
