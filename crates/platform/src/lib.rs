//! What the entities do beyond being stored: reading and writing any set of the model, the areas
//! with behaviour of their own, intake, correlation, and the directory of tenants and apps.
//!
//! Must never name: HTTP routing (axum, hyper), Arrow or DataFusion, SQL. A caller resolves a path
//! with `model`, opens a call here (which decides the right before any body is read), runs it, and
//! writes the [`reply::Reply`] in its own wire shape.

pub mod areas;
mod behavior;
pub mod call;
pub mod correlation;
pub mod directory;
mod doc;
mod expand;
pub mod fault;
mod intake;
mod platform;
mod read;
pub mod reply;
mod stamps;
mod token;
mod write;

pub use platform::Platform;
