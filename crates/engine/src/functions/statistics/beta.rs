//! `beta_cdf`, `beta_inv`, `beta_pdf`: the beta distribution.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use statrs::function::beta::{beta_reg, ln_beta};

use super::super::types::REAL;
use crate::{
    args::{Args, out_reals},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const PARAMS: &[Param] =
    &[Param::of("value", REAL), Param::of("alpha", REAL), Param::of("beta", REAL)];

macro_rules! beta {
    ($constant:ident, $name:literal, $run:expr, $doc:literal, $example:literal, $result:literal) => {
        #[doc = $doc]
        pub(in super::super) const $constant: FunctionImpl = FunctionImpl {
            def: FunctionDef {
                name: $name,
                params: PARAMS,
                returns: Returns::Is(Type::Real),
                naming: Naming::Position,
                doc: $doc,
                examples: &[($example, $result)],
            },
            lower: Lower::Rows(|args| each(args, $run)),
        };
    };
}

beta!(
    BETA_CDF,
    "beta_cdf",
    |x, alpha, beta| Some(if (0.0..=1.0).contains(&x) {
        beta_reg(alpha, beta, x)
    } else {
        f64::NAN
    }),
    "The probability of a value up to this; NaN outside of 0 to 1.",
    "round(beta_cdf(0.5, 2, 2), 9)",
    "0.5"
);
beta!(
    BETA_INV,
    "beta_inv",
    |p, alpha, beta| (0.0..=1.0).contains(&p).then(|| inverse(alpha, beta, p)),
    "The value whose `beta_cdf` is the probability; null outside of 0 to 1.",
    "round(beta_inv(0.5, 2, 2), 9)",
    "0.5"
);
beta!(
    BETA_PDF,
    "beta_pdf",
    |x: f64, alpha: f64, beta: f64| Some(if (0.0..=1.0).contains(&x) {
        let power = (alpha - 1.0) * x.ln() + (beta - 1.0) * (-x).ln_1p();
        (power - ln_beta(alpha, beta)).exp()
    } else {
        f64::NAN
    }),
    "The density at a value; NaN outside of 0 to 1.",
    "round(beta_pdf(0.5, 2, 2), 9)",
    "1.5"
);

/// Runs over rows; parameters that are not positive have no distribution.
fn each(args: &Args<'_>, run: fn(f64, f64, f64) -> Option<f64>) -> Result<ArrayRef, EngineError> {
    let (value, alpha, beta) = (args.reals(0)?, args.reals(1)?, args.reals(2)?);
    Ok(out_reals(args.rows(), |row| {
        let (value, alpha, beta) = (value.get(row)?, alpha.get(row)?, beta.get(row)?);
        let good = |it: f64| it > 0.0 && it.is_finite();
        if !good(alpha) || !good(beta) || value.is_nan() {
            return Some(f64::NAN);
        }
        run(value, alpha, beta)
    }))
}

/// Halves the way to the value until nothing is left to halve. The library's own inverse does not
/// end for extreme parameters.
fn inverse(alpha: f64, beta: f64, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if beta_reg(alpha, beta, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}
