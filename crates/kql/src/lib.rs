//! The Kusto Query Language: text → tokens → tree → bound, typed plan, with diagnostics.
//!
//! Must never name: any other crate of ours, DataFusion, HTTP, SQL. So it works in an editor, a
//! linter or a converter. What a query may call is handed in ([`function::Functions`]), and who
//! runs the plan implements [`hunt::Hunter`].

pub mod answer;
pub mod answer_json;
pub mod assist;
mod bind;
pub mod check;
pub mod codes;
mod compile;
pub mod diagnostic;
pub mod environment;
pub mod excerpt;
pub mod format;
pub mod function;
pub mod hunt;
pub mod names;
mod nearest;
pub mod pattern;
pub mod plan;
mod show;
mod stack;
pub mod syntax;
pub mod time;
pub mod types;
pub mod value;
pub mod work;

pub use compile::{Catalog, Compiled, Env, Probed, compile};
