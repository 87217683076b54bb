//! Functions of two series, element by element: arithmetic and comparisons. One of the two may be a
//! number, which then stands beside every element.
//!
//! The result is as long as the longer series; where one of the two has no number there is null.
#![allow(clippy::float_cmp, reason = "equality of numbers is what two of the functions tell")]

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use serde_json::Value as Json;

use super::{
    super::read::Jsons,
    values::{Series, number},
};
use crate::{
    args::{Args, out_json},
    arrow_types::real_json,
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

/// A series or a number.
pub(super) const SERIES_OR_NUMBER: &[Type] =
    &[Type::Dynamic, Type::Int, Type::Long, Type::Real, Type::Decimal];

macro_rules! pairwise {
    ($constant:ident, $name:literal, $whole:expr, $real:expr, $doc:literal, $example:literal, $result:literal) => {
        #[doc = $doc]
        pub(in super::super) const $constant: FunctionImpl = FunctionImpl {
            def: FunctionDef {
                name: $name,
                params: &[
                    Param::of("series1", SERIES_OR_NUMBER),
                    Param::of("series2", SERIES_OR_NUMBER),
                ],
                returns: Returns::Is(Type::Dynamic),
                naming: Naming::Position,
                doc: $doc,
                examples: &[($example, $result)],
            },
            lower: Lower::Rows(|args| each(args, $whole, $real)),
        };
    };
}

/// The result of two whole numbers, when it is whole, too.
type Whole = fn(i64, i64) -> Option<i64>;
/// The result of two numbers.
type Real = fn(f64, f64) -> Json;

const NEVER: Whole = |_, _| None;

pairwise!(
    SERIES_ADD,
    "series_add",
    i64::checked_add,
    |one, two| real_json(one + two),
    "The sums of two series, element by element.",
    "series_add(dynamic([1, 2, 4]), dynamic([4, 2, 1]))",
    "[5,4,5]"
);
pairwise!(
    SERIES_SUBTRACT,
    "series_subtract",
    i64::checked_sub,
    |one, two| real_json(one - two),
    "The differences of two series, element by element.",
    "series_subtract(dynamic([1, 2, 4]), dynamic([4, 2, 1]))",
    "[-3,0,3]"
);
pairwise!(
    SERIES_MULTIPLY,
    "series_multiply",
    i64::checked_mul,
    |one, two| real_json(one * two),
    "The products of two series, element by element.",
    "series_multiply(dynamic([1, 2, 4]), 0.5)",
    "[0.5,1.0,2.0]"
);
pairwise!(
    SERIES_DIVIDE,
    "series_divide",
    NEVER,
    |one, two| real_json(one / two),
    "The quotients of two series, element by element, as reals.",
    "series_divide(dynamic([1, 2, 4]), dynamic([4, 2, 1]))",
    "[0.25,1.0,4.0]"
);
pairwise!(
    SERIES_POW,
    "series_pow",
    NEVER,
    |one, two| real_json(one.powf(two)),
    "The powers of the elements of one series by those of the other.",
    "series_pow(dynamic([1, 2, 4]), dynamic([4, 2, 1]))",
    "[1.0,4.0,4.0]"
);
pairwise!(
    SERIES_EQUALS,
    "series_equals",
    NEVER,
    |one, two| Json::Bool(one == two),
    "Whether the elements are equal.",
    "series_equals(dynamic([1, 2, 4]), dynamic([4, 2]))",
    "[false,true,null]"
);
pairwise!(
    SERIES_NOT_EQUALS,
    "series_not_equals",
    NEVER,
    |one, two| Json::Bool(one != two),
    "Whether the elements differ.",
    "series_not_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))",
    "[true,false,true]"
);
pairwise!(
    SERIES_GREATER,
    "series_greater",
    NEVER,
    |one, two| Json::Bool(one > two),
    "Whether the elements of the first series are greater.",
    "series_greater(dynamic([1, 2, 4]), 2)",
    "[false,false,true]"
);
pairwise!(
    SERIES_GREATER_EQUALS,
    "series_greater_equals",
    NEVER,
    |one, two| Json::Bool(one >= two),
    "Whether the elements of the first series are greater or equal.",
    "series_greater_equals(dynamic([1, 2, 4]), 2)",
    "[false,true,true]"
);
pairwise!(
    SERIES_LESS,
    "series_less",
    NEVER,
    |one, two| Json::Bool(one < two),
    "Whether the elements of the first series are less.",
    "series_less(dynamic([1, 2, 4]), 2)",
    "[true,false,false]"
);
pairwise!(
    SERIES_LESS_EQUALS,
    "series_less_equals",
    NEVER,
    |one, two| Json::Bool(one <= two),
    "Whether the elements of the first series are less or equal.",
    "series_less_equals(dynamic([1, 2, 4]), 2)",
    "[true,true,false]"
);

/// One side of a pair.
pub(super) enum Side {
    /// Elements.
    Series(Series),
    /// The same number for every element.
    Number(f64, Option<i64>),
}

impl Side {
    /// Reads an argument; none when it is neither.
    pub(super) fn read(json: &Json) -> Option<Self> {
        match Series::read(json) {
            Some(series) => Some(Self::Series(series)),
            None => Some(Self::Number(number(json)?, json.as_i64())),
        }
    }

    fn len(&self) -> Option<usize> {
        match self {
            Self::Series(series) => Some(series.values.len()),
            Self::Number(..) => None,
        }
    }

    /// The number at a position.
    pub(super) fn real(&self, at: usize) -> Option<f64> {
        match self {
            Self::Series(series) => series.values.get(at).copied().flatten(),
            Self::Number(number, _) => Some(*number),
        }
    }

    fn whole(&self, at: usize) -> Option<i64> {
        match self {
            Self::Series(series) => series.whole.as_ref()?.get(at).copied().flatten(),
            Self::Number(_, whole) => *whole,
        }
    }
}

/// How many elements a pair has; none when both are numbers.
pub(super) fn length(one: &Side, two: &Side) -> Option<usize> {
    one.len().max(two.len())
}

fn each(args: &Args<'_>, on_whole: Whole, on_real: Real) -> Result<ArrayRef, EngineError> {
    let (one, two) = (Jsons::new(args, 0)?, Jsons::new(args, 1)?);
    Ok(out_json(args.rows(), |row| {
        let (Some(one), Some(two)) = (Side::read(&one.get(row)), Side::read(&two.get(row))) else {
            return Json::Null;
        };
        let Some(length) = length(&one, &two) else { return Json::Null };
        let element = |at: usize| {
            if let (Some(one), Some(two)) = (one.whole(at), two.whole(at))
                && let Some(result) = on_whole(one, two)
            {
                return Json::from(result);
            }
            match (one.real(at), two.real(at)) {
                (Some(one), Some(two)) => on_real(one, two),
                _ => Json::Null,
            }
        };
        (0..length).map(element).collect()
    }))
}
