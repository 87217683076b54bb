//! The container: singletons, top-level sets, and every set that containment makes below them.

use super::{
    CsdlError, Item,
    annotation::{self, Annotations},
    link::Names,
};
use crate::{
    edm::TypeId,
    facts::{Facts, Listed},
    model::{Model, SetDef, Singleton, StructType},
};

/// How deep containment is followed; types that contain themselves are not followed at all.
const MAX_DEPTH: usize = 8;

/// Reads the container and lists the sets.
pub(super) fn container<'x>(
    model: &mut Model,
    items: &[Item<'x>],
    names: &Names<'x>,
    annotations: &Annotations<'x>,
) -> Result<(), CsdlError> {
    let mut containers = items.iter().filter(|it| it.node.tag_name().name() == "EntityContainer");
    let Some(item) = containers.next() else { return Ok(()) };
    if let Some(second) = containers.next() {
        return Err(second.error("a second container"));
    }

    let owner = item.qualified()?;
    let mut sets = Vec::new();
    for node in item.children("EntitySet") {
        let name = node.need("Name")?;
        let ty = names.structured(node, node.need("EntityType")?)?;
        let facts = annotation::facts(&annotations.about(node, &owner, name))?;
        sets.push(SetDef { kind: name.to_owned(), ty, parent: None, facts });
        walk(model, ty, name, Some(name), &mut vec![ty], &mut sets);
    }
    for node in item.children("Singleton") {
        let name = node.need("Name")?;
        let ty = names.structured(node, node.need("Type")?)?;
        model.singletons.push(Singleton { name: name.to_owned(), ty });
        walk(model, ty, name, None, &mut vec![ty], &mut sets);
    }

    for set in &sets {
        check_names(model.ty(set.ty), &set.facts).map_err(|what| CsdlError::Schema {
            place: format!("the annotations of {}", set.kind),
            what,
        })?;
    }
    for (index, set) in sets.iter().enumerate() {
        model.set_names.insert(set.kind.clone(), index);
    }
    model.sets = sets;
    for ty in &model.types {
        for nav in &ty.navigation {
            let Some(via) = &nav.via else { continue };
            let place = || format!("{}/{}", ty.name, nav.name);
            let set = model.set(&via.set).ok_or_else(|| CsdlError::Schema {
                place: place(),
                what: format!("there is no set '{}'", via.set),
            })?;
            if model.ty(set.ty).property_exact(&via.property).is_none() {
                let what = format!("'{}' has no property '{}'", via.set, via.property);
                return Err(CsdlError::Schema { place: place(), what });
            }
        }
    }
    Ok(())
}

/// Lists the sets contained in an entity of type `ty` at `path`.
fn walk(
    model: &Model,
    ty: TypeId,
    path: &str,
    parent: Option<&str>,
    trail: &mut Vec<TypeId>,
    sets: &mut Vec<SetDef>,
) {
    let ty = model.ty(ty);
    let below = ty.derived.iter().flat_map(|id| {
        let derived = model.ty(*id);
        derived.navigation.iter().filter(|nav| nav.declared_by == derived.id)
    });
    for nav in ty.navigation.iter().chain(below).filter(|nav| nav.contained) {
        if trail.contains(&nav.target) || trail.len() >= MAX_DEPTH {
            continue;
        }
        let kind = format!("{path}/{}", nav.name);
        trail.push(nav.target);
        if nav.collection {
            sets.push(SetDef {
                kind: kind.clone(),
                ty: nav.target,
                parent: parent.map(str::to_owned),
                facts: nav.facts.clone(),
            });
            walk(model, nav.target, &kind, Some(&kind), trail, sets);
        } else {
            walk(model, nav.target, &kind, parent, trail, sets);
        }
        trail.pop();
    }
}

/// Every property that the facts name exists; only open types may be changed beyond that.
fn check_names(ty: &StructType, facts: &Facts) -> Result<(), String> {
    let listed = |list: &Listed| match list {
        Listed::All => Vec::new(),
        Listed::Only(names) => names.clone(),
    };
    let mut names = listed(&facts.filterable);
    names.extend(listed(&facts.sortable));
    names.extend(facts.default_order.iter().map(|(name, _)| name.clone()));
    if !ty.open {
        names.extend(listed(&facts.update_fields));
    }
    names.extend(facts.insert_required.iter().chain(&facts.update_required).cloned());
    match names.iter().find(|name| ty.property_exact(name).is_none()) {
        Some(name) => Err(format!("'{}' has no property '{name}'", ty.name)),
        None => Ok(()),
    }
}
