//! The HTTP side: TLS, routes, OData wire shapes, status codes.
//!
//! Must never name DataFusion or SQL, and holds no rule about any entity: paths, options and
//! shapes come from `model`, decisions from `auth`, effects from `platform`.

pub mod address;
pub mod cors;
pub mod gate;
pub mod listen;
pub mod problem;
pub mod routes;
pub mod state;
pub mod tls;

mod batch;
mod compress;
mod defender_api;
mod description;
mod form;
mod full;
mod graph;
mod identity;
mod linger;
mod provider_api;
mod refusal;
mod request;
mod request_body;
mod unread;
mod wire;
mod wishes;
