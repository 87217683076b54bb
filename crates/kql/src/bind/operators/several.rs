//! `fork` and `facet`: operators with several results. All of them are bound; the plan holds the
//! first, since an answer is one table, and a warning says so.

use crate::{
    diagnostic::Span,
    plan::Rel,
    syntax::tree::{Branch, Expr, ExprKind as Syntax, Facet, Named},
};

use super::super::Binder;

impl Binder<'_> {
    pub(super) fn fork(&mut self, input: Rel, branches: &[Branch], span: Span) -> Option<Rel> {
        let mut first = None;
        for (at, branch) in branches.iter().enumerate() {
            self.charge(super::super::limits::rel(&input).size, span)?;
            let rel = self.operators(input.clone(), &branch.body)?;
            if at == 0 {
                first = Some(rel);
            }
        }
        self.one_of("fork", branches.len(), span);
        first
    }

    pub(super) fn facet(&mut self, input: Rel, facet: &Facet, span: Span) -> Option<Rel> {
        let mut results = Vec::new();
        if let Some(body) = &facet.with {
            results.push(self.operators(input.clone(), body)?);
        }
        for name in &facet.by {
            self.charge(super::super::limits::rel(&input).size, span)?;
            let by = Expr { kind: Syntax::Name(name.text.clone()), span: name.span };
            let by = [Named { names: Vec::new(), expr: by }];
            let counted =
                crate::syntax::tree::Name { text: format!("count_{}", name.text), span: name.span };
            let call = crate::syntax::tree::Name { text: "count".to_owned(), span: name.span };
            let count = Named {
                names: vec![counted],
                expr: Expr { kind: Syntax::Call { name: call, args: Vec::new() }, span: name.span },
            };
            results.push(self.summarize(input.clone(), &[count], Some(&by), span)?);
        }
        self.one_of("facet", results.len(), span);
        results.into_iter().next()
    }

    fn one_of(&mut self, name: &str, results: usize, span: Span) {
        if results > 1 {
            let message =
                format!("`{name}` has {results} results; only the first of them is answered");
            self.warn(Span::new(span.start, span.start + name.len()), message);
        }
    }
}
