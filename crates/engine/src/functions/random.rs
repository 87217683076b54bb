//! `rand`, `new_guid`: another value in every row, so the optimiser must not fold them.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use datafusion::{
    arrow::{
        array::{Float64Array, StringViewArray},
        datatypes::DataType,
    },
    common::Result,
    logical_expr::{
        ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
        expr::ScalarFunction, lit,
    },
};
use kql::{
    function::{FunctionDef, Naming, Param, Returns},
    types::Type,
};
use uuid::Uuid;

use super::types::LONG;
use crate::{
    arrow_types::arrow_type,
    function_impl::{FunctionImpl, Lower},
    lower::expr::cast,
};

pub(super) const RAND: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "rand",
        params: &[Param::of("number", LONG).opt()],
        returns: Returns::Is(Type::Real),
        naming: Naming::FirstArgument,
        doc: "A random number from 0 to below 1, or a whole one from 0 to below `number`.",
        examples: &[("rand() < 1", "True"), ("rand(1)", "0.0")],
    },
    lower: Lower::Expr(|call| {
        let share = volatile("rand", Type::Real);
        Ok(match call.args.first() {
            None => share,
            Some(number) => {
                let number = cast(number.clone(), Type::Long, Type::Real);
                datafusion::functions::math::expr_fn::floor(share * number) + lit(0.0)
            }
        })
    }),
};

pub(super) const NEW_GUID: FunctionImpl = FunctionImpl {
    def: FunctionDef {
        name: "new_guid",
        params: &[],
        returns: Returns::Is(Type::Guid),
        naming: Naming::Position,
        doc: "A guid that is like no other.",
        examples: &[("new_guid() == new_guid()", "False")],
    },
    lower: Lower::Expr(|_| Ok(volatile("new_guid", Type::Guid))),
};

fn volatile(name: &'static str, ty: Type) -> Expr {
    let signature = Signature::nullary(Volatility::Volatile);
    let udf = ScalarUDF::new_from_impl(Random { name, ty, signature });
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(udf), Vec::new()))
}

#[derive(Debug, PartialEq, Eq)]
struct Random {
    name: &'static str,
    ty: Type,
    signature: Signature,
}

impl Hash for Random {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Random {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(arrow_type(self.ty))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = 0..args.number_rows;
        Ok(ColumnarValue::Array(if self.ty == Type::Guid {
            let texts = rows.map(|_| Uuid::new_v4().to_string());
            Arc::new(StringViewArray::from_iter_values(texts))
        } else {
            // 53 random bits are all that fit into a real below one.
            let numbers = rows.map(|_| {
                let bits = Uuid::new_v4().as_u128() & ((1 << 53) - 1);
                bits as f64 / (1_u64 << 53) as f64
            });
            Arc::new(Float64Array::from_iter_values(numbers))
        }))
    }
}
