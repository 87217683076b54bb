//! The Kusto Query Language: text → tokens → tree → bound, typed plan, with diagnostics.
//!
//! Must never name: any other crate of ours, DataFusion, HTTP, SQL. So it works in an editor, a
//! linter or a converter. What a query may call is handed in ([`function::Functions`]), and who
//! runs the plan implements [`hunt::Hunter`].

pub mod answer;
pub mod answer_json;
mod bind;
pub mod codes;
mod compile;
pub mod diagnostic;
pub mod function;
pub mod hunt;
mod nearest;
pub mod plan;
mod show;
pub mod syntax;
pub mod time;
pub mod types;
pub mod value;

pub use compile::{Catalog, Compiled, Env, compile};
