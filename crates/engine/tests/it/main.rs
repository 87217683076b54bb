//! The engine from outside: query files, the lake, limits, cancelling.

#![allow(clippy::unwrap_used)]

mod cancel;
mod corpus;
mod coverage_page;
mod kqltest;
mod lake;
mod outside;
mod reference;
mod shared;
mod show;
mod source;
mod support;
