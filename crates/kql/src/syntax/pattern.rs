//! `declare pattern name = (a: string)[path: string] { ("x").["y"] = { statements }; … }`.

use super::{
    parser::Parser,
    tree::{Expr, Name, Param, Statement},
};

/// A name that stands for a table chosen by constant arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// The name.
    pub name: Name,
    /// Its parameters.
    pub params: Vec<Param>,
    /// What may stand behind a dot.
    pub path: Option<Param>,
    /// The choices.
    pub cases: Vec<Case>,
}

/// One choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The arguments.
    pub args: Vec<Expr>,
    /// What stands behind the dot.
    pub path: Option<String>,
    /// The statements; the last one is the table.
    pub body: Vec<Statement>,
}

impl Parser<'_> {
    /// After `declare pattern`.
    pub(super) fn pattern_statement(&mut self) -> Option<Pattern> {
        let name = self.name("a name")?;
        let mut pattern = Pattern { name, params: Vec::new(), path: None, cases: Vec::new() };
        if !self.take_sign("=") {
            return Some(pattern);
        }
        self.expect_sign("(")?;
        pattern.params = self.list(")", Self::param)?;
        if self.take_sign("[") {
            pattern.path = Some(self.param()?);
            self.expect_sign("]")?;
        }
        self.expect_sign("{")?;
        while !self.take_sign("}") {
            pattern.cases.push(self.case()?);
            if !self.take_sign(";") && !self.at_sign("}") {
                return self.expected("`;` or `}`");
            }
        }
        Some(pattern)
    }

    fn case(&mut self) -> Option<Case> {
        self.expect_sign("(")?;
        let args = self.list(")", Self::expression)?;
        let path = if self.take_sign(".") { Some(self.loose_name("a name")?.text) } else { None };
        self.expect_sign("=")?;
        self.expect_sign("{")?;
        let body = self.nested(Self::block)?;
        Some(Case { args, path, body })
    }
}
