//! Plugins that pick or reshape rows: `narrow`, `preview`, `rows_near`, `schema_merge`,
//! `estimate_rows_count`.

use crate::{
    codes,
    plan::{ExprKind, Op, Rel},
    types::{Column, Type},
    value::Value,
    work::Work,
};

use super::{
    super::{
        Binder,
        expression::node,
        open::is_mark,
        scope::Cx,
        template::{Given, quoted, quoted_text},
    },
    Call,
};

/// The most rows around a row.
const MAX_NEAR: u64 = 100_000;

impl Binder<'_> {
    pub(super) fn narrow(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let columns: Vec<&Column> = input.columns.iter().filter(|it| !is_mark(it)).collect();
        if columns.is_empty() {
            return self.error(codes::WRONG_KIND, call.span, "the table has no columns");
        }
        let names: Vec<String> = columns.iter().map(|it| quoted_text(&it.name)).collect();
        let values: Vec<String> =
            columns.iter().map(|it| format!("tostring({})", quoted(&it.name))).collect();
        let text = format!(
            "T | serialize
            | project r = row_number(0), c = dynamic([{}]), v = pack_array({})
            | mv-expand c to typeof(string), v to typeof(string)
            | project Row = r, Column = c, Value = v",
            names.join(", "),
            values.join(", ")
        );
        self.template(&text, Given::table(input), call.span)
    }

    pub(super) fn preview(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let args = self.arguments(call, &["NumberOfRows"], 1)?;
        let count = self.rows_argument(args.required(0)?)?;
        let columns = input.columns.clone();
        Some(Rel { op: Op::Take { input: Box::new(input), count }, columns })
    }

    pub(super) fn estimate_rows_count(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        self.template("T | count as EstimatedRowsCount", Given::table(input), call.span)
    }

    pub(super) fn schema_merge(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        self.arguments(call, &["PreserveOrder"], 0)?;
        let text = "T
            | summarize o = max(ColumnOrdinal), d = take_any(DataType), c = take_any(ColumnType)
                by ColumnName
            | sort by o asc, ColumnName asc
            | project ColumnName, ColumnOrdinal = row_number(0), DataType = d, ColumnType = c";
        self.template(text, Given::table(input), call.span)
    }

    pub(super) fn rows_near(&mut self, input: Rel, call: &Call<'_>) -> Option<Rel> {
        let args = self.arguments(call, &["Condition", "NumRows", "NumRowsAfter"], 2)?;
        if !input.is_serialized() {
            let message = "`rows_near` needs rows whose order is settled";
            self.report(
                crate::diagnostic::Diagnostic::error(codes::NOT_SERIALIZED, call.span, message)
                    .help("put `sort by` or `serialize` in front"),
            );
            return None;
        }
        let columns = input.columns.clone();
        let cx = self.over(&columns);
        let condition = self.condition(args.required(0)?, cx)?;
        let before = self.rows_argument(args.required(1)?)?;
        let after = match args.optional(2) {
            Some(after) => self.rows_argument(after)?,
            None => before,
        };
        if before > MAX_NEAR || after > MAX_NEAR {
            let message = format!("at most {MAX_NEAR} rows on either side");
            return self.error(codes::TOO_MANY, call.span, message);
        }
        let mut exprs: Vec<_> = columns
            .iter()
            .enumerate()
            .map(|(at, it)| node(ExprKind::Column(at), it.ty, call.span))
            .collect();
        exprs.push(condition);
        let mut marked = columns.clone();
        marked.push(Column::new("near", Type::Bool));
        let input = Rel { op: Op::Project { input: Box::new(input), exprs }, columns: marked };
        let work = Box::new(Work::Near { before, after });
        Some(Rel { op: Op::Work { input: Box::new(input), work }, columns })
    }

    /// A constant number of rows.
    fn rows_argument(&mut self, expr: &crate::syntax::tree::Expr) -> Option<u64> {
        let value = self.expr(expr, Cx::CONSTANT)?;
        let rows = match &value.kind {
            ExprKind::Literal(Value::Long(rows)) => Some(*rows),
            ExprKind::Literal(Value::Int(rows)) => Some(i64::from(*rows)),
            _ => None,
        };
        match rows.and_then(|it| u64::try_from(it).ok()) {
            Some(rows) => Some(rows),
            None => self.error(codes::NOT_CONSTANT, expr.span, "a number of rows is needed here"),
        }
    }
}
