//! From a path to what it names: sets, items, properties, operations.
//!
//! Resolution walks the model segment by segment; no route is written by hand. Names match in any
//! case, keys come as a segment or in parentheses, operations with or without their namespace.
//! Access and existence are decided elsewhere: a resolved target only says that the schema has it.

mod arguments;
mod describe;
#[cfg(test)]
mod documented;
mod reference;
mod resolve;
mod segment;
mod templates;
#[cfg(test)]
mod tests;
mod ways;

pub use self::{reference::reference, resolve::resolve};

use crate::{
    code::Code,
    edm::{Primitive, Ty, TypeId, TypeRef},
    facts::Facts,
    model::{Navigation, Operation, Property, SetDef},
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
    /// An entity that exists once, at the top or within another one.
    Singleton(One<'m>),
    /// A set of entities.
    Collection(Set<'m>),
    /// `…/$count` of a set.
    Count(Set<'m>),
    /// `…/delta()` of a set: what has changed in it.
    Delta(Set<'m>),
    /// One entity of a set, by its key.
    Item(Set<'m>, String),
    /// The one entity that a single-valued navigation refers to.
    Linked(Link<'m>),
    /// `…/$ref`: references instead of the entities they lead to.
    Ref(Ref<'m>),
    /// A property of an entity.
    Property(PropertyTarget<'m>),
    /// An action or function and what it is called on.
    Operation(Call<'m>),
}

/// The entities that a path goes through, each the kind of its set and its key, the outermost
/// first.
pub type Parents<'m> = Vec<(&'m str, String)>;

/// An entity that has no key of its own: a singleton, or what a single-valued navigation contains.
#[derive(Clone, Debug)]
pub struct One<'m> {
    /// What the schema says of its place.
    pub def: &'m SetDef,
    /// The entities that contain it.
    pub parents: Parents<'m>,
    /// The entities that the path went through before it came to what is kept elsewhere: not its
    /// parents, but they must be there.
    pub through: Parents<'m>,
    template: String,
}

impl<'m> One<'m> {
    /// Canonical path without keys, `security/cases/ediscoveryCases/settings`: the store's kind.
    pub fn kind(&self) -> &'m str {
        &self.def.kind
    }

    /// Its type.
    pub fn ty(&self) -> TypeId {
        self.def.ty
    }

    /// What it allows.
    pub fn facts(&self) -> &'m Facts {
        &self.def.facts
    }

    /// The entity that contains it, if any does.
    pub fn parent(&self) -> Option<&(&'m str, String)> {
        self.parents.last()
    }

    /// The id of its record: the key of what contains it, for there is one of its kind in each.
    pub fn id(&self) -> &str {
        self.parent().map_or(SINGLE, |(_, key)| key)
    }
}

/// The set of people, and the key in it that means the caller: `/me` is `/users/me`.
pub const ME: (&str, &str) = ("users", "me");

/// The id of the record of an entity that exists once for everybody.
pub const SINGLE: &str = "default";

/// A set as reached by one path.
#[derive(Clone, Debug)]
pub struct Set<'m> {
    /// What the schema says of it.
    pub def: &'m SetDef,
    /// The type a cast segment narrows it to.
    pub cast: Option<TypeId>,
    /// The entities that contain it.
    pub parents: Parents<'m>,
    /// As for [`One::through`].
    pub through: Parents<'m>,
    /// When reached through a navigation that is not contained: the condition that makes.
    pub via: Option<ViaSet<'m>>,
    /// When reached through a navigation whose references are kept: where those stand. Targets
    /// may live in any of its sets, of which `def` is the first.
    pub link: Option<Link<'m>>,
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

/// A navigation whose references are kept, and the entity it starts from.
#[derive(Clone, Debug)]
pub struct Link<'m> {
    /// The kind of the source.
    pub from: &'m str,
    /// The key of the source.
    pub key: String,
    /// The entities that contain the source; none are known when it was reached by a reference.
    pub parents: Parents<'m>,
    /// As for [`One::through`].
    pub through: Parents<'m>,
    /// The navigation.
    pub nav: &'m Navigation,
    /// The sets in which its targets live; never empty.
    pub sets: Vec<&'m SetDef>,
    template: String,
}

/// `…/$ref` of a navigation.
#[derive(Clone, Debug)]
pub struct Ref<'m> {
    /// Where the references stand.
    pub link: Link<'m>,
    /// The key of the target that is meant, when the path has it.
    pub key: Option<String>,
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

    /// The entity that contains it, if any does.
    pub fn parent(&self) -> Option<&(&'m str, String)> {
        self.parents.last()
    }
}

/// A property of one entity.
#[derive(Clone, Debug)]
pub struct PropertyTarget<'m> {
    /// Where the entity is; a single place when it has no key of its own.
    pub set: Set<'m>,
    /// Its key, or [`One::id`].
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

    /// Is it a media stream, whose value is bytes?
    pub fn is_stream(&self) -> bool {
        self.ty.ty == Ty::Primitive(Primitive::Stream)
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
    /// An entity without a key of its own.
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
        /// The segment as decoded, its start when it is long.
        segment: String,
    },
    /// A key or an argument list that cannot be read.
    #[error("the segment '{segment}' is not well formed: {reason}")]
    Malformed {
        /// The segment as decoded, its start when it is long.
        segment: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// An argument that is not what its function takes.
    #[error("the argument '{name}' is not valid: {reason}")]
    Argument {
        /// The parameter.
        name: String,
        /// What is wrong.
        reason: String,
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
            PathError::Malformed { .. }
            | PathError::Argument { .. }
            | PathError::TooLong { .. } => Code::BadRequest,
        }
    }
}
