//! `join` and `lookup`.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::{BinaryOp, Expr, ExprKind, JoinKind, Op, Rel},
    syntax::tree::{self, ExprKind as Syntax, Join, Step},
    types::{Column, Type},
};

use super::{
    super::{
        Binder,
        convert::{widened, wider},
        expression::node,
        naming::Namer,
    },
    pick,
};

/// A key: its position on either side.
struct Key {
    left: usize,
    right: usize,
    span: Span,
}

impl Binder<'_> {
    /// `join`.
    pub(super) fn join(&mut self, left: Rel, join: &Join) -> Option<Rel> {
        let kind = join.kind.unwrap_or(JoinKind::InnerUnique);
        let right = self.table(&join.right)?;
        let keys = self.keys(&left, &right, &join.on)?;
        Some(Self::joined(kind, left, right, &keys))
    }

    /// `lookup`: an outer or inner join that leaves the right side's keys out.
    pub(super) fn lookup(&mut self, left: Rel, join: &Join) -> Option<Rel> {
        let kind = join.kind.unwrap_or(JoinKind::LeftOuter);
        if !matches!(kind, JoinKind::LeftOuter | JoinKind::Inner) {
            return self.error(
                codes::OPTION,
                join.kind_span,
                "`lookup` knows the kinds `leftouter` and `inner`",
            );
        }
        let right = self.table(&join.right)?;
        let keys = self.keys(&left, &right, &join.on)?;
        let width = left.columns.len();
        let mut namer = Namer::default();
        let mut picked = Vec::new();
        for (at, column) in left.columns.iter().enumerate() {
            namer.take(&column.name);
            picked.push((at, column.name.clone()));
        }
        for (at, column) in right.columns.iter().enumerate() {
            if !keys.iter().any(|it| it.right == at) {
                picked.push((width + at, namer.automatic(Some(column.name.clone()))));
            }
        }
        let joined = Self::joined(kind, left, right, &keys);
        Some(pick(joined, picked))
    }

    fn joined(kind: JoinKind, left: Rel, right: Rel, keys: &[Key]) -> Rel {
        let columns = match kind {
            JoinKind::LeftSemi | JoinKind::LeftAnti => left.columns.clone(),
            JoinKind::RightSemi | JoinKind::RightAnti => right.columns.clone(),
            _ => {
                let mut namer = Namer::default();
                let mut columns = left.columns.clone();
                for column in &columns {
                    namer.take(&column.name);
                }
                for column in &right.columns {
                    columns
                        .push(Column::new(namer.automatic(Some(column.name.clone())), column.ty));
                }
                columns
            }
        };
        let side = |rel: &Rel, at: usize, span: Span| {
            let ty = rel.columns.get(at).map_or(Type::Dynamic, |it| it.ty);
            node(ExprKind::Column(at), ty, span)
        };
        let on: Vec<(Expr, Expr)> = keys
            .iter()
            .map(|it| {
                let (left, right) =
                    (side(&left, it.left, it.span), side(&right, it.right, it.span));
                match wider(left.ty, right.ty) {
                    Some(ty) => (widened(left, ty), widened(right, ty)),
                    None => (left, right),
                }
            })
            .collect();
        Rel { op: Op::Join { kind, left: Box::new(left), right: Box::new(right), on }, columns }
    }

    fn keys(&mut self, left: &Rel, right: &Rel, on: &[tree::Expr]) -> Option<Vec<Key>> {
        let mut keys = Vec::new();
        let mut fine = true;
        for condition in on {
            let parts: Vec<&tree::Expr> = match &condition.kind {
                Syntax::Chain { first, rest } if rest.iter().all(|it| it.op == BinaryOp::And) => {
                    std::iter::once(&**first).chain(rest.iter().map(|it| &it.operand)).collect()
                }
                _ => vec![condition],
            };
            for part in parts {
                match self.join_key(left, right, part) {
                    Some(key) => keys.push(key),
                    None => fine = false,
                }
            }
        }
        fine.then_some(keys)
    }

    fn join_key(&mut self, left: &Rel, right: &Rel, condition: &tree::Expr) -> Option<Key> {
        let span = condition.span;
        let (left_name, right_name) = match &condition.kind {
            Syntax::Name(name) => ((name.as_str(), span), (name.as_str(), span)),
            Syntax::Compare { op: BinaryOp::Equal, left, right } => {
                match (sided(left), sided(right)) {
                    (Some(("$left", left, a)), Some(("$right", right, b))) => {
                        ((left, a), (right, b))
                    }
                    _ => return self.join_form(span),
                }
            }
            _ => return self.join_form(span),
        };
        let left_at = self.side_column(&left.columns, left_name, "left");
        let right_at = self.side_column(&right.columns, right_name, "right");
        let key = Key { left: left_at?, right: right_at?, span };
        let types = (left.columns.get(key.left)?.ty, right.columns.get(key.right)?.ty);
        if (types.0 == Type::Dynamic || types.1 == Type::Dynamic) && !self.is_lenient() {
            self.report(
                Diagnostic::error(codes::DYNAMIC_KEY, span, "a dynamic value cannot be joined by")
                    .help("convert it in front of the join, such as with `tostring(...)`"),
            );
            return None;
        }
        let wide = matches!(types, (Type::Int, Type::Long) | (Type::Long, Type::Int));
        let guessed = types.0 == Type::Dynamic || types.1 == Type::Dynamic;
        if types.0 != types.1 && !wide && !guessed {
            let message =
                format!("the sides of the key are {} and {}", types.0.name(), types.1.name());
            self.report(
                Diagnostic::error(codes::JOIN_KEY, span, message)
                    .help("convert one of them in front of the join"),
            );
            return None;
        }
        Some(key)
    }

    fn join_form<T>(&mut self, span: Span) -> Option<T> {
        self.report(
            Diagnostic::error(codes::JOIN_KEY, span, "this is not a join condition")
                .help("write `on Key` or `on $left.A == $right.B`"),
        );
        None
    }

    fn side_column(
        &mut self,
        columns: &[Column],
        (name, span): (&str, Span),
        side: &str,
    ) -> Option<usize> {
        if let Some(at) = columns.iter().position(|it| it.name == name) {
            return Some(at);
        }
        if self.poisoned.contains(name) || self.guess(name, columns) {
            return None;
        }
        let hint = crate::nearest::hint(name, columns.iter().map(|it| it.name.as_str()));
        let message = format!("no column `{name}` on the {side} side");
        self.report(Diagnostic::error(codes::UNKNOWN_COLUMN, span, message).help(hint));
        None
    }
}

/// `$left.name`: the side, the name, its place.
fn sided(expr: &tree::Expr) -> Option<(&str, &str, Span)> {
    let Syntax::Path { base, steps } = &expr.kind else { return None };
    match (&base.kind, steps.as_slice()) {
        (Syntax::Name(side), [Step::Member(name)]) => Some((side, &name.text, name.span)),
        (Syntax::Name(side), [Step::Index(index)]) => match &index.kind {
            Syntax::Literal(crate::value::Value::String(name), _) => Some((side, name, index.span)),
            _ => None,
        },
        _ => None,
    }
}
