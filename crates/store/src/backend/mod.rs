//! The threads and connections beneath a store: how a database is opened and brought up to date,
//! the one thread that writes, and those that read. What differs between a file and a server ends
//! at [`conn::Conn`].

pub(crate) mod checkpoint;
pub(crate) mod conn;
pub(crate) mod job;
pub(crate) mod migrate;
pub(crate) mod open;
pub(crate) mod postgres;
pub(crate) mod reader;
pub(crate) mod row;
pub(crate) mod value;
pub(crate) mod watch;
pub(crate) mod writer;
