//! The fixed statements, one file per family, each beside the function that runs it.

mod beside;
mod changed;
mod changes;
mod consumers;
mod counters;
mod dedupe;
mod digest;
mod indexes;
mod links;
mod records;
mod remembered;
mod tally;
mod terms;

pub(crate) use beside::Kept;
pub use changed::Changed;
pub(crate) use changes::line;
pub(crate) use indexes::index_name;
pub(crate) use links::Links;
pub use links::REMEMBERED;
pub(crate) use records::{BEFORE, Columns, RECORD};
pub(crate) use tally::Tallied;
pub(crate) use terms::{Pending, array, term};
