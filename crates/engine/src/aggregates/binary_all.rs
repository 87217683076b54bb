//! `binary_all_and`, `binary_all_or`, `binary_all_xor`: the bits of whole numbers put together.

use datafusion::{
    functions_aggregate::bit_and_or_xor::{bit_and_udaf, bit_or_udaf, bit_xor_udaf},
    logical_expr::AggregateUDF,
};
use kql::{
    function::{AggregateDef, Naming, Param, Returns},
    types::Type,
};

use super::{AggregateCall, AggregateImpl, Made};
use crate::error::EngineError;

const BITS: Param = Param::of("expr", &[Type::Int, Type::Long]);

const fn def(name: &'static str, doc: &'static str) -> AggregateDef {
    AggregateDef {
        name,
        params: &[BITS],
        returns: Returns::Arg(0),
        naming: Naming::FirstArgument,
        doc,
    }
}

/// `binary_all_and`.
pub(crate) const BINARY_ALL_AND: AggregateImpl = AggregateImpl {
    def: def("binary_all_and", "The bits that are set in all values."),
    lower: |call| made(call, &bit_and_udaf()),
};

/// `binary_all_or`.
pub(crate) const BINARY_ALL_OR: AggregateImpl = AggregateImpl {
    def: def("binary_all_or", "The bits that are set in at least one value."),
    lower: |call| made(call, &bit_or_udaf()),
};

/// `binary_all_xor`.
pub(crate) const BINARY_ALL_XOR: AggregateImpl = AggregateImpl {
    def: def("binary_all_xor", "The bits that are set in an odd number of values."),
    lower: |call| made(call, &bit_xor_udaf()),
};

fn made(call: &AggregateCall<'_>, udaf: &AggregateUDF) -> Result<Made, EngineError> {
    Ok(Made::just(udaf.call(vec![call.arg(0)?.0])))
}
