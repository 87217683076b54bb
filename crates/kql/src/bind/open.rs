//! Sources whose columns nobody knows before they are read: tables outside the workspace, what
//! `bag_unpack` makes, a fuzzy union of unknown tables.
//!
//! Such a source has a mark among its columns, which goes where its columns go. A name that is not
//! found beside a mark is taken for a column of that source: it is written down, and the query is
//! bound anew with it until nothing new turns up. Guessed columns are dynamic, and as long as there
//! are any, dynamic values are taken for whatever is needed.

use std::collections::BTreeMap;

use indexmap::IndexSet;

use crate::{
    diagnostic::Span,
    nearest,
    plan::{ELSEWHERE, Expr, ExprKind, Op, Rel},
    syntax::tree::{Operator, OperatorKind},
    types::{Column, Type},
    value::Value,
};

use super::{Binder, operators::pick};

/// The first character of a mark; no name in a query begins so.
const MARK: char = '\u{1}';
/// The last character of the mark of a step that could not be read: a name that is close to a known
/// one is not taken for another.
const DOUBT: char = '!';
/// How many columns one source is thought to have.
const MAX_GUESSES: usize = 1_000;

/// What was guessed so far, by the place of the source in the text.
#[derive(Default)]
pub(crate) struct Guesses {
    columns: BTreeMap<usize, IndexSet<String>>,
    open: bool,
    grown: bool,
    /// Plan nodes made in all rounds.
    spent: usize,
}

/// How many plan nodes all rounds may make before the guessing ends.
const MAX_SPENT: usize = 2_000_000;

impl Guesses {
    /// True when the last round saw an open source.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// True when the last round found new names and another is worth it.
    pub(crate) fn has_grown(&self) -> bool {
        self.grown && self.spent < MAX_SPENT
    }

    /// Counts what a round made.
    pub(super) fn spend(&mut self, nodes: usize) {
        self.spent += nodes;
    }

    /// Ready for the next round.
    pub(super) fn again(self) -> Self {
        Self { open: false, grown: false, ..self }
    }
}

/// True for the mark of an open source.
pub(super) fn is_mark(column: &Column) -> bool {
    column.name.starts_with(MARK)
}

/// The place of the source that a mark belongs to.
fn place(mark: &Column) -> Option<usize> {
    mark.name.strip_prefix(MARK)?.trim_end_matches(DOUBT).parse().ok()
}

impl Binder<'_> {
    /// The columns of an open source: those known, those guessed, and its mark.
    pub(super) fn open_columns(&mut self, mut known: Vec<Column>, span: Span) -> Vec<Column> {
        self.guesses.open = true;
        if let Some(guessed) = self.guesses.columns.get(&span.start) {
            for name in guessed {
                if !known.iter().any(|it| it.name == *name) {
                    known.push(Column::new(name.as_str(), Type::Dynamic));
                }
            }
        }
        known.push(Column::new(format!("{MARK}{}", span.start), Type::Dynamic));
        known
    }

    /// A table outside the workspace.
    pub(super) fn open_table(&mut self, name: &str, span: Span) -> Rel {
        let columns = self.open_columns(Vec::new(), span);
        Rel { op: Op::Table { name: format!("{ELSEWHERE}{name}"), window: None }, columns }
    }

    /// A table behind a step that could not be read: any column may be there.
    pub(super) fn opened(&mut self, input: Rel, span: Span) -> Rel {
        let width = input.columns.len();
        let mut columns = self.open_columns(input.columns.clone(), span);
        if let Some(mark) = columns.last_mut() {
            mark.name.push(DOUBT);
        }
        let cell = |(at, it): (usize, &Column)| {
            let kind =
                if at < width { ExprKind::Column(at) } else { ExprKind::Literal(Value::Null) };
            Expr { kind, ty: it.ty, span }
        };
        let exprs = columns.iter().enumerate().map(cell).collect();
        Rel { op: Op::Project { input: Box::new(input), exprs }, columns }
    }

    /// One operator; what is open stays open behind it, since nobody knows what it dropped.
    pub(super) fn stepped(&mut self, input: Rel, operator: &Operator) -> Option<Rel> {
        let mark = input.columns.iter().find(|it| is_mark(it)).cloned();
        let rel = self.operator(input, operator)?;
        let closes = matches!(operator.kind, OperatorKind::Count(_) | OperatorKind::GetSchema);
        match mark.filter(|_| !closes && !rel.columns.iter().any(is_mark)) {
            Some(mark) => Some(Self::marked(rel, mark, operator.span)),
            None => Some(rel),
        }
    }

    /// A table with one more mark.
    fn marked(rel: Rel, mark: Column, span: Span) -> Rel {
        let cell =
            |(at, it): (usize, &Column)| Expr { kind: ExprKind::Column(at), ty: it.ty, span };
        let mut exprs: Vec<Expr> = rel.columns.iter().enumerate().map(cell).collect();
        let nothing = ExprKind::Literal(Value::Null);
        exprs.push(Expr { kind: nothing, ty: Type::Dynamic, span });
        let mut columns = rel.columns.clone();
        columns.push(mark);
        Rel { op: Op::Project { input: Box::new(rel), exprs }, columns }
    }

    /// True while the query has an open source: dynamic values may be of any type.
    pub(super) fn is_lenient(&self) -> bool {
        self.guesses.open
    }

    /// True for a name that was guessed and that a step since then has dropped: it may still be
    /// there in what the data brings.
    pub(super) fn is_lost(&self, name: &str, columns: &[Column]) -> bool {
        let mut places = columns.iter().filter_map(place);
        places.any(|it| self.guesses.columns.get(&it).is_some_and(|it| it.contains(name)))
    }

    /// True when this round has found new names already: there will be another.
    pub(super) fn has_guessed(&self) -> bool {
        self.guesses.grown
    }

    /// Takes an unknown name for a column of an open source among these columns; false when there
    /// is none, or when that was of no use before.
    pub(super) fn guess(&mut self, name: &str, columns: &[Column]) -> bool {
        let Some(mark) = columns.iter().find(|it| is_mark(it)) else { return false };
        let Some(place) = place(mark) else { return false };
        if mark.name.ends_with(DOUBT) {
            let known = columns.iter().map(|it| it.name.as_str());
            if nearest::nearest(name, known).is_some() {
                return false;
            }
        }
        let guessed = self.guesses.columns.entry(place).or_default();
        if guessed.len() >= MAX_GUESSES || !guessed.insert(name.to_owned()) {
            return self.guesses.grown;
        }
        self.guesses.grown = true;
        true
    }

    /// The answer without marks.
    pub(super) fn unmarked(rel: Rel) -> Rel {
        if !rel.columns.iter().any(is_mark) {
            return rel;
        }
        let kept = rel.columns.iter().enumerate().filter(|(_, it)| !is_mark(it));
        let kept = kept.map(|(at, it)| (at, it.name.clone())).collect();
        pick(rel, kept)
    }
}
