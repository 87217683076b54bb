//! Every SQL statement: records, the change log, the one write path.
//!
//! Must never: know a rule about an entity, speak HTTP, look at the clock (times are handed in).
//!
//! A [`Store`] runs closures. A write closure gets a [`Tx`], a read closure a [`ReadTx`]; both are
//! plain synchronous code on a thread that may block, so a transaction is never held across an
//! await and never nested. What a document means is the caller's business; here it has a key, a
//! number in the change log, and members that filters and orders can reach.

mod address;
mod ask;
mod backend;
mod cursor;
mod error;
mod query;
mod record;
mod store;
mod tables;
#[cfg(test)]
#[path = "../tests/it/server.rs"]
#[allow(clippy::unwrap_used)]
mod test_server;
mod tx;

pub use address::{Address, Server};
pub use ask::{ListAsk, Page};
pub use cursor::Cursor;
pub use error::{Cause, StoreError};
pub use record::{Change, Key, Link, NewRecord, Operation, Record};
pub use store::Store;
pub use tables::{Changed, REMEMBERED};
pub use tx::{ReadTx, Tx};

/// A JSON object in the order it was written: what a record holds.
pub type Document = serde_json::Map<String, serde_json::Value>;
