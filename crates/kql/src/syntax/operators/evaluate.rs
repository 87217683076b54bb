//! `evaluate plugin(arguments) : (schema)` and `invoke function(arguments)`.

use crate::types::Column;

use super::super::tree::Arg;
use super::{Name, Parser};

/// The body of an `evaluate`.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluate {
    /// The plugin.
    pub name: Name,
    /// Its arguments.
    pub args: Vec<Arg>,
    /// The columns that are promised to come out.
    pub schema: Option<Schema>,
}

/// The schema behind an `evaluate`.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// Begins with `*`: the columns of the input come first.
    pub star: bool,
    /// The columns, in order.
    pub columns: Vec<Column>,
}

/// The body of an `invoke`.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoke {
    /// The function, which takes the table as its first argument.
    pub name: Name,
    /// The other arguments.
    pub args: Vec<Arg>,
}

/// Plugins whose first argument is a schema no other call has.
const FOREIGN: &[&str] = &["python", "r", "csharp"];

impl Parser<'_> {
    /// After the word.
    pub(super) fn evaluate(&mut self) -> Option<Evaluate> {
        self.options()?;
        let name = self.name("a plugin")?;
        if FOREIGN.contains(&name.text.as_str()) {
            self.skip_operator();
            return Some(Evaluate { name, args: Vec::new(), schema: None });
        }
        self.expect_sign("(")?;
        let args = self.nested(|it| it.list(")", Self::argument))?;
        let schema = if self.take_sign(":") { Some(self.schema()?) } else { None };
        Some(Evaluate { name, args, schema })
    }

    /// `(*, a: string)`.
    fn schema(&mut self) -> Option<Schema> {
        self.expect_sign("(")?;
        let star = self.take_sign("*");
        if star && !self.take_sign(",") {
            self.expect_sign(")")?;
            return Some(Schema { star, columns: Vec::new() });
        }
        Some(Schema { star, columns: self.list(")", Self::column)? })
    }

    /// After the word.
    pub(super) fn invoke(&mut self) -> Option<Invoke> {
        let name = self.name("a function")?;
        let args = if self.take_sign("(") {
            self.nested(|it| it.list(")", Self::argument))?
        } else {
            Vec::new()
        };
        Some(Invoke { name, args })
    }
}
