//! PostgreSQL beneath a store: sessions, encryption, values on the wire, and the schema.

pub(crate) mod migrate;
mod pipeline;
pub(crate) mod session;
#[cfg(test)]
mod tests;
mod text;
mod tls;
pub(crate) mod wire;
