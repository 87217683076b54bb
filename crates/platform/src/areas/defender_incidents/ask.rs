//! Filters and orders on the Defender API's names, as ones on the stored incidents.
//!
//! The names are read with a type of their own, so mistakes are told as everywhere else; then each
//! path is the stored one and each word the stored word.

use std::sync::LazyLock;

use model::{
    Model, csdl,
    edm::{Primitive, Ty},
    facts::{Facts, Listed, Over, Page},
    query::{CompareOp, Filter, Literal, Operand, Options, PropertyPath},
};
use store::ListAsk;

use super::PAGE;
use crate::{areas::INCIDENTS, fault::Fault};

/// The incident as far as it can be asked for.
const SCHEMA: &str = r#"<edmx:Edmx xmlns="http://docs.oasis-open.org/odata/ns/edm"
    xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
    <Schema Namespace="defender"><EntityType Name="incident">
      <Key><PropertyRef Name="incidentId"/></Key>
      <Property Name="incidentId" Type="Edm.Int64"/>
      <Property Name="incidentName" Type="Edm.String"/>
      <Property Name="createdTime" Type="Edm.DateTimeOffset"/>
      <Property Name="lastUpdateTime" Type="Edm.DateTimeOffset"/>
      <Property Name="assignedTo" Type="Edm.String"/>
      <Property Name="classification" Type="Edm.String"/>
      <Property Name="determination" Type="Edm.String"/>
      <Property Name="status" Type="Edm.String"/>
      <Property Name="severity" Type="Edm.String"/>
      <Property Name="redirectIncidentId" Type="Edm.Int64"/>
      <Property Name="tags" Type="Collection(Edm.String)"/>
    </EntityType></Schema></edmx:DataServices></edmx:Edmx>"#;

/// Defender's name, stored name.
const NAMES: &[(&str, &str)] = &[
    ("incidentId", "id"),
    ("incidentName", "displayName"),
    ("createdTime", "createdDateTime"),
    ("lastUpdateTime", "lastUpdateDateTime"),
    ("assignedTo", "assignedTo"),
    ("classification", "classification"),
    ("determination", "determination"),
    ("status", "status"),
    ("severity", "severity"),
    ("redirectIncidentId", "redirectIncidentId"),
    ("tags", "customTags"),
];

/// Members whose values are words of an enumeration.
const WORDS: &[&str] = &["classification", "determination", "status", "severity"];
/// Numbers there, text in the record.
const NUMBERS: &[&str] = &["incidentId", "redirectIncidentId"];

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    csdl::parse(&[("defender.xml", SCHEMA)]).expect("the embedded type is well formed")
});

/// Reads the query of a list.
pub(super) fn read(tenant: &str, query: &str) -> Result<(ListAsk, Options), Fault> {
    let facts = Facts {
        page: Page { default: PAGE, max: PAGE, over: Over::Clamp, max_skip: None },
        filterable: Listed::All,
        ..Facts::default()
    };
    let ty = MODEL.type_named("defender.incident").expect("it stands in the schema above").id;
    let options = Options::parse_for(&MODEL, ty, &facts, query)
        .map_err(|error| Fault::Wrong(error.to_string()))?;
    for (given, name) in
        [(!options.select.is_empty(), "$select"), (!options.expand.is_empty(), "$expand")]
    {
        if given {
            return Err(Fault::Wrong(format!("{name} is not supported here")));
        }
    }
    let filter = options.filter.clone().map(stored).transpose()?;
    let mut order = Vec::new();
    for key in &options.order_by {
        order.push((of(&key.path)?, key.desc));
    }
    if order.is_empty() {
        order.push((path("lastUpdateDateTime"), true));
    }
    let ask = ListAsk {
        tenant: tenant.to_owned(),
        kind: INCIDENTS.to_owned(),
        filter,
        order,
        top: options.top.unwrap_or(PAGE),
        skip: options.skip,
        ..ListAsk::default()
    };
    Ok((ask, options))
}

/// A stored member. All that are asked for are text in JSON.
pub(super) fn path(name: &str) -> PropertyPath {
    let ty = if name.ends_with("DateTime") { Primitive::DateTimeOffset } else { Primitive::String };
    PropertyPath::new(&[name], Ty::Primitive(ty))
}

fn of(older: &PropertyPath) -> Result<PropertyPath, Fault> {
    let name = older.segments.join("/");
    let found = NAMES.iter().find(|(it, _)| *it == name);
    let (_, member) = found.ok_or_else(|| unsupported(&name))?;
    Ok(PropertyPath { collection: older.collection, ..path(member) })
}

