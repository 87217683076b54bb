//! The SQL text that depends on the database.
//!
//! A reach into a document must read the same in an index and in a query, or the index is not
//! used; both come from [`Dialect::member`].

mod postgres;
mod sqlite;

use std::borrow::Cow;

use model::edm::{Primitive, Ty};
use model::query::Literal;

use crate::StoreError;
use crate::backend::value::Value;

/// Folds text to lower case, all of Unicode.
pub(crate) const LOWER: &str = "fold_lower";
/// Folds text to upper case, all of Unicode.
pub(crate) const UPPER: &str = "fold_upper";
/// The constant that is no value.
pub(crate) const NULL: &str = "NULL";

/// Which database a text is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Dialect {
    #[default]
    Sqlite,
    Postgres,
}

/// What a value is compared and ordered as, where the database wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    Text,
    Number,
}

impl As {
    /// What values of a type are ordered as.
    pub(crate) fn of(ty: Ty) -> Self {
        use Primitive as P;
        match ty {
            Ty::Primitive(
                P::Byte
                | P::Decimal
                | P::Double
                | P::Int16
                | P::Int32
                | P::Int64
                | P::SByte
                | P::Single,
            ) => Self::Number,
            _ => Self::Text,
        }
    }

    /// What is compared with this constant; null says nothing.
    pub(crate) fn of_literal(literal: &Literal) -> Option<Self> {
        match literal {
            Literal::Null => None,
            Literal::Int(_) | Literal::Double(_) => Some(Self::Number),
            Literal::Bool(_) | Literal::Text(_) | Literal::DateTime(_) | Literal::Enum(_) => {
                Some(Self::Text)
            }
        }
    }
}

impl Dialect {
    /// A member of a JSON value: `doc` is an expression, the segments its names from the outside
    /// in.
    pub(crate) fn member<S: AsRef<str>>(
        self,
        doc: &str,
        segments: &[S],
        kind: As,
    ) -> Result<String, StoreError> {
        match self {
            Self::Sqlite => sqlite::member(doc, segments),
            Self::Postgres => postgres::member(doc, segments, kind),
        }
    }

    /// A table with one row per element of a collection; see [`Self::is_element`] and
    /// [`Self::element`].
    pub(crate) fn elements<S: AsRef<str>>(
        self,
        doc: &str,
        segments: &[S],
        alias: &str,
    ) -> Result<String, StoreError> {
        match self {
            Self::Sqlite => sqlite::elements(doc, segments, alias),
            Self::Postgres => postgres::elements(doc, segments, alias),
        }
    }

    /// The element that a row of [`Self::elements`] is about, to be asked for members (`object`)
    /// or elements.
    pub(crate) fn element(self, alias: &str, object: bool) -> String {
        match self {
            Self::Sqlite => sqlite::element(alias, object),
            Self::Postgres => postgres::element(alias),
        }
    }

    /// That element as a value of its own.
    pub(crate) fn element_value(self, alias: &str, kind: As) -> String {
        match self {
            Self::Sqlite => sqlite::element(alias, false),
            Self::Postgres => postgres::value(&postgres::element(alias), kind),
        }
    }

    /// Is a row of [`Self::elements`] about an element? Nothing where all are.
    pub(crate) fn is_element(self, alias: &str) -> Option<String> {
        match self {
            Self::Sqlite => Some(sqlite::is_element(alias)),
            Self::Postgres => None,
        }
    }

    /// A member of `doc` as a column of an index.
    pub(crate) fn index_column(self, segments: &[&str], kind: As) -> Result<String, StoreError> {
        let member = self.member("doc", segments, kind)?;
        Ok(match self {
            Self::Sqlite => member,
            // As lists are ordered: null is the smallest value.
            Self::Postgres => format!("({member}) NULLS FIRST"),
        })
    }

    /// How many elements a collection has, 0 when there is none.
    pub(crate) fn length<S: AsRef<str>>(
        self,
        doc: &str,
        segments: &[S],
    ) -> Result<String, StoreError> {
        match self {
            Self::Sqlite => sqlite::length(doc, segments),
            Self::Postgres => postgres::length(doc, segments),
        }
    }

    /// Does the text contain `needle`? No character of it has a meaning of its own.
    pub(crate) fn contains(self, haystack: &str, needle: &str) -> String {
        match self {
            Self::Sqlite => sqlite::contains(haystack, needle),
            Self::Postgres => postgres::contains(haystack, needle),
        }
    }

    /// Does the text begin with `needle`, which has `count` characters?
    pub(crate) fn starts_with(self, haystack: &str, needle: &str, count: &str) -> String {
        match self {
            Self::Sqlite => sqlite::starts_with(haystack, needle, count),
            Self::Postgres => postgres::starts_with(haystack, needle),
        }
    }

    /// Does the text end with `needle`, which has `count` characters, at least one?
    pub(crate) fn ends_with(self, haystack: &str, needle: &str, count: &str) -> String {
        match self {
            Self::Sqlite => sqlite::ends_with(haystack, needle, count),
            Self::Postgres => postgres::ends_with(haystack, needle, count),
        }
    }

