//! Types that widen by themselves, and conversions that the language does without being asked.

use crate::{
    codes,
    plan::{Expr, ExprKind},
    syntax::literal,
    time,
    types::Type,
    value::Value,
};

use super::{Binder, expression::node};

/// The narrowest number type that holds both.
pub(super) fn wider(left: Type, right: Type) -> Option<Type> {
    (left.is_number() && right.is_number()).then(|| left.max(right))
}

/// Gives an expression a wider type: a number type, or dynamic.
pub(super) fn widened(expr: Expr, ty: Type) -> Expr {
    if expr.ty == ty {
        return expr;
    }
    let span = expr.span;
    let kind = match expr.kind {
        ExprKind::Literal(value) => match literal_as(&value, ty) {
            Some(value) => ExprKind::Literal(value),
            None => ExprKind::Widen(Box::new(node(ExprKind::Literal(value), expr.ty, span))),
        },
        kind => ExprKind::Widen(Box::new(node(kind, expr.ty, span))),
    };
    node(kind, ty, span)
}

/// A constant in another type, where that loses nothing.
fn literal_as(value: &Value, ty: Type) -> Option<Value> {
    Some(match (value, ty) {
        (Value::Null, _) => Value::Null,
        (Value::Int(it), Type::Long) => Value::Long(i64::from(*it)),
        (Value::Int(it), Type::Real) => Value::Real(f64::from(*it)),
        (Value::Long(it), Type::Real) => Value::Real(*it as f64),
        (Value::Int(it), Type::Decimal) => Value::Decimal(it.to_string()),
        (Value::Long(it), Type::Decimal) => Value::Decimal(it.to_string()),
        (Value::Bool(it), Type::Dynamic) => Value::Dynamic((*it).into()),
        (Value::Int(it), Type::Dynamic) => Value::Dynamic((*it).into()),
        (Value::Long(it), Type::Dynamic) => Value::Dynamic((*it).into()),
        (Value::String(it), Type::Dynamic) => Value::Dynamic(it.as_str().into()),
        _ => return None,
    })
}

/// A constant cell of a `datatable` in its column's type; none when it cannot be.
pub(super) fn cell(value: &Value, ty: Type) -> Option<Value> {
    if value.ty() == Some(ty) {
        return Some(value.clone());
    }
    if let (Value::Null, Type::String) = (value, ty) {
        return Some(Value::String(String::new()));
    }
    if let Some(value) = literal_as(value, ty) {
        return Some(value);
    }
    Some(match (value, ty) {
        (Value::Long(it), Type::Int) => Value::Int(i32::try_from(*it).ok()?),
        (Value::Long(it), Type::Bool) => Value::Bool(*it != 0),
        (Value::Real(it), Type::Int) => Value::Int(*it as i32),
        (Value::Real(it), Type::Long) => Value::Long(*it as i64),
        (Value::Real(it), Type::Decimal) => Value::Decimal(format!("{it}")),
        (Value::Real(it), Type::Dynamic) => Value::Dynamic((*it).into()),
        (Value::DateTime(it), Type::Dynamic) => Value::Dynamic(time::format_datetime(*it).into()),
        (Value::TimeSpan(it), Type::Dynamic) => Value::Dynamic(time::format_timespan(*it).into()),
        (Value::Guid(it), Type::Dynamic) => Value::Dynamic(it.to_string().into()),
        (Value::Int(it), Type::String) => Value::String(it.to_string()),
        (Value::Long(it), Type::String) => Value::String(it.to_string()),
        (Value::Bool(it), Type::String) => Value::String(if *it { "True" } else { "False" }.into()),
        (Value::DateTime(it), Type::String) => Value::String(time::format_datetime(*it)),
        (Value::TimeSpan(it), Type::String) => Value::String(time::format_timespan(*it)),
        (Value::Guid(it), Type::String) => Value::String(it.to_string()),
        (Value::Dynamic(serde_json::Value::String(it)), Type::String) => Value::String(it.clone()),
        (Value::String(it), ty) => literal::parse(ty, it.trim()).unwrap_or(Value::Null),
        (Value::Int(it), Type::Bool) => Value::Bool(*it != 0),
        (Value::Real(it), Type::Bool) => Value::Bool(*it != 0.0),
        (Value::Bool(it), Type::Int) => Value::Int(i32::from(*it)),
        (Value::Bool(it), Type::Long) => Value::Long(i64::from(*it)),
        (Value::Bool(it), Type::Real) => Value::Real(f64::from(u8::from(*it))),
        (Value::Decimal(it), Type::Int | Type::Long | Type::Real | Type::Dynamic) => {
            return cell(&Value::Real(it.parse().ok()?), ty);
        }
        (Value::Decimal(it), Type::String) => Value::String(it.clone()),
        (Value::Real(it), Type::String) => Value::String(it.to_string()),
        (Value::Dynamic(it), Type::String) => Value::String(it.to_string()),
        (Value::Dynamic(serde_json::Value::Number(it)), Type::Int | Type::Long | Type::Real) => {
            return cell(&Value::Real(it.as_f64()?), ty);
        }
        // what does not turn into the type is null
        _ => Value::Null,
    })
}

impl Binder<'_> {
    /// An expression turned into another type by the function that does that.
    pub(super) fn converted(&mut self, expr: Expr, ty: Type) -> Option<Expr> {
        if expr.ty == ty {
            return Some(expr);
        }
        if wider(expr.ty, ty) == Some(ty) || ty == Type::Dynamic {
            return Some(widened(expr, ty));
        }
        let span = expr.span;
        if matches!(expr.kind, ExprKind::Literal(Value::Null)) {
            let value = if ty == Type::String { Value::String(String::new()) } else { Value::Null };
            return Some(node(ExprKind::Literal(value), ty, span));
        }
        if let ExprKind::Literal(Value::Dynamic(serde_json::Value::String(it))) = &expr.kind
            && ty == Type::String
        {
            return Some(super::expression::text(it.as_str(), span));
        }
        let found = literal::conversion(ty).and_then(|it| self.function(it));
        let Some(function) = found else {
            let message = format!("{} does not turn into {} here", expr.ty.name(), ty.name());
            return self.error(codes::OPERAND, span, message);
        };
        Some(node(ExprKind::Call { function: function.name, args: vec![expr] }, ty, span))
    }

    /// An argument or value in the type that was declared for it.
    pub(super) fn fitted(&mut self, expr: Expr, ty: Type) -> Option<Expr> {
        self.converted(expr, ty)
    }

    /// Expressions in the one type they have in common.
    pub(super) fn common(&mut self, exprs: Vec<Expr>, what: &str) -> Option<(Vec<Expr>, Type)> {
        let mut ty: Option<Type> = None;
        for expr in &exprs {
            ty = Some(match ty {
                None => expr.ty,
                Some(ty) if ty == expr.ty => ty,
                // a dynamic value bows to the others
                Some(Type::Dynamic) => expr.ty,
                Some(ty) if expr.ty == Type::Dynamic => ty,
                Some(ty) => {
                    if let Some(ty) = wider(ty, expr.ty) {
                        ty
                    } else {
                        let (first, second) = (ty.name(), expr.ty.name());
                        let message = format!("{what} has values of types {first} and {second}");
                        return self.error(codes::NO_COMMON_TYPE, expr.span, message);
                    }
                }
            });
        }
        let ty = ty.unwrap_or(Type::Dynamic);
        let exprs: Option<Vec<_>> = exprs.into_iter().map(|it| self.converted(it, ty)).collect();
        Some((exprs?, ty))
    }
}
