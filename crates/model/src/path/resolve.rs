//! The walk from segment to segment.

use super::{
    Arg, Bound, Call, Link, One, Parents, PathError, PropertyTarget, Ref, Set, Target, ViaSet,
    segment::{arguments, checked_key, key_in_parens, parens, split},
};
use crate::{
    edm::{Primitive, Ty, TypeId},
    model::{Model, Navigation, Operation, Property, SetDef, StructType, Verb},
    text::short,
};

/// Resolves the part of a path behind the version, as sent (still percent-encoded), leading slash
/// or not.
pub fn resolve<'m>(model: &'m Model, path: &str) -> Result<Target<'m>, PathError> {
    let segments = split(path)?;
    let mut segments = segments.iter();
    let mut at = match segments.next() {
        None => return Ok(Target::ServiceDocument),
        Some(first) if first.is_empty() => return Ok(Target::ServiceDocument),
        Some(first) => root(model, first)?,
    };
    for segment in segments {
        at = match at {
            Target::Singleton(one) => of_one(model, one, segment)?,
            Target::Collection(set) => of_set(model, set, segment)?,
            Target::Item(set, key) => of_item(model, set, key, segment)?,
            Target::Linked(link) if segment.eq_ignore_ascii_case("$ref") => {
                Target::Ref(Ref { link, key: None })
            }
            Target::Linked(link) => of_link(model, link, segment)?,
            Target::Property(property) => of_property(model, property, segment)?,
            Target::ServiceDocument
            | Target::Metadata
            | Target::Batch
            | Target::Count(_)
            | Target::Delta(_)
            | Target::Ref(_)
            | Target::Operation(_) => return Err(none(segment)),
        };
    }
    Ok(at)
}

fn none(segment: &str) -> PathError {
    PathError::NoSegment { segment: short(segment) }
}

fn root<'m>(model: &'m Model, segment: &str) -> Result<Target<'m>, PathError> {
    if segment.eq_ignore_ascii_case("$metadata") {
        return Ok(Target::Metadata);
    }
    if segment.eq_ignore_ascii_case("$batch") {
        return Ok(Target::Batch);
    }
    let (name, inner) = parens(segment);
    if let Some(it) = model.singletons().iter().find(|it| it.name.eq_ignore_ascii_case(name)) {
        let kind = it.same_as.as_ref().unwrap_or(&it.name);
        let def = model.one(kind).filter(|_| inner.is_none()).ok_or_else(|| none(segment))?;
        let template = format!("/{}", it.name);
        let (parents, through) = (Vec::new(), Vec::new());
        return Ok(Target::Singleton(One { def, parents, through, template }));
    }
    let (users, me) = super::ME;
    if segment.eq_ignore_ascii_case(me)
        && let Some(def) = model.set(users)
    {
        return Ok(Target::Item(own_set(def, Vec::new(), format!("/{users}")), me.to_owned()));
    }
    let top = model.sets().iter().find(|it| it.kind.eq_ignore_ascii_case(name));
    let def = top.ok_or_else(|| none(segment))?;
    let template = format!("/{}", def.kind);
    set_or_item(model, own_set(def, Vec::new(), template), segment, inner)
}

fn own_set<'m>(def: &'m SetDef, parents: Parents<'m>, template: String) -> Set<'m> {
    Set { def, cast: None, parents, through: Vec::new(), via: None, link: None, template }
}

/// A set segment names an item of the set when it carries a key.
fn set_or_item<'m>(
    model: &Model,
    set: Set<'m>,
    segment: &str,
    inner: Option<&str>,
) -> Result<Target<'m>, PathError> {
    match inner {
        None => Ok(Target::Collection(set)),
        Some(inner) => {
            let key = key_in_parens(segment, inner, &model.ty(set.ty()).key)?;
            Ok(Target::Item(set, key))
        }
    }
}

fn of_one<'m>(model: &'m Model, one: One<'m>, segment: &str) -> Result<Target<'m>, PathError> {
    let (name, inner) = parens(segment);
    let ty = model.ty(one.ty());
    if let Some(property) = property_of(model, ty, segment) {
        let key = one.id().to_owned();
        let set = Set { through: one.through, ..own_set(one.def, one.parents, one.template) };
        return Ok(a_property(set, key, property));
    }
    if let Some(nav) = nav_of(model, ty, name) {
        let (parents, through) = (&one.parents, &one.through);
        let source = Source { kind: one.kind(), key: None, parents, through };
        let template = format!("{}/{}", one.template, nav.name);
        return of_nav(model, &source, nav, template, segment, inner);
    }
    match operation(model, ty, false, segment)? {
        Some((op, args)) => {
            Ok(Target::Operation(Call { op, bound_to: Bound::Singleton(one), args }))
        }
        None => Err(none(segment)),
    }
}

