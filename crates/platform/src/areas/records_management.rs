//! Records management: what a retention label and an event begin with, and what must fit together.

use store::Tx;

use crate::{
    behavior::{Behavior, Creation, Update, merge},
    doc::{Doc, list, set, text},
    fault::Fault,
};

pub(crate) struct RetentionLabel;

impl Behavior for RetentionLabel {
    fn kind(&self) -> &'static str {
        "security/labels/retentionLabels"
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        fits(it.doc)?;
        set(it.doc, "isInUse", false);
        Ok(())
    }

    fn update(&self, update: &mut Update<'_>, patch: Doc) -> Result<(), Fault> {
        merge(update.new, patch);
        fits(update.new)
    }
}

/// Relabelling names the label that follows.
fn fits(label: &Doc) -> Result<(), Fault> {
    let relabels = text(label, "actionAfterRetentionPeriod") == "relabel";
    if relabels && text(label, "labelToBeApplied").is_empty() {
        return Err(Fault::invalid("labelToBeApplied", "is required to relabel"));
    }
    Ok(())
}

pub(crate) struct DispositionReviewStage;

impl Behavior for DispositionReviewStage {
    fn kind(&self) -> &'static str {
        "security/labels/retentionLabels/dispositionReviewStages"
    }

    fn create(&self, tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        let label =
            it.parent.map(|id| tx.get(&store::Key::new(&it.cx.tenant, RetentionLabel.kind(), id)));
        if let Some(label) = label.transpose()?.flatten()
            && text(&label.doc, "actionAfterRetentionPeriod") != "startDispositionReview"
        {
            return Err(Fault::invalid(
                "dispositionReviewStages",
                "need actionAfterRetentionPeriod to be 'startDispositionReview'",
            ));
        }
        Ok(())
    }
}

pub(crate) struct RetentionEvent;

impl Behavior for RetentionEvent {
    fn kind(&self) -> &'static str {
        "security/triggers/retentionEvents"
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        if list(it.doc, "eventQueries").len() > 1_000 {
            return Err(Fault::invalid("eventQueries", "has at most 1000 items"));
        }
        set(it.doc, "lastStatusUpdateDateTime", it.stamp.to_string());
        Ok(())
    }
}
