//! The typed model: enumerations, structured types, operations and sets of one version.
//!
//! Everything is resolved when the model is built: a type lists its inherited members too, every
//! set that containment makes reachable has its name and facts. Lookups by name are hashes.

use std::collections::HashMap;

use crate::{
    edm::{EnumId, Primitive, Ty, TypeId, TypeRef},
    facts::Facts,
};

/// All that one version of the API declares.
#[derive(Debug)]
pub struct Model {
    pub(crate) enums: Vec<EnumType>,
    pub(crate) types: Vec<StructType>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) singletons: Vec<Singleton>,
    pub(crate) sets: Vec<SetDef>,
    pub(crate) ones: Vec<SetDef>,
    pub(crate) enum_names: HashMap<String, EnumId>,
    pub(crate) type_names: HashMap<String, TypeId>,
    pub(crate) set_names: HashMap<String, usize>,
    pub(crate) one_names: HashMap<String, usize>,
    /// Operations by their names in lower case, qualified and not.
    pub(crate) operation_names: HashMap<String, Vec<usize>>,
    pub(crate) metadata: String,
    /// May `$` be left off the system query options?
    pub bare_options: bool,
}

/// An enumeration.
#[derive(Debug)]
pub struct EnumType {
    /// Qualified name.
    pub name: String,
    /// May several members be set at once?
    pub flags: bool,
    /// Members in the order of the schema.
    pub members: Vec<Member>,
    /// Are there members behind `unknownFutureValue`?
    pub evolved: bool,
    pub(crate) lookup: HashMap<String, usize>,
}

/// A member of an enumeration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name, as it stands in JSON.
    pub name: String,
    /// The number.
    pub value: i64,
    /// Is its number above that of `unknownFutureValue`? Then it is shown only to callers who ask.
    pub evolved: bool,
    /// Other names accepted on input.
    pub aliases: Vec<String>,
}

/// The sentinel that stands in for members a caller did not ask to see.
pub const UNKNOWN_FUTURE_VALUE: &str = "unknownFutureValue";

impl EnumType {
    /// A member by its name or an alias, in any case.
    pub fn member(&self, name: &str) -> Option<&Member> {
        let index = match self.lookup.get(name) {
            Some(index) => *index,
            None => *self.lookup.get(&name.to_ascii_lowercase())?,
        };
        self.members.get(index)
    }

    /// A member by its number.
    pub fn member_of_value(&self, value: i64) -> Option<&Member> {
        self.members.iter().find(|it| it.value == value)
    }
}

/// Entity or complex?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Has a key, lives in sets.
    Entity,
    /// A value inside an entity.
    Complex,
}

/// A structured type with everything it inherits.
#[derive(Debug)]
pub struct StructType {
    /// Its own id.
    pub id: TypeId,
    /// Qualified name, `microsoft.graph.security.alert`.
    pub name: String,
    /// The name on the wire, `#microsoft.graph.security.alert`.
    pub wire: String,
    /// Entity or complex?
    pub kind: Kind,
    /// The direct base.
    pub base: Option<TypeId>,
    /// Must a value be of a derived type?
    pub is_abstract: bool,
    /// May a value leave out its type all the same, as published examples do?
    pub type_optional: bool,
    /// May values have members the schema does not declare?
    pub open: bool,
    /// Names of the key properties, inherited or own.
    pub key: Vec<String>,
    /// All properties, those of the base first.
    pub properties: Vec<Property>,
    /// All navigation properties, those of the base first.
    pub navigation: Vec<Navigation>,
    /// Every type below this one, at any depth.
    pub derived: Vec<TypeId>,
    pub(crate) lookup: HashMap<String, usize>,
}

impl StructType {
    /// A property by its name, in any case.
    pub fn property(&self, name: &str) -> Option<&Property> {
        let index = match self.lookup.get(name) {
            Some(index) => *index,
            None => *self.lookup.get(&name.to_ascii_lowercase())?,
        };
        self.properties.get(index)
    }

    /// A property by its exact name.
    pub fn property_exact(&self, name: &str) -> Option<&Property> {
        self.property(name).filter(|it| it.name == name)
    }

    /// A navigation property by its name, in any case.
    pub fn nav(&self, name: &str) -> Option<&Navigation> {
        self.navigation.iter().find(|it| it.name.eq_ignore_ascii_case(name))
    }

