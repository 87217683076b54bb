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
    text::near,
};

/// How deep containment is followed.
const MAX_DEPTH: usize = 10;

/// Reads the container and lists the sets.
pub(super) fn container<'x>(
    model: &mut Model,
    items: &[Item<'x>],
    names: &Names<'x>,
    annotations: &Annotations<'x>,
) -> Result<(), CsdlError> {
    let containers = items.iter().filter(|it| it.node.tag_name().name() == "EntityContainer");
    let (more, mut own): (Vec<Item<'x>>, Vec<Item<'x>>) =
        containers.copied().partition(|it| it.attr("Extends").is_some());
    let Some(item) = own.pop() else { return Ok(()) };
    if let Some(second) = own.pop() {
        return Err(second.error("a second container"));
    }

    let owner = item.qualified()?;
    let mut places = Places::default();
    places.read(model, item, names, annotations)?;
    for item in more {
        if names.resolve(item.need("Extends")?) != owner {
            return Err(item.error(format!("does not extend '{owner}'")));
        }
        places.read(model, item, names, annotations)?;
    }
    for set in places.sets.iter().chain(&places.ones) {
        check_names(model.ty(set.ty), &set.facts).map_err(|what| {
            places.element(set, names).error(format!("the annotations of '{}': {what}", set.kind))
        })?;
    }
    for (index, set) in places.sets.iter().enumerate() {
        model.set_names.insert(set.kind.clone(), index);
    }
    for (index, one) in places.ones.iter().enumerate() {
        model.one_names.insert(one.kind.clone(), index);
    }
    model.sets = places.sets;
    model.ones = places.ones;
    check_ends(model, names)
}

/// Whatever a navigation or a singleton says of where it leads is there.
fn check_ends(model: &Model, names: &Names<'_>) -> Result<(), CsdlError> {
    let nowhere = |of: TypeId, place: &str, kind: &str| {
        let kinds = model.sets.iter().chain(&model.ones).map(|it| it.kind.as_str());
        let near = near(kind, kinds);
        names.types[of.0 as usize]
            .error(format!("{place} leads to '{kind}', which is no set{near}"))
    };
    for it in &model.singletons {
        if let Some(kind) = it.same_as.as_ref().filter(|kind| model.one(kind).is_none()) {
            return Err(nowhere(it.ty, &it.name, kind));
        }
    }
    for ty in &model.types {
        for nav in ty.navigation.iter().filter(|nav| nav.declared_by == ty.id) {
            let place = nav.name.as_str();
            if let Some(kind) = nav.links.iter().find(|kind| model.set(kind).is_none()) {
                return Err(nowhere(ty.id, place, kind));
            }
            if let Some(kind) = nav.same_as.as_ref().filter(|kind| model.one(kind).is_none()) {
                return Err(nowhere(ty.id, place, kind));
            }
            if let Some(back) = &nav.inverse
                && model.ty(nav.target).nav(back).is_none_or(|it| it.collection || !it.refers())
            {
                let what = format!("{place}: '{back}' is not a single reference of its targets");
                return Err(names.types[ty.id.0 as usize].error(what));
            }
            let Some(via) = &nav.via else { continue };
            let set = model.set(&via.set).ok_or_else(|| nowhere(ty.id, place, &via.set))?;
            if model.ty(set.ty).property_exact(&via.property).is_none() {
                let what = format!("{place}: '{}' has no property '{}'", via.set, via.property);
                return Err(names.types[ty.id.0 as usize].error(what));
            }
        }
    }
    Ok(())
}

/// The places found so far.
#[derive(Default)]
struct Places<'x> {
    sets: Vec<SetDef>,
    ones: Vec<SetDef>,
    /// The elements of those at the top.
    elements: Vec<Item<'x>>,
}

