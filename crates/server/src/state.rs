//! What every request shares.

use std::sync::Arc;

use auth::keys::KeySet;
use model::time::Timestamp;
use platform::{Platform, directory::Directory};
use tokio::sync::Semaphore;

use crate::address::Address;

/// Tells the time; tests own theirs.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Password hashes computed at once: each takes a core and 19 MiB for some time.
const HASHES_AT_ONCE: usize = 4;
/// Alert batches parsed and held at once.
const PUSHES_AT_ONCE: usize = 8;

/// Shared by all requests; clones are cheap.
#[derive(Clone)]
pub struct State {
    /// Does the work.
    pub platform: Platform,
    /// Knows tenants and applications.
    pub directory: Directory,
    /// Sign and verify tokens.
    pub keys: Arc<KeySet>,
    /// Finds the address a client used.
    pub address: Arc<Address>,
    /// Tells the time.
    pub clock: Clock,
    /// Bounds secret checks.
    pub hashes: Arc<Semaphore>,
    /// Bounds alert batches.
    pub pushes: Arc<Semaphore>,
}

impl State {
    /// A state over a platform.
    pub fn new(platform: Platform, directory: Directory, keys: KeySet, address: Address, clock: Clock) -> Self {
        Self {
            platform,
            directory,
            keys: Arc::new(keys),
            address: Arc::new(address),
            clock,
            hashes: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            pushes: Arc::new(Semaphore::new(PUSHES_AT_ONCE)),
        }
    }
}
