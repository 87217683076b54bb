//! JSON objects into columns.
//!
//! A row is read completely before anything of it is kept, so a bad one leaves no trace.

use std::{borrow::Cow, collections::HashMap, fmt, sync::Arc};

use datafusion::arrow::{
    array::{
        ArrayRef, BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, RecordBatch,
        StringViewBuilder,
    },
    datatypes::{Field, Schema, SchemaRef},
};
use kql::types::{Column, Type};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    UNKNOWN,
    coerce::{self, Cell},
};
use crate::{
    arrow_types::{arrow_type, field},
    error::EngineError,
    lower::rel::{TIME_GENERATED, TIMESTAMP},
    tables::Table,
};

/// What to do about a row's faults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Manners {
    /// Refuse the row.
    Strict,
    /// A cell that does not fit is null, and so is a missing time: the rows are our own.
    Lenient,
}

/// Rows that become a batch.
pub(crate) struct Rows {
    schema: SchemaRef,
    columns: Vec<Column>,
    by_name: HashMap<String, usize>,
    time: Option<usize>,
    builders: Vec<Builder>,
    unknown: Option<StringViewBuilder>,
    manners: Manners,
    /// The time of rows that bring none, where that is allowed.
    arrival: Option<i64>,
    count: usize,
    bytes: usize,
}

enum Builder {
    Bool(BooleanBuilder),
    Int(Int32Builder),
    Long(Int64Builder),
    Real(Float64Builder),
    /// Nulls are empty texts.
    String(StringViewBuilder),
    Text(StringViewBuilder),
}

/// The Arrow schema of a table's files.
pub(crate) fn file_schema(table: &Table) -> SchemaRef {
    let fields: Vec<Field> = table
        .stored
        .iter()
        .map(|column| field(column.name.as_str(), column.ty))
        .chain([Field::new(UNKNOWN, arrow_type(Type::Dynamic), true)])
        .collect();
    Arc::new(Schema::new(fields))
}

/// The schema of a table without the column of unknown members.
pub(crate) fn table_schema(table: &Table) -> SchemaRef {
    let fields = table.stored.iter().map(|column| field(column.name.as_str(), column.ty));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

impl Rows {
    /// Rows of files: faults are refused, unknown members kept.
    pub(crate) fn of_file(table: &Table, arrival: i64) -> Self {
        let arrival = table.is_state.then_some(arrival);
        let unknown = Some(StringViewBuilder::new());
        Self::new(table, file_schema(table), Manners::Strict, unknown, arrival)
    }

    /// Rows that another part of the program wrote.
    pub(crate) fn of_source(table: &Table) -> Self {
        Self::new(table, table_schema(table), Manners::Lenient, None, None)
    }

    fn new(
        table: &Table,
        schema: SchemaRef,
        manners: Manners,
        unknown: Option<StringViewBuilder>,
        arrival: Option<i64>,
    ) -> Self {
        let columns = table.stored.clone();
        let by_name = columns.iter().enumerate().map(|(at, it)| (it.name.clone(), at)).collect();
        let time = columns.iter().position(|it| it.name == TIMESTAMP);
        let builders = columns.iter().map(|it| Builder::new(it.ty)).collect();
        Self {
            schema,
            columns,
            by_name,
            time,
            builders,
            unknown,
            manners,
            arrival,
            count: 0,
            bytes: 0,
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Bytes of JSON taken in.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes one line, or says why not.
    pub(crate) fn push(&mut self, line: &[u8]) -> Result<(), String> {
        let text = std::str::from_utf8(line)
            .map_err(|e| format!("it is not UTF-8 at byte {}", e.valid_up_to()))?;
        let mut members = Members {
            by_name: &self.by_name,
            values: vec![None; self.columns.len()],
            time_generated: None,
            unknown: self.unknown.is_some().then(Vec::new),
        };
        let mut reader = serde_json::Deserializer::from_str(text);
        (&mut reader)
            .deserialize_map(&mut members)
            .and_then(|()| reader.end())
            .map_err(|e| format!("it is not a JSON object: {e}"))?;
        let Members { mut values, time_generated, unknown, .. } = members;
        if let Some(time) = self.time
            && values[time].is_none_or(|it| it == "null")
        {
            values[time] = time_generated;
        }
        let mut cells = Vec::with_capacity(values.len());
        for (value, column) in values.iter().zip(&self.columns) {
            let cell = match value {
                None => Ok(Cell::Null),
                Some(json) => coerce::cell(json, column.ty),
            };
            cells.push(match (cell, self.manners) {
                (Ok(cell), _) => cell,
                (Err(_), Manners::Lenient) => Cell::Null,
                (Err(reason), Manners::Strict) => {
                    return Err(format!("{}: {reason}", column.name));
                }
            });
        }
        if let Some(time) = self.time
            && cells[time] == Cell::Null
            && self.manners == Manners::Strict
        {
            match self.arrival {
                Some(arrival) => cells[time] = Cell::Long(arrival),
                None => return Err(format!("it has neither {TIMESTAMP} nor {TIME_GENERATED}")),
            }
        }
        let unknown_text = unknown_object(unknown)?;
        for (builder, cell) in self.builders.iter_mut().zip(cells) {
            builder.push(cell);
        }
        if let Some(builder) = &mut self.unknown {
            builder.append_option(unknown_text);
        }
        self.count += 1;
        self.bytes += line.len();
        Ok(())
    }

    /// The rows so far as a batch; begins anew.
    pub(crate) fn take(&mut self) -> Result<RecordBatch, EngineError> {
        let mut arrays: Vec<ArrayRef> = self.builders.iter_mut().map(Builder::finish).collect();
        if let Some(unknown) = &mut self.unknown {
            arrays.push(Arc::new(unknown.finish()));
        }
        self.count = 0;
        self.bytes = 0;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)
    }
}

type Pairs<'a> = Vec<(Cow<'a, str>, &'a str)>;

fn unknown_object(pairs: Option<Pairs<'_>>) -> Result<Option<String>, String> {
    let pairs = pairs.unwrap_or_default();
    if pairs.is_empty() {
        return Ok(None);
    }
    let mut out = String::from("{");
    for (at, (name, json)) in pairs.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&serde_json::Value::from(name.as_ref()).to_string());
        out.push(':');
        out.push_str(&coerce::compact(json).map_err(|reason| format!("{name}: {reason}"))?);
    }
    out.push('}');
    Ok(Some(out))
}

