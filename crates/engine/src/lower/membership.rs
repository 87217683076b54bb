//! `in`, `in~`, `has_any`, `has_all`: one against a list.
//!
//! A dynamic array in a list stands for its elements. Constant lists become sets; an item that
//! depends on the row becomes a comparison of its own.

use datafusion::logical_expr::{Expr as Lowered, lit, not};
use kql::{
    plan::{BinaryOp, Expr, TextTest},
    types::Type,
    value::Value,
};

use crate::{
    args::{Args, out_bools},
    arrow_types::{dynamic_of, literal},
    dynamic,
    error::EngineError,
    lower::{
        Step,
        compare::{self, or_else},
        constant,
        expr::{self, cast},
    },
    text::{in_list, terms::Terms},
    udf::{self, Work},
};

/// `in` with the language's nulls: it is never null itself.
pub(crate) fn value(
    input: &Step,
    fold: bool,
    negate: bool,
    source: &Expr,
    list: &[Expr],
) -> Result<Lowered, EngineError> {
    let found = membership(input, fold, source, list)?;
    let found = if source.ty == Type::String { found } else { or_else(found, false) };
    Ok(if negate { not(found) } else { found })
}

/// `in` where only truth counts.
pub(crate) fn truth(
    input: &Step,
    fold: bool,
    negate: bool,
    source: &Expr,
    list: &[Expr],
) -> Result<Lowered, EngineError> {
    if negate {
        return value(input, fold, negate, source, list);
    }
    membership(input, fold, source, list)
}

fn membership(
    input: &Step,
    fold: bool,
    source: &Expr,
    list: &[Expr],
) -> Result<Lowered, EngineError> {
    let lowered = expr::value(input, source)?;
    let mut constants = Vec::new();
    let mut tests: Vec<Lowered> = Vec::new();
    for item in list {
        let item_lowered = expr::value(input, item)?;
        match constant::value(&item_lowered, item.ty)? {
            Some(Value::Dynamic(serde_json::Value::Array(items))) => {
                constants.extend(items.iter().filter_map(|json| from_json(json, source.ty)));
            }
            Some(Value::Dynamic(json)) => constants.extend(from_json(&json, source.ty)),
            Some(Value::Null) => {}
            Some(value) => constants.extend(convert(value, source.ty)),
            None if item.ty == Type::Dynamic => {
                tests.push(in_array(lowered.clone(), source.ty, item_lowered));
            }
            None if fold => {
                let needle = (item_lowered, item.ty);
                tests.push(expr::text(TextTest::Equals, true, false, lowered.clone(), needle)?);
            }
            None => tests.push(compare::truth(
                BinaryOp::Equal,
                lowered.clone(),
                source.ty,
                item_lowered,
                item.ty,
            )?),
        }
    }
    if !constants.is_empty() {
        tests.push(in_constants(lowered, source.ty, fold, constants));
    }
    Ok(tests.into_iter().reduce(Lowered::or).unwrap_or_else(|| lit(false)))
}

fn in_constants(source: Lowered, ty: Type, fold: bool, constants: Vec<Value>) -> Lowered {
    if fold && ty == Type::String {
        let texts: Vec<String> = constants
            .into_iter()
            .filter_map(|it| match it {
                Value::String(text) => Some(text),
                _ => None,
            })
            .collect();
        let kernel = Work::Bound(in_list::folded(&texts, false));
        return udf::call("in_fold", kernel, vec![source], &[ty], Type::Bool);
    }
    source.in_list(constants.iter().map(|it| literal(it, ty)).collect(), false)
}

/// Is a scalar an element of a dynamic array?
fn in_array(source: Lowered, ty: Type, array: Lowered) -> Lowered {
    let source = if ty == Type::Dynamic {
        source
    } else {
        let work = Work::Plain(dynamic::encode::encode);
        udf::call("to_dynamic", work, vec![source], &[ty], Type::Dynamic)
    };
    let work = Work::Plain(dynamic::compare::contains);
    let types = [Type::Dynamic, Type::Dynamic];
    udf::call("element_of", work, vec![source, array], &types, Type::Bool)
}

