//! `graph-to-table`.

use crate::{
    codes,
    diagnostic::Span,
    plan::{Expr, ExprKind, Graph, Op, Rel},
    syntax::tree::GraphTable,
    types::{Column, Type},
};

use super::{
    super::{Binder, expression::node},
    references,
};

impl Binder<'_> {
    /// The first table comes out; those with a name can be used by it further down.
    pub(in super::super) fn graph_to_table(
        &mut self,
        graph: &Graph,
        tables: &[GraphTable],
    ) -> Option<Rel> {
        let mut first = None;
        for table in tables {
            let made = self.graph_table(graph, table)?;
            if let Some(name) = &table.name {
                let meaning = Self::table_meaning(made.clone());
                self.scope.push(&name.text, meaning);
            }
            first.get_or_insert(made);
        }
        first
    }

    fn graph_table(&mut self, graph: &Graph, table: &GraphTable) -> Option<Rel> {
        let span = Span::default();
        let input = if table.nodes { &graph.nodes } else { &graph.edges };
        let mut columns = Vec::new();
        let mut exprs: Vec<Expr> = Vec::new();
        for (option, name) in &table.ids {
            let key = match option.text.as_str() {
                "with_node_id" if table.nodes => input.columns.len().checked_sub(1)?,
                "with_source_id" if !table.nodes => graph.source,
                "with_target_id" if !table.nodes => graph.target,
                _ => {
                    let message = format!("`{}` is not an option here", option.text);
                    return self.error(codes::OPTION, option.span, message);
                }
            };
            let key = self.text_of(&input.columns, key, name.span)?;
            let Some(hash) = self.function("hash_xxhash64").or_else(|| self.function("hash"))
            else {
                return self.error(codes::UNSUPPORTED, option.span, "node numbers need `hash`");
            };
            let kind = ExprKind::Call { function: hash.name, args: vec![key] };
            exprs.push(node(kind, Type::Long, name.span));
            columns.push(Column::new(name.text.as_str(), Type::Long));
        }
        let mut own = input.columns.clone();
        let mut kept = references(&own, span);
        if table.nodes {
            own.pop();
            kept.pop();
        }
        for (column, expr) in own.into_iter().zip(kept) {
            if columns.iter().any(|it| it.name == column.name) {
                let message = format!("column `{}` exists already", column.name);
                return self.error(codes::DUPLICATE, span, message);
            }
            columns.push(column);
            exprs.push(expr);
        }
        Some(Rel { op: Op::Project { input: Box::new(input.clone()), exprs }, columns })
    }
}
