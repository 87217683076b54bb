//! A filter as text again: the normal form for logs and tests. Reading it back gives the same
//! filter.

use std::fmt;

use super::{CompareOp, Filter, Literal, Operand, PropertyPath, TextOp};
use crate::shape::ODATA_TYPE;

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filter::And(list) => joined(f, list, " and "),
            Filter::Or(list) => joined(f, list, " or "),
            Filter::Not(inner) => write!(f, "not ({inner})"),
            Filter::Compare { op, left, right } => write!(f, "{left} {} {right}", op.as_str()),
            Filter::In { operand: Operand::Path(path), values } if is_type(path) => {
                is_of(f, path, values)
            }
            Filter::In { operand, values } => {
                write!(f, "{operand} in (")?;
                for (index, value) in values.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{value}")?;
                }
                f.write_str(")")
            }
            Filter::Has { path, flags } => write!(f, "{path} has '{}'", flags.join(",")),
            Filter::Text { op, haystack, needle } => {
                write!(f, "{}({haystack},{needle})", op.as_str())
            }
            Filter::Any { path, body: None, .. } => write!(f, "{path}/any()"),
            Filter::Any { path, var, body: Some(body) } => {
                write!(f, "{path}/any({var}:{body})")
            }
            Filter::All { path, var, body } => write!(f, "{path}/all({var}:{body})"),
        }
    }
}

impl CompareOp {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            CompareOp::Eq => "eq",
            CompareOp::Ne => "ne",
            CompareOp::Gt => "gt",
            CompareOp::Ge => "ge",
            CompareOp::Lt => "lt",
            CompareOp::Le => "le",
        }
    }
}

impl TextOp {
    /// The function's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            TextOp::Contains => "contains",
            TextOp::StartsWith => "startswith",
            TextOp::EndsWith => "endswith",
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Path(path) => write!(f, "{path}"),
            Operand::Literal(literal) => write!(f, "{literal}"),
            Operand::Lower(inner) => write!(f, "tolower({inner})"),
            Operand::Upper(inner) => write!(f, "toupper({inner})"),
            Operand::Count(path) => write!(f, "{path}/$count"),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("null"),
            Literal::Bool(value) => write!(f, "{value}"),
            Literal::Int(value) => write!(f, "{value}"),
            Literal::Double(value) => write!(f, "{value:?}"),
            Literal::Text(text) | Literal::Enum(text) => {
                write!(f, "'{}'", text.replace('\'', "''"))
            }
            Literal::DateTime(moment) => write!(f, "{moment}"),
        }
    }
}

impl fmt::Display for PropertyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cast = self.cast.first().map(|it| it.trim_start_matches('#'));
        let on_elements = self.collection && self.var.is_none();
        let mut parts: Vec<&str> = self.var.as_deref().into_iter().collect();
        parts.extend(cast.filter(|_| !on_elements));
        parts.extend(self.segments.iter().map(String::as_str));
        parts.extend(cast.filter(|_| on_elements));
        f.write_str(&parts.join("/"))
    }
}

/// Is it the name of a type that is looked at?
fn is_type(path: &PropertyPath) -> bool {
    path.segments.last().is_some_and(|it| it == ODATA_TYPE)
}

/// A list of types is one and those below it, which is what `isof` made of it.
fn is_of(f: &mut fmt::Formatter<'_>, path: &PropertyPath, values: &[Literal]) -> fmt::Result {
    let mut of = path.clone();
    of.segments.pop();
    let of = of.to_string();
    let comma = if of.is_empty() { "" } else { "," };
    match values.first() {
        Some(Literal::Text(wire)) => {
            write!(f, "isof({of}{comma}'{}')", wire.trim_start_matches('#'))
        }
        _ => write!(f, "{path} in ()"),
    }
}

fn joined(f: &mut fmt::Formatter<'_>, list: &[Filter], word: &str) -> fmt::Result {
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        match item {
            Filter::And(_) | Filter::Or(_) => write!(f, "({item})")?,
            _ => write!(f, "{item}")?,
        }
    }
    Ok(())
}
