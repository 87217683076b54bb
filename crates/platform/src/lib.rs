//! What the entities do beyond being stored: reading and writing any set of the model, the areas
//! with behaviour of their own, intake, correlation, and the directory of tenants, apps and people.
//!
//! Must never name: HTTP routing (axum, hyper), Arrow or DataFusion, SQL. A caller resolves a path
//! with `model`, opens a call here (which decides the right before any body is read), runs it, and
//! writes the [`reply::Reply`] in its own wire shape.

pub mod areas;
mod behavior;
pub mod call;
pub mod correlation;
mod create;
mod delta;
mod demands;
pub mod directory;
mod doc;
mod expand;
pub mod fault;
mod intake;
mod linked;
mod platform;
mod read;
mod refs;
pub mod reply;
mod stamping;
mod stamps;
mod streams;
mod token;
mod tree;
mod write;

pub use platform::Platform;
