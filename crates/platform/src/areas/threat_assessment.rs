//! Threat assessment: a request says by its type what it is about; the service notes the rest.

use store::Tx;

use crate::{
    behavior::{Behavior, Creation},
    doc::{set, text},
    fault::Fault,
};

pub(crate) struct Request;

impl Behavior for Request {
    fn kind(&self) -> &'static str {
        "informationProtection/threatAssessmentRequests"
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        let what = text(it.doc, "@odata.type").rsplit('.').next().unwrap_or_default();
        let kind = match what {
            "urlAssessmentRequest" => "url",
            "fileAssessmentRequest" => "file",
            _ => "mail",
        };
        set(it.doc, "contentType", kind);
        set(it.doc, "status", "pending");
        set(it.doc, "requestSource", "administrator");
        Ok(())
    }
}
