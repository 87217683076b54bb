//! The entities that a path goes through.

use super::{Bound, ME, Parents, Target};

impl<'m> Target<'m> {
    /// The entities that the path goes through without being contained in them, the outermost
    /// first.
    pub fn through(&self) -> &[(&'m str, String)] {
        match self {
            Target::Singleton(one) => &one.through,
            Target::Linked(link) => &link.through,
            Target::Ref(it) => &it.link.through,
            Target::Operation(call) => match &call.bound_to {
                Bound::Singleton(one) => &one.through,
                _ => self.set().map_or(&[], |set| &set.through),
            },
            _ => self.set().map_or(&[], |set| &set.through),
        }
    }

    /// Puts a person's key in the place of `me`; false where it stands there and there is none.
    pub fn settle(&mut self, person: Option<&str>) -> bool {
        let mut settled = true;
        for ways in self.ways() {
            for (kind, key) in ways {
                if (*kind, key.as_str()) != ME {
                    continue;
                }
                match person {
                    Some(person) => person.clone_into(key),
                    None => settled = false,
                }
            }
        }
        settled
    }

    /// Every list of entities that the path goes through.
    fn ways(&mut self) -> Vec<&mut Parents<'m>> {
        let set = match self {
            Target::Collection(set)
            | Target::Count(set)
            | Target::Delta(set)
            | Target::Item(set, _) => set,
            Target::Property(it) => &mut it.set,
            Target::Singleton(one) => return vec![&mut one.parents, &mut one.through],
            Target::Linked(link) => return vec![&mut link.parents, &mut link.through],
            Target::Ref(it) => return vec![&mut it.link.parents, &mut it.link.through],
            Target::Operation(call) => match &mut call.bound_to {
                Bound::Collection(set) | Bound::Item(set, _) => set,
                Bound::Singleton(one) => return vec![&mut one.parents, &mut one.through],
                Bound::Unbound => return Vec::new(),
            },
            Target::ServiceDocument | Target::Metadata | Target::Batch => return Vec::new(),
        };
        let mut ways = vec![&mut set.parents, &mut set.through];
        ways.extend(set.link.iter_mut().flat_map(|it| [&mut it.parents, &mut it.through]));
        ways
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::{Version, graph, path::resolve};

    #[test]
    fn what_belongs_to_everybody_is_reached_through_a_person() {
        let model = graph(Version::Beta);
        for path in [
            "/me/informationProtection/policy/labels/1/name",
            "/users/me/security/informationProtection/labelPolicySettings",
            "/me/security/informationProtection/sensitivityLabels/extractContentLabel",
            "/me/security/informationProtection/sensitivityLabels/$count",
        ] {
            let mut target = resolve(model, path).unwrap();
            assert_eq!(target.through(), [("users", "me".to_owned())], "{path}");
            assert!(!target.clone().settle(None), "{path}");
            assert!(target.settle(Some("ada")), "{path}");
            assert_eq!(target.through(), [("users", "ada".to_owned())], "{path}");
            assert!(target.template().starts_with("/users/{id}/"), "{path}");
        }
        let mut target = resolve(model, "/security/alerts_v2/me").unwrap();
        assert!(target.settle(None) && target.through().is_empty());
    }

    #[test]
    fn a_property_of_what_is_referred_to() {
        let model = graph(Version::V1);
        let simulation = "/security/attackSimulation/simulations";
        let target = resolve(model, &format!("{simulation}/7/payload/displayName")).unwrap();
        let template = "/security/attackSimulation/simulations/{id}/payload/displayName";
        assert_eq!(target.template(), template);
        assert_eq!(
            target.context(model),
            "#security/attackSimulation/simulations('7')/payload/displayName"
        );
        assert!(target.allows("GET") && !target.allows("PUT") && !target.allows("DELETE"));
        assert!(resolve(model, &format!("{simulation}/7/payload/nothing")).is_err());
    }
}
