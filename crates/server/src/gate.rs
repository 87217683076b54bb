//! A bounded place to work in, with a bounded queue before it: what finds no room is told so at
//! once and when to come back, instead of waiting in a line that only grows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use model::code::Code;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Problem;

/// When to come back, in seconds.
pub const RETRY_AFTER: u32 = 5;

/// How much of one kind of work is done and waited for at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Done at once.
    pub at_once: usize,
    /// Waiting for it.
    pub waiting: usize,
}

/// The gate to that room.
#[derive(Debug)]
pub struct Gate {
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    room: Room,
    patience: Duration,
}

impl Gate {
    /// A gate to a room of this size; whoever waits longer than `patience` is sent away.
    pub fn new(room: Room, patience: Duration) -> Self {
        let slots = Arc::new(Semaphore::new(room.at_once));
        Self { slots, waiting: AtomicUsize::new(0), room, patience }
    }

    /// A place in the room; hold it while working.
    pub async fn enter(&self) -> Result<OwnedSemaphorePermit, Full> {
        if let Ok(place) = Arc::clone(&self.slots).try_acquire_owned() {
            return Ok(place);
        }
        let queued = Queued::join(&self.waiting);
        if queued.before >= self.room.waiting {
            return Err(Full);
        }
        let place = Arc::clone(&self.slots).acquire_owned();
        let place = tokio::time::timeout(self.patience, place).await;
        place.ok().and_then(Result::ok).ok_or(Full)
    }
}

/// No room, and none in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl From<Full> for Problem {
    fn from(_: Full) -> Self {
        let message = "too many of these requests at once; try again after the time in Retry-After";
        let mut problem = Self::new(Code::TooManyRequests, message);
        problem.retry_after = Some(RETRY_AFTER);
        problem
    }
}

/// One's place in the queue, given up however the wait ends.
struct Queued<'a> {
    waiting: &'a AtomicUsize,
    before: usize,
}

impl<'a> Queued<'a> {
    fn join(waiting: &'a AtomicUsize) -> Self {
        Self { waiting, before: waiting.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{future::Future, pin::pin, task::Poll};

    use super::*;

    #[tokio::test]
    async fn one_works_one_waits_and_the_third_is_sent_away() {
        let gate = Gate::new(Room { at_once: 1, waiting: 1 }, Duration::from_secs(20));
        let first = gate.enter().await.unwrap();
        let mut second = pin!(gate.enter());
        let waits = std::future::poll_fn(|cx| Poll::Ready(second.as_mut().poll(cx).is_pending()));
        assert!(waits.await);
        assert_eq!(gate.enter().await.unwrap_err(), Full);
        drop(first);
        let second = second.await.unwrap();
        drop(second);
        let third = gate.enter().await;
        assert!(third.is_ok());
    }
}
