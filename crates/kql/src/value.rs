//! One scalar value, as literals hold it and answers return it.

use crate::types::Type;

/// A scalar. `Null` has no type of its own: the column or expression around it has.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The null of every type but `string`.
    Null,
    /// `bool`.
    Bool(bool),
    /// `int`.
    Int(i32),
    /// `long`.
    Long(i64),
    /// `real`.
    Real(f64),
    /// `decimal` in canonical text, so that no digit is lost.
    Decimal(String),
    /// `string`.
    String(String),
    /// `datetime`, ticks since year 1.
    DateTime(i64),
    /// `timespan`, ticks.
    TimeSpan(i64),
    /// `guid`.
    Guid(uuid::Uuid),
    /// `dynamic`; a dynamic null is `Value::Null`.
    Dynamic(serde_json::Value),
}

impl Value {
    /// The type of the value, none for null.
    pub fn ty(&self) -> Option<Type> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Long(_) => Type::Long,
            Self::Real(_) => Type::Real,
            Self::Decimal(_) => Type::Decimal,
            Self::String(_) => Type::String,
            Self::DateTime(_) => Type::DateTime,
            Self::TimeSpan(_) => Type::TimeSpan,
            Self::Guid(_) => Type::Guid,
            Self::Dynamic(_) => Type::Dynamic,
        })
    }
}
