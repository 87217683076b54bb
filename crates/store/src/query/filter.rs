//! Conditions: from the checked filter to an SQL expression.
//!
//! OData knows two truth values, SQL three. Every expression made here treats "unknown" as "does
//! not hold", and `not` is pushed down to the leaves, each of which knows its own opposite; so the
//! third value never meets a negation.

use model::edm::Ty;
use model::query::{CompareOp, Filter, Literal, Operand, PropertyPath, TextOp};
use rusqlite::types::Value;

use super::{Params, dialect};
use crate::StoreError;

/// The most conditions in a filter.
const MAX_NODES: usize = 1_000;
/// The most constants in the lists of a filter.
const MAX_VALUES: usize = 10_000;
/// The deepest nesting of conditions.
const MAX_DEPTH: usize = 100;
/// The deepest nesting of `any` and `all`: the work grows with each.
const MAX_LAMBDAS: usize = 6;

/// Compiles filters against the rows of one table.
pub(crate) struct Compiler<'p> {
    pub(crate) params: &'p mut Params,
    /// The alias of the table; it has `id` and `doc`.
    table: &'static str,
    /// The lambda variables in reach, innermost last: name and expression of the element.
    scope: Vec<Element>,
    aliases: usize,
    nodes: usize,
    values: usize,
}

struct Element {
    var: String,
    alias: String,
    untyped: bool,
}

impl<'p> Compiler<'p> {
    pub(crate) fn new(params: &'p mut Params, table: &'static str) -> Self {
        Self { params, table, scope: Vec::new(), aliases: 0, nodes: 0, values: 0 }
    }

    /// The expression that holds where the filter does.
    pub(crate) fn filter(&mut self, filter: &Filter) -> Result<String, StoreError> {
        self.condition(filter, false, 0)
    }

    /// The expression for a property of the row.
    pub(crate) fn path(&mut self, path: &PropertyPath) -> Result<String, StoreError> {
        let (doc, plain) = match &path.var {
            None if path.cast.is_empty() && path.segments == ["id"] => {
                return Ok(format!("{}.id", self.table));
            }
            None => (format!("{}.doc", self.table), false),
            Some(var) => {
                let element = self.scope.iter().rev().find(|it| it.var == *var);
                let element = element.ok_or_else(|| StoreError::BadName { name: var.clone() })?;
                let members = !path.segments.is_empty() || !path.cast.is_empty();
                let object = members && element.untyped;
                (dialect::element(&element.alias, object), path.segments.is_empty())
            }
        };
        let value = if plain { doc.clone() } else { dialect::member(&doc, &path.segments)? };
        if path.cast.is_empty() {
            return Ok(value);
        }
        let cast = self.cast(&doc, &path.cast)?;
        Ok(format!("CASE WHEN {cast} THEN {value} END"))
    }

