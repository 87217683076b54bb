//! One file per subcommand.

pub mod app;
pub mod completions;
pub mod conformance;
pub mod feed;
pub mod hunt;
pub mod hunt_lines;
pub mod ingest;
pub mod kql;
pub mod provider;
pub mod scenario;
pub mod serve;
pub mod sink;
pub mod tenant;
pub mod token;
pub mod user;
