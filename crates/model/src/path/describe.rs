//! What a target is called and what it allows: its template, its context, its methods.

use std::fmt::Write as _;

use super::{Bound, Parents, Set, Target};
use crate::model::{Model, Verb};

impl<'m> Target<'m> {
    /// The normal form of the path, keys replaced by `{id}` and names in canonical case: the key
    /// of the permission table and the name in logs. Operations stand there unqualified, casts not
    /// at all.
    pub fn template(&self) -> String {
        match self {
            Target::ServiceDocument => "/".to_owned(),
            Target::Metadata => "/$metadata".to_owned(),
            Target::Batch => "/$batch".to_owned(),
            Target::Singleton(one) => one.template.clone(),
            Target::Collection(set) => set.template.clone(),
            Target::Count(set) => format!("{}/$count", set.template),
            Target::Delta(set) => format!("{}/delta", set.template),
            Target::Item(set, _) => set.item_template(),
            Target::Linked(link) => link.template.clone(),
            Target::Ref(it) => match it.key {
                Some(_) => format!("{}/{{id}}/$ref", it.link.template),
                None => format!("{}/$ref", it.link.template),
            },
            Target::Property(it) => {
                let mut text = it.set.item_template();
                for property in &it.path {
                    text.push('/');
                    text.push_str(&property.name);
                }
                if it.count {
                    text.push_str("/$count");
                }
                if it.value {
                    text.push_str("/$value");
                }
                text
            }
            Target::Operation(call) => {
                let on = match &call.bound_to {
                    Bound::Unbound => String::new(),
                    Bound::Singleton(one) => one.template.clone(),
                    Bound::Collection(set) => set.template.clone(),
                    Bound::Item(set, _) => set.item_template(),
                };
                format!("{on}/{}", call.op.short)
            }
        }
    }

    /// The set the target is in, or the one its operation is bound to.
    pub fn set(&self) -> Option<&Set<'m>> {
        match self {
            Target::Collection(set)
            | Target::Count(set)
            | Target::Delta(set)
            | Target::Item(set, _) => Some(set),
            Target::Property(it) => Some(&it.set),
            Target::Operation(call) => match &call.bound_to {
                Bound::Collection(set) | Bound::Item(set, _) => Some(set),
                Bound::Unbound | Bound::Singleton(_) => None,
            },
            Target::ServiceDocument
            | Target::Metadata
            | Target::Batch
            | Target::Singleton(_)
            | Target::Linked(_)
            | Target::Ref(_) => None,
        }
    }

    /// Has the schema this method (`GET`, `POST`, …) for the target? Whether it is served, and for
    /// whom, is a matter of the permission table.
    pub fn allows(&self, method: &str) -> bool {
        match self {
            Target::ServiceDocument | Target::Metadata => method == "GET",
            Target::Batch => method == "POST",
            Target::Singleton(one) => match method {
                "GET" => one.facts().readable,
                "PATCH" => one.facts().updatable,
                "POST" => one.facts().insertable,
                "DELETE" => one.facts().deletable,
                _ => false,
            },
            Target::Collection(set) => match method {
                "GET" => set.lists(),
                "POST" => set.owns() && set.facts().insertable,
                _ => false,
            },
            Target::Count(set) | Target::Delta(set) => method == "GET" && set.lists(),
            Target::Item(set, _) => match method {
                "GET" => set.reads(),
                "PATCH" => set.owns() && set.facts().updatable,
                "DELETE" => set.owns() && set.facts().deletable,
                _ => false,
            },
            Target::Linked(link) => method == "GET" && link.nav.facts.readable,
            Target::Ref(it) => match (&it.key, it.link.nav.collection) {
                (None, true) => matches!(method, "GET" | "POST" | "DELETE"),
                (None, false) => matches!(method, "GET" | "PUT" | "DELETE"),
                (Some(_), _) => method == "DELETE",
            },
            Target::Property(it) => {
                let changes = it.set.owns() && it.set.facts().updatable && it.is_stream();
                match method {
                    "GET" => it.set.def.single || it.set.reads(),
                    "POST" => it.property().append && it.path.len() == 1 && !it.count && !it.value,
                    "PUT" | "DELETE" => changes,
                    _ => false,
                }
            }
            Target::Operation(it) => match it.op.verb {
                Verb::Action => method == "POST",
                Verb::Function => method == "GET",
            },
        }
    }

    /// What follows `$metadata` in `@odata.context` of the answer to a GET (or a call), `#`
    /// included; empty for the service document.
    pub fn context(&self, model: &Model) -> String {
        match self {
            Target::ServiceDocument | Target::Metadata | Target::Batch => String::new(),
            Target::Singleton(one) => {
                let path = with_keys(&one.parents, one.kind());
                let entity = if one.parents.is_empty() { "" } else { "/$entity" };
                format!("#{path}{entity}")
            }
            Target::Collection(set) => format!("#{}", set.context_path()),
            Target::Delta(set) => format!("#{}/$delta", set.context_path()),
            Target::Count(_) => "#Edm.Int32".to_owned(),
            Target::Item(set, _) => format!("#{}/$entity", set.context_path()),
            Target::Linked(link) => format!("#{}/$entity", link.sets[0].kind),
            Target::Ref(it) if it.link.nav.collection && it.key.is_none() => {
                "#Collection($ref)".to_owned()
            }
            Target::Ref(_) => "#$ref".to_owned(),
            Target::Property(it) => {
                let path: Vec<&str> = it.path.iter().map(|it| it.name.as_str()).collect();
                let path = path.join("/");
                if let Some(link) = it.set.link.as_ref().filter(|link| !link.nav.collection) {
                    let source = with_keys(&link.parents, link.from);
                    return format!("#{source}('{}')/{}/{path}", quoted(&link.key), link.nav.name);
                }
                let entity = set_of_entity(&it.set);
                let key = if it.set.def.single {
                    String::new()
                } else {
                    format!("('{}')", quoted(&it.key))
                };
                format!("#{entity}{key}/{path}")
            }
            Target::Operation(call) => match call.op.returns {
                Some(ty) => format!("#{}", model.type_text(ty)),
                None => String::new(),
            },
        }
    }
}

