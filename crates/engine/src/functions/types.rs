//! Sets of types that parameters share, and rules for what comes out.

use kql::types::Type;

/// A string.
pub(super) const STRING: &[Type] = &[Type::String];
/// A string, or a dynamic that holds one.
pub(super) const STRING_OR_DYNAMIC: &[Type] = &[Type::String, Type::Dynamic];
/// A whole number; an int widens.
pub(super) const LONG: &[Type] = &[Type::Long];
/// Any number, computed as a real.
pub(super) const REAL: &[Type] = &[Type::Real, Type::Decimal];
/// Any number, as it is.
pub(super) const NUMBER: &[Type] = &[Type::Int, Type::Long, Type::Real, Type::Decimal];
/// A datetime.
pub(super) const DATETIME: &[Type] = &[Type::DateTime];
/// A timespan.
pub(super) const TIMESPAN: &[Type] = &[Type::TimeSpan];
/// A dynamic.
pub(super) const DYNAMIC: &[Type] = &[Type::Dynamic];
/// A bool.
pub(super) const BOOL: &[Type] = &[Type::Bool];
/// What can be put into bins.
pub(super) const BINNABLE: &[Type] =
    &[Type::Int, Type::Long, Type::Real, Type::Decimal, Type::DateTime, Type::TimeSpan];
/// Everything but dynamic.
pub(super) const NOT_DYNAMIC: &[Type] = &[
    Type::Bool,
    Type::Int,
    Type::Long,
    Type::Real,
    Type::Decimal,
    Type::String,
    Type::DateTime,
    Type::TimeSpan,
    Type::Guid,
];
