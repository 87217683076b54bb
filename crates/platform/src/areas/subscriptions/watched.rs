//! What a subscription watches: a collection of the model, all of it or what a filter leaves, or
//! one of its entities.
//!
//! It is read the way a request for it is, so that it exists, takes the filter and needs the right
//! exactly as a request does.

use auth::{
    OpCx,
    context::Caller,
    policy::{Decision, policy},
};
use model::{
    Model, Version, graph,
    path::{self, Set, Target},
    query::Options,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use store::ListAsk;

use super::KIND;
use crate::{call::Prefer, fault::Fault, read::View};

/// Characters of keys that stand in a path as they are.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// Collections that have no log of their own.
const UNSEEN: [&str; 2] = [KIND, "users"];

/// A watched resource.
pub(super) struct Watched {
    version: Version,
    pub(super) model: &'static Model,
    set: Set<'static>,
    /// The one entity, when it is one.
    pub(super) key: Option<String>,
    pub(super) options: Options,
    pub(super) view: View,
    template: String,
}

impl Watched {
    /// Reads `/security/alerts_v2?$filter=…`, with or without the leading slash.
    pub(super) fn read(version: Version, resource: &str) -> Result<Self, Fault> {
        let refused = |reason: String| Fault::invalid("resource", reason);
        let model = graph(version);
        let (path, query) = resource.trim().split_once('?').unwrap_or((resource.trim(), ""));
        let target = path::resolve(model, path).map_err(|error| refused(error.to_string()))?;
        let template = target.template();
        let unfit = || refused(format!("'{template}' is not a collection that can be watched"));
        if !target.allows("GET") {
            return Err(unfit());
        }
        let (set, key) = match target {
            Target::Collection(set) => (set, None),
            Target::Item(set, key) => (set, Some(key)),
            _ => return Err(unfit()),
        };
        let top = set.parents.is_empty() && set.through.is_empty() && set.def.parent.is_none();
        let plain = set.via.is_none() && set.link.is_none() && !set.def.single;
        if !top || !plain || UNSEEN.contains(&set.kind()) {
            return Err(unfit());
        }
        let options = Options::parse(model, &set, query).map_err(|it| refused(it.to_string()))?;
        let Options { order_by, expand, other, top, skip, search, .. } = &options;
        let Options { skip_token, delta_token, id, count, .. } = &options;
        let fits = order_by.is_empty()
            && expand.is_empty()
            && other.is_empty()
            && (top, *skip, *count) == (&None, 0, false)
            && search.is_none()
            && [skip_token, delta_token, id] == [&None, &None, &None];
        if !fits || (key.is_some() && options.filter.is_some()) {
            return Err(refused("takes $filter, and $select with resource data".to_owned()));
        }
        let view = View::of_set(model, &set, &Prefer::default());
        Ok(Self { version, model, set, key, options, view, template })
    }

    /// Whether a caller may read it.
    pub(super) fn allow(&self, caller: &Caller) -> Result<(), Fault> {
        match policy().check(self.version.as_str(), "GET", &self.template, caller) {
            Decision::Allowed => Ok(()),
            Decision::Forbidden { needed } => Err(Fault::Forbidden { needed }),
            Decision::Unknown => Err(Fault::invalid("resource", "does not exist")),
        }
    }

    /// What to ask the store for to see it.
    pub(super) fn ask(&self, cx: &OpCx) -> Result<ListAsk, Fault> {
        let ask = self.view.ask(cx, &self.options)?;
        Ok(ListAsk { order: Vec::new(), skip: 0, ..ask })
    }

    /// The path of one of its entities, below the version.
    pub(super) fn path(&self, id: &str) -> String {
        format!("{}/{}", self.set.kind(), utf8_percent_encode(id, PLAIN))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn collections_with_a_filter_and_single_entities() {
        for (resource, kind, source, key) in [
            ("security/alerts_v2", "security/alerts_v2", "security/alerts_v2", None),
            ("/security/incidents/", "security/incidents", "security/incidents", None),
            ("/Security/Incidents/12", "security/incidents", "security/incidents", Some("12")),
            (
                "/security/alerts?$filter=status eq 'newAlert'",
                "security/alerts",
                "security/alerts_v2",
                None,
            ),
            (
                "security/alerts_v2?$filter=severity%20eq%20'high'&$select=id",
                "security/alerts_v2",
                "security/alerts_v2",
                None,
            ),
        ] {
            let it = Watched::read(Version::V1, resource).unwrap();
            assert_eq!((it.set.kind(), it.view.source), (kind, source), "{resource}");
            assert_eq!(it.key.as_deref(), key, "{resource}");
        }
        let it = Watched::read(Version::V1, "security/incidents").unwrap();
        assert_eq!(it.path("a b/c"), "security/incidents/a%20b%2Fc");
    }

    #[test]
    fn what_cannot_be_watched_is_refused() {
        for resource in [
            "",
            "/",
            "security",
            "subscriptions",
            "users",
            "security/nothing",
            "https://graph.microsoft.com/v1.0/security/alerts_v2",
            "v1.0/security/alerts_v2",
            "security/incidents/1/alerts",
            "security/alerts_v2/$count",
            "security/alerts_v2/1/title",
            "security/alerts_v2?$top=1",
            "security/alerts_v2?$filter=nothing eq 1",
            "security/alerts_v2?$filter=",
            "security/alerts_v2/1?$filter=status eq 'new'",
            "security/alerts_v2?hello=1",
            "security/collaboration/analyzedEmails?$orderby=id",
        ] {
            let Err(fault) = Watched::read(Version::V1, resource) else { panic!("{resource}") };
            assert!(fault.to_string().starts_with("resource: "), "{resource}: {fault}");
        }
    }
}
