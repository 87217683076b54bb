//! Window functions: `row_number`, `prev`, `next`, `row_cumsum` and their kin.
//!
//! A call takes a slot behind the input's columns, as an aggregate does; the expression around it
//! refers to that slot as a column. Calls may stand inside each other, so slots are filled in the
//! order in which they were taken.

use std::cell::RefCell;

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::{Expr, ExprKind, Op, Rel, WindowCall, WindowFunction as Function},
    syntax::tree::Arg,
    types::{Column, Type},
    value::Value,
};

use super::{Binder, expression::node, limits, scope::Cx};

/// The function of a name.
pub(super) fn named(name: &str) -> Option<Function> {
    NAMES.iter().find(|it| it.0 == name).map(|it| it.1)
}

/// Their names, for hints.
pub(super) const NAMES: &[(&str, Function)] = &[
    ("next", Function::Next),
    ("prev", Function::Previous),
    ("row_cumsum", Function::CumulativeSum),
    ("row_number", Function::RowNumber),
    ("row_rank_dense", Function::RankDense),
    ("row_rank_min", Function::RankMin),
    ("row_window_session", Function::Session),
];

/// The furthest that `prev` and `next` look.
const FURTHEST: i64 = 1_000_000;

/// The window calls of one operator.
pub(super) struct Windows {
    width: usize,
    serialized: bool,
    calls: Vec<WindowCall>,
    types: Vec<Type>,
}

impl Windows {
    /// For an operator over this input.
    pub(super) fn over(input: &Rel) -> RefCell<Self> {
        RefCell::new(Self {
            width: input.columns.len(),
            serialized: input.is_serialized(),
            calls: Vec::new(),
            types: Vec::new(),
        })
    }

    /// The input with the slots behind its columns.
    pub(super) fn applied(windows: RefCell<Self>, input: Rel) -> Rel {
        let Self { calls, types, .. } = windows.into_inner();
        if calls.is_empty() {
            return input;
        }
        let mut columns = input.columns.clone();
        let slots = types.into_iter().enumerate();
        columns.extend(slots.map(|(at, ty)| Column::new(format!("window {at}"), ty)));
        Rel { op: Op::Window { input: Box::new(input), calls }, columns }
    }
}

