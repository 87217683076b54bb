//! The ten scalar types, columns, and their names in the language and on the wire.

/// A scalar type of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// `bool`: true, false or null.
    Bool,
    /// `int`: 32 bits.
    Int,
    /// `long`: 64 bits.
    Long,
    /// `real`: IEEE double; NaN is not null.
    Real,
    /// `decimal`: exact, 34 digits.
    Decimal,
    /// `string`: UTF-8, never null; a missing one is empty.
    String,
    /// `datetime`: 100 ns ticks since 0001-01-01T00:00:00Z.
    DateTime,
    /// `timespan`: signed 100 ns ticks.
    TimeSpan,
    /// `guid`.
    Guid,
    /// `dynamic`: any JSON value.
    Dynamic,
}

impl Type {
    /// Every type, in the order of the enum.
    pub const ALL: [Self; 10] = [
        Self::Bool,
        Self::Int,
        Self::Long,
        Self::Real,
        Self::Decimal,
        Self::String,
        Self::DateTime,
        Self::TimeSpan,
        Self::Guid,
        Self::Dynamic,
    ];

    /// The name in queries: `long`, `datetime`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Long => "long",
            Self::Real => "real",
            Self::Decimal => "decimal",
            Self::String => "string",
            Self::DateTime => "datetime",
            Self::TimeSpan => "timespan",
            Self::Guid => "guid",
            Self::Dynamic => "dynamic",
        }
    }

    /// Reads a type name, aliases included (`double`, `date`, `boolean`, …).
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "bool" | "boolean" => Self::Bool,
            "int" | "int32" | "uint" => Self::Int,
            "long" | "int64" => Self::Long,
            "real" | "double" | "float" => Self::Real,
            "decimal" => Self::Decimal,
            "string" => Self::String,
            "datetime" | "date" => Self::DateTime,
            "timespan" | "time" => Self::TimeSpan,
            "guid" | "uuid" | "uniqueid" => Self::Guid,
            "dynamic" => Self::Dynamic,
            _ => return None,
        })
    }

    /// The CLR-like name in a hunting answer's `schema`: `Int64`, `SByte` for bool, `Object` for
    /// dynamic.
    pub fn wire_name(self) -> &'static str {
        match self {
            Self::Bool => "SByte",
            Self::Int => "Int32",
            Self::Long => "Int64",
            Self::Real => "Double",
            Self::Decimal => "SqlDecimal",
            Self::String => "String",
            Self::DateTime => "DateTime",
            Self::TimeSpan => "TimeSpan",
            Self::Guid => "Guid",
            Self::Dynamic => "Object",
        }
    }

    /// `int`, `long`, `real` or `decimal`.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Long | Self::Real | Self::Decimal)
    }
}

/// A column of a table or of a step in a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// As written; case counts.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

impl Column {
    /// A column from its parts.
    pub fn new(name: impl Into<String>, ty: Type) -> Self {
        Self { name: name.into(), ty }
    }
}
