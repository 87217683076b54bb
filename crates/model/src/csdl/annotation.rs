//! Annotations: collecting them by target, and reading those that the model knows.
//!
//! Terms of other vocabularies that say nothing to us pass; a misspelt term of our own is an error.

use std::collections::HashMap;

use super::{CsdlError, Item, link::Names};
use crate::{
    edm::Primitive,
    facts::{Facts, Listed, Over, PlainOption},
    model::{Range, Via},
    text::near,
};

/// `<Annotation>` elements by what they are about: `namespace.type`, or that plus `/member`.
pub(super) struct Annotations<'x> {
    by_target: HashMap<String, Vec<Item<'x>>>,
}

impl<'x> Annotations<'x> {
    /// Those that stand outside of what they describe.
    pub(super) fn collect(items: &[Item<'x>], names: &Names<'x>) -> Result<Self, CsdlError> {
        let mut by_target: HashMap<String, Vec<Item<'x>>> = HashMap::new();
        for item in items.iter().filter(|it| it.node.tag_name().name() == "Annotations") {
            let target = item.need("Target")?;
            let (owner, member) = match target.split_once('/') {
                Some((owner, member)) => (owner, Some(member)),
                None => (target, None),
            };
            let mut target = names.resolve(owner);
            if let Some(member) = member {
                target.push('/');
                target.push_str(member);
            }
            by_target.entry(target).or_default().extend(item.children("Annotation"));
        }
        Ok(Annotations { by_target })
    }

    /// All about one member of a type or container: those inside the element, then those outside.
    pub(super) fn about(&self, item: Item<'x>, owner: &str, member: &str) -> Vec<Item<'x>> {
        let mut found: Vec<_> = item.children("Annotation").collect();
        if let Some(outside) = self.by_target.get(&format!("{owner}/{member}")) {
            found.extend(outside);
        }
        found
    }
}

/// Is a boolean term set? `Bool` left out means true.
pub(super) fn is_set(notes: &[Item<'_>], term: &str) -> bool {
    notes.iter().any(|it| it.attr("Term") == Some(term) && it.attr("Bool") != Some("false"))
}

const CAPABILITIES: &str = "Org.OData.Capabilities.V1.";

/// Terms that a set may have, for hints.
const UNDERSTOOD: &[&str] = &[
    "ReadRestrictions",
    "InsertRestrictions",
    "UpdateRestrictions",
    "DeleteRestrictions",
    "SearchRestrictions",
    "FilterRestrictions",
    "SortRestrictions",
    "yagura.Filterable",
    "yagura.Sortable",
    "yagura.Updatable",
    "yagura.DefaultOrder",
    "yagura.Page",
    "yagura.Success",
    "yagura.Lenient",
    "yagura.ClientKey",
    "yagura.Links",
    "yagura.Inverse",
    "yagura.SameAs",
];

/// The facts of a set from its annotations.
pub(super) fn facts(notes: &[Item<'_>]) -> Result<Facts, CsdlError> {
    let mut facts = Facts::default();
    // Where nothing is said of what may be done, nothing may.
    let capability = |it: &Item<'_>| it.attr("Term").is_some_and(|it| it.starts_with(CAPABILITIES));
    facts.listable = notes.iter().any(capability);
    facts.readable = facts.listable;
    let mut listed = false;
    for note in notes {
        let term = note.need("Term")?;
        match term.strip_prefix(CAPABILITIES).unwrap_or(term) {
            "ReadRestrictions" => {
                facts.listable = record_flag(note, "Readable", true)?;
                facts.readable = match record_value(note, "ReadByKeyRestrictions") {
                    Some(by_key) => record_flag(&by_key, "Readable", true)?,
                    None => facts.listable,
                };
            }
            "InsertRestrictions" => {
                facts.insertable = record_flag(note, "Insertable", true)?;
                facts.insert_required = record_list(note, "RequiredProperties");
            }
            "UpdateRestrictions" => {
                facts.updatable = record_flag(note, "Updatable", true)?;
                facts.update_required = record_list(note, "RequiredProperties");
            }
            "DeleteRestrictions" => facts.deletable = record_flag(note, "Deletable", true)?,
            "SearchRestrictions" => facts.searchable = record_flag(note, "Searchable", true)?,
            "FilterRestrictions" => {
                facts.filter_required = record_list(note, "RequiredProperties");
                if !record_flag(note, "Filterable", true)? {
                    facts.filterable = Listed::Only(Vec::new());
                }
            }
            "SortRestrictions" => {
                let may = record_flag(note, "Sortable", true)?;
                if !may {
                    facts.sortable = Listed::Only(Vec::new());
                }
            }
            "yagura.Filterable" => facts.filterable = Listed::Only(list(*note)),
            "yagura.Sortable" => facts.sortable = Listed::Only(list(*note)),
            "yagura.Updatable" => {
                facts.update_fields = Listed::Only(list(*note));
                listed = true;
            }
            "yagura.OneOf" => facts.insert_one_of = list(*note),
            "yagura.Options" => facts.options = options(note)?,
            "yagura.DefaultOrder" => facts.default_order = order(note)?,
            "yagura.Page" => page(note, &mut facts)?,
            "yagura.Success" => {
                facts.insert_status = record_int(note, "insert")?.unwrap_or(facts.insert_status);
                facts.update_status = record_int(note, "update")?.unwrap_or(facts.update_status);
            }
            "yagura.Lenient" => facts.lenient = note.flag("Bool", true)?,
            "yagura.ClientKey" => facts.client_key = note.flag("Bool", true)?,
            "yagura.Via" | "yagura.Append" | "yagura.Links" | "yagura.Inverse"
            | "yagura.SameAs" => {}
            // A term that nothing comes of is as good as misspelt.
            other if term.starts_with(CAPABILITIES) || other.starts_with("yagura.") => {
                let near = near(other, UNDERSTOOD.iter().copied());
                return Err(note.error(format!("the term '{other}' is not understood{near}")));
            }
            _ => {}
        }
    }
    if facts.updatable && !listed {
        facts.update_fields = Listed::All;
    }
    Ok(facts)
}

/// Options without `$`, a record each.
fn options(note: &Item<'_>) -> Result<Vec<PlainOption>, CsdlError> {
    let records = note.children("Collection").flat_map(|it| it.children("Record"));
    records
        .map(|record| {
            let text = |name: &str| {
                let value = value_in(&record, name).and_then(|it| it.attr("String"));
                value.ok_or_else(|| record.error(format!("needs the property {name}")))
            };
            let ty = Primitive::parse(text("type")?);
            let required =
                value_in(&record, "required").map(|it| it.flag("Bool", true)).transpose()?;
            Ok(PlainOption {
                name: text("name")?.to_owned(),
                ty: ty.ok_or_else(|| record.error("type is no primitive type"))?,
                required: required.unwrap_or(false),
            })
        })
        .collect()
}

/// What a number must lie between, or how many items a collection has.
pub(super) fn range(notes: &[Item<'_>]) -> Result<Range, CsdlError> {
    let bound = |terms: [&str; 2]| {
        let term = |it: &&Item<'_>| {
            let term = it.attr("Term").and_then(|it| it.strip_prefix(VALIDATION));
            term.is_some_and(|it| terms.contains(&it))
        };
        let Some(note) = notes.iter().find(term) else { return Ok(None) };
        let text = note.need("Int")?;
        text.parse().map(Some).map_err(|_| note.error(format!("'{text}' is no such number")))
    };
    Ok(Range { least: bound(["Minimum", "MinItems"])?, most: bound(["Maximum", "MaxItems"])? })
}

const VALIDATION: &str = "Org.OData.Validation.V1.";

/// The text of a term, when it is there.
pub(super) fn text(notes: &[Item<'_>], term: &str) -> Result<Option<String>, CsdlError> {
    let note = notes.iter().find(|it| it.attr("Term") == Some(term));
    note.map(|it| it.need("String").map(str::to_owned)).transpose()
}

/// The texts of a term with a collection of them.
pub(super) fn texts(notes: &[Item<'_>], term: &str) -> Vec<String> {
    let notes = notes.iter().filter(|it| it.attr("Term") == Some(term));
    let texts = notes.flat_map(|it| it.children("Collection")).flat_map(|it| it.children("String"));
    texts.filter_map(|it| it.node.text().map(|text| text.trim().to_owned())).collect()
}

/// How the targets of a navigation are found.
pub(super) fn via(notes: &[Item<'_>]) -> Result<Option<Via>, CsdlError> {
    let Some(note) = notes.iter().find(|it| it.attr("Term") == Some("yagura.Via")) else {
        return Ok(None);
    };
    let text = |name: &str| {
        let value = record_value(note, name).and_then(|it| it.attr("String"));
        value.map(str::to_owned).ok_or_else(|| note.error(format!("needs the property {name}")))
    };
    Ok(Some(Via { set: text("set")?, property: text("property")? }))
}

fn page(note: &Item<'_>, facts: &mut Facts) -> Result<(), CsdlError> {
    facts.page.default = record_int(note, "default")?.unwrap_or(facts.page.default);
    facts.page.max = record_int(note, "max")?.unwrap_or(facts.page.max);
    facts.page.max_skip = record_int(note, "maxSkip")?;
    facts.page.over = match record_value(note, "over").and_then(|it| it.attr("String")) {
        None | Some("clamp") => Over::Clamp,
        Some("refuse") => Over::Refuse,
        Some(other) => return Err(note.error(format!("over is clamp or refuse, not '{other}'"))),
    };
    if facts.page.default == 0 || facts.page.default > facts.page.max {
        return Err(note.error("default must lie between 1 and max"));
    }
    Ok(())
}

fn order(note: &Item<'_>) -> Result<Vec<(String, bool)>, CsdlError> {
    let text = note.need("String")?;
    text.split(',')
        .map(|key| match key.split_whitespace().collect::<Vec<_>>().as_slice() {
            [name] | [name, "asc"] => Ok(((*name).to_owned(), false)),
            [name, "desc"] => Ok(((*name).to_owned(), true)),
            _ => Err(note.error(format!("'{key}' is not a property with asc or desc"))),
        })
        .collect()
}

fn record_value<'x>(note: &Item<'x>, name: &str) -> Option<Item<'x>> {
    value_in(&note.children("Record").next()?, name)
}

fn value_in<'x>(record: &Item<'x>, name: &str) -> Option<Item<'x>> {
    record.children("PropertyValue").find(|it| it.attr("Property") == Some(name))
}

fn record_flag(note: &Item<'_>, name: &str, default: bool) -> Result<bool, CsdlError> {
    record_value(note, name).map_or(Ok(default), |it| it.flag("Bool", true))
}

fn record_int<T: std::str::FromStr>(note: &Item<'_>, name: &str) -> Result<Option<T>, CsdlError> {
    let Some(value) = record_value(note, name) else { return Ok(None) };
    let text = value.need("Int")?;
    text.parse().map(Some).map_err(|_| value.error(format!("'{text}' is not such a number")))
}

fn record_list(note: &Item<'_>, name: &str) -> Vec<String> {
    record_value(note, name).map(list).unwrap_or_default()
}

fn list(note: Item<'_>) -> Vec<String> {
    let names = note.children("Collection").flat_map(|it| it.children("PropertyPath"));
    names.filter_map(|it| it.node.text().map(|text| text.trim().to_owned())).collect()
}