fn of_set<'m>(model: &'m Model, set: Set<'m>, segment: &str) -> Result<Target<'m>, PathError> {
    if segment.eq_ignore_ascii_case("$count") {
        return Ok(Target::Count(set));
    }
    if segment.eq_ignore_ascii_case("$ref")
        && let Some(link) = set.link
    {
        return Ok(Target::Ref(Ref { link, key: None }));
    }
    if segment.starts_with('$') {
        return Err(none(segment));
    }
    let ty = model.ty(set.ty());
    if let Some((op, args)) = operation(model, ty, true, segment)? {
        return Ok(Target::Operation(Call { op, bound_to: Bound::Collection(set), args }));
    }
    let at_top = set.parents.is_empty() && set.via.is_none() && set.link.is_none();
    if at_top && is_delta(segment) {
        return Ok(Target::Delta(set));
    }
    if let Some(cast) = cast(model, ty, segment) {
        return Ok(Target::Collection(Set { cast: Some(cast), ..set }));
    }
    let key = checked_key(segment, segment.to_owned())?;
    Ok(Target::Item(set, key))
}

fn is_delta(segment: &str) -> bool {
    let name = segment.strip_suffix("()").unwrap_or(segment);
    let name = name.strip_prefix("microsoft.graph.").unwrap_or(name);
    name.eq_ignore_ascii_case("delta")
}

fn of_item<'m>(
    model: &'m Model,
    set: Set<'m>,
    key: String,
    segment: &str,
) -> Result<Target<'m>, PathError> {
    if segment.eq_ignore_ascii_case("$ref")
        && let Some(link) = set.link
    {
        return Ok(Target::Ref(Ref { link, key: Some(key) }));
    }
    let ty = model.ty(set.ty());
    if let Some(property) = property_of(model, ty, segment) {
        return Ok(a_property(set, key, property));
    }
    let (name, inner) = parens(segment);
    if let Some(nav) = nav_of(model, ty, name) {
        let (parents, through) = (&set.parents, &set.through);
        let source = Source { kind: set.kind(), key: Some(key), parents, through };
        let template = format!("{}/{}", set.item_template(), nav.name);
        return of_nav(model, &source, nav, template, segment, inner);
    }
    if let Some((op, args)) = operation(model, ty, false, segment)? {
        return Ok(Target::Operation(Call { op, bound_to: Bound::Item(set, key), args }));
    }
    match cast(model, ty, segment) {
        Some(cast) => Ok(Target::Item(Set { cast: Some(cast), ..set }, key)),
        None => Err(none(segment)),
    }
}

/// A property of the type or, named without a cast, of one below it.
fn property_of<'m>(model: &'m Model, ty: &'m StructType, name: &str) -> Option<&'m Property> {
    ty.property(name)
        .or_else(|| ty.derived.iter().find_map(|below| model.ty(*below).property(name)))
}

/// The same for a navigation.
fn nav_of<'m>(model: &'m Model, ty: &'m StructType, name: &str) -> Option<&'m Navigation> {
    ty.nav(name).or_else(|| ty.derived.iter().find_map(|below| model.ty(*below).nav(name)))
}

fn a_property<'m>(set: Set<'m>, key: String, property: &'m Property) -> Target<'m> {
    let path = vec![property];
    let ty = property.ty;
    Target::Property(PropertyTarget { set, key, path, ty, count: false, value: false })
}

/// A property of the one entity that a navigation refers to.
fn of_link<'m>(model: &'m Model, link: Link<'m>, segment: &str) -> Result<Target<'m>, PathError> {
    let property = property_of(model, model.ty(link.nav.target), segment);
    let property = property.ok_or_else(|| none(segment))?;
    let (def, template) = (link.sets[0], link.template.clone());
    let through = link.through.clone();
    let set = Set { through, link: Some(link), ..own_set(def, Vec::new(), template) };
    // Which entity that is, its source says.
    Ok(a_property(set, String::new(), property))
}

/// What a navigation starts from.
struct Source<'a, 'm> {
    kind: &'m str,
    /// None for an entity without a key of its own.
    key: Option<String>,
    parents: &'a Parents<'m>,
    through: &'a Parents<'m>,
}

impl<'m> Source<'_, 'm> {
    /// The key of its record.
    fn id(&self) -> String {
        let above = self.parents.last().map_or(super::SINGLE, |(_, key)| key);
        self.key.clone().unwrap_or_else(|| above.to_owned())
    }

    /// The parents of what it contains.
    fn with_self(&self) -> Parents<'m> {
        let mut parents = self.parents.clone();
        parents.extend(self.key.clone().map(|key| (self.kind, key)));
        parents
    }
}

