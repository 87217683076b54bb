//! Functions that make one number of series: sums, products, lengths, and how alike two are.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::{
    super::{
        read::Jsons,
        types::{DYNAMIC, REAL},
    },
    pairwise::{SERIES_OR_NUMBER, Side, length},
    values::Series,
};
use crate::{
    args::{Args, out_reals},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

macro_rules! reduce {
    ($constant:ident, $name:literal, $params:expr, $run:expr, $doc:literal, $example:literal, $result:literal) => {
        #[doc = $doc]
        pub(in super::super) const $constant: FunctionImpl = FunctionImpl {
            def: FunctionDef {
                name: $name,
                params: $params,
                returns: Returns::Is(Type::Real),
                naming: Naming::Position,
                doc: $doc,
                examples: &[($example, $result)],
            },
            lower: Lower::Rows($run),
        };
    };
}

const ONE: &[Param] = &[Param::of("series", DYNAMIC)];
const TWO: &[Param] = &[Param::of("series1", DYNAMIC), Param::of("series2", DYNAMIC)];

reduce!(
    SERIES_SUM,
    "series_sum",
    ONE,
    |args| one(args, |it| it.iter().sum()),
    "The sum of the elements; null when one is no number.",
    "series_sum(dynamic([1, 2, 3, 4]))",
    "10.0"
);
reduce!(
    SERIES_PRODUCT,
    "series_product",
    ONE,
    |args| one(args, |it| it.iter().product()),
    "The product of the elements; null when one is no number.",
    "series_product(dynamic([1, 2, 3, 4]))",
    "24.0"
);
reduce!(
    SERIES_MAGNITUDE,
    "series_magnitude",
    ONE,
    |args| one(args, magnitude),
    "The length of the series as a vector; null when an element is no number.",
    "series_magnitude(dynamic([3, 4]))",
    "5.0"
);
reduce!(
    SERIES_DOT_PRODUCT,
    "series_dot_product",
    &[Param::of("series1", SERIES_OR_NUMBER), Param::of("series2", SERIES_OR_NUMBER)],
    dot_product,
    "The sum of the products of the elements; null when one is no number or the series differ in \
     length.",
    "series_dot_product(dynamic([1, 2, 4]), dynamic([4, 2, 1]))",
    "12.0"
);
reduce!(
    SERIES_PEARSON_CORRELATION,
    "series_pearson_correlation",
    TWO,
    |args| two(args, correlation),
    "The correlation of two series of the same length, from -1 to 1.",
    "round(series_pearson_correlation(dynamic([1, 2, 3]), dynamic([4, 3, 2])), 6)",
    "-1.0"
);
reduce!(
    SERIES_COSINE_SIMILARITY,
    "series_cosine_similarity",
    &[
        Param::of("series1", DYNAMIC),
        Param::of("series2", DYNAMIC),
        Param::of("magnitude1", REAL).opt(),
        Param::of("magnitude2", REAL).opt(),
    ],
    cosine,
    "The cosine of the angle between two series as vectors. Magnitudes that are known already may \
     be given.",
    "series_cosine_similarity(dynamic([1, 0]), dynamic([0, 2]))",
    "0.0"
);

fn magnitude(values: &[f64]) -> f64 {
    values.iter().map(|it| it * it).sum::<f64>().sqrt()
}

fn one(args: &Args<'_>, run: impl Fn(&[f64]) -> f64) -> Result<ArrayRef, EngineError> {
    let series = Jsons::new(args, 0)?;
    Ok(out_reals(args.rows(), |row| Some(run(&Series::read(&series.get(row))?.full()?))))
}

fn two(
    args: &Args<'_>,
    run: impl Fn(&[f64], &[f64]) -> Option<f64>,
) -> Result<ArrayRef, EngineError> {
    let (one, two) = (Jsons::new(args, 0)?, Jsons::new(args, 1)?);
    Ok(out_reals(args.rows(), |row| {
        let (one, two) =
            (Series::read(&one.get(row))?.full()?, Series::read(&two.get(row))?.full()?);
        if one.len() == two.len() { run(&one, &two) } else { None }
    }))
}

fn dot_product(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (one, two) = (Jsons::new(args, 0)?, Jsons::new(args, 1)?);
    Ok(out_reals(args.rows(), |row| {
        let (one, two) = (Side::read(&one.get(row))?, Side::read(&two.get(row))?);
        (0..length(&one, &two)?).map(|at| Some(one.real(at)? * two.real(at)?)).sum()
    }))
}

fn correlation(one: &[f64], two: &[f64]) -> Option<f64> {
    let count = one.len() as f64;
    if one.is_empty() {
        return None;
    }
    let mean = |it: &[f64]| it.iter().sum::<f64>() / count;
    let (mean_one, mean_two) = (mean(one), mean(two));
    let (mut both, mut square_one, mut square_two) = (0.0, 0.0, 0.0);
    for (one, two) in one.iter().zip(two) {
        let (one, two) = (one - mean_one, two - mean_two);
        both += one * two;
        square_one += one * one;
        square_two += two * two;
    }
    Some(both / (square_one.sqrt() * square_two.sqrt()))
}

fn cosine(args: &Args<'_>) -> Result<ArrayRef, EngineError> {
    let (one, two) = (Jsons::new(args, 0)?, Jsons::new(args, 1)?);
    let given = |at: usize| if at < args.len() { args.reals(at).map(Some) } else { Ok(None) };
    let (size_one, size_two) = (given(2)?, given(3)?);
    Ok(out_reals(args.rows(), |row| {
        let (one, two) =
            (Series::read(&one.get(row))?.full()?, Series::read(&two.get(row))?.full()?);
        if one.len() != two.len() {
            return None;
        }
        let size_one = size_one.as_ref().and_then(|it| it.get(row)).unwrap_or(magnitude(&one));
        let size_two = size_two.as_ref().and_then(|it| it.get(row)).unwrap_or(magnitude(&two));
        let dot: f64 = one.iter().zip(&two).map(|(one, two)| one * two).sum();
        Some(dot / (size_one * size_two))
    }))
}
