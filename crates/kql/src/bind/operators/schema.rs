//! `getschema`.

use crate::{
    codes,
    diagnostic::Span,
    plan::{Op, Rel},
    types::{Column, Type},
    value::Value,
};

use super::super::Binder;

impl Binder<'_> {
    pub(super) fn schema(input: &Rel) -> Rel {
        let rows = input
            .columns
            .iter()
            .zip(0i32..)
            .map(|(column, at)| {
                vec![
                    Value::String(column.name.clone()),
                    Value::Int(at),
                    Value::String(clr_name(column.ty).to_owned()),
                    Value::String(column.ty.name().to_owned()),
                ]
            })
            .collect();
        let text = |name: &str| Column::new(name, Type::String);
        let columns = vec![
            text("ColumnName"),
            Column::new("ColumnOrdinal", Type::Int),
            text("DataType"),
            text("ColumnType"),
        ];
        Rel { op: Op::Values { rows }, columns }
    }
}

impl Binder<'_> {
    /// `getschema kind=csl`: names and types as one text.
    pub(super) fn schema_text(input: &Rel) -> Rel {
        let parts: Vec<String> =
            input.columns.iter().map(|it| format!("{}:{}", it.name, it.ty.name())).collect();
        let rows = vec![vec![Value::String(parts.join(","))]];
        Rel { op: Op::Values { rows }, columns: vec![Column::new("Schema", Type::String)] }
    }

    /// `assert-schema`: the columns are there.
    pub(super) fn assert_schema(
        &mut self,
        input: Rel,
        wanted: &[Column],
        span: Span,
    ) -> Option<Rel> {
        for it in wanted {
            let found = input.columns.iter().find(|known| known.name == it.name);
            let message = match found {
                Some(found) if found.ty == it.ty => continue,
                Some(found) => {
                    format!("column `{}` is {}, not {}", it.name, found.ty.name(), it.ty.name())
                }
                None => format!("no column `{}`", it.name),
            };
            return self.error(codes::UNKNOWN_COLUMN, span, message);
        }
        Some(input)
    }
}

/// What `getschema` calls a type's .NET counterpart.
fn clr_name(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "System.SByte",
        Type::Int => "System.Int32",
        Type::Long => "System.Int64",
        Type::Real => "System.Double",
        Type::Decimal => "System.Data.SqlTypes.SqlDecimal",
        Type::String => "System.String",
        Type::DateTime => "System.DateTime",
        Type::TimeSpan => "System.TimeSpan",
        Type::Guid => "System.Guid",
        Type::Dynamic => "System.Object",
    }
}
