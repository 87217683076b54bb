//! The platform over a store in memory: calls in, replies out, as a server would make them.
#![allow(clippy::unwrap_used, missing_docs)]

mod alerts;
mod containment;
mod directory;
mod hunting;
mod incidents;
mod intake;
mod labels;
mod legacy;
mod story;
mod subscriptions;
mod world;
