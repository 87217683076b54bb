//! The fixed statements, one file per family, each beside the function that runs it.

mod changes;
mod consumers;
mod counters;
mod dedupe;
mod indexes;
mod links;
mod records;

pub(crate) use indexes::index_name;
pub(crate) use records::{BEFORE, Columns, RECORD};
