//! `exp`, `exp2`, `exp10`, `log`, `log2`, `log10`, `sqrt`. The logarithm of a negative number is
//! null; its square root is NaN.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::types::REAL;
use crate::{
    args::{Args, out_reals},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

macro_rules! function {
    ($constant:ident, $name:literal, $run:expr, $doc:literal, $example:literal, $result:literal) => {
        #[doc = $doc]
        pub(in super::super) const $constant: FunctionImpl = FunctionImpl {
            def: FunctionDef {
                name: $name,
                params: &[Param::of("number", REAL)],
                returns: Returns::Is(Type::Real),
                naming: Naming::FirstArgument,
                doc: $doc,
                examples: &[($example, $result)],
            },
            lower: Lower::Rows(|args| each(args, $run)),
        };
    };
}

function!(EXP, "exp", |x| Some(x.exp()), "e to this power.", "exp(0)", "1.0");
function!(EXP2, "exp2", |x| Some(x.exp2()), "2 to this power.", "exp2(3)", "8.0");
function!(EXP10, "exp10", |x| Some(10_f64.powf(x)), "10 to this power.", "exp10(3)", "1000.0");
function!(
    LOG,
    "log",
    |x| positive(x).map(f64::ln),
    "The natural logarithm; null below zero.",
    "log(1)",
    "0.0"
);
function!(
    LOG2,
    "log2",
    |x| positive(x).map(f64::log2),
    "The logarithm to base 2; null below zero.",
    "log2(8)",
    "3.0"
);
function!(
    LOG10,
    "log10",
    |x| positive(x).map(f64::log10),
    "The logarithm to base 10; null below zero.",
    "log10(1000)",
    "3.0"
);
function!(SQRT, "sqrt", |x| Some(x.sqrt()), "The square root.", "sqrt(16)", "4.0");

/// Not below zero.
fn positive(x: f64) -> Option<f64> {
    if x < 0.0 { None } else { Some(x) }
}

fn each(args: &Args<'_>, run: fn(f64) -> Option<f64>) -> Result<ArrayRef, EngineError> {
    let number = args.reals(0)?;
    Ok(out_reals(args.rows(), |row| run(number.get(row)?)))
}
