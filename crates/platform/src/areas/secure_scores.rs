//! Secure scores: ninety days are shown; a control's state changes by an entry of its history.

use auth::OpCx;
use model::{
    Model,
    edm::{Primitive, Ty},
    query::{CompareOp, Filter, Literal, Operand, Options, PropertyPath},
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    behavior::{Behavior, Update},
    doc::{Doc, list, object, set, text},
    fault::Fault,
};

/// A day in ticks.
const DAY: i64 = 24 * 3600 * 10_000_000;
/// How long scores are kept.
const KEPT_DAYS: i64 = 90;
/// Most entries of a history.
const MOST_UPDATES: usize = 1_000;
/// The states a control may be given.
const STATES: &[&str] = &["Default", "Ignored", "ThirdParty", "Reviewed"];

pub(crate) struct Score;

impl Behavior for Score {
    fn kind(&self) -> &'static str {
        "security/secureScores"
    }

    /// Whole days, so that the pages of one list agree on where it begins.
    fn narrow(&self, _model: &Model, cx: &OpCx, _: &Options) -> Result<Option<Filter>, Fault> {
        let since = Timestamp(cx.now.0 - cx.now.0.rem_euclid(DAY) - KEPT_DAYS * DAY);
        let moment = Ty::Primitive(Primitive::DateTimeOffset);
        let path = PropertyPath::new(&["createdDateTime"], moment);
        Ok(Some(Filter::Compare {
            op: CompareOp::Ge,
            left: Operand::Path(path),
            right: Operand::Literal(Literal::DateTime(since)),
        }))
    }
}

pub(crate) struct ControlProfile;

impl Behavior for ControlProfile {
    fn kind(&self) -> &'static str {
        "security/secureScoreControlProfiles"
    }

    /// The three members that may be set are those of an entry of `controlStateUpdates`.
    fn update(&self, update: &mut Update<'_>, patch: Doc) -> Result<(), Fault> {
        let vendor = object(&patch, "vendorInformation");
        for member in ["provider", "vendor"] {
            if vendor.is_none_or(|it| text(it, member).is_empty()) {
                let field = format!("vendorInformation/{member}");
                return Err(Fault::invalid(field, "is needed to change a control"));
            }
        }
        let state = text(&patch, "state");
        let state = STATES.iter().find(|it| it.eq_ignore_ascii_case(state));
        if state.is_none() && patch.contains_key("state") {
            return Err(Fault::invalid("state", format!("must be one of {}", STATES.join(", "))));
        }
        let mut updates = list(update.old, "controlStateUpdates").to_vec();
        if updates.len() >= MOST_UPDATES {
            updates.remove(0);
        }
        let before = |member: &str| {
            let last = updates.last().and_then(Value::as_object);
            last.and_then(|it| it.get(member)).cloned().unwrap_or_default()
        };
        let said = |member: &str| patch.get(member).cloned().unwrap_or_else(|| before(member));
        let entry = json!({
            "assignedTo": said("assignedTo"),
            "comment": said("comment"),
            "state": state.map_or_else(|| before("state"), |it| json!(it)),
            "updatedBy": update.cx.caller.name,
            "updatedDateTime": update.stamp.to_string(),
        });
        updates.push(entry);
        set(update.new, "controlStateUpdates", updates);
        Ok(())
    }
}