    /// Is `flag`, bound as `,name,`, among comma-separated names?
    pub(crate) fn has_flag(self, names: &str, flag: &str) -> String {
        self.contains(&format!("',' || replace({names}, ' ', '') || ','"), flag)
    }

    /// Equal, where two nulls are.
    pub(crate) fn same(self, left: &str, right: &str) -> String {
        match self {
            Self::Sqlite => sqlite::same(left, right),
            Self::Postgres => postgres::same(left, right),
        }
    }

    /// Not equal, where null differs from everything else.
    pub(crate) fn differs(self, left: &str, right: &str) -> String {
        match self {
            Self::Sqlite => sqlite::differs(left, right),
            Self::Postgres => postgres::differs(left, right),
        }
    }

    /// Holds unless the condition does; an unknown condition does not.
    pub(crate) fn fails(self, condition: &str) -> String {
        match self {
            Self::Sqlite => sqlite::fails(condition),
            Self::Postgres => postgres::fails(condition),
        }
    }

    /// A condition that always holds, or never.
    pub(crate) fn truth(self, holds: bool) -> &'static str {
        match (self, holds) {
            (Self::Sqlite, true) => "1",
            (Self::Sqlite, false) => "0",
            (Self::Postgres, true) => "true",
            (Self::Postgres, false) => "false",
        }
    }

    /// One key of an ORDER BY: null is the smallest value.
    pub(crate) fn sort_key(self, key: &str, desc: bool, nullable: bool) -> String {
        match self {
            Self::Sqlite => sqlite::sort_key(key, desc),
            Self::Postgres => postgres::sort_key(key, desc, nullable),
        }
    }

    /// A bound value as something to compare with.
    pub(crate) fn constant(self, placeholder: &str, kind: As) -> String {
        match self {
            Self::Sqlite => placeholder.to_owned(),
            Self::Postgres => postgres::constant(placeholder, kind),
        }
    }

    /// A truth value as it compares with one that is stored.
    pub(crate) fn flag(self, it: bool) -> Value {
        match self {
            Self::Sqlite => Value::Integer(i64::from(it)),
            Self::Postgres => Value::Text(it.to_string()),
        }
    }

    /// A stored document as a column of an answer.
    pub(crate) fn document(self, column: &str) -> String {
        match self {
            Self::Sqlite => format!("json({column})"),
            Self::Postgres => column.to_owned(),
        }
    }

    /// The text of a document, bound, as it is stored.
    pub(crate) fn to_document(self, placeholder: &str) -> String {
        match self {
            Self::Sqlite => format!("jsonb({placeholder})"),
            Self::Postgres => format!("{placeholder}::jsonb"),
        }
    }

    /// A join that the planner keeps in the order written.
    pub(crate) fn join_in_order(self) -> &'static str {
        match self {
            Self::Sqlite => "CROSS JOIN",
            Self::Postgres => "JOIN",
        }
    }

    /// The table of records, to be read by key.
    pub(crate) fn by_key(self) -> &'static str {
        match self {
            Self::Sqlite => "record AS r INDEXED BY record_key",
            Self::Postgres => "record AS r",
        }
    }

    /// The table of records, to be read in the order of rows.
    pub(crate) fn by_row(self) -> &'static str {
        match self {
            Self::Sqlite => "record NOT INDEXED",
            Self::Postgres => "record",
        }
    }

    /// The records with some terms, as [`Self::sought`] has them, to be found by these.
    pub(crate) fn by_terms(self) -> &'static str {
        match self {
            Self::Sqlite => "term AS t CROSS JOIN record AS r NOT INDEXED",
            Self::Postgres => "record AS r",
        }
    }

    /// A text as it is stored in a document.
    pub(crate) fn stored_text(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Postgres if text.contains('\0') => Cow::Owned(text.replace('\0', "\u{fffd}")),
            Self::Sqlite | Self::Postgres => Cow::Borrowed(text),
        }
    }

    /// The statement that says what is kept beside the documents of a kind. Who writes holds the
    /// row to the end.
    pub(crate) fn beside(self, writes: bool) -> &'static str {
        match (self, writes) {
            (Self::Postgres, true) => {
                "SELECT sought, tallied FROM beside WHERE kind = ?1 FOR SHARE"
            }
            _ => "SELECT sought, tallied FROM beside WHERE kind = ?1",
        }
    }

    /// The statement that finds a tenant. Who writes holds the row to the end, so that change
    /// numbers have no gaps however many nodes write; one file has one writer anyway.
    pub(crate) fn tenant(self, writes: bool) -> &'static str {
        match (self, writes) {
            (Self::Postgres, true) => "SELECT no, head FROM tenant WHERE name = ?1 FOR UPDATE",
            _ => "SELECT no, head FROM tenant WHERE name = ?1",
        }
    }
}

/// A member's name that can be quoted.
fn checked(name: &str) -> Result<&str, StoreError> {
    if name.is_empty() || name.contains(['"', '\\']) || name.contains(char::is_control) {
        return Err(StoreError::BadName { name: name.into() });
    }
    Ok(name)
}
