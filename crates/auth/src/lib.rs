//! Who is calling, and may they: tokens, the OAuth2 token endpoint, access decisions.
//!
//! Must never name SQL, HTTP or the clock. Everything here is data in, data out: the caller hands
//! in the record of an application, the bytes of a form, the time; it gets back a token, a JSON
//! document or a decision. `store` keeps what is kept, `server` speaks the wire.

pub mod app;
pub mod bearer;
pub mod context;
pub mod keys;
pub mod oauth;
pub mod policy;
pub mod secret;
mod template;
mod text;
pub mod token;
pub mod user;

pub use crate::context::{Caller, CallerKind, OpCx};