fn unsupported(name: &str) -> Fault {
    Fault::Wrong(format!("'{name}' cannot be used in $filter here"))
}

fn stored(filter: Filter) -> Result<Filter, Fault> {
    let each = |all: Vec<Filter>| all.into_iter().map(stored).collect::<Result<Vec<_>, _>>();
    Ok(match filter {
        Filter::And(all) => Filter::And(each(all)?),
        Filter::Or(all) => Filter::Or(each(all)?),
        Filter::Not(it) => Filter::Not(Box::new(stored(*it)?)),
        Filter::Compare { op, left, right } => {
            let about = name(&left).or_else(|| name(&right)).unwrap_or_default();
            let exact = matches!(op, CompareOp::Eq | CompareOp::Ne);
            if !exact && (WORDS.contains(&about.as_str()) || NUMBERS.contains(&about.as_str())) {
                return Err(unsupported(&about));
            }
            Filter::Compare { op, left: operand(left, &about)?, right: operand(right, &about)? }
        }
        Filter::In { operand: it, values } => {
            let about = name(&it).unwrap_or_default();
            Filter::In {
                operand: operand(it, &about)?,
                values: values.into_iter().map(|it| literal(it, &about)).collect(),
            }
        }
        Filter::Text { op, haystack, needle } => {
            let about = name(&haystack).unwrap_or_default();
            Filter::Text { op, haystack: operand(haystack, "")?, needle: operand(needle, &about)? }
        }
        Filter::Any { path, var, body } => Filter::Any { path: of(&path)?, var, body },
        Filter::All { path, var, body } => Filter::All { path: of(&path)?, var, body },
        Filter::Has { path, .. } => return Err(unsupported(&path.segments.join("/"))),
    })
}

fn name(operand: &Operand) -> Option<String> {
    match operand {
        Operand::Path(path) if path.var.is_none() => Some(path.segments.join("/")),
        Operand::Lower(it) | Operand::Upper(it) => name(it),
        Operand::Path(_) | Operand::Literal(_) | Operand::Count(_) => None,
    }
}

fn operand(operand: Operand, about: &str) -> Result<Operand, Fault> {
    Ok(match operand {
        Operand::Path(path) if path.var.is_some() => Operand::Path(path),
        Operand::Path(path) => Operand::Path(of(&path)?),
        Operand::Literal(it) => Operand::Literal(literal(it, about)),
        Operand::Lower(it) => Operand::Lower(Box::new(self::operand(*it, about)?)),
        Operand::Upper(it) => Operand::Upper(Box::new(self::operand(*it, about)?)),
        Operand::Count(path) => Operand::Count(of(&path)?),
    })
}

/// A word of theirs as the stored one; what no incident can be stays and so matches none.
fn literal(literal: Literal, about: &str) -> Literal {
    match literal {
        Literal::Text(word) if WORDS.contains(&about) => Literal::Text(word_of(about, &word)),
        Literal::Int(number) if NUMBERS.contains(&about) => Literal::Text(number.to_string()),
        other => other,
    }
}

/// The stored form of a word, `TruePositive` as `truePositive`.
pub(super) fn word_of(member: &str, word: &str) -> String {
    match (member, word.to_ascii_lowercase().as_str()) {
        ("determination", "notavailable") | ("severity", "unspecified") => "unknown".to_owned(),
        ("determination", "apt") => "apt".to_owned(),
        ("status", "inprogress") => "inProgress".to_owned(),
        ("status" | "severity", lower) => lower.to_owned(),
        _ => {
            let mut letters = word.chars();
            let first = letters.next().map(|it| it.to_ascii_lowercase());
            first.into_iter().chain(letters).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn told(query: &str) -> String {
        match read("t", query) {
            Ok((ask, _)) => ask.filter.map_or_else(String::new, |it| it.to_string()),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn filters_are_on_the_stored_names() {
        assert_eq!(told("$filter=status eq 'Active'"), "status eq 'active'");
        assert_eq!(
            told("$filter=lastUpdateTime gt 2026-01-01T00:00:00Z and assignedTo eq null"),
            "lastUpdateDateTime gt 2026-01-01T00:00:00.0000000Z and assignedTo eq null"
        );
        assert_eq!(told("$filter=incidentId eq 7"), "id eq '7'");
        assert_eq!(told("$filter=determination eq 'NotAvailable'"), "determination eq 'unknown'");
        assert!(told("$filter=status gt 'Active'").contains("cannot be used"));
        assert!(told("$filter=nothing eq 1").contains("nothing"));
        assert_eq!(read("t", "$top=500").unwrap().0.top, 100);
    }
}
