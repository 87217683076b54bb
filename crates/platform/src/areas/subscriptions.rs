//! Subscriptions: each application sees and changes its own.
//!
//! Making one needs the handshake with its endpoint, so it waits for deliveries.

use auth::OpCx;
use serde_json::Value;

use super::operate::Operate;
use crate::{
    behavior::{Behavior, Update, merge},
    doc::{Doc, set, text, ticks},
    fault::Fault,
    reply::Reply,
};

/// Below this an expiry is raised to it: 45 minutes in ticks.
const SHORTEST: i64 = 45 * 60 * 10_000_000;
/// No subscription lives longer from now: 43,200 minutes in ticks.
const LONGEST: i64 = 43_200 * 60 * 10_000_000;
/// Whoever holds this sees those of every application.
const SEES_ALL: &str = "Subscription.Read.All";

pub(crate) struct Subscription;

impl Behavior for Subscription {
    fn kind(&self) -> &'static str {
        "subscriptions"
    }

    fn scope(&self, cx: &OpCx) -> Vec<(String, Value)> {
        if cx.caller.holds(SEES_ALL) {
            return Vec::new();
        }
        vec![("applicationId".to_owned(), Value::from(cx.caller.app_id.as_str()))]
    }

    fn update(&self, update: &mut Update<'_>, patch: Doc) -> Result<(), Fault> {
        if text(update.old, "applicationId") != update.cx.caller.app_id {
            return Err(Fault::Forbidden { needed: Vec::new() });
        }
        let url = text(&patch, "notificationUrl");
        if !url.is_empty() && !url.to_ascii_lowercase().starts_with("https://") {
            return Err(Fault::invalid("notificationUrl", "must begin with https://"));
        }
        let asked = ticks(&patch, "expirationDateTime");
        merge(update.new, patch);
        if asked > 0 {
            let now = update.cx.now.0;
            if asked > now.saturating_add(LONGEST) {
                let reason = "lies more than 43200 minutes in the future";
                return Err(Fault::invalid("expirationDateTime", reason));
            }
            let moment = model::time::Timestamp(asked.max(now.saturating_add(SHORTEST)));
            set(update.new, "expirationDateTime", moment.to_string());
        }
        Ok(())
    }
}

/// `reauthorize`: the caller's token is good, so the subscription goes on; nothing is extended.
pub(crate) async fn reauthorize(it: Operate<'_>) -> Result<Reply, Fault> {
    let (set_of, key) = it.item()?;
    let writer = it.writer();
    let run = writer.change(set_of, key, |_, update, _| {
        if text(update.old, "applicationId") != update.cx.caller.app_id {
            return Err(Fault::Forbidden { needed: Vec::new() });
        }
        Ok(())
    });
    run.await?;
    Ok(Reply::NoContent)
}
