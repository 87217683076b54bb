//! `where`.

use crate::{
    plan::{Op, Rel},
    syntax::tree,
};

use super::{
    super::{Binder, scope::Cx, window::Windows},
    pick,
};

impl Binder<'_> {
    pub(super) fn filter(&mut self, input: Rel, predicate: &tree::Expr) -> Rel {
        let columns = input.columns.clone();
        let windows = Windows::over(&input);
        let cx = Cx { windows: Some(&windows), ..self.over(&columns) };
        let Some(predicate) = self.condition(predicate, cx) else { return input };
        let input = Windows::applied(windows, input);
        let wide = input.columns.clone();
        let extra = wide.len() > columns.len();
        let filtered = Rel { op: Op::Filter { input: Box::new(input), predicate }, columns: wide };
        if !extra {
            return filtered;
        }
        pick(filtered, columns.into_iter().map(|it| it.name).enumerate().collect())
    }
}
