//! The other direction: every template that the model can give.
//!
//! For tests that walk the whole API and for tools that list it. Only the segments that the schema
//! makes stand here; members of complex values are left out below the first level.

use crate::{
    edm::{Ty, TypeId},
    model::{Model, Navigation},
};

/// A way is not followed through a type more often than this: below, everything repeats.
const MOST_OFTEN: usize = 2;

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
        self.members_of(out, path, id);
        self.operations_of(out, path, id, false);
        self.navigations_of(out, path, id, trail);
    }

    fn below_set(&self, out: &mut Vec<String>, path: &str, id: TypeId, trail: &mut Vec<TypeId>) {
        out.push(path.to_owned());
        out.push(format!("{path}/$count"));
        if !path.contains("{id}") {
            out.push(format!("{path}/delta"));
        }
        self.operations_of(out, path, id, true);
        let item = format!("{path}/{{id}}");
        out.push(item.clone());
        self.members_of(out, &item, id);
        self.operations_of(out, &item, id, false);
        self.navigations_of(out, &item, id, trail);
    }

    fn members_of(&self, out: &mut Vec<String>, item: &str, id: TypeId) {
        for property in &self.ty(id).properties {
            let path = format!("{item}/{}", property.name);
            if property.ty.collection {
                out.push(format!("{path}/$count"));
            } else if !property.is_stream() && !matches!(property.ty.ty, Ty::Struct(_)) {
                out.push(format!("{path}/$value"));
            }
            out.push(path);
        }
    }

    fn navigations_of(
        &self,
        out: &mut Vec<String>,
        path: &str,
        id: TypeId,
        trail: &mut Vec<TypeId>,
    ) {
        let ty = self.ty(id);
        let below = ty.derived.iter().flat_map(|id| {
            let derived = self.ty(*id);
            derived.navigation.iter().filter(|nav| nav.declared_by == derived.id)
        });
        let mut seen: Vec<&str> = Vec::new();
        for nav in ty.navigation.iter().chain(below) {
            let known = seen.contains(&nav.name.as_str());
            seen.push(&nav.name);
            if !known {
                self.navigation(out, &format!("{path}/{}", nav.name), nav, trail);
            }
        }
    }

    fn navigation(
        &self,
        out: &mut Vec<String>,
        path: &str,
        nav: &Navigation,
        trail: &mut Vec<TypeId>,
    ) {
        if nav.refers() {
            // What lies behind a reference is listed where it lives.
            out.push(path.to_owned());
            out.push(format!("{path}/$ref"));
            if nav.collection {
                out.push(format!("{path}/$count"));
                out.push(format!("{path}/{{id}}"));
                out.push(format!("{path}/{{id}}/$ref"));
            }
            return;
        }
        if nav.embedded() {
            out.extend((!nav.collection).then(|| path.to_owned()));
            return;
        }
        let reachable = nav.contained || nav.via.is_some();
        let often = trail.iter().filter(|it| **it == nav.target).count();
        let again = often > 0 && trail.last() != Some(&nav.target);
        if !reachable || again || often >= MOST_OFTEN {
            return;
        }
        trail.push(nav.target);
        if nav.collection {
            self.below_set(out, path, nav.target, trail);
        } else {
            self.below_one(out, path, nav.target, trail);
        }
        trail.pop();
    }

    fn operations_of(&self, out: &mut Vec<String>, path: &str, id: TypeId, collection: bool) {
        let mut seen: Vec<&str> = Vec::new();
        for op in self.operations() {
            let bound = op.binding.is_some_and(|it| match it.ty {
                Ty::Struct(to) => {
                    it.collection == collection && (self.is_a(id, to) || self.is_a(to, id))
                }
                _ => false,
            });
            if bound && !seen.contains(&op.short.as_str()) {
                seen.push(&op.short);
                out.push(format!("{path}/{}", op.short));
            }
        }
    }
}
