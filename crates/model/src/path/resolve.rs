//! The walk from segment to segment.

use super::{
    Arg, Bound, Call, One, PathError, PropertyTarget, Set, Target, ViaSet,
    segment::{arguments, checked_key, key_in_parens, parens, split},
};
use crate::{
    edm::{Primitive, Ty, TypeId},
    model::{Model, Navigation, Operation, StructType, Verb},
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
            Target::Property(property) => of_property(model, property, segment)?,
            Target::ServiceDocument
            | Target::Metadata
            | Target::Batch
            | Target::Count(_)
            | Target::Operation(_) => return Err(none(segment)),
        };
    }
    Ok(at)
}

fn none(segment: &str) -> PathError {
    PathError::NoSegment { segment: segment.to_owned() }
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
        if inner.is_some() {
            return Err(none(segment));
        }
        let template = format!("/{}", it.name);
        return Ok(Target::Singleton(One {
            kind: it.name.clone(),
            ty: it.ty,
            parent: None,
            template,
        }));
    }
    let top = model.sets().iter().find(|it| it.kind.eq_ignore_ascii_case(name));
    let def = top.ok_or_else(|| none(segment))?;
    let template = format!("/{}", def.kind);
    let set = Set { def, cast: None, parent: None, via: None, template };
    set_or_item(model, set, segment, inner)
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
    let ty = model.ty(one.ty);
    if let Some(nav) = ty.nav(name).filter(|nav| nav.contained) {
        let kind = format!("{}/{}", one.kind, nav.name);
        let template = format!("{}/{}", one.template, nav.name);
        if nav.collection {
            let def = model.set(&kind).ok_or_else(|| none(segment))?;
            let set = Set { def, cast: None, parent: one.parent, via: None, template };
            return set_or_item(model, set, segment, inner);
        }
        let below = One { kind, ty: nav.target, parent: one.parent, template };
        return Ok(Target::Singleton(below));
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
    if segment.starts_with('$') {
        return Err(none(segment));
    }
    let ty = model.ty(set.ty());
    if let Some((op, args)) = operation(model, ty, true, segment)? {
        return Ok(Target::Operation(Call { op, bound_to: Bound::Collection(set), args }));
    }
    if let Some(cast) = cast(model, ty, segment) {
        return Ok(Target::Collection(Set { cast: Some(cast), ..set }));
    }
    let key = checked_key(segment, segment.to_owned())?;
    Ok(Target::Item(set, key))
}

fn of_item<'m>(
    model: &'m Model,
    set: Set<'m>,
    key: String,
    segment: &str,
) -> Result<Target<'m>, PathError> {
    let ty = model.ty(set.ty());
    if let Some(property) = ty.property(segment) {
        let path = vec![property];
        return Ok(Target::Property(PropertyTarget {
            set,
            key,
            path,
            ty: property.ty,
            count: false,
            value: false,
        }));
    }
    let (name, inner) = parens(segment);
    if let Some(nav) = ty.nav(name) {
        return of_nav(model, &set, key, nav, segment, inner);
    }
    if let Some((op, args)) = operation(model, ty, false, segment)? {
        return Ok(Target::Operation(Call { op, bound_to: Bound::Item(set, key), args }));
    }
    match cast(model, ty, segment) {
        Some(cast) => Ok(Target::Item(Set { cast: Some(cast), ..set }, key)),
        None => Err(none(segment)),
    }
}