    /// Can a value be of more than one type, so that it has to say which?
    pub fn is_polymorphic(&self) -> bool {
        !self.derived.is_empty()
    }

    /// The name without its namespace.
    pub fn short_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }
}

/// A structural property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// The name, as it stands in JSON.
    pub name: String,
    /// Its type.
    pub ty: TypeRef,
    /// Set by the service only?
    pub computed: bool,
    /// Settable at creation only?
    pub immutable: bool,
    /// Does a POST to the property's own path add items to it?
    pub append: bool,
    /// The value of a new entity that is sent without one.
    pub default: Option<serde_json::Value>,
    /// The longest text, in characters.
    pub max_length: Option<usize>,
    /// Must a complex value that is sent have it, with something in it?
    pub required: bool,
    /// What the value must lie between.
    pub range: Range,
    /// The type that declares it.
    pub declared_by: TypeId,
}

impl Property {
    /// Is it a media stream, read and written under its own path only?
    pub fn is_stream(&self) -> bool {
        self.ty.ty == Ty::Primitive(Primitive::Stream)
    }
}

/// A navigation property.
#[derive(Clone, Debug, PartialEq)]
pub struct Navigation {
    /// The name, as it stands in paths and JSON.
    pub name: String,
    /// The entity type at its end.
    pub target: TypeId,
    /// Does it lead to many?
    pub collection: bool,
    /// Do its targets live inside the source?
    pub contained: bool,
    /// When not contained: the targets are those entities whose property names the source.
    pub via: Option<Via>,
    /// When not contained: the kinds of the sets in which its targets live. References to them are
    /// kept with the source.
    pub links: Vec<String>,
    /// When it refers to many: the single-valued navigation of its targets that refers back. It is
    /// not kept itself, but has whatever refers to the source.
    pub inverse: Option<String>,
    /// When it only is another way to something: the kind of that.
    pub same_as: Option<String>,
    /// What its annotations say about the set it makes.
    pub facts: Facts,
    /// The type that declares it.
    pub declared_by: TypeId,
}

impl Navigation {
    /// Does it lead to entities that live elsewhere and are referred to?
    pub fn refers(&self) -> bool {
        !self.contained && !self.links.is_empty()
    }

    /// Are its targets a part of the source's own document? So it is when the schema has no set
    /// for such targets.
    pub fn embedded(&self) -> bool {
        !self.contained && self.links.is_empty() && self.via.is_none()
    }
}

/// How the targets of a navigation that is not contained are found: they are the entities of
/// `set` whose `property` is the source's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// The kind of the set that owns the targets, `security/alerts_v2`.
    pub set: String,
    /// The property there that holds the source's key, `incidentId`.
    pub property: String,
}

/// Action or function?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Changes something; called with POST.
    Action,
    /// Only reads; called with GET.
    Function,
}

/// An action or a function.
#[derive(Debug)]
pub struct Operation {
    /// Qualified name, `microsoft.graph.security.runHuntingQuery`.
    pub name: String,
    /// Name without its namespace.
    pub short: String,
    /// Action or function?
    pub verb: Verb,
    /// What it is called on; none when unbound.
    pub binding: Option<TypeRef>,
    /// The other parameters.
    pub parameters: Vec<Parameter>,
    /// What it answers; none for nothing.
    pub returns: Option<TypeRef>,
}

/// A parameter of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// Its type.
    pub ty: TypeRef,
    /// May it be left out?
    pub optional: bool,
    /// Must it hold something, not just be there?
    pub required: bool,
    /// What the value must lie between.
    pub range: Range,
}

/// What a number must lie between, or the number of items of a collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The least.
    pub least: Option<i64>,
    /// The most.
    pub most: Option<i64>,
}

/// A top-level entity that exists once.
#[derive(Debug)]
pub struct Singleton {
    /// Its path segment.
    pub name: String,
    /// Its type.
    pub ty: TypeId,
    /// When it only is another way to something: the kind of that.
    pub same_as: Option<String>,
}

