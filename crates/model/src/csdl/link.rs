//! Resolves names and builds structured types and operations from their elements.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    CsdlError, Item,
    annotation::{self, Annotations},
};
use crate::{
    edm::{EnumId, Primitive, Ty, TypeId, TypeRef},
    model::{Kind, Model, Navigation, Operation, Parameter, Property, StructType, Verb},
    text::near,
};

/// Every declared name, and the element that declares it.
#[derive(Default)]
pub(super) struct Names<'x> {
    pub(super) aliases: Vec<(&'x str, &'x str)>,
    pub(super) enums: Vec<Item<'x>>,
    pub(super) types: Vec<Item<'x>>,
    pub(super) enum_ids: HashMap<String, EnumId>,
    pub(super) type_ids: HashMap<String, TypeId>,
}

impl<'x> Names<'x> {
    /// An alias means the same namespace in every file, so that the files can be merged.
    pub(super) fn alias(
        &mut self,
        head: Item<'x>,
        alias: &'x str,
        namespace: &'x str,
    ) -> Result<(), CsdlError> {
        match self.aliases.iter().find(|(a, n)| *a == alias || *n == namespace) {
            Some(known) if *known == (alias, namespace) => Ok(()),
            Some((a, n)) => Err(head.error(format!("elsewhere the alias of '{n}' is '{a}'"))),
            None => {
                self.aliases.push((alias, namespace));
                Ok(())
            }
        }
    }

    pub(super) fn add_enum(&mut self, name: String, item: Item<'x>) -> Result<(), CsdlError> {
        self.unused(&name, item)?;
        self.enum_ids.insert(name, EnumId(self.enums.len() as u32));
        self.enums.push(item);
        Ok(())
    }

    pub(super) fn add_type(&mut self, name: String, item: Item<'x>) -> Result<(), CsdlError> {
        self.unused(&name, item)?;
        self.type_ids.insert(name, TypeId(self.types.len() as u32));
        self.types.push(item);
        Ok(())
    }

    fn unused(&self, name: &str, item: Item<'x>) -> Result<(), CsdlError> {
        if self.enum_ids.contains_key(name) || self.type_ids.contains_key(name) {
            return Err(item.error(format!("'{name}' is declared twice")));
        }
        Ok(())
    }

    /// The qualified name with its alias replaced by the namespace.
    pub(super) fn resolve(&self, name: &str) -> String {
        if let Some((prefix, last)) = name.rsplit_once('.')
            && let Some((_, namespace)) = self.aliases.iter().find(|(alias, _)| *alias == prefix)
        {
            return format!("{namespace}.{last}");
        }
        name.to_owned()
    }

    /// A structured type by the name an element uses for it.
    pub(super) fn structured(&self, item: Item<'x>, name: &str) -> Result<TypeId, CsdlError> {
        let qualified = self.resolve(name);
        let found = self.type_ids.get(&qualified).copied();
        found.ok_or_else(|| {
            let declared = self.type_ids.keys().chain(self.enum_ids.keys()).map(String::as_str);
            let near = near(&qualified, declared.chain(Primitive::names()));
            item.error(format!("there is no type '{qualified}'{near}"))
        })
    }

    /// The type an element's `Type` (and `Nullable`) attribute says.
    pub(super) fn type_ref(&self, item: Item<'x>) -> Result<TypeRef, CsdlError> {
        let text = item.need("Type")?;
        let inner = text.strip_prefix("Collection(").and_then(|it| it.strip_suffix(')'));
        let name = inner.unwrap_or(text);
        let nullable = item.flag("Nullable", true)?;
        let ty = if name == "Edm.Untyped" {
            Ty::Untyped
        } else if let Some(primitive) = Primitive::parse(name) {
            Ty::Primitive(primitive)
        } else if let Some(id) = self.enum_ids.get(&self.resolve(name)) {
            Ty::Enum(*id)
        } else {
            Ty::Struct(self.structured(item, name)?)
        };
        Ok(TypeRef { ty, collection: inner.is_some(), nullable })
    }
}

/// What a type declares itself, before inheritance.
struct Own {
    name: String,
    kind: Kind,
    base: Option<TypeId>,
    is_abstract: bool,
    type_optional: bool,
    open: bool,
    key: Vec<String>,
    properties: Vec<Property>,
    navigation: Vec<Navigation>,
}

/// Builds every structured type into the model.
pub(super) fn types<'x>(
    model: &mut Model,
    names: &Names<'x>,
    annotations: &Annotations<'x>,
) -> Result<(), CsdlError> {
    let mut own = Vec::with_capacity(names.types.len());
    for (index, item) in names.types.iter().enumerate() {
        own.push(own_part(TypeId(index as u32), *item, names, annotations)?);
    }
    for index in 0..own.len() {
        model.types.push(inherit(TypeId(index as u32), &own, names)?);
    }
    for id in (0..own.len() as u32).map(TypeId) {
        let mut above = own[id.0 as usize].base;
        while let Some(base) = above {
            model.types[base.0 as usize].derived.push(id);
            above = own[base.0 as usize].base;
        }
    }
    Ok(())
}

