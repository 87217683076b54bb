//! Conditions: from the checked filter to an SQL expression.
//!
//! OData knows two truth values, SQL three. Every expression made here treats "unknown" as "does
//! not hold", and `not` is pushed down to the leaves, each of which knows its own opposite; so the
//! third value never meets a negation.

use super::Params;
use super::dialect::{As, Dialect, LOWER, NULL, UPPER};
use crate::StoreError;
use crate::backend::value::Value;
use model::edm::Ty;
use model::query::{CompareOp, Filter, Literal, Operand, PropertyPath, TextOp};

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

    /// The expression for a property of the row, to be compared or ordered as text or as number.
    pub(crate) fn path(&mut self, path: &PropertyPath, kind: As) -> Result<String, StoreError> {
        let dialect = self.params.dialect;
        let (doc, plain) = match &path.var {
            None if path.cast.is_empty() && path.segments == ["id"] => {
                return Ok(format!("{}.id", self.table));
            }
            None => (format!("{}.doc", self.table), None),
            Some(var) => {
                let element = self.scope.iter().rev().find(|it| it.var == *var);
                let element = element.ok_or_else(|| StoreError::BadName { name: var.clone() })?;
                let members = !path.segments.is_empty() || !path.cast.is_empty();
                let object = members && element.untyped;
                let plain = path.segments.is_empty().then_some(&element.alias);
                (dialect.element(&element.alias, object), plain)
            }
        };
        let value = match plain {
            Some(alias) => dialect.element_value(alias, kind),
            None => dialect.member(&doc, &path.segments, kind)?,
        };
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
                let names = self.path(path, As::Text)?;
                let dialect = self.params.dialect;
                let tests = flags
                    .iter()
                    .map(|flag| dialect.has_flag(&names, &self.params.bind(format!(",{flag},"))))
                    .collect();
                Ok(self.holds(self.join(tests, " AND "), negated))
            }
            Filter::Text { op, haystack, needle } => {
                let test = self.text(*op, haystack, needle)?;
                Ok(self.holds(test, negated))
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
        Ok(self.join(parts, word))
    }

    fn compare(
        &mut self,
        op: CompareOp,
        left: &Operand,
        right: &Operand,
        negated: bool,
    ) -> Result<String, StoreError> {
        let constant = [left, right].into_iter().find_map(|it| match it {
            Operand::Literal(literal) => As::of_literal(literal),
            _ => None,
        });
        let kind = constant.unwrap_or_else(|| natural([left, right]));
        let constant = constant.is_some();
        let dialect = self.params.dialect;
        let (a, b) = (self.operand(left, kind)?, self.operand(right, kind)?);
        let word = match (op, negated) {
            // A constant is not null, so plain equality will do, which every index serves.
            (CompareOp::Eq, false) | (CompareOp::Ne, true) if constant => "=",
            (CompareOp::Eq, false) | (CompareOp::Ne, true) => return Ok(dialect.same(&a, &b)),
            (CompareOp::Ne, false) | (CompareOp::Eq, true) => return Ok(dialect.differs(&a, &b)),
            (CompareOp::Gt, _) => ">",
            (CompareOp::Ge, _) => ">=",
            (CompareOp::Lt, _) => "<",
            (CompareOp::Le, _) => "<=",
        };
        let order = !matches!(op, CompareOp::Eq | CompareOp::Ne);
        Ok(self.holds(format!("{a} {word} {b}"), negated && order))
    }

    fn one_of(
        &mut self,
        operand: &Operand,
        values: &[Literal],
        negated: bool,
    ) -> Result<String, StoreError> {
        let kind = values.iter().find_map(As::of_literal);
        let kind = kind.unwrap_or_else(|| natural([operand]));
        let operand = self.operand(operand, kind)?;
        let null = values.contains(&Literal::Null);
        let mut list = Vec::with_capacity(values.len());
        for value in values.iter().filter(|it| **it != Literal::Null) {
            list.push(self.literal(value, kind)?);
        }
        let dialect = self.params.dialect;
        let among = if list.is_empty() {
            dialect.truth(false).to_owned()
        } else {
            format!("{operand} IN ({})", list.join(", "))
        };
        Ok(match (null, negated) {
            (false, _) => self.holds(among, negated),
            (true, false) => format!("({among} OR {operand} IS NULL)"),
            (true, true) => format!("({} AND {operand} IS NOT NULL)", dialect.fails(&among)),
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
        let dialect = self.params.dialect;
        let hay = self.operand(haystack, As::Text)?;
        if known == Some(0) {
            return Ok(format!("{hay} IS NOT NULL"));
        }
        let needle = self.operand(needle, As::Text)?;
        let count = known.map_or_else(|| format!("length({needle})"), |it| it.to_string());
        Ok(match op {
            TextOp::Contains => dialect.contains(&hay, &needle),
            TextOp::StartsWith => dialect.starts_with(&hay, &needle, &count),
            TextOp::EndsWith if known.is_some() => dialect.ends_with(&hay, &needle, &count),
            // The end that is 0 characters long would be taken for the whole text.
            TextOp::EndsWith => {
                let ends = dialect.ends_with(&hay, &needle, &count);
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
        let dialect = self.params.dialect;
        let mut tests = Vec::from_iter(dialect.is_element(&alias));
        let untyped = path.ty == Ty::Untyped;
        if !path.cast.is_empty() {
            let element = dialect.element(&alias, true);
            tests.push(self.cast(&element, &path.cast)?);
        }
        if let Some((body, fails)) = body {
            self.scope.push(Element { var: var.to_owned(), alias, untyped });
            let test = self.condition(body, fails, depth + 1);
            self.scope.pop();
            tests.push(test?);
        }
        if !tests.is_empty() {
            text.push_str(" WHERE ");
            text.push_str(&tests.join(" AND "));
        }
        text.push(')');
        Ok(if negated { format!("NOT {text}") } else { text })
    }

    fn elements(&self, path: &PropertyPath, alias: &str) -> Result<String, StoreError> {
        let doc = match &path.var {
            None => format!("{}.doc", self.table),
            Some(var) => {
                let element = self.scope.iter().rev().find(|it| it.var == *var);
                let element = element.ok_or_else(|| StoreError::BadName { name: var.clone() })?;
                self.params.dialect.element(&element.alias, element.untyped)
            }
        };
        self.params.dialect.elements(&doc, &path.segments, alias)
    }

    fn cast(&mut self, doc: &str, types: &[String]) -> Result<String, StoreError> {
        let ty = self.params.dialect.member(doc, &["@odata.type"], As::Text)?;
        let types: Vec<_> = types.iter().map(|it| self.params.bind(it.clone())).collect();
        Ok(format!("{ty} IN ({})", types.join(", ")))
    }

    fn operand(&mut self, operand: &Operand, kind: As) -> Result<String, StoreError> {
        Ok(match operand {
            Operand::Path(path) => self.path(path, kind)?,
            Operand::Literal(literal) => self.literal(literal, kind)?,
            Operand::Lower(text) => format!("{LOWER}({})", self.operand(text, As::Text)?),
            Operand::Upper(text) => format!("{UPPER}({})", self.operand(text, As::Text)?),
            Operand::Count(path) => self.count(path)?,
        })
    }

    fn count(&mut self, path: &PropertyPath) -> Result<String, StoreError> {
        if path.var.is_none() && path.cast.is_empty() {
            return self.params.dialect.length(&format!("{}.doc", self.table), &path.segments);
        }
        self.aliases += 1;
        let alias = format!("e{}", self.aliases);
        let elements = self.elements(path, &alias)?;
        let dialect = self.params.dialect;
        let mut tests = Vec::from_iter(dialect.is_element(&alias));
        if !path.cast.is_empty() {
            let element = dialect.element(&alias, true);
            tests.push(self.cast(&element, &path.cast)?);
        }
        let wheres = if tests.is_empty() { "" } else { " WHERE " };
        Ok(format!("(SELECT count(*) FROM {elements}{wheres}{})", tests.join(" AND ")))
    }

    fn literal(&mut self, literal: &Literal, kind: As) -> Result<String, StoreError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(too_complex("more than 10000 values"));
        }
        Ok(match bound(literal, self.params.dialect) {
            Value::Null => NULL.to_owned(),
            value => self.params.dialect.constant(&self.params.bind(value), kind),
        })
    }

    fn holds(&self, condition: String, negated: bool) -> String {
        if negated { self.params.dialect.fails(&condition) } else { condition }
    }

    /// Joins into a balanced tree, since the database limits how deep an expression may be, and a
    /// plain chain is as deep as it is long.
    fn join(&self, mut parts: Vec<String>, word: &str) -> String {
        match parts.len() {
            0 => self.params.dialect.truth(true).to_owned(),
            1 => parts.remove(0),
            2..=8 => format!("({})", parts.join(word)),
            many => {
                let right = parts.split_off(many / 2);
                format!("({}{word}{})", self.join(parts, word), self.join(right, word))
            }
        }
    }
}

/// What operands without a constant are compared as.
fn natural<'a>(operands: impl IntoIterator<Item = &'a Operand>) -> As {
    let number = operands.into_iter().any(|it| match it {
        Operand::Path(path) => As::of(path.ty) == As::Number,
        Operand::Count(_) => true,
        Operand::Literal(_) | Operand::Lower(_) | Operand::Upper(_) => false,
    });
    if number { As::Number } else { As::Text }
}

/// A constant as it compares with what is stored.
pub(crate) fn bound(literal: &Literal, dialect: Dialect) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(it) => dialect.flag(*it),
        Literal::Int(it) => Value::Integer(*it),
        Literal::Double(it) => Value::Real(*it),
        Literal::Text(it) | Literal::Enum(it) => Value::Text(it.clone()),
        Literal::DateTime(it) => Value::Text(it.to_string()),
    }
}

fn too_complex(reason: &'static str) -> StoreError {
    StoreError::TooComplex { part: "filter", reason }
}
