//! Filters and orders on the older names, as ones on the stored alert.
//!
//! The table here and the one of `states.rs` are the whole mapping; a name that is in neither cannot
//! be filtered by, and the answer says so.

use model::{
    Model,
    edm::{Primitive, Ty},
    model::StructType,
    query::{Filter, Literal, Operand, PropertyPath},
};

use super::{
    show,
    states::{self, STATES, States},
};
use crate::{areas::ALERTS, fault::Fault};

/// Older path, stored path.
const PLAIN: &[(&str, &str)] = &[
    ("id", "id"),
    ("activityGroupName", "actorDisplayName"),
    ("assignedTo", "assignedTo"),
    ("azureTenantId", "tenantId"),
    ("category", "category"),
    ("closedDateTime", "resolvedDateTime"),
    ("createdDateTime", "createdDateTime"),
    ("description", "description"),
    ("eventDateTime", "firstActivityDateTime"),
    ("feedback", "classification"),
    ("lastEventDateTime", "lastActivityDateTime"),
    ("lastModifiedDateTime", "lastUpdateDateTime"),
    ("severity", "severity"),
    ("status", "status"),
    ("title", "title"),
    ("vendorInformation/provider", "productName"),
    ("vendorInformation/subProvider", "detectionSource"),
    ("vendorInformation/vendor", "yagura/vendor"),
];

/// A filter on the older names as one on the stored names.
pub(super) fn filter(model: &Model, filter: Filter) -> Result<Filter, Fault> {
    within(model, filter, None)
}

/// A path from the entity; `option` names where it stands.
pub(super) fn path(
    model: &Model,
    path: &PropertyPath,
    option: &str,
) -> Result<PropertyPath, Fault> {
    let older = path.segments.join("/");
    let Some((_, stored)) = PLAIN.iter().find(|(name, _)| *name == older) else {
        return Err(unsupported(&older, option));
    };
    Ok(to_path(model, alert(model), None, stored))
}

fn within(model: &Model, filter: Filter, states: Option<&States>) -> Result<Filter, Fault> {
    let each = |all: Vec<Filter>| {
        all.into_iter().map(|it| within(model, it, states)).collect::<Result<Vec<_>, _>>()
    };
    if let Some(states) = states
        && let Some(hashes) = states::hashes(&filter, states)
    {
        return hashes;
    }
    let side = states.and_then(|states| states::side(model, &filter, states));
    let mapped = match filter {
        Filter::And(all) => Filter::And(each(all)?),
        Filter::Or(all) => Filter::Or(each(all)?),
        Filter::Not(it) => Filter::Not(Box::new(within(model, *it, states)?)),
        Filter::Compare { op, left, right } => {
            let words = words_of(&left).or_else(|| words_of(&right));
            Filter::Compare {
                op,
                left: operand(model, left, words, states)?,
                right: operand(model, right, words, states)?,
            }
        }
        Filter::In { operand: it, values } => {
            let words = words_of(&it);
            Filter::In {
                operand: operand(model, it, words, states)?,
                values: values.into_iter().map(|value| literal(value, words)).collect(),
            }
        }
        Filter::Text { op, haystack, needle } => Filter::Text {
            op,
            haystack: operand(model, haystack, None, states)?,
            needle: operand(model, needle, None, states)?,
        },
        Filter::Any { path, var, body } => any(model, &path, &var, body)?,
        Filter::All { path, .. } | Filter::Has { path, .. } => {
            return Err(unsupported(&path.segments.join("/"), "$filter"));
        }
    };
    Ok(match side {
        Some(side) => Filter::And(vec![side, mapped]),
        None => mapped,
    })
}

fn any(
    model: &Model,
    path: &PropertyPath,
    var: &str,
    body: Option<Box<Filter>>,
) -> Result<Filter, Fault> {
    let older = path.segments.join("/");
    if older == "incidentIds"
        && let Some(body) = body
    {
        return Ok(incident(model, *body));
    }
    let rows = STATES.iter().filter(|(name, ..)| *name == older);
    let mut found = Vec::new();
    let mut refused = unsupported(&older, "$filter");
    for states in rows {
        match of_evidence(model, states, var, body.as_deref()) {
            Ok(it) => found.push(it),
            Err(error) => refused = error,
        }
    }
    match found.len() {
        0 => Err(refused),
        1 => Ok(found.remove(0)),
        _ => Ok(Filter::Or(found)),
    }
}

/// A test on the elements of an older list as one on the evidence of one type.
fn of_evidence(
    model: &Model,
    states: &States,
    var: &str,
    body: Option<&Filter>,
) -> Result<Filter, Fault> {
    let mut path = to_path(model, alert(model), None, "evidence");
    path.cast = vec![format!("#microsoft.graph.security.{}", states.1)];
    let body = match body {
        Some(body) => Some(Box::new(within(model, body.clone(), Some(states))?)),
        None => None,
    };
    Ok(Filter::Any { path, var: var.to_owned(), body })
}

