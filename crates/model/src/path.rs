//! From a path to what it names: sets, items, properties, operations.
//!
//! Resolution walks the model segment by segment; no route is written by hand. Names match in any
//! case, keys come as a segment or in parentheses, operations with or without their namespace.
//! Access and existence are decided elsewhere: a resolved target only says that the schema has it.

mod resolve;
mod segment;
mod templates;
#[cfg(test)]
mod tests;

pub use self::resolve::resolve;

use crate::{
    code::Code,
    edm::{TypeId, TypeRef},
    facts::Facts,
    model::{Model, Operation, Property, SetDef},
};

/// What a path names.
#[derive(Clone, Debug)]
pub enum Target<'m> {
    /// The root: the list of top-level sets and singletons.
    ServiceDocument,
    /// `/$metadata`.
    Metadata,
    /// `/$batch`.
    Batch,
    /// An entity that exists once, `/security`.
    Singleton(One<'m>),
    /// A set of entities.
    Collection(Set<'m>),
    /// `…/$count` of a set.
    Count(Set<'m>),
    /// One entity of a set, by its key.
    Item(Set<'m>, String),
    /// A property of an entity.
    Property(PropertyTarget<'m>),
    /// An action or function and what it is called on.
    Operation(Call<'m>),
}

/// A singleton, or an entity that a single-valued contained navigation leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct One<'m> {
    /// Canonical path without keys, `security`.
    pub kind: String,
    /// Its type.
    pub ty: TypeId,
    /// The entity that contains it: kind and key.
    pub parent: Option<(&'m str, String)>,
    template: String,
}

/// A set as reached by one path.
#[derive(Clone, Debug)]
pub struct Set<'m> {
    /// What the schema says of it.
    pub def: &'m SetDef,
    /// The type a cast segment narrows it to.
    pub cast: Option<TypeId>,
    /// For a contained set: kind and key of the entity that contains it.
    pub parent: Option<(&'m str, String)>,
    /// When reached through a navigation that is not contained: the condition that makes.
    pub via: Option<ViaSet<'m>>,
    template: String,
}

/// The condition of a set that is a selection of another: `property eq 'key'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViaSet<'m> {
    /// The kind of the set the path started from, `security/incidents`.
    pub from: &'m str,
    /// The key of the entity it started from.
    pub key: String,
    /// The navigation, `alerts`.
    pub nav: &'m str,
    /// The property of this set's entities that must equal the key, `incidentId`.
    pub property: &'m str,
}

impl<'m> Set<'m> {
    /// The canonical path without keys, `security/alerts_v2`: the store's kind.
    pub fn kind(&self) -> &'m str {
        &self.def.kind
    }

    /// The type of its entities, cast applied.
    pub fn ty(&self) -> TypeId {
        self.cast.unwrap_or(self.def.ty)
    }

    /// What it allows.
    pub fn facts(&self) -> &'m Facts {
        &self.def.facts
    }
}

/// A property of one entity.
#[derive(Clone, Debug)]
pub struct PropertyTarget<'m> {
    /// Where the entity is.
    pub set: Set<'m>,
    /// Its key.
    pub key: String,
    /// The properties passed through, the last one being meant.
    pub path: Vec<&'m Property>,
    /// The type of the last one.
    pub ty: TypeRef,
    /// Was `/$count` asked for?
    pub count: bool,
    /// Was `/$value` asked for?
    pub value: bool,
}

impl<'m> PropertyTarget<'m> {
    /// The property that is meant.
    pub fn property(&self) -> &'m Property {
        self.path.last().expect("a property target has at least one property")
    }
}

/// An operation with what it is called on.
#[derive(Clone, Debug)]
pub struct Call<'m> {
    /// The operation.
    pub op: &'m Operation,
    /// What it is bound to.
    pub bound_to: Bound<'m>,
    /// Arguments of a function, as the path has them.
    pub args: Vec<(&'m str, Arg)>,
}

