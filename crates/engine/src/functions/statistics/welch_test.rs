//! `welch_test`: could two samples have the same mean?

use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use statrs::function::beta::beta_reg;

use super::super::types::REAL;
use crate::{
    args::out_reals,
    function_impl::{FunctionImpl, Lower},
};

pub(in super::super) const WELCH_TEST: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "welch_test",
        params: &[
            Param::of("mean1", REAL),
            Param::of("variance1", REAL),
            Param::of("count1", REAL),
            Param::of("mean2", REAL),
            Param::of("variance2", REAL),
            Param::of("count2", REAL),
        ],
        returns: Returns::Is(Type::Real),
        naming: Naming::Position,
        doc: "The p-value of Welch's t-test of two samples, given their means, variances and sizes.",
        examples: &[("welch_test(1, 1, 10, 1, 1, 10)", "1.0")],
    },
    lower: Lower::Rows(|args| {
        let given = (0..6).map(|at| args.reals(at)).collect::<Result<Vec<_>, _>>()?;
        Ok(out_reals(args.rows(), |row| {
            let given: Option<Vec<f64>> = given.iter().map(|it| it.get(row)).collect();
            match given?.as_slice() {
                [mean1, variance1, count1, mean2, variance2, count2] => {
                    p_value((*mean1, *variance1, *count1), (*mean2, *variance2, *count2))
                }
                _ => None,
            }
        }))
    }),
};

fn p_value(one: (f64, f64, f64), two: (f64, f64, f64)) -> Option<f64> {
    if one.2 < 2.0 || two.2 < 2.0 || one.1 < 0.0 || two.1 < 0.0 {
        return None;
    }
    let (error1, error2) = (one.1 / one.2, two.1 / two.2);
    let error = error1 + error2;
    if error.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) || !error.is_finite() {
        return None;
    }
    let square = (one.0 - two.0).powi(2) / error;
    let freedom = error.powi(2) / (error1.powi(2) / (one.2 - 1.0) + error2.powi(2) / (two.2 - 1.0));
    let share = freedom / (freedom + square);
    ((0.0..=1.0).contains(&share) && freedom > 0.0).then(|| beta_reg(freedom / 2.0, 0.5, share))
}
