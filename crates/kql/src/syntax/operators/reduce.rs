//! `reduce kind=source by text with threshold=0.1, characters="-"`.

use super::{Expr, Parser};

/// The body of a `reduce`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduce {
    /// Keeps the rows and adds their pattern.
    pub source: bool,
    /// The text.
    pub by: Expr,
    /// The share of rows that a word needs.
    pub threshold: Option<Expr>,
    /// Characters that part words, beside those that always do.
    pub characters: Option<Expr>,
}

impl Parser<'_> {
    /// After the word.
    pub(super) fn reduce(&mut self) -> Option<Reduce> {
        let mut source = false;
        for option in self.options()? {
            match (option.name.as_str(), option.value.as_str()) {
                ("kind", "source") => source = true,
                ("kind", "default") => {}
                _ => return self.unknown_option(&option),
            }
        }
        self.expect_word("by")?;
        let mut reduce =
            Reduce { source, by: self.expression()?, threshold: None, characters: None };
        if self.take_word("with") {
            loop {
                let name = self.loose_name("`threshold` or `characters`")?;
                self.expect_sign("=")?;
                let value = Some(self.expression()?);
                match name.text.as_str() {
                    "threshold" => reduce.threshold = value,
                    "characters" => reduce.characters = value,
                    _ => {
                        let message = format!("`{}` is not an option here", name.text);
                        return self.error(crate::codes::OPTION, name.span, message);
                    }
                }
                if !self.take_sign(",") && !self.at_word("threshold") && !self.at_word("characters")
                {
                    break;
                }
            }
        }
        Some(reduce)
    }
}