fn own_part<'x>(
    id: TypeId,
    item: Item<'x>,
    names: &Names<'x>,
    annotations: &Annotations<'x>,
) -> Result<Own, CsdlError> {
    let name = item.qualified()?;
    let base = item.attr("BaseType").map(|it| names.structured(item, it)).transpose()?;
    let mut properties = Vec::new();
    for node in item.children("Property") {
        let member = node.need("Name")?;
        let notes = annotations.about(node, &name, member);
        let ty = names.type_ref(node)?;
        properties.push(Property {
            name: member.to_owned(),
            ty,
            computed: annotation::is_set(&notes, "Org.OData.Core.V1.Computed"),
            immutable: annotation::is_set(&notes, "Org.OData.Core.V1.Immutable"),
            append: annotation::is_set(&notes, "yagura.Append"),
            default: node.attr("DefaultValue").map(|text| default_value(ty, text)),
            max_length: max_length(node)?,
            required: annotation::is_set(&notes, REQUIRED),
            range: annotation::range(&notes)?,
            declared_by: id,
        });
    }
    let mut navigation = Vec::new();
    for node in item.children("NavigationProperty") {
        let member = node.need("Name")?;
        let notes = annotations.about(node, &name, member);
        let ty = names.type_ref(node)?;
        let Ty::Struct(target) = ty.ty else {
            return Err(node.error("a navigation leads to an entity type"));
        };
        navigation.push(Navigation {
            name: member.to_owned(),
            target,
            collection: ty.collection,
            contained: node.flag("ContainsTarget", false)?,
            via: annotation::via(&notes)?,
            links: annotation::texts(&notes, "yagura.Links"),
            inverse: annotation::text(&notes, "yagura.Inverse")?,
            same_as: annotation::text(&notes, "yagura.SameAs")?,
            facts: annotation::facts(&notes)?,
            declared_by: id,
        });
    }
    let key = item.children("Key").flat_map(|it| it.children("PropertyRef"));
    Ok(Own {
        kind: if item.node.tag_name().name() == "EntityType" {
            Kind::Entity
        } else {
            Kind::Complex
        },
        base,
        is_abstract: item.flag("Abstract", false)?,
        type_optional: annotation::is_set(
            &item.children("Annotation").collect::<Vec<_>>(),
            "yagura.TypeOptional",
        ),
        open: item.flag("OpenType", false)?,
        key: key.map(|it| it.need("Name").map(str::to_owned)).collect::<Result<_, _>>()?,
        properties,
        navigation,
        name,
    })
}

/// Numbers and truth values as such, everything else as text.
fn default_value(ty: TypeRef, text: &str) -> Value {
    let plain = match ty.ty {
        Ty::Primitive(it) => it.is_number() || it == Primitive::Boolean,
        Ty::Enum(_) | Ty::Struct(_) | Ty::Untyped => false,
    };
    let scalar = if plain { serde_json::from_str(text).ok() } else { None };
    scalar.unwrap_or_else(|| Value::from(text))
}

fn max_length(node: Item<'_>) -> Result<Option<usize>, CsdlError> {
    let Some(text) = node.attr("MaxLength").filter(|it| *it != "max") else { return Ok(None) };
    text.parse().map(Some).map_err(|_| node.error(format!("'{text}' is not a length")))
}

/// A type with everything from its bases, the farthest base first.
fn inherit(id: TypeId, own: &[Own], names: &Names<'_>) -> Result<StructType, CsdlError> {
    let item = names.types[id.0 as usize];
    let mut chain = vec![id];
    let mut at = id;
    while let Some(base) = own[at.0 as usize].base {
        if chain.contains(&base) {
            return Err(item.error("is its own base"));
        }
        chain.push(base);
        at = base;
    }

    let this = &own[id.0 as usize];
    let mut it = StructType {
        id,
        name: this.name.clone(),
        wire: format!("#{}", this.name),
        kind: this.kind,
        base: this.base,
        is_abstract: this.is_abstract,
        type_optional: this.type_optional,
        open: false,
        key: Vec::new(),
        properties: Vec::new(),
        navigation: Vec::new(),
        derived: Vec::new(),
        lookup: HashMap::new(),
    };
    for part in chain.iter().rev().map(|id| &own[id.0 as usize]) {
        it.open |= part.open;
        it.key.extend(part.key.iter().cloned());
        it.properties.extend(part.properties.iter().cloned());
        it.navigation.extend(part.navigation.iter().cloned());
    }
    for (index, property) in it.properties.iter().enumerate() {
        if it.lookup.insert(property.name.clone(), index).is_some() {
            return Err(item.error(format!("two properties are named '{}'", property.name)));
        }
    }
    for (index, property) in it.properties.iter().enumerate() {
        it.lookup.entry(property.name.to_ascii_lowercase()).or_insert(index);
    }
    Ok(it)
}

/// Builds an action or a function.
pub(super) fn operation<'x>(item: Item<'x>, names: &Names<'x>) -> Result<Operation, CsdlError> {
    let mut parameters = item.children("Parameter").map(|node| {
        let notes: Vec<_> = node.children("Annotation").collect();
        Ok(Parameter {
            name: node.need("Name")?.to_owned(),
            ty: names.type_ref(node)?,
            optional: annotation::is_set(&notes, OPTIONAL),
            required: annotation::is_set(&notes, REQUIRED),
            range: annotation::range(&notes)?,
        })
    });
    let binding = if item.flag("IsBound", false)? {
        match parameters.next() {
            Some(first) => Some(first?.ty),
            None => return Err(item.error("is bound, but has no parameter to be bound to")),
        }
    } else {
        None
    };
    Ok(Operation {
        name: item.qualified()?,
        short: item.need("Name")?.to_owned(),
        verb: if item.node.tag_name().name() == "Action" { Verb::Action } else { Verb::Function },
        binding,
        parameters: parameters.collect::<Result<_, CsdlError>>()?,
        returns: item.children("ReturnType").next().map(|it| names.type_ref(it)).transpose()?,
    })
}

const REQUIRED: &str = "yagura.Required";
const OPTIONAL: &str = "Org.OData.Core.V1.OptionalParameter";
