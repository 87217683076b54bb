//! The token endpoint and its documents, without the HTTP around them.
//!
//! `request` reads what a client sent, `grant` decides, `answer` is what it gets; `error` is the
//! one shape of every refusal. `resource` says which resources tokens are issued for, `documents`
//! are the discovery documents. The caller looks up tenant and application, and serves the result.

pub mod answer;
pub mod documents;
pub mod error;
pub mod form;
pub mod grant;
pub mod request;
pub mod resource;

/// The two generations of the protocol; they differ in paths, parameters, claims and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `/{tenant}/oauth2/token`, with `resource`.
    V1,
    /// `/{tenant}/oauth2/v2.0/token`, with `scope`.
    V2,
}
