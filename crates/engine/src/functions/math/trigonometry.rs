//! `sin`, `cos`, `tan`, `cot`, their inverses, `atan2`, `degrees`, `radians`, `pi`. Angles are in
//! radians; an inverse outside its domain is null.

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
    ($constant:ident, $name:literal, $naming:ident, $run:expr, $doc:literal, $example:literal, $result:literal) => {
        #[doc = $doc]
        pub(in super::super) const $constant: FunctionImpl = FunctionImpl {
            def: FunctionDef {
                name: $name,
                params: &[Param::of("number", REAL)],
                returns: Returns::Is(Type::Real),
                naming: Naming::$naming,
                doc: $doc,
                examples: &[($example, $result)],
            },
            lower: Lower::Rows(|args| each(args, $run)),
        };
    };
}

function!(SIN, "sin", FirstArgument, |x| Some(x.sin()), "The sine.", "sin(0)", "0.0");
function!(COS, "cos", FirstArgument, |x| Some(x.cos()), "The cosine.", "cos(0)", "1.0");
function!(TAN, "tan", FirstArgument, |x| Some(x.tan()), "The tangent.", "tan(0)", "0.0");
function!(
    COT,
    "cot",
    Position,
    |x| Some(x.tan().recip()),
    "The cotangent.",
    "isinf(cot(0))",
    "True"
);
function!(
    ASIN,
    "asin",
    FirstArgument,
    |x| unit(x).map(f64::asin),
    "The angle with this sine; null beyond -1 and 1.",
    "asin(0)",
    "0.0"
);
function!(
    ACOS,
    "acos",
    FirstArgument,
    |x| unit(x).map(f64::acos),
    "The angle with this cosine; null beyond -1 and 1.",
    "acos(1)",
    "0.0"
);
function!(
    ATAN,
    "atan",
    FirstArgument,
    |x| Some(x.atan()),
    "The angle with this tangent.",
    "atan(0)",
    "0.0"
);
function!(
    DEGREES,
    "degrees",
    Position,
    |x| Some(x * (180.0 / std::f64::consts::PI)),
    "An angle in radians as degrees.",
    "degrees(pi())",
    "180.0"
);
function!(
    RADIANS,
    "radians",
    Position,
    |x| Some(x * (std::f64::consts::PI / 180.0)),
    "An angle in degrees as radians.",
    "radians(180) == pi()",
    "True"
);

pub(in super::super) const ATAN2: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "atan2",
        params: &[Param::of("y", REAL), Param::of("x", REAL)],
        returns: Returns::Is(Type::Real),
        naming: Naming::FirstArgument,
        doc: "The angle between the x axis and the line to the point (x, y).",
        examples: &[("atan2(0, 1)", "0.0"), ("atan2(0, -1) == pi()", "True")],
    },
    lower: Lower::Rows(|args| {
        let (y, x) = (args.reals(0)?, args.reals(1)?);
        Ok(out_reals(args.rows(), |row| Some(y.get(row)?.atan2(x.get(row)?))))
    }),
};

pub(in super::super) const PI: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "pi",
        params: &[],
        returns: Returns::Is(Type::Real),
        naming: Naming::Position,
        doc: "The number pi.",
        examples: &[("pi()", "3.141592653589793")],
    },
    lower: Lower::Expr(|_| Ok(datafusion::logical_expr::lit(std::f64::consts::PI))),
};

/// NaN or between -1 and 1.
fn unit(x: f64) -> Option<f64> {
    if x.abs() > 1.0 { None } else { Some(x) }
}

fn each(args: &Args<'_>, run: fn(f64) -> Option<f64>) -> Result<ArrayRef, EngineError> {
    let number = args.reals(0)?;
    Ok(out_reals(args.rows(), |row| run(number.get(row)?)))
}
