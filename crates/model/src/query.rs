//! Query options: from the text after `?` to options checked against a type.
//!
//! Everything is bounded before it is parsed, and what comes out is owned and has no names left
//! to look up: paths are canonical, literals have the type of what they are compared with. `store`
//! turns it into SQL; nothing is evaluated here.

mod bind;
mod decode;
mod expand;
mod filter;
mod lex;
mod literal;
mod lookup;
mod options;
mod parse;
mod print;
mod search;
#[cfg(test)]
mod tests;

pub use self::filter::{CompareOp, Filter, Literal, Operand, PropertyPath, TextOp};
pub use self::options::{Expand, Options, OrderKey};
pub use self::search::Search;

use crate::code::Code;

/// The longest query string, in bytes as sent.
pub const MAX_QUERY: usize = 128 * 1024;
/// The longest `$filter`, in bytes after decoding.
pub const MAX_FILTER: usize = 64 * 1024;
/// The deepest nesting of parentheses, `not`, functions and lambdas in a `$filter`.
pub const MAX_DEPTH: usize = 100;
/// The most comparisons, list items and other nodes in a `$filter`.
pub const MAX_NODES: usize = 4_000;
/// The most options in a query string.
pub const MAX_OPTIONS: usize = 64;
/// The most paths in `$select` or `$orderby`.
pub const MAX_PATHS: usize = 200;

/// Why a query string is refused. Positions count characters of the option's decoded value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// An option that does not exist.
    #[error("the query option '{name}' is not known")]
    UnknownOption {
        /// Its name as sent.
        name: String,
    },
    /// An option that the protocol has and this server has not.
    #[error("the query option '{name}' is not supported")]
    NotOffered {
        /// Its canonical name.
        name: &'static str,
    },
    /// An option that stands there twice.
    #[error("the query option '{name}' is given more than once")]
    Twice {
        /// Its canonical name.
        name: &'static str,
    },
    /// An option whose value does not make sense.
    #[error("the value of {name} is not valid: {reason}")]
    BadValue {
        /// Its canonical name.
        name: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Text of `$filter` (or of a path in it) that cannot be read.
    #[error("syntax error at position {at} in {option}: {reason}")]
    Syntax {
        /// The option.
        option: &'static str,
        /// Where.
        at: usize,
        /// What is wrong.
        reason: String,
    },
    /// A name that the type does not have.
    #[error("could not find a property named '{name}' on type '{ty}' (position {at} in {option})")]
    NoProperty {
        /// The option.
        option: &'static str,
        /// Where.
        at: usize,
        /// The name.
        name: String,
        /// The type it was looked for on.
        ty: String,
    },
    /// A property that this set does not filter or sort by.
    #[error("the property '{name}' cannot be used in {option}")]
    NotSupported {
        /// The option.
        option: &'static str,
        /// The property.
        name: String,
    },
    /// A comparison of things that do not compare.
    #[error("type mismatch at position {at} in {option}: {reason}")]
    Mismatch {
        /// The option.
        option: &'static str,
        /// Where.
        at: usize,
        /// What does not fit.
        reason: String,
    },
    /// Something above its limit.
    #[error("{what} is above the limit of {max}")]
    TooMuch {
        /// What is limited.
        what: &'static str,
        /// The limit.
        max: usize,
    },
}

impl QueryError {
    /// How callers see it.
    pub fn code(&self) -> Code {
        Code::BadRequest
    }
}
