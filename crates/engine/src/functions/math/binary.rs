//! `binary_and`, `binary_or`, `binary_xor`, `binary_not`, `binary_shift_left`,
//! `binary_shift_right`, `bitset_count_ones`: longs as 64 bits.

use datafusion::arrow::array::ArrayRef;
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};

use super::super::types::LONG;
use crate::{
    args::{Args, out_longs},
    error::EngineError,
    function_impl::{FunctionImpl, Lower},
};

const ONE: &[Param] = &[Param::of("value", LONG)];
const TWO: &[Param] = &[Param::of("one", LONG), Param::of("two", LONG)];

macro_rules! bits {
    ($constant:ident, $name:literal, $params:expr, $run:expr, $doc:literal, $example:literal, $result:literal) => {
        #[doc = $doc]
        pub(in super::super) const $constant: FunctionImpl = FunctionImpl {
            def: FunctionDef {
                name: $name,
                params: $params,
                returns: Returns::Is(Type::Long),
                naming: Naming::FirstArgument,
                doc: $doc,
                examples: &[($example, $result)],
            },
            lower: Lower::Rows($run),
        };
    };
}

bits!(
    BINARY_AND,
    "binary_and",
    TWO,
    |args| two(args, |a, b| Some(a & b)),
    "The bits that are set in both.",
    "binary_and(6, 3)",
    "2"
);
bits!(
    BINARY_OR,
    "binary_or",
    TWO,
    |args| two(args, |a, b| Some(a | b)),
    "The bits that are set in at least one.",
    "binary_or(5, 3)",
    "7"
);
bits!(
    BINARY_XOR,
    "binary_xor",
    TWO,
    |args| two(args, |a, b| Some(a ^ b)),
    "The bits that are set in exactly one.",
    "binary_xor(5, 3)",
    "6"
);
bits!(
    BINARY_NOT,
    "binary_not",
    ONE,
    |args| one(args, |a| !a),
    "Every bit the other way round.",
    "binary_not(100)",
    "-101"
);
bits!(
    BINARY_SHIFT_LEFT,
    "binary_shift_left",
    TWO,
    |args| two(args, |a, b| Some(a.wrapping_shl(places(b)?))),
    "The bits some places to the left; the number of places counts modulo 64, a negative one gives \
     null.",
    "binary_shift_left(1, 4)",
    "16"
);
bits!(
    BINARY_SHIFT_RIGHT,
    "binary_shift_right",
    TWO,
    |args| two(args, |a, b| Some(a.wrapping_shr(places(b)?))),
    "The bits some places to the right, keeping the sign; the number of places counts modulo 64, a \
     negative one gives null.",
    "binary_shift_right(5, 1)",
    "2"
);
bits!(
    BITSET_COUNT_ONES,
    "bitset_count_ones",
    ONE,
    |args| one(args, |a| i64::from(a.count_ones())),
    "How many bits are set.",
    "bitset_count_ones(42)",
    "3"
);

fn places(count: i64) -> Option<u32> {
    if count < 0 { None } else { u32::try_from(count % 64).ok() }
}

fn one(args: &Args<'_>, run: fn(i64) -> i64) -> Result<ArrayRef, EngineError> {
    let value = args.longs(0)?;
    Ok(out_longs(args.rows(), |row| value.get(row).map(run)))
}

fn two(args: &Args<'_>, run: fn(i64, i64) -> Option<i64>) -> Result<ArrayRef, EngineError> {
    let (left, right) = (args.longs(0)?, args.longs(1)?);
    Ok(out_longs(args.rows(), |row| run(left.get(row)?, right.get(row)?)))
}
