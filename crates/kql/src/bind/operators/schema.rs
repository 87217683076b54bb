//! `getschema`.

use crate::{
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
