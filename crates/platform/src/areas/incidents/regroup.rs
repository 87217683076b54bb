//! Incidents put together, and alerts moved between them, by hand.
//!
//! The profile of an incident only grows by what joins it, so one that loses alerts is told anew
//! from those it keeps. One that is left empty redirects to where they went.

use std::collections::BTreeSet;

use auth::OpCx;
use serde_json::{Value, json};
use store::{Key, ListAsk, NewRecord, Record, Tx};

use super::profile::{self, Assets, NOTES};
use crate::{
    areas::{ALERTS, INCIDENTS, alerts::alert::sign_comment, operate::Operate},
    correlation::{entity::EntityKind, extract::subject},
    doc::{Doc, list, set, text, texts, ticks},
    fault::Fault,
    reply::Reply,
    stamps::Stamps,
};

/// Most alerts moved in one call.
const MOST_MOVED: usize = 500;
/// Most incidents put together in one call.
const MOST_MERGED: usize = 100;
/// Most alerts that one call touches.
const MOST_TOUCHED: u32 = 10_000;

/// `mergeIncidents`: the eldest takes the rest in.
pub(crate) async fn merge(it: Operate<'_>, body: Option<&Value>) -> Result<Reply, Fault> {
    let arguments = it.arguments(body)?;
    let ids = numbers(&arguments, "incidentIds")?;
    if ids.len() < 2 || ids.len() > MOST_MERGED {
        let reason = format!("must name between 2 and {MOST_MERGED} incidents");
        return Err(Fault::invalid("incidentIds", reason));
    }
    let comment = text(&arguments, "incidentComment").to_owned();
    let (cx, stamps) = (it.cx.clone(), it.platform.stamps.clone());
    let context = it.context();
    it.platform
        .store
        .write(move |tx| {
            let by = Moving { cx: &cx, stamps: &stamps };
            let mut incidents = Vec::with_capacity(ids.len());
            for id in &ids {
                incidents.push(by.open_incident(tx, &id.to_string(), "incidentIds")?);
            }
            let mut younger = incidents.split_off(1);
            let mut elder = incidents.remove(0);
            for other in &mut younger {
                let moved = by.alerts_of(tx, &other.key.id)?;
                for alert in moved {
                    by.move_alert(tx, alert, &elder.key.id, "")?;
                }
                tx.links_move(&cx.tenant, &other.key.id, &elder.key.id)?;
                profile::fold(&mut elder.doc, &other.doc);
                by.redirect(tx, other.clone(), &elder.key.id)?;
            }
            let target = elder.key.id.clone();
            by.comment(&mut elder.doc, &comment);
            by.save(tx, elder)?;
            Ok(Reply::Value { context, value: json!({ "targetIncidentId": target }) })
        })
        .await
}

/// `moveAlerts`: into an incident, or into a new one.
pub(crate) async fn move_alerts(it: Operate<'_>, body: Option<&Value>) -> Result<Reply, Fault> {
    let arguments = it.arguments(body)?;
    let ids: BTreeSet<String> = texts(&arguments, "alertIds").map(str::to_owned).collect();
    if ids.is_empty() || ids.len() > MOST_MOVED {
        let reason = format!("must name between 1 and {MOST_MOVED} alerts");
        return Err(Fault::invalid("alertIds", reason));
    }
    let chosen = text(&arguments, "incidentId").to_owned();
    let comment = text(&arguments, "alertComment").to_owned();
    let (cx, stamps) = (it.cx.clone(), it.platform.stamps.clone());
    let context = it.context();
    it.platform
        .store
        .write(move |tx| {
            let by = Moving { cx: &cx, stamps: &stamps };
            let target = match chosen.as_str() {
                "" | "0" => by.new_incident(tx)?,
                id => by.open_incident(tx, id, "incidentId")?,
            };
            let target = target.key.id;
            let mut sources = BTreeSet::new();
            for id in &ids {
                let absent = || Fault::absent(format!("alert '{id}'"));
                let key = Key::new(&cx.tenant, ALERTS, id.as_str());
                let alert = tx.get(&key)?.ok_or_else(absent)?;
                sources.insert(text(&alert.doc, "incidentId").to_owned());
                by.move_alert(tx, alert, &target, &comment)?;
                tx.link_assign(&cx.tenant, id, &target)?;
            }
            sources.remove(&target);
            for source in sources {
                by.recount(tx, &source, Some(&target))?;
            }
            by.recount(tx, &target, None)?;
            Ok(Reply::Value { context, value: json!({ "targetIncidentId": target }) })
        })
        .await
}

/// Who moves, and when.
struct Moving<'a> {
    cx: &'a OpCx,
    stamps: &'a Stamps,
}

