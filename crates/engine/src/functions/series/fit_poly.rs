//! `series_fit_poly`: the polynomial nearest to a series.
//!
//! Solved by orthogonal polynomials on scaled positions, which stays exact enough at high degrees.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::{Map, Value as Json};

use super::{
    super::{
        read::Jsons,
        types::{DYNAMIC, LONG},
    },
    fit_line::explained,
    values::{finite, reals},
};
use crate::{
    args::{Args, out_json},
    arrow_types::real_json,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

/// The highest degree.
const MOST_DEGREE: i64 = 50;

pub(in super::super) const SERIES_FIT_POLY: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "series_fit_poly",
        params: &[
            Param::of("y_series", DYNAMIC),
            Param::of("x_series", DYNAMIC).opt(),
            Param::of("degree", LONG).opt(),
        ],
        returns: Returns::Members(&[
            ("rsquare", Type::Real),
            ("coefficients", Type::Dynamic),
            ("variance", Type::Real),
            ("rvariance", Type::Real),
            ("poly_fit", Type::Dynamic),
        ]),
        naming: Naming::Position,
        doc: "The polynomial of least squares of a degree (1 if not given) through points, in \
              columns: how good it is, its coefficients from the highest power down, the variance \
              of the series and of what is left, and its values. Without `x_series` the points \
              stand at 1, 2, 3 and so on.",
        examples: &[],
    },
    lower: Lower::Rows(lower),
};

fn lower(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let y = Jsons::new(args, 0)?;
    let x = if args.len() > 1 { Some(Jsons::new(args, 1)?) } else { None };
    let degree = if args.len() > 2 { Some(args.longs(2)?) } else { None };
    Ok(out_json(args.rows(), |row| {
        let run = || {
            let y = finite(&y.get(row))?;
            let x = match &x {
                Some(x) => finite(&x.get(row))?,
                None => (0..y.len()).map(|it| (it + 1) as f64).collect(),
            };
            let degree = match &degree {
                Some(degree) => degree.get(row)?,
                None => 1,
            };
            let degree = usize::try_from(degree).ok().filter(|it| *it <= MOST_DEGREE as usize)?;
            fitted(&x, &y, degree)
        };
        run().unwrap_or(Json::Null)
    }))
}

fn fitted(x: &[f64], y: &[f64], degree: usize) -> Option<Json> {
    if x.len() != y.len() || y.len() <= degree {
        return None;
    }
    let coefficients = polynomial(x, y, degree)?;
    let value = |x: f64| coefficients.iter().rev().fold(0.0, |sum, it| sum * x + it);
    let fit: Vec<f64> = x.iter().map(|it| value(*it)).collect();
    let count = y.len() as f64;
    let mean = y.iter().sum::<f64>() / count;
    let freedom = (count - 1.0).max(1.0);
    let variance = y.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / freedom;
    let left = y.iter().zip(&fit).map(|(y, fit)| (y - fit).powi(2)).sum::<f64>() / freedom;
    let mut out = Map::new();
    out.insert("rsquare".to_owned(), real_json(explained(variance, left)));
    out.insert("coefficients".to_owned(), reals(coefficients.into_iter().rev()));
    out.insert("variance".to_owned(), real_json(variance));
    out.insert("rvariance".to_owned(), real_json(left));
    out.insert("poly_fit".to_owned(), reals(fit));
    Some(Json::Object(out))
}

/// Coefficients from the lowest power up; none when the points do not settle them.
fn polynomial(x: &[f64], y: &[f64], degree: usize) -> Option<Vec<f64>> {
    let low = x.iter().copied().fold(f64::INFINITY, f64::min);
    let high = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (middle, half) = (f64::midpoint(low, high), ((high - low) / 2.0).max(f64::MIN_POSITIVE));
    let x: Vec<f64> = x.iter().map(|it| (it - middle) / half).collect();
    // Each orthogonal polynomial as its values at the points and as coefficients of the scaled x.
    let mut values: Vec<Vec<f64>> = vec![vec![1.0; x.len()]];
    let mut powers: Vec<Vec<f64>> = vec![vec![1.0]];
    let dot = |one: &[f64], two: &[f64]| -> f64 { one.iter().zip(two).map(|it| it.0 * it.1).sum() };
    let mut total = vec![0.0; degree + 1];
    let mut rest = y.to_vec();
    for order in 0..=degree {
        let (now, now_powers) = (&values[order], &powers[order]);
        let size = dot(now, now);
        if size <= 1e-18 * x.len() as f64 {
            return None;
        }
        let weight = dot(&rest, now) / size;
        for (total, power) in total.iter_mut().zip(now_powers) {
            *total += weight * power;
        }
        rest.iter_mut().zip(now).for_each(|(rest, now)| *rest -= weight * now);
        if order == degree {
            break;
        }
        let shift = x.iter().zip(now).map(|(x, it)| x * it * it).sum::<f64>() / size;
        let back = if order > 0 { size / dot(&values[order - 1], &values[order - 1]) } else { 0.0 };
        let mut next: Vec<f64> = x.iter().zip(now).map(|(x, it)| (x - shift) * it).collect();
        let mut next_powers = vec![0.0; order + 2];
        for (at, power) in now_powers.iter().enumerate() {
            next_powers[at + 1] += power;
            next_powers[at] -= shift * power;
        }
        if order > 0 {
            next.iter_mut().zip(&values[order - 1]).for_each(|(next, it)| *next -= back * it);
            next_powers
                .iter_mut()
                .zip(&powers[order - 1])
                .for_each(|(next, it)| *next -= back * it);
        }
        values.push(next);
        powers.push(next_powers);
    }
    Some(unscaled(&total, middle, half))
}

/// Coefficients of x from those of `(x - middle) / half`.
fn unscaled(scaled: &[f64], middle: f64, half: f64) -> Vec<f64> {
    let mut out: Vec<f64> = Vec::with_capacity(scaled.len());
    for coefficient in scaled.iter().rev() {
        // out = out * (x - middle) / half + coefficient
        let mut next = vec![0.0; out.len() + 1];
        for (at, it) in out.iter().enumerate() {
            next[at + 1] += it / half;
            next[at] -= it * middle / half;
        }
        next[0] += coefficient;
        out = next;
    }
    out.truncate(scaled.len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_polynomial_behind_points() {
        let x: Vec<f64> = (0..40).map(|it| f64::from(it) / 4.0).collect();
        let y: Vec<f64> = x.iter().map(|x| 2.0 - 3.0 * x + 0.5 * x.powi(3)).collect();
        let found = polynomial(&x, &y, 3).unwrap_or_default();
        for (found, wanted) in found.iter().zip([2.0, -3.0, 0.0, 0.5]) {
            assert!((found - wanted).abs() < 1e-9, "{found} {wanted}");
        }
        assert!(polynomial(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0], 2).is_none());
    }
}