/// What an operation is bound to.
#[derive(Clone, Debug)]
pub enum Bound<'m> {
    /// Nothing.
    Unbound,
    /// A singleton.
    Singleton(One<'m>),
    /// A set.
    Collection(Set<'m>),
    /// One entity of a set.
    Item(Set<'m>, String),
}

/// An argument in a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// Written out.
    Value(serde_json::Value),
    /// `@name`: stands in the query string under that name (the name without `@`).
    Alias(String),
}

/// Why a path names nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The schema has no such segment there.
    #[error("resource not found for the segment '{segment}'")]
    NoSegment {
        /// The segment as decoded.
        segment: String,
    },
    /// A key or an argument list that cannot be read.
    #[error("the segment '{segment}' is not well formed: {reason}")]
    Malformed {
        /// The segment as decoded.
        segment: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Too long or too many segments.
    #[error("the path is too long: {what} is at most {max}")]
    TooLong {
        /// What is limited.
        what: &'static str,
        /// The limit.
        max: usize,
    },
}

impl PathError {
    /// How callers see it.
    pub fn code(&self) -> Code {
        match self {
            PathError::NoSegment { .. } => Code::NotFound,
            PathError::Malformed { .. } | PathError::TooLong { .. } => Code::BadRequest,
        }
    }
}

impl<'m> Target<'m> {
    /// The normal form of the path, keys replaced by `{id}` and names in canonical case: the key
    /// of the permission table and the name in logs. Operations stand there unqualified.
    pub fn template(&self) -> String {
        match self {
            Target::ServiceDocument => "/".to_owned(),
            Target::Metadata => "/$metadata".to_owned(),
            Target::Batch => "/$batch".to_owned(),
            Target::Singleton(one) => one.template.clone(),
            Target::Collection(set) => set.template.clone(),
            Target::Count(set) => format!("{}/$count", set.template),
            Target::Item(set, _) => format!("{}/{{id}}", set.template),
            Target::Property(it) => {
                let mut text = format!("{}/{{id}}", it.set.template);
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
                    Bound::Item(set, _) => format!("{}/{{id}}", set.template),
                };
                format!("{on}/{}", call.op.short)
            }
        }
    }

    /// The set the target is in, or the one its operation is bound to.
    pub fn set(&self) -> Option<&Set<'m>> {
        match self {
            Target::Collection(set) | Target::Count(set) | Target::Item(set, _) => Some(set),
            Target::Property(it) => Some(&it.set),
            Target::Operation(call) => match &call.bound_to {
                Bound::Collection(set) | Bound::Item(set, _) => Some(set),
                Bound::Unbound | Bound::Singleton(_) => None,
            },
            Target::ServiceDocument | Target::Metadata | Target::Batch | Target::Singleton(_) => {
                None
            }
        }
    }

    /// What follows `$metadata` in `@odata.context` of the answer to a GET (or a call), `#`
    /// included; empty for the service document.
    pub fn context(&self, model: &Model) -> String {
        match self {
            Target::ServiceDocument | Target::Metadata | Target::Batch => String::new(),
            Target::Singleton(one) => format!("#{}", one.kind),
            Target::Collection(set) => format!("#{}", set.context_path()),
            Target::Count(_) => "#Edm.Int32".to_owned(),
            Target::Item(set, _) => format!("#{}/$entity", set.context_path()),
            Target::Property(it) => {
                let path: Vec<&str> = it.path.iter().map(|it| it.name.as_str()).collect();
                format!("#{}('{}')/{}", set_of_entity(&it.set), quoted(&it.key), path.join("/"))
            }
            Target::Operation(call) => match call.op.returns {
                Some(ty) => format!("#{}", model.type_text(ty)),
                None => String::new(),
            },
        }
    }
}

impl Set<'_> {
    /// The path of the set with the keys that lead to it, `security/incidents('7')/alerts`.
    fn context_path(&self) -> String {
        let tail = || self.def.kind.rsplit('/').next().unwrap_or_default();
        match (&self.via, &self.parent) {
            (Some(via), _) => format!("{}('{}')/{}", via.from, quoted(&via.key), via.nav),
            (None, Some((kind, key))) => format!("{kind}('{}')/{}", quoted(key), tail()),
            (None, None) => self.def.kind.clone(),
        }
    }
}

/// Entities reached by a navigation that is not contained belong to their own set.
fn set_of_entity(set: &Set<'_>) -> String {
    if set.via.is_some() { set.def.kind.clone() } else { set.context_path() }
}

fn quoted(key: &str) -> String {
    key.replace('\'', "''")
}
