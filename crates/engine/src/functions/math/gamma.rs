//! `gamma`, `loggamma`, `erf`, `erfc`: functions that the standard library lacks.

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
    ($constant:ident, $name:literal, $run:path, $doc:literal, $example:literal, $result:literal) => {
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

function!(GAMMA, "gamma", libm::tgamma, "The gamma function.", "gamma(5)", "24.0");
function!(
    LOGGAMMA,
    "loggamma",
    libm::lgamma,
    "The logarithm of the gamma function's absolute value.",
    "loggamma(1)",
    "0.0"
);
function!(ERF, "erf", libm::erf, "The error function.", "erf(0)", "0.0");
function!(ERFC, "erfc", libm::erfc, "One minus the error function.", "erfc(0)", "1.0");

fn each(args: &Args<'_>, run: fn(f64) -> f64) -> Result<ArrayRef, EngineError> {
    let number = args.reals(0)?;
    Ok(out_reals(args.rows(), |row| number.get(row).map(run)))
}
