//! Incident: status, assignment and comments are people's; the rest follows from the alerts.

use auth::OpCx;
use model::time::Timestamp;

use super::profile;
use crate::{
    areas::{INCIDENTS, alerts::alert::sign_comment},
    behavior::{Behavior, Update},
    doc::{Doc, set, text},
    fault::Fault,
};

pub(crate) struct Incident;

impl Behavior for Incident {
    fn kind(&self) -> &'static str {
        INCIDENTS
    }

    fn update(&self, update: &mut Update<'_>, patch: Doc) -> Result<(), Fault> {
        // Its alerts have moved on; changing the shell would only mislead.
        if text(update.old, "status") == "redirected" {
            return Err(Fault::Conflict {
                what: format!(
                    "incident '{}' as part of incident '{}'",
                    text(update.old, "id"),
                    text(update.old, "redirectIncidentId")
                ),
            });
        }
        if text(&patch, "status") == "redirected" {
            return Err(Fault::invalid("status", "'redirected' is set by a merge only"));
        }
        for (member, value) in patch {
            if profile::DERIVED.contains(&member.as_str()) {
                profile::set_by_hand(update.new, &member, !value.is_null());
            }
            update.new.insert(member, value);
        }
        set(update.new, "lastModifiedBy", update.cx.caller.name.as_str());
        Ok(())
    }

    fn append(&self, cx: &OpCx, property: &str, item: &mut Doc, stamp: Timestamp) {
        sign_comment(cx, property, item, stamp);
    }

    fn stamped(&self) -> Option<&'static str> {
        Some("lastUpdateDateTime")
    }
}
