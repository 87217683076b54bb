//! The handshake: an endpoint is asked whether it wants to be called, by a token that it must give
//! back. So nobody is made to be called who does not want to be.

use std::time::Duration;

use auth::OpCx;
use model::{Model, Version, graph, path::Set, shape::PRIVATE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use store::{Key, ListAsk};
use uuid::Uuid;

use super::{
    KIND, VERSION,
    endpoints::{Endpoints, Message},
    rich::Envelope,
    terms,
    watched::Watched,
};
use crate::{
    doc::{Doc, text},
    fault::Fault,
    platform::Platform,
    read::{View, find},
};

/// How long an endpoint may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most subscriptions of an application, and of a tenant.
const MOST: [(&str, u64); 2] = [("application", 100), ("tenant", 1_000)];
/// The members that name endpoints.
const URLS: [&str; 2] = ["notificationUrl", "lifecycleNotificationUrl"];

/// Everything that is to be seen to before a subscription is stored.
pub(crate) async fn agree(
    platform: &Platform,
    cx: &OpCx,
    model: &'static Model,
    doc: &mut Doc,
) -> Result<(), Fault> {
    let is_beta = std::ptr::eq(model, graph(Version::Beta));
    let version = if is_beta { Version::Beta } else { Version::V1 };
    terms::settle(doc, cx.now)?;
    let watched = Watched::read(version, text(doc, "resource"))?;
    watched.allow(&cx.caller)?;
    let wants_data = Envelope::of(doc)?.is_some();
    if !wants_data && !watched.options.select.is_empty() {
        return Err(Fault::invalid("resource", "$select goes with includeResourceData"));
    }
    let endpoints = endpoints(platform, doc)?;
    room(platform, cx, watched).await?;
    doc.insert(PRIVATE.to_owned(), json!({ VERSION: version.as_str() }));
    // Both are asked, even if they are the same.
    let [first, second] = URLS.map(|member| confirm(endpoints, member, text(doc, member)));
    let (first, second) = tokio::join!(first, second);
    first.and(second)
}

/// The same for a change: another endpoint is asked, too.
pub(crate) async fn changed(
    platform: &Platform,
    cx: &OpCx,
    set: &Set<'static>,
    view: View,
    key: &str,
    patch: &Doc,
) -> Result<(), Fault> {
    let Some(url) = patch.get(URLS[0]).and_then(Value::as_str) else { return Ok(()) };
    let endpoints = endpoints(platform, patch)?;
    let (own, set, key) = (cx.clone(), set.clone(), key.to_owned());
    let read = move |tx: &mut store::ReadTx<'_>| find(tx, &own, &set, &view, &key);
    let held = platform.store.read(read).await?;
    if text(&held.doc, "applicationId") != cx.caller.app_id {
        return Err(Fault::Forbidden { needed: Vec::new() });
    }
    confirm(endpoints, URLS[0], url).await
}

/// The way out, if all the endpoints that are named may be called.
fn endpoints<'a>(platform: &'a Platform, doc: &Doc) -> Result<&'a dyn Endpoints, Fault> {
    let Some(endpoints) = platform.endpoints.as_deref() else {
        return Err(Fault::Unavailable("this server does not deliver notifications".to_owned()));
    };
    for member in URLS {
        let url = text(doc, member);
        if !url.is_empty() || member == URLS[0] {
            endpoints.may_call(url).map_err(|reason| Fault::invalid(member, reason))?;
        }
    }
    Ok(endpoints)
}

/// Is there room for one more, and the one entity that is watched?
async fn room(platform: &Platform, cx: &OpCx, watched: Watched) -> Result<(), Fault> {
    let cx = cx.clone();
    platform
        .store
        .read(move |tx| {
            let all =
                ListAsk { tenant: cx.tenant.clone(), kind: KIND.to_owned(), ..ListAsk::default() };
            let app = ("applicationId".to_owned(), Value::from(cx.caller.app_id.as_str()));
            let own = ListAsk { extra: vec![app], ..all.clone() };
            for ((whose, most), ask) in MOST.iter().zip([own, all]) {
                if tx.count(&ask)? >= *most {
                    let reason = format!("the {whose} has the {most} subscriptions it may have");
                    return Err(Fault::Quota(reason));
                }
            }
            // A filter that the store cannot take is refused now, not at the first delivery.
            let ask = watched.ask(&cx)?;
            tx.count(&ListAsk { parent: Some(String::new()), ..ask.clone() })?;
            if let Some(key) = &watched.key {
                let there = tx.get(&Key::new(&ask.tenant, ask.kind.as_str(), key.as_str()))?;
                there.ok_or_else(|| Fault::absent(watched.path(key)))?;
            }
            Ok(())
        })
        .await
}

/// Asks one endpoint; there may be none.
async fn confirm(endpoints: &dyn Endpoints, member: &'static str, url: &str) -> Result<(), Fault> {
    if url.is_empty() {
        return Ok(());
    }
    // Blanks and colons, so that a listener that does not decode it is found out at once.
    let token = format!("Validation: does this endpoint want to be called? Id: {}", Uuid::new_v4());
    let joint = if url.contains('?') { '&' } else { '?' };
    let encoded = utf8_percent_encode(&token, NON_ALPHANUMERIC);
    let message = Message {
        url: format!("{url}{joint}validationToken={encoded}"),
        media: "text/plain; charset=utf-8",
        body: Vec::new(),
        patience: PATIENCE,
    };
    let refused = |reason: String| Fault::Unconfirmed { url: member, reason };
    let answer = endpoints.post(message).await.map_err(refused)?;
    let plain = answer.media.split(';').next().unwrap_or_default().trim();
    if answer.status != 200 {
        return Err(refused(format!("answered {} instead of 200", answer.status)));
    }
    if !plain.eq_ignore_ascii_case("text/plain") {
        return Err(refused("did not answer as text/plain".to_owned()));
    }
    if answer.body != token.as_bytes() {
        return Err(refused("did not answer the decoded validation token".to_owned()));
    }
    Ok(())
}