fn of_nav<'m>(
    model: &'m Model,
    source: &Source<'_, 'm>,
    nav: &'m Navigation,
    template: String,
    segment: &str,
    inner: Option<&str>,
) -> Result<Target<'m>, PathError> {
    let missing = || none(segment);
    if let Some(kind) = &nav.same_as {
        let def = model.one(kind).ok_or_else(missing)?;
        let through = [source.through.clone(), source.with_self()].concat();
        return Ok(Target::Singleton(One { def, parents: Vec::new(), through, template }));
    }
    let through = source.through.clone();
    if let Some(via) = &nav.via {
        let def = model.set(&via.set).ok_or_else(missing)?;
        let property = via.property.as_str();
        let via = ViaSet { from: source.kind, key: source.id(), nav: &nav.name, property };
        let set = Set { via: Some(via), through, ..own_set(def, Vec::new(), template) };
        return set_or_item(model, set, segment, inner);
    }
    if nav.refers() {
        let sets: Vec<&SetDef> = nav.links.iter().filter_map(|kind| model.set(kind)).collect();
        let def = *sets.first().ok_or_else(missing)?;
        let (from, key, parents) = (source.kind, source.id(), source.parents.clone());
        let link = Link { from, key, parents, through, nav, sets, template: template.clone() };
        if !nav.collection {
            return if inner.is_none() { Ok(Target::Linked(link)) } else { Err(missing()) };
        }
        let through = link.through.clone();
        let set = Set { link: Some(link), through, ..own_set(def, Vec::new(), template) };
        return set_or_item(model, set, segment, inner);
    }

    let kind = format!("{}/{}", source.kind, nav.name);
    if !nav.collection {
        let def = model.one(&kind).filter(|_| inner.is_none()).ok_or_else(missing)?;
        let parents = source.with_self();
        return Ok(Target::Singleton(One { def, parents, through, template }));
    }
    let nested = || source.kind.ends_with(&format!("/{}", nav.name));
    let found = model.set(&kind).or_else(|| model.set(source.kind).filter(|_| nested()));
    let def = found.filter(|_| nav.contained).ok_or_else(missing)?;
    let set = Set { through, ..own_set(def, source.with_self(), template) };
    set_or_item(model, set, segment, inner)
}

fn of_property<'m>(
    model: &'m Model,
    mut target: PropertyTarget<'m>,
    segment: &str,
) -> Result<Target<'m>, PathError> {
    if target.count || target.value {
        return Err(none(segment));
    }
    let ty = target.ty;
    if segment.eq_ignore_ascii_case("$count") && ty.collection {
        target.count = true;
        return Ok(Target::Property(target));
    }
    let scalar = matches!(ty.ty, Ty::Primitive(_) | Ty::Enum(_));
    if segment.eq_ignore_ascii_case("$value") && !ty.collection && scalar {
        target.value = ty.ty != Ty::Primitive(Primitive::Stream);
        return Ok(Target::Property(target));
    }
    match ty.ty {
        Ty::Struct(id) if !ty.collection => {
            let found = property_of(model, model.ty(id), segment);
            let property = found.ok_or_else(|| none(segment))?;
            target.path.push(property);
            target.ty = property.ty;
            Ok(Target::Property(target))
        }
        _ => Err(none(segment)),
    }
}

/// A segment that narrows to a derived type by its qualified name.
fn cast(model: &Model, ty: &StructType, segment: &str) -> Option<TypeId> {
    if !segment.contains('.') {
        return None;
    }
    model.type_below(ty, segment).map(|it| it.id)
}

type Found<'m> = (&'m Operation, Vec<(&'m str, Arg)>);

/// The operation of this name that is bound to the type (or a base of it, or one below it), with
/// its arguments.
fn operation<'m>(
    model: &'m Model,
    ty: &StructType,
    collection: bool,
    segment: &str,
) -> Result<Option<Found<'m>>, PathError> {
    let (name, inner) = parens(segment);
    let bound = |op: &Operation, fits: &dyn Fn(TypeId) -> bool| {
        op.binding.is_some_and(|it| match it.ty {
            Ty::Struct(id) => it.collection == collection && fits(id),
            _ => false,
        }) && (inner.is_none() || op.verb == Verb::Function)
    };
    let Some(named) = model.operation_names.get(&name.to_ascii_lowercase()) else {
        return Ok(None);
    };
    let named = || named.iter().filter_map(|index| model.operations().get(*index));
    let above = |id: TypeId| model.is_a(ty.id, id);
    let below = |id: TypeId| model.is_a(id, ty.id);
    let found =
        named().find(|op| bound(op, &above)).or_else(|| named().find(|op| bound(op, &below)));
    let Some(op) = found else { return Ok(None) };

    let mut args: Vec<(&str, Arg)> = Vec::new();
    for (name, arg) in arguments(segment, inner.unwrap_or_default())? {
        let malformed = |reason| PathError::Malformed { segment: short(segment), reason };
        let parameter = op.parameters.iter().find(|it| it.name.eq_ignore_ascii_case(&name));
        let parameter =
            parameter.ok_or_else(|| malformed("the function has no parameter of that name"))?;
        if args.iter().any(|(known, _)| *known == parameter.name) {
            return Err(malformed("an argument stands there twice"));
        }
        args.push((parameter.name.as_str(), arg));
    }
    let missing = |it: &&crate::model::Parameter| {
        !it.optional && !args.iter().any(|(name, _)| *name == it.name)
    };
    if op.verb == Verb::Function && op.parameters.iter().any(|it| missing(&it)) {
        return Err(PathError::Malformed {
            segment: short(segment),
            reason: "the function needs another argument",
        });
    }
    Ok(Some((op, args)))
}
