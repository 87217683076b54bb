//! Expressions over the columns of one step.
//!
//! There are two ways to lower one. [`value`] keeps the language's null exactly. [`truth`] is for
//! places that only ask whether it is true, where null and false are alike; it gives the plain
//! comparisons that the scan can prune files by.

use datafusion::logical_expr::{Expr as Lowered, not};
use kql::{
    plan::{BinaryOp, Expr, ExprKind, TextTest},
    types::Type,
    value::Value,
};

use crate::{
    arrow_types::arrow_type,
    dynamic::{encode, index},
    error::EngineError,
    leash,
    lower::{Step, arithmetic, call, compare, constant, membership},
    text::test,
    udf::{self, Work},
};

/// An expression with the language's nulls.
pub(crate) fn value(input: &Step, expr: &Expr) -> Result<Lowered, EngineError> {
    leash::check()?;
    match &expr.kind {
        ExprKind::Literal(value) => Ok(udf::constant(value, expr.ty)),
        ExprKind::Column(at) => input.column(*at),
        ExprKind::Binary { op: BinaryOp::And, left, right } => {
            Ok(value(input, left)?.and(value(input, right)?))
        }
        ExprKind::Binary { op: BinaryOp::Or, left, right } => {
            Ok(value(input, left)?.or(value(input, right)?))
        }
        ExprKind::Binary { op, left, right } => {
            let lowered = (value(input, left)?, value(input, right)?);
            if compare::is_comparison(*op) {
                compare::value(*op, lowered.0, left.ty, lowered.1, right.ty)
            } else {
                arithmetic::binary(*op, lowered.0, left.ty, lowered.1, right.ty, expr.ty)
            }
        }
        ExprKind::Negate(source) => arithmetic::negate(value(input, source)?, source.ty, expr.ty),
        ExprKind::Text { test, fold, negate, source, needle } => {
            let (source, needle) = (as_text(input, source)?, (value(input, needle)?, needle.ty));
            text(*test, *fold, *negate, source, needle)
        }
        ExprKind::In { fold, negate, source, list } => {
            membership::value(input, *fold, *negate, source, list)
        }
        ExprKind::HasTerms { all, source, needles } => {
            membership::terms(input, *all, as_text(input, source)?, needles)
        }
        ExprKind::Between { negate, source, low, high } => {
            let between = between(input, source, low, high)?;
            Ok(if *negate { not(between) } else { between })
        }
        ExprKind::Index { .. } => index_chain(input, expr),
        ExprKind::Widen(source) => widen(value(input, source)?, source.ty, expr.ty),
        ExprKind::Call { function, args } => call::call(input, function, args, expr.ty),
        ExprKind::InTable { .. } | ExprKind::HasTermsTable { .. } | ExprKind::ToScalar(_) => {
            Err(EngineError::plan("a relation inside an expression was not evaluated"))
        }
    }
}

/// A predicate of which only the true rows count.
pub(crate) fn truth(input: &Step, expr: &Expr) -> Result<Lowered, EngineError> {
    match &expr.kind {
        ExprKind::Binary { op: BinaryOp::And, left, right } => {
            Ok(truth(input, left)?.and(truth(input, right)?))
        }
        ExprKind::Binary { op: BinaryOp::Or, left, right } => {
            Ok(truth(input, left)?.or(truth(input, right)?))
        }
        ExprKind::Binary { op, left, right } if compare::is_comparison(*op) => {
            let lowered = (value(input, left)?, value(input, right)?);
            compare::truth(*op, lowered.0, left.ty, lowered.1, right.ty)
        }
        ExprKind::In { fold, negate, source, list } => {
            membership::truth(input, *fold, *negate, source, list)
        }
        _ => value(input, expr),
    }
}

/// An expression cast between the Arrow types of two types that hold the same kind of thing.
pub(crate) fn cast(expr: Lowered, from: Type, to: Type) -> Lowered {
    if arrow_type(from) == arrow_type(to) {
        return expr;
    }
    datafusion::logical_expr::cast(expr, arrow_type(to))
}

fn widen(source: Lowered, from: Type, to: Type) -> Result<Lowered, EngineError> {
    match (from, to) {
        (from, to) if from == to => Ok(source),
        (_, Type::Dynamic) => {
            let work = Work::Plain(encode::encode);
            Ok(udf::call("to_dynamic", work, vec![source], &[from], Type::Dynamic))
        }
        (Type::Int, Type::Long | Type::Real)
        | (Type::Long, Type::Real)
        | (Type::Int | Type::Long, Type::Decimal) => Ok(cast(source, from, to)),
        (from, to) => Err(EngineError::refused(format!(
            "a {} cannot become a {} without a conversion function",
            from.name(),
            to.name()
        ))),
    }
}

