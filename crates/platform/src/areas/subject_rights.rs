//! Subject rights requests: what a new one begins with, and who wrote a note.

use store::Tx;

use crate::{
    behavior::{Behavior, Creation},
    doc::{set, text},
    fault::Fault,
    stamping,
};

pub(crate) struct Request;

impl Behavior for Request {
    fn kind(&self) -> &'static str {
        "security/subjectRightsRequests"
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        if text(it.doc, "status").is_empty() {
            set(it.doc, "status", "active");
        }
        Ok(())
    }
}

pub(crate) struct Note;

impl Behavior for Note {
    fn kind(&self) -> &'static str {
        "security/subjectRightsRequests/notes"
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        set(it.doc, "author", stamping::identity(it.cx));
        Ok(())
    }
}