/// A set of entities: a top-level one, or one that containment makes. Also the place of an entity
/// that exists once, at the top or within another one.
#[derive(Debug)]
pub struct SetDef {
    /// Its canonical path without keys, `security/incidents/correlations`.
    pub kind: String,
    /// The declared type of its entities.
    pub ty: TypeId,
    /// The kind of the set whose entities contain it.
    pub parent: Option<String>,
    /// What it allows.
    pub facts: Facts,
    /// Does it hold one entity only, without a key of its own in paths?
    pub single: bool,
}

impl Model {
    /// The enumeration of an id that this model gave out.
    pub fn enumeration(&self, id: EnumId) -> &EnumType {
        &self.enums[id.0 as usize]
    }

    /// The structured type of an id that this model gave out.
    pub fn ty(&self, id: TypeId) -> &StructType {
        &self.types[id.0 as usize]
    }

    /// An enumeration by its qualified name, exact or in any case.
    pub fn enum_named(&self, name: &str) -> Option<&EnumType> {
        let id =
            self.enum_names.get(name).or_else(|| self.enum_names.get(&name.to_ascii_lowercase()));
        id.map(|id| self.enumeration(*id))
    }

    /// A structured type by its qualified name, exact or in any case, with or without the `#` that
    /// names carry on the wire.
    pub fn type_named(&self, name: &str) -> Option<&StructType> {
        let name = name.strip_prefix('#').unwrap_or(name);
        let id =
            self.type_names.get(name).or_else(|| self.type_names.get(&name.to_ascii_lowercase()));
        id.map(|id| self.ty(*id))
    }

    /// The type of this name if it is `declared` or below it. Some published pages leave part of
    /// the namespace out (`#microsoft.graph.emailUrlThreatSubmission`): the last name is enough
    /// where it is clear.
    pub fn type_below<'m>(
        &'m self,
        declared: &'m StructType,
        name: &str,
    ) -> Option<&'m StructType> {
        let found = self.type_named(name).filter(|it| self.is_a(it.id, declared.id));
        found.or_else(|| {
            let short = name.rsplit('.').next()?;
            let mut all = std::iter::once(declared.id).chain(declared.derived.iter().copied());
            let of_graph = name.trim_start_matches('#').starts_with("microsoft.graph.");
            all.find(|id| of_graph && self.ty(*id).short_name().eq_ignore_ascii_case(short))
                .map(|id| self.ty(id))
        })
    }

    /// A set by its kind, exact.
    pub fn set(&self, kind: &str) -> Option<&SetDef> {
        self.set_names.get(kind).and_then(|index| self.sets.get(*index))
    }

    /// The place of an entity that exists once, by its kind, exact: `security/cases` or
    /// `security/cases/ediscoveryCases/settings`.
    pub fn one(&self, kind: &str) -> Option<&SetDef> {
        self.one_names.get(kind).and_then(|index| self.ones.get(*index))
    }

    /// Every such place, in the order of the schema.
    pub fn ones(&self) -> &[SetDef] {
        &self.ones
    }

    /// Every set, in the order of the schema.
    pub fn sets(&self) -> &[SetDef] {
        &self.sets
    }

    /// Every singleton.
    pub fn singletons(&self) -> &[Singleton] {
        &self.singletons
    }

    /// Every structured type.
    pub fn types(&self) -> &[StructType] {
        &self.types
    }

    /// Every enumeration.
    pub fn enums(&self) -> &[EnumType] {
        &self.enums
    }

    /// Every operation.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Is `derived` the same as `base` or below it?
    pub fn is_a(&self, derived: TypeId, base: TypeId) -> bool {
        derived == base || self.ty(base).derived.contains(&derived)
    }

    /// The qualified name of a type reference, `Collection(…)` included.
    pub fn type_text(&self, ty: TypeRef) -> String {
        let name = self.ty_text(ty.ty);
        if ty.collection { format!("Collection({name})") } else { name.to_owned() }
    }

    /// The qualified name of a type.
    pub fn ty_text(&self, ty: Ty) -> &str {
        match ty {
            Ty::Primitive(it) => it.as_str(),
            Ty::Enum(id) => &self.enumeration(id).name,
            Ty::Struct(id) => &self.ty(id).name,
            Ty::Untyped => "Edm.Untyped",
        }
    }

    /// The whole model as one CSDL document, as `$metadata` serves it.
    pub fn metadata_xml(&self) -> &str {
        &self.metadata
    }
}