/// A dynamic or other scalar under a text operator is tested by its text.
fn as_text(input: &Step, source: &Expr) -> Result<Lowered, EngineError> {
    let lowered = value(input, source)?;
    match source.ty {
        Type::String => Ok(lowered),
        ty => Ok(udf::call(
            "as_text",
            Work::Plain(as_text_kernel),
            vec![lowered],
            &[ty],
            Type::String,
        )),
    }
}

fn as_text_kernel(
    args: &crate::args::Args<'_>,
) -> Result<datafusion::arrow::array::ArrayRef, EngineError> {
    let ty = args.ty(0)?;
    let (array, one) = args.array(0)?;
    let mut error = None;
    let out = crate::args::out_texts(args.rows(), |row| {
        match crate::arrow_types::value_at(&array, if one { 0 } else { row }, ty) {
            Ok(Value::Null) => Some(String::new()),
            Ok(Value::Dynamic(serde_json::Value::String(text))) => Some(text),
            Ok(value) => Some(match crate::arrow_types::dynamic_of(&value) {
                serde_json::Value::String(text) => text,
                json => json.to_string(),
            }),
            Err(e) => {
                error.get_or_insert(e);
                None
            }
        }
    });
    error.map_or(Ok(out), Err)
}

/// A text test on a lowered string.
pub(crate) fn text(
    test: TextTest,
    fold: bool,
    negate: bool,
    source: Lowered,
    (needle, needle_type): (Lowered, Type),
) -> Result<Lowered, EngineError> {
    let name = match test {
        TextTest::Equals => "text_equals",
        TextTest::Has => "has",
        TextTest::HasPrefix => "hasprefix",
        TextTest::HasSuffix => "hassuffix",
        TextTest::Contains => "contains",
        TextTest::StartsWith => "startswith",
        TextTest::EndsWith => "endswith",
        TextTest::MatchesRegex => "matches_regex",
    };
    if let Some(constant) = constant::value(&needle, needle_type)? {
        let needle = match &constant {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => match crate::arrow_types::dynamic_of(other) {
                serde_json::Value::String(text) => text,
                json => json.to_string(),
            },
        };
        let kernel = test::constant(test, fold, negate, &needle)?;
        return Ok(udf::call(name, Work::Bound(kernel), vec![source], &[Type::String], Type::Bool));
    }
    let needle = match needle_type {
        Type::String => needle,
        ty => udf::call("as_text", Work::Plain(as_text_kernel), vec![needle], &[ty], Type::String),
    };
    let kernel = test::by_row(test, fold, negate);
    let types = [Type::String, Type::String];
    Ok(udf::call(name, Work::Bound(kernel), vec![source, needle], &types, Type::Bool))
}

fn between(input: &Step, source: &Expr, low: &Expr, high: &Expr) -> Result<Lowered, EngineError> {
    let at = value(input, source)?;
    let (low, high) = ((value(input, low)?, low.ty), (value(input, high)?, high.ty));
    let above = compare::truth(BinaryOp::GreaterOrEqual, at.clone(), source.ty, low.0, low.1)?;
    let below = compare::truth(BinaryOp::LessOrEqual, at, source.ty, high.0, high.1)?;
    Ok(above.and(below))
}

/// `a.b[0].c`: the constant steps at the end of a chain go into one kernel.
fn index_chain(input: &Step, expr: &Expr) -> Result<Lowered, EngineError> {
    let mut steps = Vec::new();
    let mut at = expr;
    while let ExprKind::Index { source, index } = &at.kind {
        let step = match constant::value(&value(input, index)?, index.ty)? {
            Some(Value::String(key)) => index::Step::Key(key),
            Some(Value::Long(n)) => index::Step::At(n),
            Some(Value::Int(n)) => index::Step::At(i64::from(n)),
            _ => break,
        };
        steps.push(step);
        at = source;
    }
    if steps.is_empty() {
        let ExprKind::Index { source, index } = &at.kind else {
            return Err(EngineError::plan("an index without an index"));
        };
        let args = vec![value(input, source)?, value(input, index)?];
        let work = Work::Plain(index::by_row);
        return Ok(udf::call("index", work, args, &[source.ty, index.ty], Type::Dynamic));
    }
    steps.reverse();
    let kernel = Work::Bound(index::path(steps));
    Ok(udf::call("path", kernel, vec![value(input, at)?], &[at.ty], Type::Dynamic))
}
