//! What an entity does beyond being stored as sent. The one write path and the readers call it;
//! a method that is not overridden does nothing.
//!
//! A behaviour may also be a view: its kind is then read from and written to the records of
//! another kind, through the mappings here.

use auth::OpCx;
use model::{
    Model,
    edm::TypeId,
    query::{Filter, Options, PropertyPath},
    time::Timestamp,
};
use serde_json::Value;
use store::{Record, Tx};

use crate::{
    doc::{Doc, object},
    fault::Fault,
    stamps::Stamps,
};

/// An update in the making.
pub(crate) struct Update<'a> {
    /// Who, for whom, when.
    pub(crate) cx: &'a OpCx,
    /// The stored document as it was.
    pub(crate) old: &'a Doc,
    /// The stored document as it will be; the patch is not in it yet.
    pub(crate) new: &'a mut Doc,
    /// The moment of the update, later than every one before.
    pub(crate) stamp: Timestamp,
}

/// A new entity in the making.
pub(crate) struct Creation<'a> {
    /// Who, for whom, when.
    pub(crate) cx: &'a OpCx,
    /// The stored id of what contains it.
    pub(crate) parent: Option<&'a str>,
    /// Its key; what is put here is its key.
    pub(crate) key: String,
    /// What was sent, checked.
    pub(crate) doc: &'a mut Doc,
    /// The moment it is made.
    pub(crate) stamp: Timestamp,
}

/// The rules of one kind of entity.
pub(crate) trait Behavior: Sync {
    /// The kind, as the model names it.
    fn kind(&self) -> &'static str;

    /// The kind whose records it shows, when it is a view.
    fn source(&self) -> Option<&'static str> {
        None
    }

    /// The document as this kind shows it, from the stored one.
    fn show(&self, stored: Doc) -> Doc {
        stored
    }

    /// A filter on this kind as one on the stored records.
    fn filter(&self, _model: &Model, filter: Filter) -> Result<Filter, Fault> {
        Ok(filter)
    }

    /// A sort path on this kind as one on the stored records.
    fn sort_path(&self, _model: &Model, path: PropertyPath) -> Result<PropertyPath, Fault> {
        Ok(path)
    }

    /// What must equal what for this caller to see a record: member paths and values.
    fn scope(&self, _cx: &OpCx) -> Vec<(String, Value)> {
        Vec::new()
    }

    /// Whether a record is as good as gone: it answers as if absent.
    fn is_over(&self, _cx: &OpCx, _record: &Record) -> bool {
        false
    }

    /// What a list of the kind is asked with beside the system query options: refuses what may not
    /// be missing, and narrows the list.
    fn narrow(
        &self,
        _model: &Model,
        _cx: &OpCx,
        _options: &Options,
    ) -> Result<Option<Filter>, Fault> {
        Ok(None)
    }

    /// Brings a body into the published form before it is checked.
    fn soften(&self, _model: &Model, _ty: TypeId, _sent: &mut Value) {}

    /// Completes a new entity.
    fn create(&self, _tx: &mut Tx<'_>, _it: &mut Creation<'_>) -> Result<(), Fault> {
        Ok(())
    }

    /// What else happens when one was made. A path is where the answer sends the caller (202).
    fn created(
        &self,
        _tx: &mut Tx<'_>,
        _cx: &OpCx,
        _stamps: &Stamps,
        _record: &Record,
    ) -> Result<Option<String>, Fault> {
        Ok(None)
    }

    /// Puts a checked patch into the new document and draws the consequences.
    fn update(&self, update: &mut Update<'_>, patch: Doc) -> Result<(), Fault> {
        merge(update.new, patch);
        Ok(())
    }

    /// Completes an item that is appended to a collection property.
    fn append(&self, _cx: &OpCx, _property: &str, _item: &mut Doc, _stamp: Timestamp) {}

    /// What else changes in the same transaction. A path is where the answer sends the caller, when
    /// the kind answers so (202).
    fn updated(
        &self,
        _tx: &mut Tx<'_>,
        _cx: &OpCx,
        _stamps: &Stamps,
        _record: &Record,
    ) -> Result<Option<String>, Fault> {
        Ok(None)
    }

    /// Whether it may go; what must go with it beside what it contains.
    fn removing(&self, _tx: &mut Tx<'_>, _cx: &OpCx, _record: &Record) -> Result<(), Fault> {
        Ok(())
    }

    /// Members every record of the kind is given a moment in when it changes.
    fn stamped(&self) -> Option<&'static str> {
        None
    }
}

/// Stored and shown as the model says.
pub(crate) struct Plain;

impl Behavior for Plain {
    fn kind(&self) -> &'static str {
        ""
    }
}

/// A patch into a document: members of complex values one by one, everything else replaced, null
/// included. A value of another type takes the place of the old one whole.
pub(crate) fn merge(doc: &mut Doc, patch: Doc) {
    const TYPE: &str = model::shape::ODATA_TYPE;
    for (name, value) in patch {
        let old = object(doc, &name).and_then(|it| it.get(TYPE));
        let other = value.get(TYPE).is_some_and(|new| old.is_some_and(|old| old != new));
        match (doc.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) if !other => merge(old, new),
            (_, value) => {
                doc.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_goes_into_complex_values() {
        let doc = |value: Value| value.as_object().unwrap().clone();
        let mut held = doc(json!({
            "a": {"x": 1, "y": [1]}, "b": {"@odata.type": "#t.one", "x": 1}, "c": 1
        }));
        let patch = json!({
            "a": {"y": [2], "z": null}, "b": {"@odata.type": "#t.two"}, "c": null
        });
        merge(&mut held, doc(patch));
        let after = json!({
            "a": {"x": 1, "y": [2], "z": null}, "b": {"@odata.type": "#t.two"}, "c": null
        });
        assert_eq!(Value::Object(held), after);
    }
}
