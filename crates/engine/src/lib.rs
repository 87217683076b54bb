//! The hunting engine: checked pipelines to DataFusion plans, the function library, and the lake.
//!
//! Must never name: HTTP, the SQL of the platform. It is the only crate that names DataFusion,
//! Arrow and Parquet, and none of their types leave it.

mod aggregates;
mod args;
mod arrow_types;
mod catalog;
mod collect;
mod dynamic;
mod error;
mod fault;
mod flow;
mod function_impl;
mod functions;
mod hunter;
mod lake;
mod leash;
mod lower;
mod meter;
mod outside;
#[cfg(test)]
mod properties;
mod registry;
mod session;
mod shared;
mod source;
mod stored;
mod tables;
mod text;
mod udf;
mod watchlist;
mod yielding;

pub use error::EngineError;
pub use hunter::{Engine, Options, functions, is_table};
