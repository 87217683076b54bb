//! Comparisons, with the language's nulls.
//!
//! `null == 5` is false, `null != 5` is true, and two nulls give null; `<` with a null gives null.
//! Where only truth counts, `=` and `is distinct from` say just that, and the scan understands
//! them.

use datafusion::logical_expr::{BinaryExpr, Expr, Operator, lit, when};
use kql::{plan::BinaryOp, types::Type};

use crate::{
    arrow_types::null_literal,
    dynamic,
    error::EngineError,
    lower::{decimal, expr::cast},
    udf::{self, Work},
};

/// Does the operator compare?
pub(crate) fn is_comparison(op: BinaryOp) -> bool {
    match op {
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessOrEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterOrEqual => true,
        BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide
        | BinaryOp::Modulo
        | BinaryOp::And
        | BinaryOp::Or => false,
    }
}

/// The comparison where null and false are alike.
pub(crate) fn truth(
    op: BinaryOp,
    left: Expr,
    left_type: Type,
    right: Expr,
    right_type: Type,
) -> Result<Expr, EngineError> {
    let sides = align(left, left_type, right, right_type)?;
    if matches!(sides.ty, Type::Dynamic | Type::Decimal) {
        return Ok(by_kernel(op, sides));
    }
    let operator = match op {
        BinaryOp::NotEqual if sides.ty != Type::String => Operator::IsDistinctFrom,
        other => plain(other)?,
    };
    Ok(binary(sides.left, operator, sides.right))
}

/// The comparison itself.
pub(crate) fn value(
    op: BinaryOp,
    left: Expr,
    left_type: Type,
    right: Expr,
    right_type: Type,
) -> Result<Expr, EngineError> {
    let sides = align(left, left_type, right, right_type)?;
    if matches!(sides.ty, Type::Dynamic | Type::Decimal) {
        return Ok(by_kernel(op, sides));
    }
    let operator = match op {
        _ if sides.ty == Type::String => plain(op)?,
        BinaryOp::Equal => Operator::IsNotDistinctFrom,
        BinaryOp::NotEqual => Operator::IsDistinctFrom,
        other => plain(other)?,
    };
    let is_equality = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
    let never_null = |e: &Expr| matches!(e, Expr::Literal(scalar, _) if !scalar.is_null());
    if !is_equality
        || sides.ty == Type::String
        || never_null(&sides.left)
        || never_null(&sides.right)
    {
        return Ok(binary(sides.left, operator, sides.right));
    }
    let both_null = sides.left.clone().is_null().and(sides.right.clone().is_null());
    let compared = binary(sides.left, operator, sides.right);
    Ok(when(both_null, null_literal(Type::Bool)).otherwise(compared)?)
}

struct Sides {
    left: Expr,
    right: Expr,
    ty: Type,
}

/// Both sides in one Arrow type. The binder widened them already but for literals' small cases.
fn align(left: Expr, left_type: Type, right: Expr, right_type: Type) -> Result<Sides, EngineError> {
    let ty = match (left_type, right_type) {
        (one, two) if one == two => one,
        (Type::Dynamic, other) | (other, Type::Dynamic) => {
            let encode = |e: Expr, ty: Type| {
                if ty == Type::Dynamic {
                    return e;
                }
                let work = Work::Plain(dynamic::encode::encode);
                udf::call("to_dynamic", work, vec![e], &[other], Type::Dynamic)
            };
            let (left, right) = (encode(left, left_type), encode(right, right_type));
            return Ok(Sides { left, right, ty: Type::Dynamic });
        }
        (Type::Real, two) if two.is_number() => Type::Real,
        (one, Type::Real) if one.is_number() => Type::Real,
        (Type::Int | Type::Long, Type::Int | Type::Long) => Type::Long,
        (Type::Int | Type::Long, Type::Decimal) | (Type::Decimal, Type::Int | Type::Long) => {
            Type::Decimal
        }
        (one, two) => {
            return Err(EngineError::plan(format!(
                "a {} is compared with a {}",
                one.name(),
                two.name()
            )));
        }
    };
    let (left, right) = (cast(left, left_type, ty), cast(right, right_type, ty));
    Ok(Sides { left, right, ty })
}

/// Texts that are not compared as texts.
fn by_kernel(op: BinaryOp, sides: Sides) -> Expr {
    let is_decimal = sides.ty == Type::Decimal;
    let name = match (op, is_decimal) {
        (BinaryOp::NotEqual, false) => "dynamic_not_equal",
        (BinaryOp::Less, false) => "dynamic_less",
        (BinaryOp::LessOrEqual, false) => "dynamic_less_or_equal",
        (BinaryOp::Greater, false) => "dynamic_greater",
        (BinaryOp::GreaterOrEqual, false) => "dynamic_greater_or_equal",
        (_, false) => "dynamic_equal",
        (BinaryOp::NotEqual, true) => "decimal_not_equal",
        (BinaryOp::Less, true) => "decimal_less",
        (BinaryOp::LessOrEqual, true) => "decimal_less_or_equal",
        (BinaryOp::Greater, true) => "decimal_greater",
        (BinaryOp::GreaterOrEqual, true) => "decimal_greater_or_equal",
        (_, true) => "decimal_equal",
    };
    let kernel = if is_decimal { decimal::kernel(op) } else { dynamic::compare::kernel(op) };
    let types = [sides.ty, sides.ty];
    udf::call(name, Work::Plain(kernel), vec![sides.left, sides.right], &types, Type::Bool)
}

fn plain(op: BinaryOp) -> Result<Operator, EngineError> {
    Ok(match op {
        BinaryOp::Equal => Operator::Eq,
        BinaryOp::NotEqual => Operator::NotEq,
        BinaryOp::Less => Operator::Lt,
        BinaryOp::LessOrEqual => Operator::LtEq,
        BinaryOp::Greater => Operator::Gt,
        BinaryOp::GreaterOrEqual => Operator::GtEq,
        other => return Err(EngineError::plan(format!("{other:?} is no comparison"))),
    })
}

/// An operator between two expressions.
pub(crate) fn binary(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))
}

/// A bool in whose place stands `otherwise` where it is null.
pub(crate) fn or_else(predicate: Expr, otherwise: bool) -> Expr {
    // DataFusion evaluates what hangs on no row before it knows what to make of a `coalesce`
    match (predicate.any_column_refs(), otherwise) {
        (true, _) => {
            datafusion::functions::core::expr_fn::coalesce(vec![predicate, lit(otherwise)])
        }
        (false, true) => predicate.is_not_false(),
        (false, false) => predicate.is_true(),
    }
}

/// A string column whose nulls, made by a join or an aggregate, read as empty again.
pub(crate) fn coalesce_text(text: Expr) -> Expr {
    let empty = null_literal(Type::String);
    datafusion::functions::core::expr_fn::coalesce(vec![text, empty])
}