impl Binder<'_> {
    /// A call of a window function.
    pub(super) fn window(
        &mut self,
        function: Function,
        args: &[Arg],
        span: Span,
        cx: Cx<'_>,
    ) -> Option<Expr> {
        let name = NAMES.iter().find(|it| it.1 == function).map_or("", |it| it.0);
        let windows = match cx.windows {
            Some(windows) if windows.borrow().serialized => windows,
            Some(_) => {
                let message = format!("`{name}` needs rows in a settled order");
                self.report(
                    Diagnostic::error(codes::NOT_SERIALIZED, span, message)
                        .help("put `sort by ...` or `serialize` in front of this operator"),
                );
                return None;
            }
            None => {
                let message = format!("`{name}` cannot stand here");
                self.report(
                    Diagnostic::error(codes::NOT_SERIALIZED, span, message)
                        .help("it may stand in `extend`, `project`, `serialize` and `where`"),
                );
                return None;
            }
        };
        let (least, most) = match function {
            Function::RowNumber => (0, 2),
            Function::Next | Function::Previous => (1, 3),
            Function::CumulativeSum | Function::RankDense | Function::RankMin => (1, 2),
            Function::Session => (3, 4),
        };
        if args.len() < least || args.len() > most {
            let message = format!("`{name}` takes {least} to {most} arguments, not {}", args.len());
            return self.error(codes::ARGUMENT_COUNT, span, message);
        }
        let mut given = Vec::with_capacity(args.len());
        for arg in args {
            given.push(self.expr(&arg.value, cx));
        }
        let given = given.into_iter().collect::<Option<Vec<_>>>()?;
        let (args, ty) = self.window_args(function, name, given, span)?;
        let mut windows = windows.borrow_mut();
        let at = windows.width + windows.calls.len();
        windows.calls.push(WindowCall { function, args, span });
        windows.types.push(ty);
        Some(node(ExprKind::Column(at), ty, span))
    }

    /// The whole list of arguments, and what comes out.
    fn window_args(
        &mut self,
        function: Function,
        name: &str,
        given: Vec<Expr>,
        span: Span,
    ) -> Option<(Vec<Expr>, Type)> {
        let mut given = given.into_iter();
        let mut args = Vec::with_capacity(4);
        let ty = match function {
            Function::RowNumber => {
                let start = given.next().unwrap_or_else(|| long(1, span));
                args.push(self.window_constant(name, start)?);
                Type::Long
            }
            Function::Next | Function::Previous => {
                let value = given.next()?;
                let ty = value.ty;
                args.push(value);
                let offset = given.next().unwrap_or_else(|| long(1, span));
                let offset = self.window_constant(name, offset)?;
                if !matches!(whole(&offset), Some(0..=FURTHEST)) {
                    let message =
                        format!("`{name}` looks 0 to {FURTHEST} rows far, a constant number");
                    return self.error(codes::ARGUMENT, offset.span, message);
                }
                args.push(offset);
                let default = match given.next() {
                    Some(default) if !limits::is_constant(&default) => {
                        let message = format!("the default of `{name}` must be constant");
                        return self.error(codes::NOT_CONSTANT, default.span, message);
                    }
                    Some(default) => self.converted(default, ty)?,
                    None if ty == Type::String => super::expression::text("", span),
                    None => node(ExprKind::Literal(Value::Null), ty, span),
                };
                args.push(default);
                return Some((args, ty));
            }
            Function::CumulativeSum => {
                let term = given.next()?;
                if !term.ty.is_number() && term.ty != Type::TimeSpan {
                    let message = format!("`{name}` adds numbers, not {}", term.ty.name());
                    return self.error(codes::ARGUMENT, term.span, message);
                }
                let ty = if term.ty == Type::Int { Type::Long } else { term.ty };
                args.push(self.converted(term, ty)?);
                ty
            }
            Function::RankDense | Function::RankMin => {
                let term = given.next()?;
                args.push(self.window_key(name, term)?);
                Type::Long
            }
            Function::Session => {
                for wanted in [Type::DateTime, Type::TimeSpan, Type::TimeSpan] {
                    let value = given.next()?;
                    if value.ty != wanted {
                        let (is, wanted) = (value.ty.name(), wanted.name());
                        let message = format!("an argument of `{name}` is {is}, not {wanted}");
                        return self.error(codes::ARGUMENT, value.span, message);
                    }
                    args.push(value);
                }
                Type::DateTime
            }
        };
        let restart = given
            .next()
            .unwrap_or_else(|| node(ExprKind::Literal(Value::Bool(false)), Type::Bool, span));
        if restart.ty != Type::Bool {
            let message = format!("the restart of `{name}` is {}, not bool", restart.ty.name());
            return self.error(codes::ARGUMENT, restart.span, message);
        }
        args.push(restart);
        Some((args, ty))
    }

    fn window_constant(&mut self, name: &str, expr: Expr) -> Option<Expr> {
        if !matches!(expr.ty, Type::Int | Type::Long) {
            let message = format!("an argument of `{name}` is {}, not long", expr.ty.name());
            return self.error(codes::ARGUMENT, expr.span, message);
        }
        if !limits::is_constant(&expr) {
            let message = format!("this argument of `{name}` must be constant");
            return self.error(codes::NOT_CONSTANT, expr.span, message);
        }
        self.converted(expr, Type::Long)
    }

    fn window_key(&mut self, name: &str, expr: Expr) -> Option<Expr> {
        if expr.ty == Type::Dynamic {
            let message = format!("`{name}` cannot tell dynamic values apart; convert them");
            return self.error(codes::DYNAMIC_KEY, expr.span, message);
        }
        Some(expr)
    }
}

fn long(value: i64, span: Span) -> Expr {
    node(ExprKind::Literal(Value::Long(value)), Type::Long, span)
}

fn whole(expr: &Expr) -> Option<i64> {
    match &expr.kind {
        ExprKind::Literal(Value::Long(it)) => Some(*it),
        ExprKind::Literal(Value::Int(it)) => Some(i64::from(*it)),
        ExprKind::Widen(inner) => whole(inner),
        _ => None,
    }
}
