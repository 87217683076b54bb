//! References to types: what a property, parameter or path is made of.
//!
//! They are small copies (an index into the model, no lifetime), so that a checked filter can
//! travel to another thread without the model.

use std::fmt;

/// A structured type (entity or complex) of one model; see [`crate::Model::ty`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub(crate) u32);

/// An enumeration of one model; see [`crate::Model::enumeration`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnumId(pub(crate) u32);

/// The primitive types of EDM that occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// Bytes, base64url text in JSON.
    Binary,
    /// True or false.
    Boolean,
    /// Unsigned 8 bits.
    Byte,
    /// A calendar day.
    Date,
    /// A moment; see [`crate::time::Timestamp`].
    DateTimeOffset,
    /// A decimal number; a JSON number here.
    Decimal,
    /// 64-bit floating point.
    Double,
    /// An ISO 8601 duration.
    Duration,
    /// A GUID, lower case with hyphens.
    Guid,
    /// Signed 16 bits.
    Int16,
    /// Signed 32 bits.
    Int32,
    /// Signed 64 bits; a JSON number here.
    Int64,
    /// Signed 8 bits.
    SByte,
    /// 32-bit floating point.
    Single,
    /// A media stream; never inside a JSON body.
    Stream,
    /// Text.
    String,
    /// A time of day.
    TimeOfDay,
}

impl Primitive {
    const NAMES: [(&'static str, Primitive); 17] = [
        ("Edm.Binary", Primitive::Binary),
        ("Edm.Boolean", Primitive::Boolean),
        ("Edm.Byte", Primitive::Byte),
        ("Edm.Date", Primitive::Date),
        ("Edm.DateTimeOffset", Primitive::DateTimeOffset),
        ("Edm.Decimal", Primitive::Decimal),
        ("Edm.Double", Primitive::Double),
        ("Edm.Duration", Primitive::Duration),
        ("Edm.Guid", Primitive::Guid),
        ("Edm.Int16", Primitive::Int16),
        ("Edm.Int32", Primitive::Int32),
        ("Edm.Int64", Primitive::Int64),
        ("Edm.SByte", Primitive::SByte),
        ("Edm.Single", Primitive::Single),
        ("Edm.Stream", Primitive::Stream),
        ("Edm.String", Primitive::String),
        ("Edm.TimeOfDay", Primitive::TimeOfDay),
    ];

    /// Every qualified name.
    pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
        Primitive::NAMES.iter().map(|(name, _)| *name)
    }

    /// Reads `Edm.X`.
    pub fn parse(name: &str) -> Option<Primitive> {
        Primitive::NAMES.iter().find(|(text, _)| *text == name).map(|(_, it)| *it)
    }

    /// The qualified name, `Edm.X`.
    pub fn as_str(self) -> &'static str {
        Primitive::NAMES.iter().find(|(_, it)| *it == self).map_or("Edm.String", |(text, _)| text)
    }

    /// Is it a number of any width?
    pub const fn is_number(self) -> bool {
        self.is_integer()
            || matches!(self, Primitive::Decimal | Primitive::Double | Primitive::Single)
    }

    /// Is it a whole number of any width?
    pub const fn is_integer(self) -> bool {
        use Primitive::*;
        matches!(self, Byte | SByte | Int16 | Int32 | Int64)
    }
}

impl fmt::Display for Primitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a single value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ty {
    /// A primitive value.
    Primitive(Primitive),
    /// A member (or members, when flags) of an enumeration, written by name.
    Enum(EnumId),
    /// A JSON object of a complex or entity type.
    Struct(TypeId),
    /// Anything: a member of an open type that the schema does not declare.
    Untyped,
}

/// What a property, parameter or result is: a value or a collection of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TypeRef {
    /// The type of the value, or of each element.
    pub ty: Ty,
    /// Is it a collection?
    pub collection: bool,
    /// May it be null (for a collection: may its elements)?
    pub nullable: bool,
}