/// A JSON element as a value of the source's type; none when it can equal none.
fn from_json(json: &serde_json::Value, ty: Type) -> Option<Value> {
    use serde_json::Value as Json;
    Some(match (ty, json) {
        (_, Json::Null) => return None,
        (Type::Dynamic, json) => Value::Dynamic(json.clone()),
        (Type::String, Json::String(text)) => Value::String(text.clone()),
        (Type::String, json) => Value::String(json.to_string()),
        (Type::Int, Json::Number(n)) => Value::Int(i32::try_from(n.as_i64()?).ok()?),
        (Type::Long, Json::Number(n)) => Value::Long(n.as_i64()?),
        (Type::Real, Json::Number(n)) => Value::Real(n.as_f64()?),
        (Type::Bool, Json::Bool(b)) => Value::Bool(*b),
        (Type::Guid, Json::String(text)) => Value::Guid(uuid::Uuid::parse_str(text).ok()?),
        (Type::Decimal, json) => Value::Decimal(json.to_string()),
        (Type::DateTime, Json::String(text)) => {
            Value::DateTime(crate::lake::coerce::datetime(text)?)
        }
        _ => return None,
    })
}

/// A scalar item in the source's type.
fn convert(value: Value, ty: Type) -> Option<Value> {
    match (value, ty) {
        (value, ty) if value.ty() == Some(ty) => Some(value),
        (Value::Int(v), Type::Long) => Some(Value::Long(i64::from(v))),
        (Value::Long(v), Type::Int) => i32::try_from(v).ok().map(Value::Int),
        (Value::Int(v), Type::Real) => Some(Value::Real(f64::from(v))),
        (Value::Long(v), Type::Real) => Some(Value::Real(v as f64)),
        (value, Type::Dynamic) => Some(Value::Dynamic(dynamic_of(&value))),
        (value, Type::String) => match dynamic_of(&value) {
            serde_json::Value::String(text) => Some(Value::String(text)),
            json => Some(Value::String(json.to_string())),
        },
        _ => None,
    }
}

/// `has_any` and `has_all` on a lowered text.
pub(crate) fn terms(
    input: &Step,
    all: bool,
    source: Lowered,
    needles: &[Expr],
) -> Result<Lowered, EngineError> {
    let mut constants = Vec::new();
    let mut tests: Vec<Lowered> = Vec::new();
    for needle in needles {
        let lowered = expr::value(input, needle)?;
        match constant::value(&lowered, needle.ty)? {
            Some(Value::Dynamic(serde_json::Value::Array(items))) => {
                constants.extend(items.iter().filter_map(|json| text_of(json.clone())));
            }
            Some(value) => constants.extend(text_of(dynamic_of(&value))),
            None if needle.ty == Type::Dynamic => {
                let work = if all { Work::Plain(all_of_array) } else { Work::Plain(any_of_array) };
                let name = if all { "has_all_of" } else { "has_any_of" };
                let types = [Type::String, Type::Dynamic];
                tests.push(udf::call(
                    name,
                    work,
                    vec![source.clone(), lowered],
                    &types,
                    Type::Bool,
                ));
            }
            None => {
                let needle = (cast(lowered, needle.ty, Type::String), needle.ty);
                tests.push(expr::text(TextTest::Has, true, false, source.clone(), needle)?);
            }
        }
    }
    if !constants.is_empty() {
        let ready = Terms::new(&constants)?;
        let kernel = Work::Bound(std::sync::Arc::new(move |args: &Args<'_>| {
            let source = args.texts(0)?;
            Ok(out_bools(args.rows(), |row| {
                let text = source.get(row);
                Some(if all { ready.all(text) } else { ready.any(text) })
            }))
        }));
        let name = if all { "has_all" } else { "has_any" };
        tests.push(udf::call(name, kernel, vec![source], &[Type::String], Type::Bool));
    }
    let join = if all { Lowered::and } else { Lowered::or };
    Ok(tests.into_iter().reduce(join).unwrap_or_else(|| lit(all)))
}

fn text_of(json: serde_json::Value) -> Option<String> {
    match json {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

fn any_of_array(args: &Args<'_>) -> Result<datafusion::arrow::array::ArrayRef, EngineError> {
    of_array(args, false)
}

fn all_of_array(args: &Args<'_>) -> Result<datafusion::arrow::array::ArrayRef, EngineError> {
    of_array(args, true)
}

fn of_array(args: &Args<'_>, all: bool) -> Result<datafusion::arrow::array::ArrayRef, EngineError> {
    let (source, lists) = (args.texts(0)?, args.texts(1)?);
    Ok(out_bools(args.rows(), |row| {
        let needles: Vec<String> = match lists.json(row) {
            serde_json::Value::Array(items) => items.into_iter().filter_map(text_of).collect(),
            other => text_of(other).into_iter().collect(),
        };
        let text = source.get(row);
        let ready =
            Terms::Few(needles.iter().map(|it| crate::text::find::Needle::new(it, true)).collect());
        Some(if all { ready.all(text) } else { ready.any(text) })
    }))
}
