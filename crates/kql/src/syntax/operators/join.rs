//! `join kind=… (table) on …` and `lookup`.

use crate::{diagnostic::Span, plan::JoinKind};

use super::{Expr, Parser};

/// The body of a join.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// Its kind; none when not given.
    pub kind: Option<JoinKind>,
    /// Where the kind stands, or the operator's body.
    pub kind_span: Span,
    /// The right side.
    pub right: Expr,
    /// The conditions: a column, or `$left.a == $right.b`.
    pub on: Vec<Expr>,
}

impl Parser<'_> {
    /// After the word.
    pub(super) fn join(&mut self) -> Option<Join> {
        let mut kind = None;
        let mut kind_span = self.here();
        for option in self.options()? {
            match option.name.as_str() {
                "kind" => match join_kind(&option.value) {
                    Some(found) => {
                        kind = Some(found);
                        kind_span = option.span;
                    }
                    None => return self.unknown_option(&option),
                },
                "isfuzzy" => {}
                _ => return self.unknown_option(&option),
            }
        }
        let right = self.table()?;
        self.expect_word("on")?;
        let on = self.commas(Self::expression)?;
        Some(Join { kind, kind_span, right, on })
    }

    /// A table in an operator: a name, a call, or a pipeline in parentheses.
    pub(super) fn table(&mut self) -> Option<Expr> {
        match self.source_operator() {
            Some(source) => {
                let source = source?;
                let span = source.span;
                let kind = super::super::tree::ExprKind::Source(Box::new(source));
                Some(Expr { kind, span })
            }
            None => self.path(),
        }
    }
}

fn join_kind(word: &str) -> Option<JoinKind> {
    Some(match word {
        "innerunique" => JoinKind::InnerUnique,
        "inner" => JoinKind::Inner,
        "leftouter" => JoinKind::LeftOuter,
        "rightouter" => JoinKind::RightOuter,
        "fullouter" => JoinKind::FullOuter,
        "leftsemi" | "semi" => JoinKind::LeftSemi,
        "rightsemi" => JoinKind::RightSemi,
        "leftanti" | "anti" | "leftantisemi" => JoinKind::LeftAnti,
        "rightanti" | "rightantisemi" => JoinKind::RightAnti,
        _ => return None,
    })
}
