//! `workspace("x").Table`, `cluster("x").database("y").Table`: tables that are elsewhere.
//!
//! They bind where the catalogue says that the scope exists, as open tables; whether anybody can
//! read them is left to who runs the query. `database("hunting")` is the one we are in.

use crate::{
    codes,
    diagnostic::{Diagnostic, Span},
    plan::Rel,
    syntax::tree::{self, Arg, ExprKind as Syntax, Name, Step},
    value::Value,
};

use super::Binder;

/// The name by which queries reach the tables that are here.
const DATABASE: &str = "hunting";

impl Binder<'_> {
    /// True for a function that names a place outside.
    pub(super) fn is_outside(&self, name: &str) -> bool {
        matches!(name, "database" | "cluster") || self.env.catalog.is_scope(name)
    }

    /// A table behind a place.
    pub(super) fn outside(&mut self, base: &tree::Expr, steps: &[Step], span: Span) -> Option<Rel> {
        let Syntax::Call { name, args } = &base.kind else { return self.value_for_table(span) };
        let here = name.text == "database" && only_text(args) == Some(DATABASE);
        let table = match steps {
            [Step::Member(table)] => table,
            // `.table("name")` is `.name`
            [Step::Method(name, args)] if name.text == "table" && here => {
                return self.table_named(only_text(args)?, name.span);
            }
            [Step::Member(_), Step::Member(table)] | [.., Step::Method(table, _)] => table,
            [Step::Method(..), Step::Member(table)] if name.text == "cluster" => table,
            _ => return self.unreachable(name),
        };
        if here {
            return self.table_named(&table.text, table.span);
        }
        if self.env.catalog.is_scope(&name.text) {
            return Some(self.open_table(&table.text, span));
        }
        self.unreachable(name)
    }

    /// Reports a place that is not there.
    pub(super) fn unreachable<T>(&mut self, name: &Name) -> Option<T> {
        let message = format!("`{}(...)` reaches outside, to what is not known here", name.text);
        self.report(Diagnostic::error(codes::UNSUPPORTED, name.span, message));
        None
    }
}

/// The one argument, if it is a text.
fn only_text(args: &[Arg]) -> Option<&str> {
    match args {
        [Arg { value: tree::Expr { kind: Syntax::Literal(Value::String(it), _), .. }, .. }] => {
            Some(it)
        }
        _ => None,
    }
}
