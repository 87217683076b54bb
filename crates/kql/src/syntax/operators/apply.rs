//! `mv-apply a = expr to typeof(long) limit n on ( operators )`, and the pipelines without a source
//! that stand in an operator.

use crate::codes;

use super::{Expand, Operator, Parser};

/// The body of an `mv-apply`.
#[derive(Clone, Debug, PartialEq)]
pub struct Apply {
    /// What is opened.
    pub expand: Expand,
    /// What is done with the rows made of each row.
    pub body: Vec<Operator>,
}

impl Parser<'_> {
    /// After the word.
    pub(super) fn apply(&mut self) -> Option<Apply> {
        let mut expand = Expand { items: Vec::new(), pairs: false, index: None, limit: None };
        for option in self.options()? {
            match option.name.as_str() {
                "with_itemindex" => expand.index = Some(option.as_name()),
                // read over, as the reference does
                "kind" | "bagexpansion" => {}
                _ => return self.unknown_option(&option),
            }
        }
        expand.items = self.commas(Self::expand_item)?;
        if self.take_word("limit") {
            expand.limit = Some(self.expression()?);
        }
        if self.at_word("id") && !self.sign_ahead(1, "=") {
            self.bump();
            self.expression()?;
        }
        self.expect_word("on")?;
        Some(Apply { expand, body: self.body()? })
    }

    /// Operators in parentheses, applied to rows that come from outside.
    pub(super) fn body(&mut self) -> Option<Vec<Operator>> {
        self.expect_sign("(")?;
        let around = self.measure();
        let operators = self.nested(|it| {
            let mut operators = Vec::new();
            loop {
                match it.operator() {
                    Some(operator) => operators.push(operator),
                    None => it.skip_operator(),
                }
                if operators.len() > MAX_BODY {
                    let message = format!("more than {MAX_BODY} operators in one pipeline");
                    return it.error(codes::TOO_MANY, it.span(), message);
                }
                if !it.take_sign("|") {
                    return Some(operators);
                }
            }
        })?;
        self.grow(around, operators.len())?;
        self.expect_sign(")")?;
        Some(operators)
    }
}

/// How many operators a body may have.
const MAX_BODY: usize = 100;
