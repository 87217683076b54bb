//! Typed metadata of the API, and everything that reads it: paths, query options, bodies, shapes,
//! timestamps and error codes.
//!
//! The CSDL files under `schema/` are the source; [`graph`] has them parsed once per version, and
//! nothing here knows a single entity by name. This crate must never name async, I/O or HTTP.

pub mod batch;
pub mod body;
pub mod code;
pub mod csdl;
pub mod edm;
pub mod facts;
pub mod id;
pub mod model;
pub mod openapi;
pub mod path;
pub mod query;
pub mod shape;
mod text;
pub mod time;
mod version;

pub use crate::model::Model;
pub use crate::version::{ExtendError, Version, extend, graph};