/// Sorts an object's members by column without copying them.
struct Members<'m, 'a> {
    by_name: &'m HashMap<String, usize>,
    values: Vec<Option<&'a str>>,
    time_generated: Option<&'a str>,
    unknown: Option<Pairs<'a>>,
}

impl<'de> Visitor<'de> for &mut Members<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key()? {
            let value: &'de RawValue = map.next_value()?;
            let value = value.get();
            if let Some(at) = self.by_name.get(name.as_ref()) {
                self.values[*at] = Some(value);
            } else if name == TIME_GENERATED {
                self.time_generated = Some(value);
            } else if let Some(unknown) = &mut self.unknown {
                unknown.push((name, value));
            }
        }
        Ok(())
    }
}

/// A member's name, borrowed where it holds no escape.
struct Name<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        from.deserialize_str(Either)
    }
}

impl Builder {
    fn new(ty: Type) -> Self {
        match ty {
            Type::Bool => Self::Bool(BooleanBuilder::new()),
            Type::Int => Self::Int(Int32Builder::new()),
            Type::Long | Type::DateTime | Type::TimeSpan => Self::Long(Int64Builder::new()),
            Type::Real => Self::Real(Float64Builder::new()),
            Type::String => Self::String(StringViewBuilder::new()),
            Type::Decimal | Type::Guid | Type::Dynamic => Self::Text(StringViewBuilder::new()),
        }
    }

    fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Bool(builder), Cell::Bool(v)) => builder.append_value(v),
            (Self::Int(builder), Cell::Long(v)) => builder.append_option(i32::try_from(v).ok()),
            (Self::Long(builder), Cell::Long(v)) => builder.append_value(v),
            (Self::Real(builder), Cell::Real(v)) => builder.append_value(v),
            (Self::String(builder) | Self::Text(builder), Cell::Text(v)) => {
                builder.append_value(v);
            }
            (Self::String(builder), _) => builder.append_value(""),
            (Self::Bool(builder), _) => builder.append_null(),
            (Self::Int(builder), _) => builder.append_null(),
            (Self::Long(builder), _) => builder.append_null(),
            (Self::Real(builder), _) => builder.append_null(),
            (Self::Text(builder), _) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Bool(builder) => Arc::new(builder.finish()),
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::Long(builder) => Arc::new(builder.finish()),
            Self::Real(builder) => Arc::new(builder.finish()),
            Self::String(builder) | Self::Text(builder) => Arc::new(builder.finish()),
        }
    }
}