fn of_nav<'m>(
    model: &'m Model,
    set: &Set<'m>,
    key: String,
    nav: &'m Navigation,
    segment: &str,
    inner: Option<&str>,
) -> Result<Target<'m>, PathError> {
    let template = format!("{}/{{id}}/{}", set.template, nav.name);
    if let Some(via) = &nav.via {
        let def = model.set(&via.set).ok_or_else(|| none(segment))?;
        let via = ViaSet { from: set.kind(), key, nav: &nav.name, property: via.property.as_str() };
        let set = Set { def, cast: None, parent: None, via: Some(via), template };
        return set_or_item(model, set, segment, inner);
    }
    if !nav.contained {
        return Err(none(segment));
    }
    let kind = format!("{}/{}", set.kind(), nav.name);
    let parent = Some((set.kind(), key));
    if nav.collection {
        let def = model.set(&kind).ok_or_else(|| none(segment))?;
        let set = Set { def, cast: None, parent, via: None, template };
        return set_or_item(model, set, segment, inner);
    }
    Ok(Target::Singleton(One { kind, ty: nav.target, parent, template }))
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
    let scalar = match ty.ty {
        Ty::Primitive(it) => it != Primitive::Stream,
        Ty::Enum(_) => true,
        Ty::Struct(_) | Ty::Untyped => false,
    };
    if segment.eq_ignore_ascii_case("$value") && !ty.collection && scalar {
        target.value = true;
        return Ok(Target::Property(target));
    }
    match ty.ty {
        Ty::Struct(id) if !ty.collection => {
            let property = model.ty(id).property(segment).ok_or_else(|| none(segment))?;
            target.path.push(property);
            target.ty = property.ty;
            Ok(Target::Property(target))
        }
        _ => Err(none(segment)),
    }
}

/// A segment that narrows to a derived type by its qualified name.
fn cast(model: &Model, ty: &StructType, segment: &str) -> Option<TypeId> {
    let found = model.type_named(segment).filter(|_| segment.contains('.'))?;
    model.is_a(found.id, ty.id).then_some(found.id)
}

type Found<'m> = (&'m Operation, Vec<(&'m str, Arg)>);

/// The operation of this name that is bound to the type (or a base of it), with its arguments.
fn operation<'m>(
    model: &'m Model,
    ty: &StructType,
    collection: bool,
    segment: &str,
) -> Result<Option<Found<'m>>, PathError> {
    let (name, inner) = parens(segment);
    let fits = |op: &&Operation| {
        let named = op.short.eq_ignore_ascii_case(name) || op.name.eq_ignore_ascii_case(name);
        let bound = op.binding.is_some_and(|it| match it.ty {
            Ty::Struct(id) => it.collection == collection && model.is_a(ty.id, id),
            _ => false,
        });
        named && bound && (inner.is_none() || op.verb == Verb::Function)
    };
    let Some(op) = model.operations().iter().find(fits) else { return Ok(None) };

    let mut args = Vec::new();
    for (name, arg) in arguments(segment, inner.unwrap_or_default())? {
        let parameter = op.parameters.iter().find(|it| it.name.eq_ignore_ascii_case(&name));
        let parameter = parameter.ok_or_else(|| PathError::Malformed {
            segment: segment.to_owned(),
            reason: "the function has no parameter of that name",
        })?;
        args.push((parameter.name.as_str(), arg));
    }
    let missing = |it: &&crate::model::Parameter| {
        !it.optional && !args.iter().any(|(name, _)| *name == it.name)
    };
    if op.verb == Verb::Function && op.parameters.iter().any(|it| missing(&it)) {
        return Err(PathError::Malformed {
            segment: segment.to_owned(),
            reason: "the function needs another argument",
        });
    }
    Ok(Some((op, args)))
}

impl Call<'_> {
    /// The arguments with aliases replaced by what the query string says for them; an alias
    /// without a value is null.
    pub fn arguments(
        &self,
        other: &[(String, String)],
    ) -> Result<serde_json::Map<String, serde_json::Value>, PathError> {
        let mut out = serde_json::Map::new();
        for (name, arg) in &self.args {
            let value = match arg {
                Arg::Value(value) => value.clone(),
                Arg::Alias(alias) => {
                    let named = |(key, _): &&(String, String)| key.strip_prefix('@') == Some(alias);
                    match other.iter().find(named) {
                        None => serde_json::Value::Null,
                        Some((_, text)) => {
                            super::segment::literal(text.trim()).ok_or_else(|| {
                                PathError::Malformed {
                                    segment: format!("@{alias}"),
                                    reason: "a quote is not closed",
                                }
                            })?
                        }
                    }
                }
            };
            out.insert((*name).to_owned(), value);
        }
        Ok(out)
    }
}