impl Set<'_> {
    pub(super) fn item_template(&self) -> String {
        let one = self.link.as_ref().is_some_and(|link| !link.nav.collection);
        if self.def.single || one {
            self.template.clone()
        } else {
            format!("{}/{{id}}", self.template)
        }
    }

    /// Do its entities live here, so that they can be made and changed here?
    fn owns(&self) -> bool {
        self.via.is_none() && self.link.is_none()
    }

    fn lists(&self) -> bool {
        self.link
            .as_ref()
            .map_or(self.def.facts.listable || self.via.is_some(), |link| link.nav.facts.listable)
    }

    fn reads(&self) -> bool {
        self.link.as_ref().map_or(self.def.facts.readable, |link| link.nav.facts.readable)
    }

    /// The path of the set with the keys that lead to it, `security/incidents('7')/alerts`.
    fn context_path(&self) -> String {
        if let Some(via) = &self.via {
            return format!("{}('{}')/{}", via.from, quoted(&via.key), via.nav);
        }
        if let Some(link) = &self.link {
            let source = with_keys(&link.parents, link.from);
            return format!("{source}('{}')/{}", quoted(&link.key), link.nav.name);
        }
        with_keys(&self.parents, &self.def.kind)
    }
}

/// Entities reached by a navigation that is not contained belong to their own set.
fn set_of_entity(set: &Set<'_>) -> String {
    if set.owns() { set.context_path() } else { set.def.kind.clone() }
}

/// A kind with the keys of what contains it put in, `a/b('1')/c`.
fn with_keys(parents: &Parents<'_>, kind: &str) -> String {
    let mut out = String::new();
    let mut done = "";
    let step = |done: &str, kind: &str| {
        let rest = kind.strip_prefix(done).filter(|rest| !rest.is_empty()).map(str::to_owned);
        // The same kind again: a set that contains itself.
        rest.unwrap_or_else(|| format!("/{}", kind.rsplit('/').next().unwrap_or_default()))
    };
    for (above, key) in parents {
        out.push_str(&step(done, above));
        let _ = write!(out, "('{}')", quoted(key));
        done = above;
    }
    out.push_str(&step(done, kind));
    out
}

fn quoted(key: &str) -> String {
    key.replace('\'', "''")
}
