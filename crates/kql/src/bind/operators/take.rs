//! `take`.

use crate::{
    codes,
    plan::{BinaryOp, Expr, ExprKind, Op, Rel, WindowCall, WindowFunction},
    syntax::tree,
    types::{Column, Type},
    value::Value,
};

use super::super::{Binder, convert::widened, expression::node, limits, scope::Cx};

impl Binder<'_> {
    pub(super) fn take(&mut self, input: Rel, count: &tree::Expr) -> Rel {
        let columns = input.columns.clone();
        let Some(expr) = self.expr(count, Cx::CONSTANT) else { return input };
        let Some(count) = whole(&expr) else {
            if matches!(expr.ty, Type::Int | Type::Long) && limits::is_constant(&expr) {
                return numbered_take(input, expr);
            }
            let message = "the number of rows must be a constant whole number";
            self.error::<()>(codes::NOT_CONSTANT, expr.span, message);
            return input;
        };
        let count = u64::try_from(count).unwrap_or(0);
        Rel { op: Op::Take { input: Box::new(input), count }, columns }
    }
}

/// The first rows, where how many is known only when the query runs (`toscalar`).
fn numbered_take(input: Rel, count: Expr) -> Rel {
    let span = count.span;
    let width = input.columns.len();
    let mut columns = input.columns.clone();
    columns.push(Column::new("\u{2}number", Type::Long));
    let one = node(ExprKind::Literal(Value::Long(1)), Type::Long, span);
    let never = node(ExprKind::Literal(Value::Bool(false)), Type::Bool, span);
    let function = WindowFunction::RowNumber;
    let calls = vec![WindowCall { function, args: vec![one, never], span }];
    let rel = Rel { op: Op::Window { input: Box::new(input), calls }, columns: columns.clone() };
    let left = Box::new(node(ExprKind::Column(width), Type::Long, span));
    let right = Box::new(widened(count, Type::Long));
    let kind = ExprKind::Binary { op: BinaryOp::LessOrEqual, left, right };
    let predicate = node(kind, Type::Bool, span);
    let rel = Rel { op: Op::Filter { input: Box::new(rel), predicate }, columns };
    let own = rel.columns.iter().take(width).enumerate().map(|(at, it)| (at, it.name.clone()));
    let own = own.collect();
    super::pick(rel, own)
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
