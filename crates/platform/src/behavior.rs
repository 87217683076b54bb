//! What an entity does beyond being stored as sent. The one write path and the readers call it;
//! a method that is not overridden does nothing.
//!
//! A behaviour may also be a view: its kind is then read from and written to the records of
//! another kind, through the mappings here.

use auth::OpCx;
use model::{
    Model,
    query::{Filter, PropertyPath},
    time::Timestamp,
};
use store::{Record, Tx};

use crate::{doc::Doc, fault::Fault, stamps::Stamps};

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

    /// Puts a checked patch into the new document and draws the consequences.
    fn update(&self, update: &mut Update<'_>, patch: Doc) -> Result<(), Fault> {
        for (member, value) in patch {
            update.new.insert(member, value);
        }
        Ok(())
    }

    /// Completes an item that is appended to a collection property.
    fn append(&self, _cx: &OpCx, _property: &str, _item: &mut Doc, _stamp: Timestamp) {}

    /// What else changes in the same transaction.
    fn updated(
        &self,
        _tx: &mut Tx<'_>,
        _cx: &OpCx,
        _stamps: &Stamps,
        _record: &Record,
    ) -> Result<(), Fault> {
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
