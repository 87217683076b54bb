//! Functions about the columns at hand rather than their values: `pack_all`, `bag_pack_columns`,
//! `column_names_of`, `iscolumnexists`, `estimate_data_size(*)`, `ingestion_time`.

use crate::{
    codes,
    diagnostic::Span,
    plan::{Expr, ExprKind},
    syntax::tree::{Arg, ExprKind as Syntax, Name},
    types::Type,
    value::Value,
};

use super::{
    Binder,
    expression::{node, text},
    scope::Cx,
};

/// Their names, for hints.
pub(super) const NAMES: &[&str] = &[
    "bag_pack_columns",
    "column_names_of",
    "estimate_data_size",
    "ingestion_time",
    "iscolumnexists",
    "pack_all",
];

/// Columns that hold the time of a row, the first that is there.
const TIMES: &[&str] = &["Timestamp", "TimeGenerated"];

impl Binder<'_> {
    /// A call of one of them; none when the name is another's.
    #[expect(clippy::option_option, reason = "whether it is one, and whether it is right")]
    pub(super) fn about_columns(
        &mut self,
        name: &Name,
        args: &[Arg],
        span: Span,
        cx: Cx<'_>,
    ) -> Option<Option<Expr>> {
        Some(match name.text.as_str() {
            "pack_all" => self.pack_all(args, span, cx),
            "bag_pack_columns" => self.bag_pack_columns(args, span, cx),
            "column_names_of" => self.column_names_of(args, span, cx),
            "iscolumnexists" => self.is_column(args, span, cx),
            "estimate_data_size" if args.iter().any(is_star) => {
                let all = (0..cx.columns.len()).map(|at| column(cx, at, span)).collect();
                self.called("estimate_data_size", all, Type::Long, span)
            }
            "ingestion_time" => self.ingestion_time(args, span, cx),
            _ => return None,
        })
    }

    fn called(&mut self, name: &str, args: Vec<Expr>, ty: Type, span: Span) -> Option<Expr> {
        let Some(function) = self.function(name) else {
            return self.error(codes::UNSUPPORTED, span, format!("no function `{name}`"));
        };
        Some(node(ExprKind::Call { function: function.name, args }, ty, span))
    }

    /// `pack_all()`, `pack_all(ignore_null_empty)`: a bag of the columns that exist here.
    fn pack_all(&mut self, args: &[Arg], span: Span, cx: Cx<'_>) -> Option<Expr> {
        let without_empty = match args {
            [] => false,
            [arg] => {
                let flag = self.expr(&arg.value, Cx::CONSTANT)?;
                let ExprKind::Literal(Value::Bool(flag)) = flag.kind else {
                    let message = "the argument of `pack_all` must be true or false";
                    return self.error(codes::NOT_CONSTANT, arg.value.span, message);
                };
                flag
            }
            _ => {
                let message = format!("`pack_all` takes 0 to 1 arguments, not {}", args.len());
                return self.error(codes::ARGUMENT_COUNT, span, message);
            }
        };
        let mut pairs = Vec::with_capacity(cx.columns.len() * 2);
        for (at, it) in cx.columns.iter().enumerate() {
            pairs.push(text(it.name.as_str(), span));
            pairs.push(column(cx, at, span));
        }
        self.charge(pairs.len(), span)?;
        let bag = self.called("bag_pack", pairs, Type::Dynamic, span)?;
        if !without_empty {
            return Some(bag);
        }
        self.called("__bag_without_empty", vec![bag], Type::Dynamic, span)
    }

    /// `bag_pack_columns(a, b)`: `bag_pack` with the columns' own names.
    fn bag_pack_columns(&mut self, args: &[Arg], span: Span, cx: Cx<'_>) -> Option<Expr> {
        if args.is_empty() {
            let message = "`bag_pack_columns` takes at least 1 argument, not 0";
            return self.error(codes::ARGUMENT_COUNT, span, message);
        }
        let mut pairs = Vec::with_capacity(args.len() * 2);
        for arg in args {
            let value = self.expr(&arg.value, cx)?;
            let Some(name) = self.auto_name(&arg.value) else {
                let message = "an argument of `bag_pack_columns` must be a column";
                return self.error(codes::ARGUMENT, arg.value.span, message);
            };
            pairs.push(text(name, span));
            pairs.push(value);
        }
        self.called("bag_pack", pairs, Type::Dynamic, span)
    }

    /// `column_names_of(table)`.
    fn column_names_of(&mut self, args: &[Arg], span: Span, cx: Cx<'_>) -> Option<Expr> {
        let [arg] = args else {
            let message = format!("`column_names_of` takes 1 argument, not {}", args.len());
            return self.error(codes::ARGUMENT_COUNT, span, message);
        };
        if !self.is_table(&arg.value, cx) {
            let message = "`column_names_of` takes a table";
            return self.error(codes::WRONG_KIND, arg.value.span, message);
        }
        let table = self.table(&arg.value)?;
        let names = table.columns.iter().map(|it| it.name.clone()).collect();
        Some(node(ExprKind::Literal(Value::Dynamic(names)), Type::Dynamic, span))
    }

    /// `iscolumnexists("name")`, `iscolumnexists(name)`.
    fn is_column(&mut self, args: &[Arg], span: Span, cx: Cx<'_>) -> Option<Expr> {
        let [arg] = args else {
            let message = format!("`iscolumnexists` takes 1 argument, not {}", args.len());
            return self.error(codes::ARGUMENT_COUNT, span, message);
        };
        let name = if let Syntax::Name(name) = &arg.value.kind {
            name.clone()
        } else {
            let name = self.expr(&arg.value, Cx::CONSTANT)?;
            let ExprKind::Literal(Value::String(name)) = name.kind else {
                let message = "the column's name must be constant text";
                return self.error(codes::NOT_CONSTANT, name.span, message);
            };
            name
        };
        let found = cx.column(&name).is_some();
        Some(node(ExprKind::Literal(Value::Bool(found)), Type::Bool, span))
    }

    /// `ingestion_time()`. Rows do not keep when they came in; their own time stands for it, and
    /// rows that have none have no ingestion time either.
    fn ingestion_time(&mut self, args: &[Arg], span: Span, cx: Cx<'_>) -> Option<Expr> {
        if !args.is_empty() {
            let message = format!("`ingestion_time` takes 0 arguments, not {}", args.len());
            return self.error(codes::ARGUMENT_COUNT, span, message);
        }
        let time = TIMES.iter().find_map(|name| {
            let at = cx.column(name)?;
            (cx.columns.get(at)?.ty == Type::DateTime).then(|| column(cx, at, span))
        });
        let never = || node(ExprKind::Literal(Value::Null), Type::DateTime, span);
        Some(time.unwrap_or_else(never))
    }
}

fn is_star(arg: &Arg) -> bool {
    matches!(arg.value.kind, Syntax::Star)
}

fn column(cx: Cx<'_>, at: usize, span: Span) -> Expr {
    let ty = cx.columns.get(at).map_or(Type::Dynamic, |it| it.ty);
    node(ExprKind::Column(at), ty, span)
}
