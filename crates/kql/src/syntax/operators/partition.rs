//! `partition hint.strategy=native by key ( operators )`, or `{ a query }` with the key in it.

use crate::codes;

use super::{Expr, Name, Operator, Parser};

/// The body of a `partition`.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// The key.
    pub by: Name,
    /// What is done with the rows of each key.
    pub body: PartitionBody,
}

/// What a `partition` does.
#[derive(Clone, Debug, PartialEq)]
pub enum PartitionBody {
    /// Operators on the rows of the key.
    Operators(Vec<Operator>),
    /// A query in which the key is a value.
    Query(Box<Expr>),
}

impl Parser<'_> {
    /// After the word.
    pub(super) fn partition(&mut self) -> Option<Partition> {
        if let Some(option) = self.options()?.first() {
            return self.unknown_option(option);
        }
        self.expect_word("by")?;
        self.partition_by()
    }

    /// After `by`.
    pub(super) fn partition_by(&mut self) -> Option<Partition> {
        let by = self.name("a column name")?;
        let body = if self.take_sign("{") {
            let query = self.nested(Self::piped)?;
            self.expect_sign("}")?;
            PartitionBody::Query(Box::new(query))
        } else {
            let operators = self.body()?;
            if operators.is_empty() {
                return self.error(codes::EXPECTED, by.span, "the partition does nothing");
            }
            PartitionBody::Operators(operators)
        };
        Some(Partition { by, body })
    }
}
