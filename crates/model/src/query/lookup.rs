//! Names of a path, member by member, to a checked [`PropertyPath`].
//!
//! Members of derived types may be named without a cast, and members of open types need not be
//! declared. Which properties may stand first is the set's fact.

use super::{
    PropertyPath, QueryError,
    bind::{Binder, Var},
    lex::chars,
    parse::Segment,
};
use crate::{
    edm::Ty,
    model::{Kind, Property, StructType},
    text::short,
};

impl Binder<'_> {
    /// Looks a path up, member by member.
    pub(super) fn path(&self, segments: &[Segment]) -> Result<PropertyPath, QueryError> {
        let mut out = PropertyPath {
            var: None,
            cast: Vec::new(),
            segments: Vec::new(),
            ty: Ty::Struct(self.ty),
            collection: false,
        };
        let mut rest = segments;
        if let Some((first, tail)) = segments.split_first() {
            let named = |var: &&Var| var.name.eq_ignore_ascii_case(&first.name);
            if let Some(var) = self.vars.iter().rev().find(named) {
                out.var = Some(var.name.clone());
                out.ty = var.ty;
                rest = tail;
            } else if first.name.eq_ignore_ascii_case("$it") {
                rest = tail;
            }
        }
        for (index, segment) in rest.iter().enumerate() {
            self.step(&mut out, segment, index + 1 == rest.len())?;
        }
        Ok(out)
    }

    fn step(
        &self,
        path: &mut PropertyPath,
        segment: &Segment,
        last: bool,
    ) -> Result<(), QueryError> {
        let missing = |ty: &str| QueryError::NoProperty {
            option: self.option,
            at: chars(self.text, segment.at),
            name: short(&segment.name),
            ty: ty.to_owned(),
        };
        let id = match path.ty {
            Ty::Struct(id) => id,
            Ty::Untyped if !path.collection => {
                path.segments.push(segment.name.clone());
                return Ok(());
            }
            other => return Err(missing(self.model.ty_text(other))),
        };
        let ty = self.model.ty(id);
        if segment.name.contains('.') {
            return self.cast(path, segment, ty);
        }
        if path.collection {
            let name = path.segments.join("/");
            let reason = format!("'{name}' is a collection; use any or all");
            return Err(self.mismatch(segment.at, reason));
        }

        let found = ty.property(&segment.name).or_else(|| {
            // A member of a derived type may be named without a cast; it is null elsewhere. Two
            // such types may mean different things by a name: a path that ends there means a
            // value, one that goes on means an object.
            let below =
                || ty.derived.iter().filter_map(|id| self.model.ty(*id).property(&segment.name));
            let fits = |it: &&Property| matches!(it.ty.ty, Ty::Struct(_)) != last;
            below().find(fits).or_else(|| below().next())
        });
        let first = path.var.is_none() && path.segments.is_empty();
        if let Some(property) = found {
            if first && !self.allowed.has(&property.name) {
                let name = property.name.clone();
                return Err(QueryError::NotSupported { option: self.option, name });
            }
            path.segments.push(property.name.clone());
            path.ty = property.ty.ty;
            path.collection = property.ty.collection;
        } else if let Some(nav) = ty.nav(&segment.name) {
            let name = nav.name.clone();
            return Err(QueryError::NotSupported { option: self.option, name });
        } else if ty.open {
            path.segments.push(segment.name.clone());
            path.ty = Ty::Untyped;
        } else {
            return Err(missing(&ty.name));
        }
        Ok(())
    }

    /// A type name in a path: where it narrows the entity, or the elements of a collection.
    fn cast(
        &self,
        path: &mut PropertyPath,
        segment: &Segment,
        ty: &StructType,
    ) -> Result<(), QueryError> {
        let Some(to) = self.model.type_below(ty, &segment.name) else {
            let name = short(&segment.name);
            let reason = format!("'{name}' is not a type below '{}'", ty.name);
            return Err(self.mismatch(segment.at, reason));
        };
        let at_start = path.segments.is_empty() && !path.collection;
        if !(at_start || path.collection) || !path.cast.is_empty() {
            return Err(self.syntax(segment.at, "a type name cannot stand here"));
        }
        if to.id == ty.id && ty.kind == Kind::Entity {
            return Ok(());
        }
        let types = std::iter::once(to.id).chain(to.derived.iter().copied());
        path.cast = types.map(|id| self.model.ty(id).wire.clone()).collect();
        path.ty = Ty::Struct(to.id);
        Ok(())
    }
}
