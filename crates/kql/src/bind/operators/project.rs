//! `project`, `extend`, and the list that `print` and `distinct` share with them.

use crate::{
    codes,
    plan::{Expr, Op, Rel},
    syntax::tree::{self, ExprKind as Syntax, Named},
    types::Column,
};

use super::{
    super::{Binder, limits, naming::Namer, scope::Cx, several::Member, window::Windows},
    column,
};

/// A column that an operator makes.
pub(super) struct Made {
    /// Its name.
    pub(super) name: String,
    /// Its value; none when it is broken.
    pub(super) expr: Option<Expr>,
}

impl Binder<'_> {
    /// `project`.
    pub(super) fn project(&mut self, input: Rel, list: &[Named]) -> Rel {
        let columns = input.columns.clone();
        let windows = Windows::over(&input);
        let cx = Cx { windows: Some(&windows), ..self.over(&columns) };
        let made = self.made(list, cx, |_| None);
        self.projected(Windows::applied(windows, input), made)
    }

    /// `extend`: a column of the same name is replaced where it stands.
    pub(super) fn extend(&mut self, input: Rel, list: &[Named]) -> Rel {
        let columns = input.columns.clone();
        let windows = Windows::over(&input);
        let cx = Cx { windows: Some(&windows), ..self.over(&columns) };
        let made = self.made(list, cx, |_| None);
        let input = Windows::applied(windows, input);
        let Some(span) = list.first().map(Named::span) else { return input };
        let mut all: Vec<Made> = columns
            .iter()
            .enumerate()
            .map(|(at, it)| Made { name: it.name.clone(), expr: column(&columns, at, span) })
            .collect();
        let index: std::collections::HashMap<String, usize> =
            columns.iter().enumerate().map(|(at, it)| (it.name.clone(), at)).collect();
        for new in made {
            match index.get(&new.name).and_then(|at| all.get_mut(*at)) {
                Some(place) => *place = new,
                None => all.push(new),
            }
        }
        self.projected(input, all)
    }

    /// A step with these columns; broken ones are left out and remembered.
    pub(super) fn projected(&mut self, input: Rel, made: Vec<Made>) -> Rel {
        let mut exprs = Vec::with_capacity(made.len());
        let mut columns = Vec::with_capacity(made.len());
        for Made { name, expr } in made {
            match expr {
                Some(expr) => {
                    columns.push(Column::new(name, expr.ty));
                    exprs.push(expr);
                }
                None => {
                    self.poisoned.insert(name);
                }
            }
        }
        Rel { op: Op::Project { input: Box::new(input), exprs }, columns }
    }

    /// Binds and names a list. `wish` may name what has no name of its own, by position.
    pub(super) fn made(
        &mut self,
        list: &[Named],
        cx: Cx<'_>,
        wish: impl Fn(usize) -> Option<String>,
    ) -> Vec<Made> {
        let mut namer = Namer::over(cx.columns);
        let mut made = Vec::with_capacity(list.len());
        for (at, item) in list.iter().enumerate() {
            if let Some(members) = self.members(&item.expr, cx) {
                self.made_of_members(item, members, &mut namer, &mut made);
                continue;
            }
            let expr = self.expr(&item.expr, cx);
            let name = match item.names.as_slice() {
                [] => {
                    let own = match wish(at) {
                        Some(name) => Some(name),
                        None if is_default(&item.expr, expr.as_ref()) => None,
                        None => self.auto_name(&item.expr),
                    };
                    match (&item.expr.kind, own) {
                        (Syntax::Name(_), Some(own)) => {
                            self.chosen_name(&mut namer, &own, item.expr.span)
                        }
                        (_, own) => namer.automatic(own),
                    }
                }
                [name] => self.chosen_name(&mut namer, &name.text, name.span),
                _ => {
                    let message = "the expression gives one value, not several";
                    self.error::<()>(codes::ARGUMENT_COUNT, item.span(), message);
                    continue;
                }
            };
            made.push(Made { name, expr });
        }
        made
    }

    /// The columns of a call that fills several.
    fn made_of_members(
        &mut self,
        item: &Named,
        members: Option<Vec<Member>>,
        namer: &mut Namer,
        made: &mut Vec<Made>,
    ) {
        let Some(members) = members else {
            for name in &item.names {
                let name = self.chosen_name(namer, &name.text, name.span);
                made.push(Made { name, expr: None });
            }
            return;
        };
        for (member, name) in self.member_names(item, members, namer) {
            made.push(Made { name, expr: Some(member) });
        }
    }

    /// Values of a call that fills several columns and their names: those given first.
    pub(super) fn member_names(
        &mut self,
        item: &Named,
        members: Vec<Member>,
        namer: &mut Namer,
    ) -> Vec<(Expr, String)> {
        if let Some(extra) = item.names.get(members.len()) {
            let message = format!("the expression gives {} values only", members.len());
            self.error::<()>(codes::ARGUMENT_COUNT, extra.span, message);
        }
        let mut named = Vec::with_capacity(members.len());
        for (at, member) in members.into_iter().enumerate() {
            let name = match item.names.get(at) {
                Some(name) => self.chosen_name(namer, &name.text, name.span),
                None => namer.automatic(member.name),
            };
            named.push((member.expr, name));
        }
        named
    }
}

/// True for a `column_ifexists` whose column does not exist: it has no name.
fn is_default(written: &tree::Expr, bound: Option<&Expr>) -> bool {
    let Syntax::Call { name, .. } = &written.kind else { return false };
    matches!(name.text.as_str(), "column_ifexists" | "columnifexists")
        && bound.is_some_and(limits::is_constant)
}
