//! A syntax tree with some of its parts replaced, before it is bound.

use crate::syntax::tree::{Arg, Expr, ExprKind, Link, Step};

/// The tree in which `see` replaces what it knows; what is inside a replaced part is not looked at.
pub(super) fn rewritten(expr: &Expr, see: &mut dyn FnMut(&Expr) -> Option<Expr>) -> Expr {
    if let Some(other) = see(expr) {
        return other;
    }
    let mut one = |it: &Expr| Box::new(rewritten(it, see));
    let kind = match &expr.kind {
        ExprKind::Call { name, args } => {
            let arg = |it: &Arg| Arg { name: it.name.clone(), value: rewritten(&it.value, see) };
            ExprKind::Call { name: name.clone(), args: args.iter().map(arg).collect() }
        }
        ExprKind::Path { base, steps } => {
            let base = one(base);
            let step = |it: &Step| match it {
                Step::Index(index) => Step::Index(rewritten(index, see)),
                other => other.clone(),
            };
            ExprKind::Path { base, steps: steps.iter().map(step).collect() }
        }
        ExprKind::Negate(inner) => ExprKind::Negate(one(inner)),
        ExprKind::Chain { first, rest } => {
            let first = one(first);
            let link =
                |it: &Link| Link { op: it.op, span: it.span, operand: rewritten(&it.operand, see) };
            ExprKind::Chain { first, rest: rest.iter().map(link).collect() }
        }
        ExprKind::Compare { op, left, right } => {
            ExprKind::Compare { op: *op, left: one(left), right: one(right) }
        }
        ExprKind::Text { test, fold, negate, word, source, needle } => ExprKind::Text {
            test: *test,
            fold: *fold,
            negate: *negate,
            word: word.clone(),
            source: one(source),
            needle: one(needle),
        },
        ExprKind::In { fold, negate, source, list } => {
            let source = one(source);
            let list = list.iter().map(|it| rewritten(it, see)).collect();
            ExprKind::In { fold: *fold, negate: *negate, source, list }
        }
        ExprKind::HasTerms { all, source, list } => {
            let source = one(source);
            let list = list.iter().map(|it| rewritten(it, see)).collect();
            ExprKind::HasTerms { all: *all, source, list }
        }
        ExprKind::Between { negate, source, low, high } => ExprKind::Between {
            negate: *negate,
            source: one(source),
            low: one(low),
            high: one(high),
        },
        other => other.clone(),
    };
    Expr { kind, span: expr.span }
}

/// A name no query can write, for what stands in a replaced part.
pub(super) fn hidden_name(number: usize) -> String {
    format!("\u{2}{number}")
}
