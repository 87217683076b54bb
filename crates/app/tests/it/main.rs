//! End-to-end tests: the started binary, as a user meets it. Each test has its own data directory
//! and port; `harness.rs` starts and asks it.
#![allow(clippy::unwrap_used, clippy::missing_docs_in_private_items)]

mod added_entity;
mod attacks;
mod bad_input;
mod clients_need;
mod command_line;
mod conformance;
mod crash;
mod graph;
mod harness;
mod house;
mod hunting;
mod identity;
mod isolation;
mod kql_tools;
mod listener;
mod people;
#[path = "../../../store/tests/it/server.rs"]
mod postgres;
mod protocol;
mod story;
mod subscriptions;
mod tail;