    fn condition(
        &mut self,
        filter: &Filter,
        negated: bool,
        depth: usize,
    ) -> Result<String, StoreError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(too_complex("more than 1000 conditions"));
        }
        if depth > MAX_DEPTH {
            return Err(too_complex("nested more than 100 deep"));
        }
        match filter {
            Filter::And(parts) => {
                self.each(parts, if negated { " OR " } else { " AND " }, negated, depth)
            }
            Filter::Or(parts) => {
                self.each(parts, if negated { " AND " } else { " OR " }, negated, depth)
            }
            Filter::Not(part) => self.condition(part, !negated, depth + 1),
            Filter::Compare { op, left, right } => self.compare(*op, left, right, negated),
            Filter::In { operand, values } => self.one_of(operand, values, negated),
            Filter::Has { path, flags } => {
                let names = self.path(path)?;
                let tests = flags
                    .iter()
                    .map(|flag| dialect::has_flag(&names, &self.params.bind(format!(",{flag},"))))
                    .collect();
                Ok(holds(join(tests, " AND "), negated))
            }
            Filter::Text { op, haystack, needle } => {
                let test = self.text(*op, haystack, needle)?;
                Ok(holds(test, negated))
            }
            Filter::Any { path, var, body } => {
                let body = body.as_deref();
                self.exists(path, var, body.map(|it| (it, false)), negated, depth)
            }
            // Every element satisfies it: there is none that does not.
            Filter::All { path, var, body } => {
                self.exists(path, var, Some((body, true)), !negated, depth)
            }
        }
    }

    fn each(
        &mut self,
        parts: &[Filter],
        word: &str,
        negated: bool,
        depth: usize,
    ) -> Result<String, StoreError> {
        let parts = parts
            .iter()
            .map(|it| self.condition(it, negated, depth + 1))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(join(parts, word))
    }

    fn compare(
        &mut self,
        op: CompareOp,
        left: &Operand,
        right: &Operand,
        negated: bool,
    ) -> Result<String, StoreError> {
        let constant = [left, right]
            .iter()
            .any(|it| matches!(it, Operand::Literal(literal) if *literal != Literal::Null));
        let (a, b) = (self.operand(left)?, self.operand(right)?);
        let word = match (op, negated) {
            // A constant is not null, so plain equality will do, which every index serves.
            (CompareOp::Eq, false) | (CompareOp::Ne, true) if constant => "=",
            (CompareOp::Eq, false) | (CompareOp::Ne, true) => return Ok(dialect::same(&a, &b)),
            (CompareOp::Ne, false) | (CompareOp::Eq, true) => return Ok(dialect::differs(&a, &b)),
            (CompareOp::Gt, _) => ">",
            (CompareOp::Ge, _) => ">=",
            (CompareOp::Lt, _) => "<",
            (CompareOp::Le, _) => "<=",
        };
        let order = !matches!(op, CompareOp::Eq | CompareOp::Ne);
        Ok(holds(format!("{a} {word} {b}"), negated && order))
    }

    fn one_of(
        &mut self,
        operand: &Operand,
        values: &[Literal],
        negated: bool,
    ) -> Result<String, StoreError> {
        let operand = self.operand(operand)?;
        let null = values.contains(&Literal::Null);
        let mut list = Vec::with_capacity(values.len());
        for value in values.iter().filter(|it| **it != Literal::Null) {
            list.push(self.literal(value)?);
        }
        let among = format!("{operand} IN ({})", list.join(", "));
        Ok(match (null, negated) {
            (false, _) => holds(among, negated),
            (true, false) => format!("({among} OR {operand} IS NULL)"),
            (true, true) => format!("({} AND {operand} IS NOT NULL)", dialect::fails(&among)),
        })
    }

    fn text(
        &mut self,
        op: TextOp,
        haystack: &Operand,
        needle: &Operand,
    ) -> Result<String, StoreError> {
        let known = match needle {
            Operand::Literal(Literal::Text(text)) => Some(text.chars().count()),
            _ => None,
        };
        let hay = self.operand(haystack)?;
        if known == Some(0) {
            return Ok(format!("{hay} IS NOT NULL"));
        }
        let needle = self.operand(needle)?;
        let count = known.map_or_else(|| format!("length({needle})"), |it| it.to_string());
        Ok(match op {
            TextOp::Contains => dialect::contains(&hay, &needle),
            TextOp::StartsWith => dialect::starts_with(&hay, &needle, &count),
            TextOp::EndsWith if known.is_some() => dialect::ends_with(&hay, &needle, &count),
            // The end that is 0 characters long would be taken for the whole text.
            TextOp::EndsWith => {
                let ends = dialect::ends_with(&hay, &needle, &count);
                format!("({ends} OR ({hay} IS NOT NULL AND {needle} = ''))")
            }
        })
    }

    /// There is an element for which the body holds, or fails if it comes with `true`.
    fn exists(
        &mut self,
        path: &PropertyPath,
        var: &str,
        body: Option<(&Filter, bool)>,
        negated: bool,
        depth: usize,
    ) -> Result<String, StoreError> {
        if self.scope.len() >= MAX_LAMBDAS {
            return Err(too_complex("any and all nested more than 6 deep"));
        }
        self.aliases += 1;
        let alias = format!("e{}", self.aliases);
        let mut text = format!("EXISTS (SELECT 1 FROM {}", self.elements(path, &alias)?);
        let mut tests = vec![dialect::is_element(&alias)];
        let untyped = path.ty == Ty::Untyped;
        if !path.cast.is_empty() {
            let element = dialect::element(&alias, true);
            tests.push(self.cast(&element, &path.cast)?);
        }
        if let Some((body, fails)) = body {
            self.scope.push(Element { var: var.to_owned(), alias, untyped });
            let test = self.condition(body, fails, depth + 1);
            self.scope.pop();
            tests.push(test?);
        }
        text.push_str(" WHERE ");
        text.push_str(&tests.join(" AND "));
        text.push(')');
        Ok(if negated { format!("NOT {text}") } else { text })
    }

    fn elements(&self, path: &PropertyPath, alias: &str) -> Result<String, StoreError> {
        let doc = match &path.var {
            None => format!("{}.doc", self.table),
            Some(var) => {
                let element = self.scope.iter().rev().find(|it| it.var == *var);
                let element = element.ok_or_else(|| StoreError::BadName { name: var.clone() })?;
                dialect::element(&element.alias, element.untyped)
            }
        };
        dialect::elements(&doc, &path.segments, alias)
    }

    fn cast(&mut self, doc: &str, types: &[String]) -> Result<String, StoreError> {
        let ty = dialect::member(doc, &["@odata.type"])?;
        let types: Vec<_> = types.iter().map(|it| self.params.bind(it.clone())).collect();
        Ok(format!("{ty} IN ({})", types.join(", ")))
    }

    fn operand(&mut self, operand: &Operand) -> Result<String, StoreError> {
        Ok(match operand {
            Operand::Path(path) => self.path(path)?,
            Operand::Literal(literal) => self.literal(literal)?,
            Operand::Lower(text) => format!("{}({})", dialect::LOWER, self.operand(text)?),
            Operand::Upper(text) => format!("{}({})", dialect::UPPER, self.operand(text)?),
            Operand::Count(path) => self.count(path)?,
        })
    }

    fn count(&mut self, path: &PropertyPath) -> Result<String, StoreError> {
        if path.var.is_none() && path.cast.is_empty() {
            return dialect::length(&format!("{}.doc", self.table), &path.segments);
        }
        self.aliases += 1;
        let alias = format!("e{}", self.aliases);
        let elements = self.elements(path, &alias)?;
        let counted = dialect::is_element(&alias);
        let mut text = format!("(SELECT count(*) FROM {elements} WHERE {counted}");
        if !path.cast.is_empty() {
            let element = dialect::element(&alias, true);
            text.push_str(" AND ");
            text.push_str(&self.cast(&element, &path.cast)?);
        }
        text.push(')');
        Ok(text)
    }

    fn literal(&mut self, literal: &Literal) -> Result<String, StoreError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(too_complex("more than 10000 values"));
        }
        Ok(match bound(literal) {
            Value::Null => "NULL".to_owned(),
            value => self.params.bind(value),
        })
    }
}

/// A constant as it compares with what is stored.
pub(crate) fn bound(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(it) => Value::Integer(i64::from(*it)),
        Literal::Int(it) => Value::Integer(*it),
        Literal::Double(it) => Value::Real(*it),
        Literal::Text(it) | Literal::Enum(it) => Value::Text(it.clone()),
        Literal::DateTime(it) => Value::Text(it.to_string()),
    }
}

fn holds(condition: String, negated: bool) -> String {
    if negated { dialect::fails(&condition) } else { condition }
}

/// Joins into a balanced tree, since the database limits how deep an expression may be, and a
/// plain chain is as deep as it is long.
fn join(mut parts: Vec<String>, word: &str) -> String {
    match parts.len() {
        0 => "1".to_owned(),
        1 => parts.remove(0),
        2..=8 => format!("({})", parts.join(word)),
        many => {
            let right = parts.split_off(many / 2);
            format!("({}{word}{})", join(parts, word), join(right, word))
        }
    }
}

fn too_complex(reason: &'static str) -> StoreError {
    StoreError::TooComplex { part: "filter", reason }
}