/// An alert is in one incident, so a test on the list's element is a test on the member.
fn incident(model: &Model, body: Filter) -> Filter {
    let swap = |it: Operand| match it {
        Operand::Path(_) => Operand::Path(to_path(model, alert(model), None, "incidentId")),
        other => other,
    };
    match body {
        Filter::And(all) => Filter::And(all.into_iter().map(|it| incident(model, it)).collect()),
        Filter::Or(all) => Filter::Or(all.into_iter().map(|it| incident(model, it)).collect()),
        Filter::Not(it) => Filter::Not(Box::new(incident(model, *it))),
        Filter::Compare { op, left, right } => {
            Filter::Compare { op, left: swap(left), right: swap(right) }
        }
        Filter::In { operand, values } => Filter::In { operand: swap(operand), values },
        Filter::Text { op, haystack, needle } => {
            Filter::Text { op, haystack: swap(haystack), needle: swap(needle) }
        }
        other @ (Filter::Has { .. } | Filter::Any { .. } | Filter::All { .. }) => other,
    }
}

/// Which words the literals beside a path are in.
#[derive(Clone, Copy)]
enum Words {
    Status,
    Feedback,
}

fn words_of(operand: &Operand) -> Option<Words> {
    let Operand::Path(path) = operand else { return None };
    match path.segments.as_slice() {
        [one] if path.var.is_none() && one == "status" => Some(Words::Status),
        [one] if path.var.is_none() && one == "feedback" => Some(Words::Feedback),
        _ => None,
    }
}

fn operand(
    model: &Model,
    operand: Operand,
    words: Option<Words>,
    states: Option<&States>,
) -> Result<Operand, Fault> {
    let fold = |it: Box<Operand>| self::operand(model, *it, words, states).map(Box::new);
    Ok(match operand {
        Operand::Path(path) if path.var.is_some() => {
            let older = path.segments.join("/");
            let (_, ty, members) = states.ok_or_else(|| unsupported(&older, "$filter"))?;
            let Some((_, stored)) = members.iter().find(|(name, _)| *name == older) else {
                return Err(unsupported(&older, "$filter"));
            };
            let name = format!("microsoft.graph.security.{ty}");
            Operand::Path(to_path(model, model.type_named(&name), path.var, stored))
        }
        Operand::Path(path) => Operand::Path(self::path(model, &path, "$filter")?),
        Operand::Literal(it) => Operand::Literal(literal(it, words)),
        Operand::Lower(it) => Operand::Lower(fold(it)?),
        Operand::Upper(it) => Operand::Upper(fold(it)?),
        Operand::Count(path) => return Err(unsupported(&path.segments.join("/"), "$filter")),
    })
}

/// A word of the older enumeration as the stored one; what no stored alert can be stays as it is
/// and so matches none.
fn literal(literal: Literal, words: Option<Words>) -> Literal {
    let (Some(words), Literal::Enum(word)) = (words, &literal) else { return literal };
    let (stored, older): (&[&str], fn(&str) -> &'static str) = match words {
        Words::Status => (&["new", "inProgress", "resolved", "unknown"], show::status),
        Words::Feedback => (
            &["truePositive", "falsePositive", "informationalExpectedActivity", "unknown"],
            show::feedback,
        ),
    };
    match stored.iter().find(|it| older(it) == word) {
        Some(it) => Literal::Enum((*it).to_owned()),
        None => literal,
    }
}

fn alert(model: &Model) -> Option<&StructType> {
    model.set(ALERTS).map(|set| model.ty(set.ty))
}

/// A stored path with the type the model gives it; what only we note is text.
pub(super) fn to_path(
    model: &Model,
    start: Option<&StructType>,
    var: Option<String>,
    stored: &str,
) -> PropertyPath {
    let segments: Vec<&str> = stored.split('/').collect();
    let mut at = start;
    let mut ty = Ty::Primitive(Primitive::String);
    let mut collection = false;
    for segment in &segments {
        let Some(property) = at.and_then(|it| it.property(segment)) else { break };
        (ty, collection) = (property.ty.ty, property.ty.collection);
        at = match ty {
            Ty::Struct(id) => Some(model.ty(id)),
            Ty::Primitive(_) | Ty::Enum(_) | Ty::Untyped => None,
        };
    }
    PropertyPath { var, collection, ..PropertyPath::new(&segments, ty) }
}

pub(super) fn unsupported(path: &str, option: &str) -> Fault {
    Fault::Wrong(format!("the property '{path}' cannot be used in {option} on legacy alerts"))
}
