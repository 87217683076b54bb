//! Calls of the function library.

use kql::{plan::Expr, types::Type};

use datafusion::logical_expr::Expr as Lowered;

use crate::{
    error::EngineError,
    function_impl::{Call, Lower},
    functions,
    lower::{Step, constant, expr},
    udf::{self, Work},
};

/// A call by the function's name.
pub(crate) fn call(
    input: &Step,
    function: &str,
    args: &[Expr],
    returns: Type,
) -> Result<Lowered, EngineError> {
    let found = functions::SCALARS
        .iter()
        .find(|it| it.def.name == function)
        .ok_or_else(|| EngineError::plan(format!("no function `{function}`")))?;
    let lowered = args.iter().map(|arg| expr::value(input, arg)).collect::<Result<Vec<_>, _>>()?;
    let types: Vec<Type> = args.iter().map(|arg| arg.ty).collect();
    match found.lower {
        Lower::Rows(run) => {
            Ok(udf::call(found.def.name, Work::Plain(run), lowered, &types, returns))
        }
        Lower::Expr(make) => make(&described(&lowered, &types, returns)?.borrow()),
        Lower::Bound(make) => {
            let kernel = make(&described(&lowered, &types, returns)?.borrow())?;
            Ok(udf::call(found.def.name, Work::Bound(kernel), lowered, &types, returns))
        }
    }
}

struct Described<'a> {
    args: &'a [Lowered],
    types: &'a [Type],
    constants: Vec<Option<kql::value::Value>>,
    returns: Type,
}

impl Described<'_> {
    fn borrow(&self) -> Call<'_> {
        Call {
            args: self.args,
            types: self.types,
            constants: &self.constants,
            returns: self.returns,
        }
    }
}

fn described<'a>(
    args: &'a [Lowered],
    types: &'a [Type],
    returns: Type,
) -> Result<Described<'a>, EngineError> {
    let constants = args
        .iter()
        .zip(types)
        .map(|(arg, ty)| constant::value(arg, *ty))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Described { args, types, constants, returns })
}
