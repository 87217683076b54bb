//! The checked form of `$filter`.
//!
//! `And` and `Or` are flat lists, so a filter of ten thousand alternatives is wide, not deep, and
//! code may recurse over it: nesting never exceeds [`super::MAX_DEPTH`].

use crate::{edm::Ty, time::Timestamp};

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All hold; never fewer than two.
    And(Vec<Filter>),
    /// At least one holds; never fewer than two.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// Two values compare so. A literal, when there is one, has the type of the other side; with
    /// [`Literal::Null`] only `Eq` and `Ne` occur. Enumerations are only compared for equality:
    /// an order comparison has become `In`.
    Compare {
        /// The relation.
        op: CompareOp,
        /// Left value.
        left: Operand,
        /// Right value.
        right: Operand,
    },
    /// The value is one of the list. An empty list holds for nothing.
    In {
        /// The value.
        operand: Operand,
        /// The list, each of the operand's type or null.
        values: Vec<Literal>,
    },
    /// A flags property has all of these members set.
    Has {
        /// The property; its JSON is comma-separated names.
        path: PropertyPath,
        /// Canonical names.
        flags: Vec<String>,
    },
    /// A test on text; upper and lower case differ unless the operands fold them. Null holds for
    /// nothing.
    Text {
        /// The test.
        op: TextOp,
        /// The text searched.
        haystack: Operand,
        /// The text looked for.
        needle: Operand,
    },
    /// Some element of a collection satisfies the body; without one: there is an element.
    Any {
        /// The collection.
        path: PropertyPath,
        /// The name that stands for the element.
        var: String,
        /// The condition.
        body: Option<Box<Filter>>,
    },
    /// Every element of a collection satisfies the body; holds for an empty or absent one.
    All {
        /// The collection.
        path: PropertyPath,
        /// The name that stands for the element.
        var: String,
        /// The condition.
        body: Box<Filter>,
    },
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `eq`
    Eq,
    /// `ne`
    Ne,
    /// `gt`
    Gt,
    /// `ge`
    Ge,
    /// `lt`
    Lt,
    /// `le`
    Le,
}

/// A test on text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextOp {
    /// `contains`
    Contains,
    /// `startswith`
    StartsWith,
    /// `endswith`
    EndsWith,
}

/// A value in a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A property, never a collection.
    Path(PropertyPath),
    /// A constant.
    Literal(Literal),
    /// The text in lower case.
    Lower(Box<Operand>),
    /// The text in upper case.
    Upper(Box<Operand>),
    /// The number of elements of a collection; 0 when it is absent.
    Count(PropertyPath),
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Double(f64),
    /// Text; also GUIDs (lower case), durations, dates and everything else that is text in JSON.
    Text(String),
    /// A moment; its `Display` is the stored form.
    DateTime(Timestamp),
    /// An enumeration's member by its canonical name; several of a flags type as `a,b`.
    Enum(String),
}

/// A property to look at, from the entity or from a lambda's variable.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyPath {
    /// The lambda variable it starts from; none for the entity itself.
    pub var: Option<String>,
    /// When not empty, the element it starts from (or, for the collection of `Any` and `All`,
    /// each element) counts only if its `@odata.type` is one of these; otherwise the value is
    /// null.
    pub cast: Vec<String>,
    /// JSON member names; empty when the lambda's variable itself is meant.
    pub segments: Vec<String>,
    /// The type of the value or of the elements.
    pub ty: Ty,
    /// Is it a collection?
    pub collection: bool,
}

impl PropertyPath {
    /// A path from the entity through plain members.
    pub fn new(segments: &[&str], ty: Ty) -> PropertyPath {
        PropertyPath {
            var: None,
            cast: Vec::new(),
            segments: segments.iter().map(|it| (*it).to_owned()).collect(),
            ty,
            collection: false,
        }
    }
}
