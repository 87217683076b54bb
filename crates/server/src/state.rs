//! What every request shares.

use std::{sync::Arc, time::Duration};

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

/// How much is taken in. Reading, which is what pollers do, is bounded by the connections alone;
/// of work that is dear so much is done at once, and what finds no room is answered with 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; more wait in the kernel's queue.
    pub connections: usize,
    /// Checks of secrets: each takes a core and 19 MiB for some time.
    pub secrets: Room,
    /// Alert batches read and held.
    pub pushes: Room,
    /// Streams of events, each with a thread of its own.
    pub events: Room,
    /// How long one waits for room before it is sent away.
    pub patience: Duration,
    /// Bytes of a JSON body of the Graph surface.
    pub json_bytes: usize,
    /// Bytes of a batch of alerts, unpacked.
    pub push_bytes: usize,
    /// Alerts in one batch; a client with more sends several.
    pub push_alerts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            secrets: Room { at_once: 4, waiting: 256 },
            pushes: Room { at_once: 8, waiting: 256 },
            events: Room { at_once: 32, waiting: 256 },
            patience: Duration::from_secs(20),
            json_bytes: 4 << 20,
            push_bytes: 64 << 20,
            push_alerts: 50_000,
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
    /// How much is taken in.
    pub limits: Limits,
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
            limits,
            secrets: Arc::new(Gate::new(limits.secrets, limits.patience)),
            pushes: Arc::new(Gate::new(limits.pushes, limits.patience)),
            events: Arc::new(Gate::new(limits.events, limits.patience)),
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
        self.limits = *limits;
        self.secrets = Arc::new(Gate::new(limits.secrets, limits.patience));
        self.pushes = Arc::new(Gate::new(limits.pushes, limits.patience));
        self.events = Arc::new(Gate::new(limits.events, limits.patience));
        self
    }
}
