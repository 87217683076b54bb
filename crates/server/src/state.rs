//! What every request shares.

use std::sync::Arc;

use auth::keys::KeySet;
use model::time::Timestamp;
use platform::{Platform, directory::Directory};

use crate::{
    address::Address,
    cors::Cors,
    gate::{Gate, Room},
};

/// Tells the time; tests own theirs.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What is done at once, and what may wait for it; more is answered with 429.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Checks of secrets: each takes a core and 19 MiB for some time.
    pub secrets: Room,
    /// Alert batches read and held.
    pub pushes: Room,
    /// Streams of events, each with a thread of its own.
    pub events: Room,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            secrets: Room { at_once: 4, waiting: 256 },
            pushes: Room { at_once: 8, waiting: 256 },
            events: Room { at_once: 32, waiting: 256 },
        }
    }
}

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
    /// Which web pages may call; none, unless configured.
    pub cors: Option<Arc<Cors>>,
    /// Bounds checks of secrets.
    pub secrets: Arc<Gate>,
    /// Bounds alert batches.
    pub pushes: Arc<Gate>,
    /// Bounds streams of events.
    pub events: Arc<Gate>,
}

impl State {
    /// A state over a platform, with the usual limits.
    pub fn new(
        platform: Platform,
        directory: Directory,
        keys: KeySet,
        address: Address,
        clock: Clock,
    ) -> Self {
        let limits = Limits::default();
        Self {
            platform,
            directory,
            keys: Arc::new(keys),
            address: Arc::new(address),
            clock,
            cors: None,
            secrets: Arc::new(Gate::new(limits.secrets)),
            pushes: Arc::new(Gate::new(limits.pushes)),
            events: Arc::new(Gate::new(limits.events)),
        }
    }

    /// The same, open to web pages.
    #[must_use]
    pub fn with_cors(mut self, cors: Option<Cors>) -> Self {
        self.cors = cors.map(Arc::new);
        self
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: &Limits) -> Self {
        self.secrets = Arc::new(Gate::new(limits.secrets));
        self.pushes = Arc::new(Gate::new(limits.pushes));
        self.events = Arc::new(Gate::new(limits.events));
        self
    }
}
