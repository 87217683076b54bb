//! Reads CSDL files (OASIS CSDL XML 4.0) into a [`Model`].
//!
//! All files of a version are read together, so a type of one file may use types of another and
//! facts may stand in any file. The order of work: names first (so that references resolve), then
//! enumerations, annotations from outside, structured types with what they inherit, operations,
//! the container, and last the sets that containment makes.

mod annotation;
#[cfg(test)]
mod compare;
mod link;
mod merge;
mod mistakes;
mod sets;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod throw_away;

use std::collections::HashMap;

use roxmltree::{Document, Node};

use self::{annotation::Annotations, link::Names};
use crate::model::{EnumType, Member, Model, UNKNOWN_FUTURE_VALUE};

const EDM: &str = "http://docs.oasis-open.org/odata/ns/edm";

/// Why the files are not a model.
#[derive(Debug, thiserror::Error)]
pub enum CsdlError {
    /// Not well-formed XML.
    #[error("{file}: not well-formed")]
    Xml {
        /// The file.
        file: String,
        /// What the XML reader says.
        #[source]
        source: roxmltree::Error,
    },
    /// Well-formed, yet without sense.
    #[error("{place}: {what}")]
    Schema {
        /// The file and line, or the qualified name, it is about.
        place: String,
        /// What is wrong.
        what: String,
    },
}

/// An element of a schema with the file it came from.
#[derive(Clone, Copy)]
struct Item<'x> {
    file: &'x str,
    namespace: &'x str,
    node: Node<'x, 'x>,
}

impl<'x> Item<'x> {
    /// A child (or any node below) with this item's file and namespace.
    fn at(&self, node: Node<'x, 'x>) -> Item<'x> {
        Item { node, ..*self }
    }

    fn children(&self, name: &'static str) -> impl Iterator<Item = Item<'x>> + use<'x> {
        let it = *self;
        let named = move |node: &Node<'_, '_>| node.tag_name().name() == name;
        it.node.children().filter(Node::is_element).filter(named).map(move |node| it.at(node))
    }

    fn attr(&self, name: &str) -> Option<&'x str> {
        self.node.attribute(name)
    }

    fn need(&self, name: &str) -> Result<&'x str, CsdlError> {
        self.attr(name).ok_or_else(|| self.error(format!("needs the attribute {name}")))
    }

    fn flag(&self, name: &str, default: bool) -> Result<bool, CsdlError> {
        match self.attr(name) {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => Err(self.error(format!("{name} is true or false, not '{other}'"))),
        }
    }

    fn qualified(&self) -> Result<String, CsdlError> {
        Ok(format!("{}.{}", self.namespace, self.need("Name")?))
    }

    fn error(&self, what: impl Into<String>) -> CsdlError {
        let line = self.node.document().text_pos_at(self.node.range().start).row;
        let tag = self.node.tag_name().name();
        CsdlError::Schema { place: format!("{}:{line} <{tag}>", self.file), what: what.into() }
    }
}

