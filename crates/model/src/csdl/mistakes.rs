//! What is misspelt and would go unnoticed, since nothing looks for it: elements that no element
//! holds, and annotations of something that is not there.

use std::collections::HashMap;

use roxmltree::Node;

use super::{CsdlError, Item, link::Names};
use crate::text::near;

/// What an element may hold. Elements that are not listed are not looked into.
const CHILDREN: &[(&str, &[&str])] = &[
    ("EntityType", &["Key", "Property", "NavigationProperty", "Annotation"]),
    ("ComplexType", &["Property", "NavigationProperty", "Annotation"]),
    ("EnumType", &["Member", "Annotation"]),
    ("Action", &["Parameter", "ReturnType", "Annotation"]),
    ("Function", &["Parameter", "ReturnType", "Annotation"]),
    ("EntityContainer", &["EntitySet", "Singleton", "Annotation"]),
    ("EntitySet", &["NavigationPropertyBinding", "Annotation"]),
    ("Singleton", &["NavigationPropertyBinding", "Annotation"]),
    ("Property", &["Annotation"]),
    ("NavigationProperty", &["Annotation", "ReferentialConstraint", "OnDelete"]),
    ("Parameter", &["Annotation"]),
    ("Member", &["Annotation"]),
    ("Annotations", &["Annotation"]),
];

/// Looks at all elements of the schemas.
pub(super) fn check(items: &[Item<'_>], names: &Names<'_>) -> Result<(), CsdlError> {
    for item in items {
        check_children(*item)?;
    }
    let mut members: HashMap<String, Vec<&str>> = HashMap::new();
    for item in items.iter().filter(|it| it.node.tag_name().name() != "Annotations") {
        let Some(name) = item.attr("Name") else { continue };
        let held = item.node.children().filter_map(|it| it.attribute("Name"));
        members.entry(format!("{}.{name}", item.namespace)).or_default().extend(held);
    }
    for item in items.iter().filter(|it| it.node.tag_name().name() == "Annotations") {
        let target = item.need("Target")?;
        let (owner, member) = target.split_once('/').unwrap_or((target, ""));
        let owner = names.resolve(owner);
        let Some(held) = members.get(&owner) else {
            let near = near(&owner, members.keys().map(String::as_str));
            return Err(item.error(format!("annotates '{owner}', which is not there{near}")));
        };
        if !member.is_empty() && !held.contains(&member) {
            let near = near(member, held.iter().copied());
            let what = format!("annotates '{member}', which '{owner}' does not declare{near}");
            return Err(item.error(what));
        }
    }
    Ok(())
}

fn check_children(item: Item<'_>) -> Result<(), CsdlError> {
    let tag = item.node.tag_name().name();
    let Some((_, allowed)) = CHILDREN.iter().find(|(it, _)| *it == tag) else { return Ok(()) };
    for node in item.node.children().filter(Node::is_element) {
        let inner = item.at(node);
        let name = node.tag_name().name();
        if !allowed.contains(&name) {
            let near = near(name, allowed.iter().copied());
            return Err(inner.error(format!("cannot stand in <{tag}>{near}")));
        }
        check_children(inner)?;
    }
    Ok(())
}
