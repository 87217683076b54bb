//! `+ - * / %` on numbers, datetimes and timespans, and the minus sign.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::{BinaryOp, Expr, ExprKind},
    syntax::tree,
    types::Type,
    value::Value,
};

use super::{
    Binder,
    convert::{widened, wider},
    expression::{balanced, node},
    scope::Cx,
};

/// The longest chain whose plan may lean to one side.
pub(crate) const MAX_STACKED: usize = 64;

impl Binder<'_> {
    /// A chain of sums or products.
    pub(super) fn arithmetic_chain(
        &mut self,
        first: &tree::Expr,
        rest: &[tree::Link],
        span: Span,
        cx: Cx<'_>,
    ) -> Option<Expr> {
        if rest.len() > MAX_STACKED {
            return self.long_sum(first, rest, span, cx);
        }
        let mut total = self.expr(first, cx);
        for link in rest {
            let operand = self.expr(&link.operand, cx);
            let span = Span::new(first.span.start, link.operand.span.end);
            total = match (total, operand) {
                (Some(left), Some(right)) => self.arithmetic(link.op, left, right, span),
                _ => None,
            };
        }
        total
    }

    /// A long sum of numbers: any grouping gives the same, so it is balanced.
    fn long_sum(
        &mut self,
        first: &tree::Expr,
        rest: &[tree::Link],
        span: Span,
        cx: Cx<'_>,
    ) -> Option<Expr> {
        let same = rest.iter().all(|it| it.op == BinaryOp::Add);
        let items: Option<Vec<Expr>> = std::iter::once(first)
            .chain(rest.iter().map(|it| &it.operand))
            .map(|it| self.expr(it, cx))
            .collect();
        let items = items?;
        if !same || !items.iter().all(|it| it.ty.is_number()) {
            let message = format!("more than {MAX_STACKED} terms in one expression");
            return self.error(codes::TOO_MANY, span, message);
        }
        let ty = items.iter().map(|it| it.ty).fold(Type::Long, Type::max);
        Some(balanced(BinaryOp::Add, ty, items.into_iter().map(|it| widened(it, ty)).collect()))
    }

    /// One operation.
    pub(super) fn arithmetic(
        &mut self,
        op: BinaryOp,
        left: Expr,
        right: Expr,
        span: Span,
    ) -> Option<Expr> {
        use BinaryOp::{Add, Divide, Modulo, Multiply, Subtract};
        use Type::{DateTime, Dynamic, Real, TimeSpan};
        let (left_type, right_type) = (left.ty, right.ty);
        let ty = match (op, left_type, right_type) {
            (_, Dynamic, Dynamic) => {
                let (left, right) = (self.converted(left, Real)?, self.converted(right, Real)?);
                let result = self.arithmetic(op, left, right, span)?;
                return Some(widened(result, Dynamic));
            }
            (_, Dynamic, other) | (_, other, Dynamic) => {
                let meant = match (op, other, left_type) {
                    (Add, DateTime, _) => TimeSpan,
                    (Multiply | Divide | Modulo, TimeSpan, _) if !self.is_lenient() => {
                        return self.operand_error(op, left_type, right_type, span);
                    }
                    (Multiply, TimeSpan, _) | (Divide, TimeSpan, TimeSpan) => Real,
                    (_, Type::Int, _) => Type::Long,
                    (_, it, _) if it.is_number() || matches!(it, DateTime | TimeSpan) => it,
                    _ => return self.operand_error(op, left_type, right_type, span),
                };
                let (left, right) = if left_type == Dynamic {
                    (self.converted(left, meant)?, right)
                } else {
                    (left, self.converted(right, meant)?)
                };
                return self.arithmetic(op, left, right, span);
            }
            (Subtract, DateTime, DateTime) => TimeSpan,
            (Add | Subtract, DateTime, TimeSpan) | (Add, TimeSpan, DateTime) => DateTime,
            (Add | Subtract | Modulo, TimeSpan, TimeSpan) | (Modulo, DateTime, TimeSpan) => {
                TimeSpan
            }
            (Divide, TimeSpan, TimeSpan) => Real,
            (Multiply | Divide, TimeSpan, number) if number.is_number() => {
                let right = self.plain_number(right)?;
                return Some(binary(op, left, right, TimeSpan, span));
            }
            (Multiply, number, TimeSpan) if number.is_number() => {
                let left = self.plain_number(left)?;
                return Some(binary(op, left, right, TimeSpan, span));
            }
            _ => match wider(left_type, right_type) {
                Some(ty) => {
                    // int arithmetic gives long
                    let ty = ty.max(Type::Long);
                    if overflows(op, &left, &right) {
                        let message = "the result of this calculation does not fit into a long";
                        return self.error(codes::OPERAND, span, message);
                    }
                    return Some(binary(op, widened(left, ty), widened(right, ty), ty, span));
                }
                None => return self.operand_error(op, left_type, right_type, span),
            },
        };
        Some(binary(op, left, right, ty, span))
    }

    /// A number beside a timespan: long or real.
    fn plain_number(&mut self, expr: Expr) -> Option<Expr> {
        match expr.ty {
            Type::Decimal => self.converted(expr, Type::Real),
            Type::Int => Some(widened(expr, Type::Long)),
            _ => Some(expr),
        }
    }

    /// `-x`.
    pub(super) fn negate(&mut self, operand: Expr, span: Span) -> Option<Expr> {
        let ty = operand.ty;
        let kind = match (operand.kind, ty) {
            (kind, Type::Int) => {
                let wide = widened(node(kind, Type::Int, operand.span), Type::Long);
                return self.negate(wide, span);
            }
            (ExprKind::Literal(Value::Long(it)), Type::Long) if it != i64::MIN => {
                ExprKind::Literal(Value::Long(-it))
            }
            (ExprKind::Literal(Value::Decimal(it)), Type::Decimal) => {
                ExprKind::Literal(Value::Decimal(match it.strip_prefix('-') {
                    Some(rest) => rest.to_owned(),
                    None => format!("-{it}"),
                }))
            }
            (kind, Type::Dynamic) => {
                let real = self.converted(node(kind, ty, operand.span), Type::Real)?;
                let negated = node(ExprKind::Negate(Box::new(real)), Type::Real, span);
                return Some(widened(negated, Type::Dynamic));
            }
            (kind, ty) if ty.is_number() || ty == Type::TimeSpan => {
                // the smallest int has no opposite of its type
                let operand = node(kind, ty, operand.span);
                ExprKind::Negate(Box::new(operand))
            }
            (_, ty) => {
                let message = format!("`-` does not work on {}", ty.name());
                return self.error(codes::OPERAND, span, message);
            }
        };
        Some(node(kind, ty, span))
    }

    /// Reports operands that do not go together.
    pub(super) fn operand_error<T>(
        &mut self,
        op: BinaryOp,
        left: Type,
        right: Type,
        span: Span,
    ) -> Option<T> {
        let sign = sign(op);
        let message = format!("`{sign}` does not work on {} and {}", left.name(), right.name());
        let problem = Diagnostic::error(codes::OPERAND, span, message);
        self.report(match (op, left, right) {
            (BinaryOp::Add, Type::String, _) | (BinaryOp::Add, _, Type::String) => {
                problem.help("`strcat(...)` joins texts")
            }
            (_, Type::DateTime, Type::String) | (_, Type::String, Type::DateTime) => {
                problem.help("write `datetime(...)`, or convert with `todatetime(...)`")
            }
            (_, Type::String, Type::String) => problem.help("`strcmp(...)` orders texts"),
            _ => problem,
        });
        None
    }
}

/// Whether two literals give more than a long holds. On columns such a result wraps; here it is
/// surely a mistake.
fn overflows(op: BinaryOp, left: &Expr, right: &Expr) -> bool {
    let (ExprKind::Literal(Value::Long(left)), ExprKind::Literal(Value::Long(right))) =
        (&left.kind, &right.kind)
    else {
        return false;
    };
    match op {
        BinaryOp::Add => left.checked_add(*right).is_none(),
        BinaryOp::Subtract => left.checked_sub(*right).is_none(),
        BinaryOp::Multiply => left.checked_mul(*right).is_none(),
        _ => false,
    }
}

/// An operation whose types are settled.
pub(super) fn binary(op: BinaryOp, left: Expr, right: Expr, ty: Type, span: Span) -> Expr {
    let (left, right) = (Box::new(left), Box::new(right));
    node(ExprKind::Binary { op, left, right }, ty, span)
}

/// An operator as written.
pub(crate) fn sign(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::And => "and",
        BinaryOp::Or => "or",
    }
}
