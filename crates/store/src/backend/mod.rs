//! The threads and connections beneath a store: how a database file is opened and brought up to
//! date, the one thread that writes, and those that read.

pub(crate) mod checkpoint;
pub(crate) mod job;
pub(crate) mod migrate;
pub(crate) mod open;
pub(crate) mod reader;
pub(crate) mod watch;
pub(crate) mod writer;