impl Moving<'_> {
    fn open_incident(&self, tx: &Tx<'_>, id: &str, field: &str) -> Result<Record, Fault> {
        let record = tx.get(&Key::new(&self.cx.tenant, INCIDENTS, id))?;
        let record = record.ok_or_else(|| Fault::absent(format!("incident '{id}'")))?;
        if text(&record.doc, "status") == "redirected" {
            let to = text(&record.doc, "redirectIncidentId");
            return Err(Fault::invalid(field, format!("{id} is a part of incident {to}")));
        }
        Ok(record)
    }

    fn new_incident(&self, tx: &mut Tx<'_>) -> Result<Record, Fault> {
        let id = tx.next_number(&self.cx.tenant, "incident")?.to_string();
        let stamp = self.stamps.next(self.cx.now, 0);
        let mut doc = profile::blank(&id, &self.cx.tenant);
        for member in ["createdDateTime", "lastUpdateDateTime"] {
            set(&mut doc, member, stamp.to_string());
        }
        let new = NewRecord {
            key: Key::new(&self.cx.tenant, INCIDENTS, id),
            parent: None,
            doc,
            created: stamp.0,
            modified: stamp.0,
        };
        Ok(tx.insert(new, &self.cx.caller.app_id)?)
    }

    fn alerts_of(&self, tx: &Tx<'_>, incident: &str) -> Result<Vec<Record>, Fault> {
        let ask = ListAsk {
            tenant: self.cx.tenant.clone(),
            kind: ALERTS.to_owned(),
            extra: vec![("incidentId".to_owned(), json!(incident))],
            top: MOST_TOUCHED,
            ..ListAsk::default()
        };
        let page = tx.list(&ask)?;
        if page.next.is_some() {
            return Err(Fault::Wrong(format!(
                "incident {incident} has more than {MOST_TOUCHED} alerts, too many for one call"
            )));
        }
        Ok(page.records)
    }

    fn move_alert(
        &self,
        tx: &mut Tx<'_>,
        alert: Record,
        to: &str,
        comment: &str,
    ) -> Result<(), Fault> {
        let mut doc = alert.doc;
        let stamp = self.stamps.next(self.cx.now, ticks(&doc, "lastUpdateDateTime"));
        set(&mut doc, "incidentId", to);
        set(&mut doc, "lastUpdateDateTime", stamp.to_string());
        self.comment(&mut doc, comment);
        tx.update(&alert.key, doc, stamp.0, &self.cx.caller.app_id, None)?;
        Ok(())
    }

    fn redirect(&self, tx: &mut Tx<'_>, mut incident: Record, to: &str) -> Result<(), Fault> {
        set(&mut incident.doc, "status", "redirected");
        set(&mut incident.doc, "redirectIncidentId", to);
        self.save(tx, incident)
    }

    /// Tells an incident anew from the alerts it has now.
    fn recount(&self, tx: &mut Tx<'_>, id: &str, moved_to: Option<&str>) -> Result<(), Fault> {
        let key = Key::new(&self.cx.tenant, INCIDENTS, id);
        let Some(mut incident) = tx.get(&key)? else { return Ok(()) };
        let alerts = self.alerts_of(tx, id)?;
        if alerts.is_empty()
            && let Some(to) = moved_to
        {
            return self.redirect(tx, incident, to);
        }
        let by_hand = incident.doc.get(NOTES).and_then(|it| it.get("byHand")).cloned();
        let mut notes = profile::blank(id, &self.cx.tenant).remove(NOTES).unwrap_or_default();
        if let (Some(by_hand), Some(notes)) = (by_hand, notes.as_object_mut()) {
            notes.insert("byHand".to_owned(), by_hand);
        }
        incident.doc.insert(NOTES.to_owned(), notes);
        for alert in &alerts {
            profile::absorb(&mut incident.doc, &alert.doc, &assets(alert), true);
        }
        self.save(tx, incident)
    }

    fn comment(&self, doc: &mut Doc, comment: &str) {
        if comment.is_empty() {
            return;
        }
        let stamp = self.stamps.next(self.cx.now, ticks(doc, "lastUpdateDateTime"));
        let mut item = Doc::new();
        set(&mut item, "comment", comment);
        sign_comment(self.cx, "comments", &mut item, stamp);
        let mut comments = list(doc, "comments").to_vec();
        comments.push(Value::Object(item));
        set(doc, "comments", comments);
    }

    fn save(&self, tx: &mut Tx<'_>, incident: Record) -> Result<(), Fault> {
        let mut doc = incident.doc;
        let stamp = self.stamps.next(self.cx.now, ticks(&doc, "lastUpdateDateTime"));
        set(&mut doc, "lastUpdateDateTime", stamp.to_string());
        set(&mut doc, "lastModifiedBy", self.cx.caller.name.as_str());
        tx.update(&incident.key, doc, stamp.0, &self.cx.caller.app_id, None)?;
        Ok(())
    }
}

/// Ids of incidents are numbers; the eldest stands first.
fn numbers(arguments: &Doc, member: &str) -> Result<BTreeSet<u64>, Fault> {
    let read = |id: &str| {
        id.parse().map_err(|_| Fault::invalid(member, format!("'{id}' is no incident's id")))
    };
    texts(arguments, member).map(read).collect()
}

/// What of the organisation's an alert is about: its devices, else its people.
fn assets(alert: &Record) -> Assets {
    let subject = subject(&alert.doc, alert.created);
    let named = |kind: EntityKind| {
        let mentions = subject.mentions.iter();
        let of =
            mentions.filter(move |it| it.entity.kind == kind && !it.entity.value.contains('/'));
        of.map(|it| it.entity.value.clone())
    };
    let mut names: Vec<String> = named(EntityKind::Device).collect();
    if names.is_empty() {
        names.extend(named(EntityKind::User).chain(named(EntityKind::Mailbox)));
    }
    Assets { names, known: Vec::new() }
}
