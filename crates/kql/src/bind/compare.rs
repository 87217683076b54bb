//! `==`, `<` and their kin, and `between`.
//!
//! Equality is generous: text beside another type is converted to that type, a scalar beside a
//! dynamic becomes dynamic. Order is strict.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::{BinaryOp, Expr, ExprKind},
    types::Type,
    value::Value,
};

use super::{
    Binder,
    arithmetic::{binary, sign},
    convert::{widened, wider},
    expression::node,
};

impl Binder<'_> {
    /// One comparison.
    pub(super) fn compare(
        &mut self,
        op: BinaryOp,
        left: Expr,
        right: Expr,
        span: Span,
    ) -> Option<Expr> {
        let equality = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
        let types = (left.ty, right.ty);
        let ty = if equality { equated(types.0, types.1) } else { ordered(types.0, types.1) };
        if types == (Type::Dynamic, Type::Dynamic) && !self.is_lenient() {
            let message = format!("`{}` does not work on two dynamic values", sign(op));
            self.report(
                Diagnostic::error(codes::OPERAND, span, message)
                    .help("convert them, such as with `tostring(...)`"),
            );
            return None;
        }
        let Some(ty) = ty else {
            if equality && types.0 != Type::Dynamic {
                return Some(self.never_equal(op == BinaryOp::NotEqual, types, span));
            }
            if self.is_lenient() && (types.0 == Type::Dynamic || types.1 == Type::Dynamic) {
                let ty = if types.0 == Type::Dynamic { types.1 } else { types.0 };
                let (left, right) = (self.converted(left, ty)?, self.converted(right, ty)?);
                return Some(binary(op, left, right, Type::Bool, span));
            }
            return self.operand_error(op, types.0, types.1, span);
        };
        let (left, right) = (self.converted(left, ty)?, self.converted(right, ty)?);
        Some(binary(op, left, right, Type::Bool, span))
    }

    /// Values of types that have nothing in common are different, whatever they are.
    pub(super) fn never_equal(&mut self, differ: bool, types: (Type, Type), span: Span) -> Expr {
        let (left, right) = (types.0.name(), types.1.name());
        self.warn(span, format!("{left} and {right} are never equal"));
        node(ExprKind::Literal(Value::Bool(differ)), Type::Bool, span)
    }

    /// `between` and `!between`.
    pub(super) fn between(
        &mut self,
        negate: bool,
        source: Expr,
        low: Expr,
        high: Expr,
        span: Span,
    ) -> Option<Expr> {
        let source = match source.ty {
            Type::Dynamic if low.ty.is_number() || self.is_lenient() && low.ty != Type::Dynamic => {
                self.converted(source, low.ty)?
            }
            _ => source,
        };
        let high = match (source.ty, high.ty) {
            (Type::DateTime, Type::TimeSpan) => {
                let span = high.span;
                self.arithmetic(BinaryOp::Add, low.clone(), high, span)?
            }
            _ => high,
        };
        let mut ty = source.ty;
        for bound in [low.ty, high.ty] {
            let common = match (ty, bound) {
                (Type::DateTime | Type::TimeSpan, _) if ty == bound => Some(ty),
                (Type::DateTime | Type::TimeSpan, Type::Dynamic) if self.is_lenient() => Some(ty),
                (_, Type::Dynamic) if ty.is_number() => Some(ty),
                _ => wider(ty, bound),
            };
            if let Some(common) = common {
                ty = common;
            } else {
                let message =
                    format!("`between` does not work on {} and {}", source.ty.name(), bound.name());
                return self.error(codes::OPERAND, span, message);
            }
        }
        let source = Box::new(widened(source, ty));
        let low = Box::new(self.converted(low, ty)?);
        let high = Box::new(self.converted(high, ty)?);
        Some(node(ExprKind::Between { negate, source, low, high }, Type::Bool, span))
    }
}

/// The type in which two values are compared for equality.
pub(super) fn equated(left: Type, right: Type) -> Option<Type> {
    use Type::{Bool, Dynamic, String};
    match (left, right) {
        _ if left == right => Some(left),
        (Dynamic, _) | (_, Dynamic) => Some(Dynamic),
        (String, other) | (other, String) => Some(other),
        (Bool, number) | (number, Bool) if number.is_number() => Some(Bool),
        _ => wider(left, right),
    }
}

/// The type in which two values are put in order.
fn ordered(left: Type, right: Type) -> Option<Type> {
    use Type::{Bool, DateTime, Dynamic, TimeSpan};
    match (left, right) {
        (Bool, Bool) | (DateTime, DateTime) | (TimeSpan, TimeSpan) | (Dynamic, Dynamic) => {
            Some(left)
        }
        (Dynamic, number) | (number, Dynamic) if number.is_number() => Some(Dynamic),
        // true is one
        (Bool, number) | (number, Bool) if number.is_number() => Some(Type::Long),
        _ => wider(left, right),
    }
}
