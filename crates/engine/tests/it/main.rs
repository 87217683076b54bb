//! The engine from outside: query files, the lake, limits, cancelling.

#![allow(clippy::unwrap_used)]

mod cancel;
mod kqltest;
mod lake;
mod show;
mod source;
mod support;
