//! `mv-expand`.

use crate::{
    codes,
    diagnostic::Span,
    plan::{Expanded, Op, Rel},
    syntax::tree::Expand,
    types::{Column, Type},
};

use super::{
    super::{Binder, naming::Namer, scope::Cx},
    take::whole,
};

impl Binder<'_> {
    pub(super) fn expand(&mut self, input: Rel, expand: &Expand, span: Span) -> Option<Rel> {
        let mut columns = input.columns.clone();
        let mut outputs: Vec<Expanded> = (0..columns.len()).map(Expanded::Column).collect();
        let seen = input.columns.clone();
        let cx = self.over(&seen);
        let mut namer = Namer::over(&seen);
        for column in &seen {
            namer.take(&column.name);
        }
        let mut items = Vec::with_capacity(expand.items.len());
        for item in &expand.items {
            let source = self.expr(&item.named.expr, cx)?;
            if source.ty != Type::Dynamic {
                let message =
                    format!("`mv-expand` opens arrays and bags, not {}", source.ty.name());
                return self.error(codes::ARGUMENT, source.span, message);
            }
            // `mv-expand todynamic(x)` replaces `x`
            let wish = match item.named.names.first() {
                Some(name) => Some(name.text.clone()),
                None => self.auto_name(&item.named.expr),
            };
            let place = wish.as_ref().and_then(|it| seen.iter().position(|c| c.name == *it));
            let ty = item.ty.unwrap_or(Type::Dynamic);
            let output = Expanded::Item(items.len());
            if let Some(at) = place
                && let (Some(column), Some(place)) = (columns.get_mut(at), outputs.get_mut(at))
            {
                if !matches!(place, Expanded::Column(_)) {
                    let message = format!("column `{}` is given twice", column.name);
                    return self.error(codes::DUPLICATE, item.named.span(), message);
                }
                (column.ty, *place) = (ty, output);
            } else {
                let name = match (item.named.names.first(), wish) {
                    (Some(name), _) => self.chosen_name(&mut namer, &name.text, name.span),
                    (None, wish) => namer.automatic(wish),
                };
                columns.push(Column::new(name, ty));
                outputs.push(output);
            }
            items.push(source);
        }
        if let Some(index) = &expand.index {
            let name = namer.automatic(Some(index.text.clone()));
            columns.push(Column::new(name, Type::Long));
            outputs.push(Expanded::Index);
        }
        let limit = match &expand.limit {
            None => None,
            Some(limit) => {
                let limit = self.expr(limit, Cx::CONSTANT)?;
                let Some(rows) = whole(&limit) else {
                    let message = "the limit must be a constant whole number";
                    return self.error(codes::NOT_CONSTANT, limit.span, message);
                };
                Some(u64::try_from(rows).unwrap_or(0))
            }
        };
        self.charge(items.len() + columns.len() / 8, span)?;
        let op = Op::Expand { input: Box::new(input), items, pairs: expand.pairs, limit, outputs };
        Some(Rel { op, columns })
    }
}
