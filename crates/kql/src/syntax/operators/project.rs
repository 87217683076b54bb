//! Lists of named expressions: `project`, `extend`, `print`, `summarize`, `distinct`.

use crate::{
    codes,
    diagnostic::{Diagnostic, Severity, Span},
};

use super::{Expr, Name, Parser, TokenKind};

/// `expr`, `name = expr`, or `(a, b) = expr`.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The names given; none for an automatic one.
    pub names: Vec<Name>,
    /// The expression.
    pub expr: Expr,
}

impl Named {
    /// Where it stands.
    pub fn span(&self) -> Span {
        self.names.first().map_or(self.expr.span, |it| it.span.to(self.expr.span))
    }
}

impl Parser<'_> {
    /// Named expressions up to the end of the operator; may be none.
    pub(super) fn named_list(&mut self) -> Option<Vec<Named>> {
        if matches!(self.kind(), TokenKind::End | TokenKind::Sign("|" | ";" | ")" | "}")) {
            return Some(Vec::new());
        }
        self.commas(Self::named)
    }

    /// One named expression.
    pub(super) fn named(&mut self) -> Option<Named> {
        let mut names = Vec::new();
        let bracketed = self.at_sign("[") && self.sign_ahead(2, "]") && self.sign_ahead(3, "=");
        if bracketed || (self.word().is_some() && self.sign_ahead(1, "=")) {
            names.push(self.name("a column name")?);
            self.bump();
        } else if self.at_tuple() {
            self.bump();
            names = self.list(")", |it| it.name("a column name"))?;
            self.bump();
        }
        Some(Named { names, expr: self.expression()? })
    }

    /// An expression that may be given a name which nothing can use.
    pub(super) fn idly_named(&mut self) -> Option<Expr> {
        if self.word().is_some() && self.sign_ahead(1, "=") {
            let name = self.name("a name")?;
            let span = self.span();
            self.bump();
            let message =
                format!("`=` does not compare here: it names what follows `{}`", name.text);
            let problem = Diagnostic::error(codes::IGNORED, span, message).help("write `==`");
            self.report(Diagnostic { severity: Severity::Warning, ..problem });
        }
        self.expression()
    }

    /// True before `(a, b) =`.
    fn at_tuple(&self) -> bool {
        if !self.at_sign("(") {
            return false;
        }
        let mut by = 1;
        loop {
            if self.word_ahead(by).is_some() {
                by += 1;
            } else if self.sign_ahead(by, "[") && self.sign_ahead(by + 2, "]") {
                by += 3;
            } else {
                return false;
            }
            if self.sign_ahead(by, ")") {
                return self.sign_ahead(by + 1, "=");
            }
            if !self.sign_ahead(by, ",") || by > 256 {
                return false;
            }
            by += 1;
        }
    }
}
