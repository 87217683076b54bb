//! `take`.

use crate::{
    codes,
    plan::{BinaryOp, Expr, ExprKind, Op, Rel},
    syntax::tree,
    value::Value,
};

use super::super::{Binder, scope::Cx};

impl Binder<'_> {
    pub(super) fn take(&mut self, input: Rel, count: &tree::Expr) -> Rel {
        let columns = input.columns.clone();
        let Some(expr) = self.expr(count, Cx::CONSTANT) else { return input };
        let Some(count) = whole(&expr) else {
            let message = "the number of rows must be a constant whole number";
            self.error::<()>(codes::NOT_CONSTANT, expr.span, message);
            return input;
        };
        let count = u64::try_from(count).unwrap_or(0);
        Rel { op: Op::Take { input: Box::new(input), count }, columns }
    }
}

/// A constant whole number; simple arithmetic is done here, since the plan holds a number.
pub(super) fn whole(expr: &Expr) -> Option<i64> {
    match &expr.kind {
        ExprKind::Literal(Value::Long(it)) => Some(*it),
        ExprKind::Literal(Value::Int(it)) => Some(i64::from(*it)),
        ExprKind::Widen(inner) => whole(inner),
        ExprKind::Negate(inner) => whole(inner)?.checked_neg(),
        ExprKind::Call { function: "tolong" | "toint", args } => match args.as_slice() {
            [arg] => whole(arg),
            _ => None,
        },
        ExprKind::Binary { op, left, right } => {
            let (left, right) = (whole(left)?, whole(right)?);
            match op {
                BinaryOp::Add => left.checked_add(right),
                BinaryOp::Subtract => left.checked_sub(right),
                BinaryOp::Multiply => left.checked_mul(right),
                BinaryOp::Divide => left.checked_div(right),
                _ => None,
            }
        }
        _ => None,
    }
}
