//! `fork name = ( operators ) ( operators )` and `facet by a, b with ( operators )`: operators with
//! several results.

use super::{Name, Operator, Parser};

/// One result of a `fork`.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Its name.
    pub name: Option<Name>,
    /// What is done to the rows.
    pub body: Vec<Operator>,
}

/// The body of a `facet`.
#[derive(Clone, Debug, PartialEq)]
pub struct Facet {
    /// The columns whose values are counted.
    pub by: Vec<Name>,
    /// What is done to the rows themselves.
    pub with: Option<Vec<Operator>>,
}

impl Parser<'_> {
    /// After the word.
    pub(super) fn fork(&mut self) -> Option<Vec<Branch>> {
        let mut branches = Vec::new();
        loop {
            let name = if self.word().is_some() && self.sign_ahead(1, "=") {
                let name = self.name("a name")?;
                self.bump();
                Some(name)
            } else {
                None
            };
            branches.push(Branch { name, body: self.body()? });
            if !self.at_sign("(") && self.word().is_none() {
                return Some(branches);
            }
        }
    }

    /// After the word.
    pub(super) fn facet(&mut self) -> Option<Facet> {
        self.expect_word("by")?;
        let by = self.commas(|it| it.name("a column name"))?;
        let with = if self.take_word("with") { Some(self.body()?) } else { None };
        Some(Facet { by, with })
    }
}