/// Parses the files, each a name (for messages) and a text, into one model.
pub fn parse(files: &[(&str, &str)]) -> Result<Model, CsdlError> {
    let mut documents = Vec::with_capacity(files.len());
    for (file, text) in files {
        let document = Document::parse(text)
            .map_err(|source| CsdlError::Xml { file: (*file).to_owned(), source })?;
        documents.push((*file, document));
    }

    let mut names = Names::default();
    let mut items = Vec::new();
    for (file, document) in &documents {
        let root = document.root();
        let schemas = root.descendants().filter(|it| it.has_tag_name((EDM, "Schema")));
        let schemas: Vec<Node<'_, '_>> = schemas.collect();
        if schemas.is_empty() {
            let head = Item { file, namespace: "", node: document.root_element() };
            return Err(head.error(format!("has no <Schema xmlns=\"{EDM}\"> in it")));
        }
        for schema in schemas {
            let head = Item { file, namespace: "", node: schema };
            let namespace = head.need("Namespace")?;
            if let Some(alias) = head.attr("Alias") {
                names.alias(head, alias, namespace)?;
            }
            for node in schema.children().filter(Node::is_element) {
                items.push(Item { file, namespace, node });
            }
        }
    }
    for item in &items {
        match item.node.tag_name().name() {
            "EnumType" => names.add_enum(item.qualified()?, *item)?,
            "EntityType" | "ComplexType" => names.add_type(item.qualified()?, *item)?,
            "Action" | "Function" | "EntityContainer" | "Annotations" | "Term" => {}
            other => return Err(item.error(format!("'{other}' is not supported"))),
        }
    }

    mistakes::check(&items, &names)?;
    let annotations = Annotations::collect(&items, &names)?;
    let mut model = Model {
        enums: Vec::with_capacity(names.enums.len()),
        types: Vec::with_capacity(names.types.len()),
        operations: Vec::new(),
        singletons: Vec::new(),
        sets: Vec::new(),
        ones: Vec::new(),
        enum_names: HashMap::new(),
        type_names: HashMap::new(),
        set_names: HashMap::new(),
        one_names: HashMap::new(),
        operation_names: HashMap::new(),
        metadata: merge::document(&items, &names),
        bare_options: false,
    };
    for item in &names.enums {
        model.enums.push(enumeration(*item)?);
    }
    link::types(&mut model, &names, &annotations)?;
    for (name, id) in &names.enum_ids {
        model.enum_names.insert(name.to_ascii_lowercase(), *id);
        model.enum_names.insert(name.clone(), *id);
    }
    for (name, id) in &names.type_ids {
        model.type_names.insert(name.to_ascii_lowercase(), *id);
        model.type_names.insert(name.clone(), *id);
    }
    for item in &items {
        if matches!(item.node.tag_name().name(), "Action" | "Function") {
            model.operations.push(link::operation(*item, &names)?);
        }
    }
    for (index, op) in model.operations.iter().enumerate() {
        for name in [&op.name, &op.short] {
            model.operation_names.entry(name.to_ascii_lowercase()).or_default().push(index);
        }
    }
    sets::container(&mut model, &items, &names, &annotations)?;
    Ok(model)
}

fn enumeration(item: Item<'_>) -> Result<EnumType, CsdlError> {
    let mut members = Vec::new();
    for (index, node) in item.children("Member").enumerate() {
        let value = match node.attr("Value") {
            Some(text) => {
                text.parse().map_err(|_| node.error(format!("'{text}' is not a number")))?
            }
            None => index as i64,
        };
        let mut aliases = Vec::new();
        for note in node.children("Annotation") {
            if note.attr("Term") == Some("yagura.Alias") {
                aliases.push(note.need("String")?.to_owned());
            }
        }
        let name = node.need("Name")?.to_owned();
        members.push(Member { name, value, evolved: false, aliases });
    }
    // The number decides, not the place in the list.
    if let Some(limit) = members.iter().find(|it| it.name == UNKNOWN_FUTURE_VALUE) {
        let limit = limit.value;
        for member in &mut members {
            member.evolved = member.value > limit;
        }
    }

    let mut lookup = HashMap::new();
    for (index, member) in members.iter().enumerate() {
        for name in std::iter::once(&member.name).chain(&member.aliases) {
            if lookup.insert(name.clone(), index).is_some_and(|old| old != index) {
                return Err(item.error(format!("two members are named '{name}'")));
            }
        }
    }
    // Exact names win over names that differ in case only.
    for (index, member) in members.iter().enumerate() {
        for name in std::iter::once(&member.name).chain(&member.aliases) {
            lookup.entry(name.to_ascii_lowercase()).or_insert(index);
        }
    }
    Ok(EnumType {
        name: item.qualified()?,
        flags: item.flag("IsFlags", false)?,
        evolved: members.iter().any(|it| it.evolved),
        members,
        lookup,
    })
}
