//! Threat submissions: what is submitted is judged and not kept, so what is stored and answered is
//! the base of the type that was sent.

use store::Tx;

use crate::{
    behavior::{Behavior, Creation},
    doc::set,
    fault::Fault,
    stamping,
};

/// Members with the submitted content, or where it lies.
const CONTENT: &[&str] = &["fileContent", "fileUrl", "messageUrl", "@odata.type"];

/// One of the three kinds.
pub(crate) struct Submission {
    kind: &'static str,
    content: &'static str,
}

/// Mails.
pub(crate) const EMAIL: Submission =
    Submission { kind: "security/threatSubmission/emailThreats", content: "email" };
/// Files.
pub(crate) const FILE: Submission =
    Submission { kind: "security/threatSubmission/fileThreats", content: "file" };
/// Addresses.
pub(crate) const URL: Submission =
    Submission { kind: "security/threatSubmission/urlThreats", content: "url" };

impl Behavior for Submission {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        it.doc.retain(|member, _| !CONTENT.contains(&member.as_str()));
        set(it.doc, "contentType", self.content);
        set(it.doc, "status", "notStarted");
        set(it.doc, "source", "administrator");
        set(it.doc, "clientSource", "other");
        set(it.doc, "createdBy", stamping::identity(it.cx));
        Ok(())
    }
}
