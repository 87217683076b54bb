//! `bag_unpack`: the members of a bag become columns.
//!
//! Which members there are is known from a schema behind the call, or from the data: then the
//! relation that lists them is run first ([`crate::Catalog::probe`]). Where nothing can be run the
//! columns stay open.

use std::collections::BTreeMap;

use crate::{
    Probed, codes,
    diagnostic::Span,
    plan::{Expr, ExprKind, Op, Rel},
    syntax::tree::Schema,
    types::{Column, Type},
    value::Value,
};

use super::{
    super::{
        Binder, expression::node, expression::text, open::is_mark, operators::pick, template::Given,
    },
    Call,
};

/// The most columns that come of one bag.
const MAX_COLUMNS: usize = 1_000;

/// What happens when a member is called like a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Conflict {
    Error,
    KeepSource,
    ReplaceSource,
}

/// What the call says.
struct Unpack {
    bag: usize,
    prefix: String,
    conflict: Conflict,
    ignored: Vec<String>,
}

impl Binder<'_> {
    pub(super) fn bag_unpack(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let unpack = self.unpack_arguments(&input, call)?;
        if let Some(schema) = &call.evaluate.schema {
            return self.unpack_as(input, &unpack, schema, call.span);
        }
        let rows = match self.members_of(&input, unpack.bag, call.span)? {
            Probed::Rows(rows) => rows,
            Probed::Unknowable | Probed::Pending => Vec::new(),
        };
        if rows.len() > MAX_COLUMNS {
            let message = format!("the bags have more than {MAX_COLUMNS} different members");
            return self.error(codes::TOO_MANY, call.span, message);
        }
        let mut types: BTreeMap<String, Option<Type>> = BTreeMap::new();
        for row in &rows {
            let [Value::String(key), Value::String(ty), ..] = row.as_slice() else { continue };
            if unpack.ignored.contains(key) {
                continue;
            }
            types.entry(key.clone()).and_modify(|it| *it = joined(*it, ty)).or_insert(found(ty));
        }
        self.unpack_known(input, &unpack, types, call.span)
    }

    fn unpack_arguments(&mut self, input: &Rel, call: &Call<'_>) -> Option<Unpack> {
        let names = ["Column", "OutputColumnPrefix", "columnsConflict", "ignoredProperties"];
        let args = self.arguments(call, &names, 1)?;
        let first = args.required(0)?;
        let bag = self.column_argument(input, first)?;
        let ty = input.columns.get(bag)?.ty;
        if ty != Type::Dynamic {
            let message = format!("`bag_unpack` opens a dynamic column, this is {}", ty.name());
            return self.error(codes::ARGUMENT, first.span, message);
        }
        let mut unpack =
            Unpack { bag, prefix: String::new(), conflict: Conflict::Error, ignored: Vec::new() };
        if let Some(prefix) = args.optional(1) {
            unpack.prefix = self.text_argument(prefix)?;
        }
        if let Some(conflict) = args.optional(2) {
            unpack.conflict = match self.text_argument(conflict)?.as_str() {
                "error" => Conflict::Error,
                "keep_source" => Conflict::KeepSource,
                "replace_source" => Conflict::ReplaceSource,
                other => {
                    let message =
                        format!("`{other}` is none of `error`, `keep_source` and `replace_source`");
                    return self.error(codes::OPTION, conflict.span, message);
                }
            };
        }
        if let Some(ignored) = args.optional(3) {
            let value = self.constant_argument(ignored)?;
            let ExprKind::Literal(Value::Dynamic(serde_json::Value::Array(keys))) = value.kind
            else {
                return self.error(codes::ARGUMENT, ignored.span, "an array of names is needed");
            };
            unpack.ignored = keys.iter().filter_map(|it| it.as_str()).map(str::to_owned).collect();
        }
        Some(unpack)
    }

    /// A constant text.
    pub(super) fn text_argument(&mut self, expr: &crate::syntax::tree::Expr) -> Option<String> {
        match self.constant_argument(expr)?.kind {
            ExprKind::Literal(Value::String(text)) => Some(text),
            _ => self.error(codes::ARGUMENT, expr.span, "a constant text is needed here"),
        }
    }

    /// The members of the bags of a column, with the type of each.
    fn members_of(&mut self, input: &Rel, bag: usize, span: Span) -> Option<Probed> {
        let bags = pick(input.clone(), vec![(bag, "b".to_owned())]);
        let text = format!(
            "T | where gettype(b) == 'dictionary' | mv-expand kind=array b
            | extend k = tostring(b[0]), t = gettype(b[1])
            | summarize c = count() by k, t | project k, t | take {}",
            MAX_COLUMNS * 4
        );
        let nodes = self.nodes;
        let probe = self.template(&text, Given::table(bags), span)?;
        self.nodes = nodes;
        Some(self.env.catalog.probe(&probe))
    }

    /// A member of the bag in a type.
    fn member(&mut self, unpack: &Unpack, key: &str, ty: Type, span: Span) -> Option<Expr> {
        let source = Box::new(node(ExprKind::Column(unpack.bag), Type::Dynamic, span));
        let index = Box::new(text(key, span));
        let value = node(ExprKind::Index { source, index }, Type::Dynamic, span);
        self.converted(value, ty)
    }

    fn unpack_known(
        &mut self,
        input: Rel,
        unpack: &Unpack,
        types: BTreeMap<String, Option<Type>>,
        span: Span,
    ) -> Option<Rel> {
        let mut columns = Vec::new();
        let mut exprs = Vec::new();
        let is_member = |name: &str| {
            name.strip_prefix(unpack.prefix.as_str()).is_some_and(|it| types.contains_key(it))
        };
        for (at, column) in input.columns.iter().enumerate() {
            let replaced =
                unpack.conflict == Conflict::ReplaceSource && is_member(column.name.as_str());
            if at != unpack.bag && !replaced {
                columns.push(column.clone());
                exprs.push(node(ExprKind::Column(at), column.ty, span));
            }
        }
        for (key, ty) in &types {
            let name = format!("{}{key}", unpack.prefix);
            if columns.iter().any(|it| it.name == name) {
                if unpack.conflict == Conflict::Error {
                    let message = format!("the bag has a member `{name}`, and so has the table");
                    self.report(
                        crate::diagnostic::Diagnostic::error(codes::DUPLICATE, span, message)
                            .help("say `columnsConflict='keep_source'` or `'replace_source'`"),
                    );
                    return None;
                }
                continue;
            }
            let ty = ty.unwrap_or(Type::Dynamic);
            exprs.push(self.member(unpack, key, ty, span)?);
            columns.push(Column::new(name, ty));
        }
        self.charge(columns.len() / 4, span)?;
        // names behind that no bag has are null
        let all = self.open_columns(columns, span);
        for column in all.get(exprs.len()..).unwrap_or_default() {
            let key = column.name.strip_prefix(unpack.prefix.as_str()).unwrap_or(&column.name);
            exprs.push(if is_mark(column) {
                node(ExprKind::Literal(Value::Null), Type::Dynamic, span)
            } else {
                self.member(unpack, key, Type::Dynamic, span)?
            });
        }
        Some(Rel { op: Op::Project { input: Box::new(input), exprs }, columns: all })
    }

    fn unpack_as(
        &mut self,
        input: Rel,
        unpack: &Unpack,
        schema: &Schema,
        span: Span,
    ) -> Option<Rel> {
        let mut columns = Vec::new();
        let mut exprs = Vec::new();
        if schema.star {
            for (at, column) in input.columns.iter().enumerate() {
                let promised = schema.columns.iter().any(|it| it.name == column.name);
                let replaced = promised && unpack.conflict == Conflict::ReplaceSource;
                if at != unpack.bag && !replaced {
                    columns.push(column.clone());
                    exprs.push(node(ExprKind::Column(at), column.ty, span));
                }
            }
        }
        for column in &schema.columns {
            if columns.iter().any(|it| it.name == column.name) {
                continue;
            }
            let source = input.columns.iter().position(|it| it.name == column.name);
            let source =
                source.filter(|at| *at != unpack.bag && unpack.conflict != Conflict::ReplaceSource);
            let key = column.name.strip_prefix(unpack.prefix.as_str()).unwrap_or(&column.name);
            let expr = match source.and_then(|at| Some((at, input.columns.get(at)?.ty))) {
                Some((at, ty)) => {
                    let kept = node(ExprKind::Column(at), ty, span);
                    self.converted(kept, column.ty)?
                }
                None => self.member(unpack, key, column.ty, span)?,
            };
            columns.push(column.clone());
            exprs.push(expr);
        }
        Some(Rel { op: Op::Project { input: Box::new(input), exprs }, columns })
    }
}

/// The type for a member of this JSON type; none for null.
fn found(name: &str) -> Option<Type> {
    Some(match name {
        "null" => return None,
        "bool" => Type::Bool,
        "long" | "int" => Type::Long,
        "double" | "real" => Type::Real,
        "string" => Type::String,
        "datetime" => Type::DateTime,
        "timespan" => Type::TimeSpan,
        "guid" => Type::Guid,
        _ => Type::Dynamic,
    })
}

/// The type for members of one type or another.
fn joined(one: Option<Type>, name: &str) -> Option<Type> {
    match (one, found(name)) {
        (None, other) | (other, None) => other,
        (Some(Type::Long), Some(Type::Real)) | (Some(Type::Real), Some(Type::Long)) => {
            Some(Type::Real)
        }
        (Some(one), Some(other)) if one == other => Some(one),
        _ => Some(Type::Dynamic),
    }
}
