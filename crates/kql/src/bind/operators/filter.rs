//! `where`.

use crate::{
    plan::{Op, Rel},
    syntax::tree,
};

use super::super::Binder;

impl Binder<'_> {
    pub(super) fn filter(&mut self, input: Rel, predicate: &tree::Expr) -> Rel {
        let columns = input.columns.clone();
        let cx = self.over(&columns);
        match self.condition(predicate, cx) {
            Some(predicate) => {
                Rel { op: Op::Filter { input: Box::new(input), predicate }, columns }
            }
            None => input,
        }
    }
}
