//! What is read over without a closer look, until its operator is built.

use super::Parser;

impl Parser<'_> {
    /// `externaldata(columns)[uris] with (options)`, which may stand amid a list.
    pub(super) fn skip_external(&mut self) {
        for open in ["(", "["] {
            if self.at_sign(open) {
                self.skip_group();
            }
        }
        if self.take_word("with") && self.at_sign("(") {
            self.skip_group();
        }
    }

    /// A group in brackets.
    fn skip_group(&mut self) {
        self.bump();
        while !self.at_end() {
            self.skip_operator();
            if self.at_sign(")") || self.at_sign("]") || self.at_sign("}") {
                self.bump();
                return;
            }
            self.bump();
        }
    }
}
