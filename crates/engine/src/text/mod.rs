//! The language's tests on text.
//!
//! A needle that is constant (nearly always) is prepared once per query; the search itself looks
//! for the needle's rarest byte and checks the rest only there, so a test over a column runs at
//! about the speed the column is read.

pub(crate) mod find;
pub(crate) mod in_list;
pub(crate) mod pattern;
pub(crate) mod term;
pub(crate) mod terms;
pub(crate) mod test;
