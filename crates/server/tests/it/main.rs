//! The router in process: hostile input in bulk, and load that is shed.
#![allow(clippy::unwrap_used)]

mod hostile;
mod load;
mod surface;
mod world;
