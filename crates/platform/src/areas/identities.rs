//! Identity sensors: the key that a new sensor shows when it is set up, one per tenant.

use serde_json::json;
use store::{Key, NewRecord};

use super::operate::Operate;
use crate::{
    doc::{Doc, set, text},
    fault::Fault,
    reply::Reply,
};

/// Where the key is kept; no path leads there.
const KEPT: &str = "yagura/sensorDeploymentKeys";
const MEMBER: &str = "deploymentAccessKey";

/// `getDeploymentAccessKey`, made when it is first asked for, or `regenerateDeploymentAccessKey`.
pub(crate) async fn access_key(it: Operate<'_>, anew: bool) -> Result<Reply, Fault> {
    let (cx, stamps, context) = (it.cx.clone(), it.platform.stamps.clone(), it.context());
    let fresh = auth::secret::generate();
    let shown = it
        .platform
        .store
        .write(move |tx| {
            let key = Key::new(&cx.tenant, KEPT, model::path::SINGLE);
            let held = tx.get(&key)?;
            if let Some(held) = held.as_ref().filter(|_| !anew) {
                return Ok::<_, Fault>(text(&held.doc, MEMBER).to_owned());
            }
            let stamp = stamps.next(cx.now, 0).0;
            let mut doc = Doc::new();
            set(&mut doc, MEMBER, fresh.as_str());
            let actor = &cx.caller.app_id;
            if held.is_some() {
                tx.update(&key, doc, stamp, actor, None)?;
            } else {
                let new = NewRecord { key, parent: None, doc, created: stamp, modified: stamp };
                tx.insert(new, actor)?;
            }
            Ok(fresh)
        })
        .await?;
    Ok(Reply::Value { context, value: json!({ MEMBER: shown }) })
}
