//! Functions that fill several columns: `series_stats(y)` gives `series_stats_y_min` and so on, and
//! `array_sort_asc(a, b)` gives `a_sorted` and `b_sorted`.
//!
//! Such a call gives a bag (or an array) in an expression. Where it stands alone in a list of
//! columns, each of its members is taken out into a column; the optimiser sees that the call is the
//! same for all of them.

use crate::{
    diagnostic::Span,
    function::Returns,
    plan::{Expr, ExprKind},
    syntax::tree::{self, Arg, ExprKind as Syntax},
    types::Type,
    value::Value,
};

use super::{
    Binder,
    expression::{node, text},
    limits,
    scope::Cx,
};

/// One of the columns.
pub(super) struct Member {
    /// Its automatic name.
    pub(super) name: Option<String>,
    /// Its value.
    pub(super) expr: Expr,
}

impl Binder<'_> {
    /// The columns of such a call; none when the expression is not one.
    #[expect(clippy::option_option, reason = "whether it is one, and whether it is right")]
    pub(super) fn members(&mut self, expr: &tree::Expr, cx: Cx<'_>) -> Option<Option<Vec<Member>>> {
        let Syntax::Call { name, args } = &expr.kind else { return None };
        if self.scope.get(&name.text).is_some() {
            return None;
        }
        match name.text.as_str() {
            "array_sort_asc" | "array_sort_desc" => self.sorted_names(args).map(|names| {
                let call = self.expr(expr, cx)?;
                if let [name] = names.as_slice() {
                    return Some(vec![Member { name: name.clone(), expr: call }]);
                }
                let keys = (0..names.len()).map(|at| {
                    node(ExprKind::Literal(Value::Long(at as i64)), Type::Long, expr.span)
                });
                let columns = names.iter().cloned().zip(keys).map(|it| (it.0, it.1, Type::Dynamic));
                self.taken_out(&call, columns.collect(), expr.span)
            }),
            function => match self.function(function)?.returns {
                Returns::Members(members) => {
                    let stem = args.first().and_then(|it| self.auto_name(&it.value));
                    let stem = stem.unwrap_or_default();
                    let call = self.expr(expr, cx);
                    Some(call.and_then(|call| {
                        let column = |(member, ty): &(&str, Type)| {
                            let name = format!("{function}_{stem}_{member}");
                            (Some(name), text(*member, expr.span), *ty)
                        };
                        self.taken_out(&call, members.iter().map(column).collect(), expr.span)
                    }))
                }
                _ => None,
            },
        }
    }

    /// The names of sorted arrays; none when the call is one array without a name.
    fn sorted_names(&mut self, args: &[Arg]) -> Option<Vec<Option<String>>> {
        let is_flag = |arg: &Arg| matches!(arg.value.kind, Syntax::Literal(_, Type::Bool));
        let arrays = match args.split_last() {
            Some((last, rest)) if is_flag(last) => rest,
            _ => args,
        };
        let stems: Vec<_> = arrays.iter().map(|it| self.auto_name(&it.value)).collect();
        match stems.as_slice() {
            [] | [None] => None,
            stems => {
                let named = |(at, stem): (usize, &Option<String>)| match stem {
                    Some(stem) => Some(format!("{stem}_sorted")),
                    None => Some(format!("array{at}_sorted")),
                };
                Some(stems.iter().enumerate().map(named).collect())
            }
        }
    }

    fn taken_out(
        &mut self,
        call: &Expr,
        columns: Vec<(Option<String>, Expr, Type)>,
        span: Span,
    ) -> Option<Vec<Member>> {
        self.charge(limits::expr(call).size * columns.len(), span)?;
        let mut members = Vec::with_capacity(columns.len());
        for (name, key, ty) in columns {
            let kind = ExprKind::Index { source: Box::new(call.clone()), index: Box::new(key) };
            let member = node(kind, Type::Dynamic, span);
            let expr = if ty == Type::Dynamic { member } else { self.converted(member, ty)? };
            members.push(Member { name, expr });
        }
        Some(members)
    }
}
