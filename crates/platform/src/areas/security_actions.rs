//! Security actions: whose they are comes from the token, how they stand from the service.

use serde_json::json;
use store::Tx;

use super::operate::Operate;
use crate::{
    behavior::{Behavior, Creation},
    doc::{list, set, text},
    fault::Fault,
    reply::Reply,
};

pub(crate) struct SecurityAction;

impl Behavior for SecurityAction {
    fn kind(&self) -> &'static str {
        "security/securityActions"
    }

    fn create(&self, _tx: &mut Tx<'_>, it: &mut Creation<'_>) -> Result<(), Fault> {
        let app = it.cx.caller.app_id.as_str();
        set(it.doc, "appId", app);
        set(it.doc, "status", "NotStarted");
        let moment = it.stamp.to_string();
        let state = json!({"appId": app, "status": "NotStarted", "updatedDateTime": moment});
        set(it.doc, "states", vec![state]);
        Ok(())
    }
}

/// `cancelSecurityAction`. No status says cancelled, so it has failed, and says why.
pub(crate) async fn cancel(it: Operate<'_>) -> Result<Reply, Fault> {
    let (set_of, key) = it.item()?;
    let writer = it.writer();
    let run = writer.change(set_of, key, |_, update, _| {
        let status = text(update.old, "status");
        if matches!(status, "Completed" | "Failed") {
            return Err(Fault::Conflict {
                what: format!("an action that has ended ({status}) with this id"),
            });
        }
        let moment = update.stamp.to_string();
        let state = json!({
            "appId": update.cx.caller.app_id, "status": "Failed", "updatedDateTime": moment,
        });
        let mut states = list(update.old, "states").to_vec();
        states.push(state);
        set(update.new, "states", states);
        set(update.new, "status", "Failed");
        set(update.new, "completedDateTime", moment);
        let why = json!({"code": 499, "message": "cancelled by the caller", "subcode": 0});
        set(update.new, "errorInfo", why);
        Ok(())
    });
    run.await?;
    Ok(Reply::Done)
}