impl<'x> Places<'x> {
    /// The element that a message about a place names: its own, or the type of what is there.
    fn element(&self, set: &SetDef, names: &Names<'x>) -> Item<'x> {
        let own = self.elements.iter().find(|it| it.attr("Name") == Some(&set.kind));
        own.copied().unwrap_or(names.types[set.ty.0 as usize])
    }

    /// Notes an element of a container, whose name must be free.
    fn add(&mut self, node: Item<'x>) -> Result<(), CsdlError> {
        let name = node.need("Name")?;
        let alike =
            |it: &&Item<'x>| it.attr("Name").is_some_and(|it| it.eq_ignore_ascii_case(name));
        if let Some(other) = self.elements.iter().find(alike) {
            let what = format!("'{name}' stands in {} already", other.file);
            return Err(node.error(what));
        }
        self.elements.push(node);
        Ok(())
    }

    /// What one container declares.
    fn read(
        &mut self,
        model: &mut Model,
        item: Item<'x>,
        names: &Names<'x>,
        annotations: &Annotations<'x>,
    ) -> Result<(), CsdlError> {
        let owner = item.qualified()?;
        for node in item.children("EntitySet") {
            let name = node.need("Name")?;
            let ty = names.structured(node, node.need("EntityType")?)?;
            self.add(node)?;
            let it = model.ty(ty);
            if it.key.iter().map(String::as_str).ne(["id"]) {
                let what = format!("'{}' is no entity type with the key 'id'", it.name);
                return Err(node.error(what + "; BaseType=\"graph.entity\" gives one"));
            }
            let facts = annotation::facts(&annotations.about(node, &owner, name))?;
            let kind = name.to_owned();
            self.sets.push(SetDef { kind, ty, parent: None, facts, single: false });
            self.walk(model, ty, name, Some(name), &mut vec![ty]);
        }
        for node in item.children("Singleton") {
            let name = node.need("Name")?;
            let ty = names.structured(node, node.need("Type")?)?;
            self.add(node)?;
            let notes = annotations.about(node, &owner, name);
            let same_as = annotation::text(&notes, "yagura.SameAs")?;
            if same_as.is_none() {
                let facts = annotation::facts(&notes)?;
                let kind = name.to_owned();
                self.ones.push(SetDef { kind, ty, parent: None, facts, single: true });
                self.walk(model, ty, name, None, &mut vec![ty]);
            }
            model.singletons.push(Singleton { name: name.to_owned(), ty, same_as });
        }
        Ok(())
    }

    /// Lists the places within an entity of type `ty` at `path`. What contains its own kind is
    /// followed once: deeper down the same place is meant.
    fn walk(
        &mut self,
        model: &Model,
        ty: TypeId,
        path: &str,
        parent: Option<&str>,
        trail: &mut Vec<TypeId>,
    ) {
        let ty = model.ty(ty);
        let below = ty.derived.iter().flat_map(|id| {
            let derived = model.ty(*id);
            derived.navigation.iter().filter(|nav| nav.declared_by == derived.id)
        });
        for nav in ty.navigation.iter().chain(below) {
            let embedded = nav.embedded() && !nav.collection;
            let within = (nav.contained || embedded) && nav.same_as.is_none();
            let seen = trail.iter().filter(|it| **it == nav.target).count();
            let again = seen == 1 && trail.last() == Some(&nav.target);
            if !within || (seen > 0 && !again) || trail.len() >= MAX_DEPTH {
                continue;
            }
            let kind = format!("{path}/{}", nav.name);
            if self.sets.iter().chain(&self.ones).any(|it| it.kind == kind) {
                continue;
            }
            trail.push(nav.target);
            let (parent, facts) = (parent.map(str::to_owned), nav.facts.clone());
            let single = !nav.collection;
            let def = SetDef { kind: kind.clone(), ty: nav.target, parent, facts, single };
            if single {
                let parent = def.parent.clone();
                self.ones.push(def);
                if nav.contained {
                    self.walk(model, nav.target, &kind, parent.as_deref(), trail);
                }
            } else {
                self.sets.push(def);
                self.walk(model, nav.target, &kind, Some(&kind), trail);
            }
            trail.pop();
        }
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
        let fields = listed(&facts.update_fields).into_iter();
        names.extend(fields.filter(|name| ty.nav(name).is_none()));
    }
    names.extend(facts.insert_required.iter().chain(&facts.update_required).cloned());
    names.extend(facts.filter_required.iter().cloned());
    match names.iter().find(|name| ty.property_exact(name).is_none()) {
        Some(name) => {
            let near = near(name, ty.properties.iter().map(|it| it.name.as_str()));
            Err(format!("'{}' has no property '{name}'{near}", ty.name))
        }
        None => Ok(()),
    }
}
