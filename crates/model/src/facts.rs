//! What a collection of entities allows and does, beyond the types: page sizes, order, which
//! properties may be filtered, sorted, changed, and which verbs exist.
//!
//! All of it is read from annotations in the schema files, `Org.OData.Capabilities.V1` where that
//! vocabulary has a word for it and `yagura` where it has none.

use crate::edm::Primitive;

/// The facts of one set.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Page sizes.
    pub page: Page,
    /// Order when the caller names none: canonical property name, descending?
    pub default_order: Vec<(String, bool)>,
    /// Properties that may stand first in a path of `$filter`.
    pub filterable: Listed,
    /// Properties that may stand first in a path of `$orderby`.
    pub sortable: Listed,
    /// May `$search` be used?
    pub searchable: bool,
    /// May the set be listed and counted (GET)?
    pub listable: bool,
    /// May an entity be read by its key (GET)?
    pub readable: bool,
    /// May entities be created (POST)?
    pub insertable: bool,
    /// May entities be changed (PATCH)?
    pub updatable: bool,
    /// May entities be deleted (DELETE)?
    pub deletable: bool,
    /// Properties that a PATCH may carry.
    pub update_fields: Listed,
    /// Properties that a PATCH must carry.
    pub update_required: Vec<String>,
    /// Properties that a POST must carry.
    pub insert_required: Vec<String>,
    /// Properties of which a POST must carry at least one.
    pub insert_one_of: Vec<String>,
    /// Properties that the `$filter` of a list must name.
    pub filter_required: Vec<String>,
    /// Options without `$` that a list is asked with.
    pub options: Vec<PlainOption>,
    /// May a POST carry the key of the new entity?
    pub client_key: bool,
    /// Is a number taken where a body should have text?
    pub lenient: bool,
    /// Status of a successful PATCH: 200 with the entity or 204 without.
    pub update_status: u16,
    /// Status of a successful POST.
    pub insert_status: u16,
}

/// An option of a list that is none of the protocol's own, as `startTime`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainOption {
    /// Its name, without `$`.
    pub name: String,
    /// What its value is.
    pub ty: Primitive,
    /// Must it be there?
    pub required: bool,
}

/// Page sizes of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Used when the caller does not say `$top`.
    pub default: u32,
    /// The largest page.
    pub max: u32,
    /// What happens to a larger `$top`.
    pub over: Over,
    /// The largest `$skip`, when there is one.
    pub max_skip: Option<u64>,
}

/// What happens to a `$top` above the largest page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// It becomes the largest page.
    Clamp,
    /// It is a bad request.
    Refuse,
}

/// A list of property names, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Every property.
    All,
    /// Only these (canonical names).
    Only(Vec<String>),
}

impl Listed {
    /// Does the list have this canonical name?
    pub fn has(&self, name: &str) -> bool {
        match self {
            Listed::All => true,
            Listed::Only(names) => names.iter().any(|it| it == name),
        }
    }
}

impl Default for Facts {
    /// A set the schema says nothing about: it can be read, and that is all.
    fn default() -> Self {
        Facts {
            page: Page { default: 100, max: 1000, over: Over::Clamp, max_skip: None },
            default_order: Vec::new(),
            filterable: Listed::All,
            sortable: Listed::All,
            searchable: true,
            listable: true,
            readable: true,
            insertable: false,
            updatable: false,
            deletable: false,
            update_fields: Listed::Only(Vec::new()),
            update_required: Vec::new(),
            insert_required: Vec::new(),
            insert_one_of: Vec::new(),
            filter_required: Vec::new(),
            options: Vec::new(),
            client_key: false,
            lenient: false,
            update_status: 200,
            insert_status: 201,
        }
    }
}
