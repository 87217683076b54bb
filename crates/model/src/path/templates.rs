//! The other direction: every template that the model can give.
//!
//! For tests that walk the whole API and for tools that list it. Only the segments that the schema
//! makes stand here; members of complex values are left out below the first level.

use crate::{
    edm::{Ty, TypeId},
    model::Model,
};

impl Model {
    /// Every template, in the order of the schema: sets, items, counts, properties of items,
    /// navigations and operations. Each resolves (with any key in place of `{id}`) to a target
    /// with that template; a function's required arguments have to be added.
    pub fn templates(&self) -> impl Iterator<Item = String> {
        let mut out = vec!["/".to_owned(), "/$metadata".to_owned(), "/$batch".to_owned()];
        for singleton in self.singletons() {
            let path = format!("/{}", singleton.name);
            self.below_one(&mut out, &path, singleton.ty, &mut vec![singleton.ty]);
        }
        for set in self.sets().iter().filter(|it| !it.kind.contains('/')) {
            let path = format!("/{}", set.kind);
            self.below_set(&mut out, &path, set.ty, &mut vec![set.ty]);
        }
        out.into_iter()
    }

    fn below_one(&self, out: &mut Vec<String>, path: &str, id: TypeId, trail: &mut Vec<TypeId>) {
        out.push(path.to_owned());
        self.operations_of(out, path, id, false);
        self.navigations_of(out, path, id, trail);
    }

    fn below_set(&self, out: &mut Vec<String>, path: &str, id: TypeId, trail: &mut Vec<TypeId>) {
        out.push(path.to_owned());
        out.push(format!("{path}/$count"));
        self.operations_of(out, path, id, true);
        let item = format!("{path}/{{id}}");
        out.push(item.clone());
        self.operations_of(out, &item, id, false);
        for property in &self.ty(id).properties {
            let path = format!("{item}/{}", property.name);
            if property.ty.collection {
                out.push(format!("{path}/$count"));
            } else if !matches!(property.ty.ty, Ty::Struct(_)) {
                out.push(format!("{path}/$value"));
            }
            out.push(path);
        }
        self.navigations_of(out, &item, id, trail);
    }

    fn navigations_of(
        &self,
        out: &mut Vec<String>,
        path: &str,
        id: TypeId,
        trail: &mut Vec<TypeId>,
    ) {
        for nav in &self.ty(id).navigation {
            let reachable = nav.contained || nav.via.is_some();
            if !reachable || trail.contains(&nav.target) {
                continue;
            }
            let path = format!("{path}/{}", nav.name);
            trail.push(nav.target);
            if nav.collection {
                self.below_set(out, &path, nav.target, trail);
            } else {
                self.below_one(out, &path, nav.target, trail);
            }
            trail.pop();
        }
    }

    fn operations_of(&self, out: &mut Vec<String>, path: &str, id: TypeId, collection: bool) {
        for op in self.operations() {
            let bound = op.binding.is_some_and(|it| match it.ty {
                Ty::Struct(to) => it.collection == collection && self.is_a(id, to),
                _ => false,
            });
            if bound {
                out.push(format!("{path}/{}", op.short));
            }
        }
    }
}
