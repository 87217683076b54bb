//! One alert into the store: known or new, into which incident, with what reasons.
//!
//! Every lookup is by key with a fixed bound, so the cost of an alert does not grow with the number
//! of alerts stored. Everything here runs inside one write transaction, alone.

use std::collections::BTreeMap;

use auth::OpCx;
use serde_json::{Value, json};
use store::{Key, Link, ListAsk, NewRecord, Tx};

use super::drafts::Drafts;
use crate::{
    areas::hunting::extent,
    areas::incidents::profile::{self, Assets},
    areas::{ALERTS, CORRELATIONS},
    correlation::{
        address::other_names,
        decide::{
            JOIN, LARGEST_MERGED, MERGE, Match, Occurrence, Reason, Shared, Verdict, WINDOW, bonds,
            decide, weigh,
        },
        entity::EntityKind,
        extract::{Subject, subject},
        mention::Mention,
        trace::Trace,
    },
    doc::{Doc, set, text, ticks},
    fault::Fault,
    stamps::Stamps,
};

/// What became of one alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Placed {
    /// Stored as a new alert with this id.
    New(String),
    /// It completed the alert of this id.
    Merged(String),
    /// Nothing changed.
    Known(String),
}

/// An alert ready to be stored.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// The checked document.
    pub(crate) doc: Doc,
    /// Whether it is one of several pieces that together make an alert.
    pub(crate) part: bool,
    /// How a repetition is known; none for alerts made by hand, which never repeat.
    pub(crate) fingerprint: Option<String>,
    /// Where it belongs.
    pub(crate) place: Place,
}

/// How an alert finds its incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Correlation decides.
    Correlated,
    /// In an incident of its own.
    Alone,
    /// In this one, which somebody chose.
    Incident(u64),
}

/// What correlation said, as the caller of [`decide`] needs it.
#[derive(Default)]
struct Judgement {
    /// The incident to join; none: a new one.
    into: Option<Match>,
    /// Incidents that become part of it.
    folded: Vec<Match>,
}

/// Places one alert after the other within one transaction; [`Placing::finish`] writes the
/// incidents.
pub(crate) struct Placing<'a> {
    pub(crate) cx: &'a OpCx,
    pub(crate) stamps: &'a Stamps,
    drafts: Drafts,
}

impl<'a> Placing<'a> {
    /// Begins with no incident touched.
    pub(crate) fn new(cx: &'a OpCx, stamps: &'a Stamps) -> Self {
        Self { cx, stamps, drafts: Drafts::default() }
    }

    /// Stores the incidents that were touched.
    pub(crate) fn finish(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        self.drafts.store(tx, self.cx, self.stamps)
    }

    /// Places one alert.
    pub(crate) fn place(&mut self, tx: &mut Tx<'_>, arrival: Arrival) -> Result<Placed, Fault> {
        if let Some(fingerprint) = &arrival.fingerprint
            && let Some(id) = tx.dedupe_get(&self.cx.tenant, fingerprint)?
        {
            let changed = arrival.part && self.complete(tx, &id, &arrival.doc)?;
            return Ok(if changed { Placed::Merged(id) } else { Placed::Known(id) });
        }
        self.add(tx, arrival).map(Placed::New)
    }

    fn add(&mut self, tx: &mut Tx<'_>, arrival: Arrival) -> Result<String, Fault> {
        let Arrival { mut doc, fingerprint, place, .. } = arrival;
        let (tenant, actor) = (&self.cx.tenant, &self.cx.caller.app_id);
        let stamp = self.stamps.next(self.cx.now, 0);
        let id = alert_id(stamp.0, fingerprint.as_deref());
        let mut subject = subject(&doc, stamp.0);
        let Judgement { into, folded } = match place {
            Place::Correlated => self.judge(tx, &mut subject, &id)?,
            Place::Alone | Place::Incident(_) => Judgement::default(),
        };
        let incident = match (place, &into) {
            (Place::Incident(chosen), _) if self.drafts.standing(tx, tenant, chosen)?.open => {
                chosen
            }
            (Place::Incident(chosen), _) => {
                return Err(Fault::invalid(
                    "linkToIncident",
                    format!("{chosen} is no open incident"),
                ));
            }
            (_, Some(into)) => into.incident,
            (_, None) => self.drafts.open(tx, tenant)?,
        };
        set(&mut doc, "id", id.as_str());
        set(&mut doc, "tenantId", tenant.as_str());
        set(&mut doc, "incidentId", incident.to_string());
        for (member, value) in
            [("status", "new"), ("classification", "unknown"), ("determination", "unknown")]
        {
            if text(&doc, member).is_empty() {
                set(&mut doc, member, value);
            }
        }
        for member in ["createdDateTime", "lastUpdateDateTime"] {
            set(&mut doc, member, stamp.to_string());
        }
        for member in ["firstActivityDateTime", "lastActivityDateTime"] {
            if text(&doc, member).is_empty() {
                set(&mut doc, member, stamp.to_string());
            }
        }
        extent::note(tx, tenant, &mut doc)?;
        let assets = assets(&subject);
        self.drafts.change(tx, tenant, incident, |it| profile::absorb(it, &doc, &assets, true))?;
        let key = Key::new(tenant, ALERTS, id.as_str());
        let new = NewRecord { key, parent: None, doc, created: stamp.0, modified: stamp.0 };
        tx.insert(new, actor)?;
        if let Some(fingerprint) = &fingerprint {
            tx.dedupe_put(tenant, fingerprint, &id)?;
        }
        self.link(tx, &subject, subject.speaking(), &id, incident)?;
        if let Some(into) = &into {
            self.explain(tx, &id, incident, into, false)?;
        }
        for it in &folded {
            self.fold(tx, incident, it.incident)?;
            self.explain(tx, &id, incident, it, true)?;
        }
        Ok(id)
    }

    /// A later part of an alert: folds it into the stored one, links its new entities, and lets
    /// the fuller alert bring incidents together.
    fn complete(&mut self, tx: &mut Tx<'_>, id: &str, part: &Doc) -> Result<bool, Fault> {
        let tenant = &self.cx.tenant;
        let key = Key::new(tenant, ALERTS, id);
        let Some(record) = tx.get(&key)? else { return Ok(false) };
        let mut doc = record.doc;
        let before = subject(&doc, record.created);
        if !providers::merge::merge(&mut doc, part) {
            return Ok(false);
        }
        let mut after = subject(&doc, record.created);
        let own: u64 = text(&doc, "incidentId").parse().unwrap_or_default();
        let stamp = self.stamps.next(self.cx.now, ticks(&doc, "lastUpdateDateTime"));
        set(&mut doc, "lastUpdateDateTime", stamp.to_string());
        extent::note(tx, tenant, &mut doc)?;
        let assets = assets(&after);
        self.drafts.change(tx, tenant, own, |it| profile::absorb(it, &doc, &assets, false))?;
        tx.update(&key, doc, stamp.0, &self.cx.caller.app_id, None)?;
        // What was linked before and says the same again needs no second link.
        let told = |it: &Subject| -> Vec<(String, String)> {
            let told = |mention| (it.trace(mention).to_string(), mention.entity.to_string());
            it.speaking().map(told).collect()
        };
        if before.at == after.at && told(&before) == told(&after) {
            return Ok(true);
        }
        self.link(tx, &after, after.speaking(), id, own)?;
        let standing = self.drafts.standing(tx, tenant, own)?;
        if !standing.open {
            return Ok(true);
        }
        // An incident that is this alert alone may still move; a larger one only merges.
        let alone = standing.alerts <= 1;
        let Judgement { into, folded } = self.judge(tx, &mut after, id)?;
        let mut others: Vec<Match> = into.into_iter().chain(folded).collect();
        others.retain(|it| {
            it.incident != own && if alone { it.score >= JOIN } else { it.bridge >= MERGE }
        });
        let Some(eldest) = others.iter().map(|it| it.incident).min() else { return Ok(true) };
        let elder = own.min(eldest);
        let mut younger: Vec<u64> = others.iter().map(|it| it.incident).chain([own]).collect();
        younger.retain(|it| *it != elder);
        for it in younger {
            let younger = self.drafts.standing(tx, tenant, it)?;
            if !self.drafts.standing(tx, tenant, elder)?.takes_in(younger) {
                continue;
            }
            self.fold(tx, elder, it)?;
            // When the alert's own incident moves, the reasons are those for where it goes.
            let why = if it == own { elder } else { it };
            if let Some(found) = others.iter().find(|other| other.incident == why) {
                self.explain(tx, id, elder, found, true)?;
            }
        }
        Ok(true)
    }

    /// Asks correlation, with the recent past of each entity.
    fn judge(&mut self, tx: &Tx<'_>, subject: &mut Subject, id: &str) -> Result<Judgement, Fault> {
        let tenant = &self.cx.tenant;
        let since = subject.at.saturating_sub(WINDOW);
        let recall = |it: &Mention| tx.link_recent(tenant, &it.entity.to_string());
        let known = subject.speaking().map(recall).collect::<Result<Vec<_>, _>>()?;
        let mut shared = Vec::new();
        for (mention, links) in subject.speaking().zip(&known) {
            shared.push(Shared { mention: mention.clone(), recent: recent(links, since, id) });
        }
        let others = other_names(subject, &shared);
        let known = others.iter().map(recall).collect::<Result<Vec<_>, _>>()?;
        subject.mentions.extend_from_slice(&others);
        for (mention, links) in others.into_iter().zip(&known) {
            shared.push(Shared { mention, recent: recent(links, since, id) });
        }
        let mut incidents = BTreeMap::new();
        let mut bonded = Vec::new();
        for it in bonds(subject, &shared) {
            let Occurrence { alert, incident, .. } = it.occurrence;
            let now = tx.incident_now(tenant, alert, &incident.to_string())?;
            bonded.push((now.and_then(|it| it.parse().ok()).unwrap_or(*incident), it));
        }
        let matches = weigh(subject, &bonded);
        for it in &matches {
            incidents.insert(it.incident, self.drafts.standing(tx, tenant, it.incident)?);
        }
        Ok(match decide(matches, &incidents) {
            Verdict::Open => Judgement::default(),
            Verdict::Join { into, folded } => Judgement { into: Some(into), folded },
        })
    }

    /// Moves the alerts of the younger incident over. Their number is bounded by
    /// [`LARGEST_MERGED`].
    fn fold(&mut self, tx: &mut Tx<'_>, elder: u64, younger: u64) -> Result<(), Fault> {
        let tenant = &self.cx.tenant;
        let ask = ListAsk {
            tenant: tenant.clone(),
            kind: ALERTS.to_owned(),
            extra: vec![("incidentId".to_owned(), Value::from(younger.to_string()))],
            top: 2 * LARGEST_MERGED as u32,
            ..ListAsk::default()
        };
        for record in tx.list(&ask)?.records {
            let mut doc = record.doc;
            let stamp = self.stamps.next(self.cx.now, ticks(&doc, "lastUpdateDateTime"));
            set(&mut doc, "incidentId", elder.to_string());
            set(&mut doc, "lastUpdateDateTime", stamp.to_string());
            tx.update(&record.key, doc, stamp.0, &self.cx.caller.app_id, None)?;
        }
        tx.links_move(tenant, &younger.to_string(), &elder.to_string())?;
        self.drafts.fold(tx, tenant, elder, younger)
    }

    fn link<'m>(
        &self,
        tx: &mut Tx<'_>,
        subject: &Subject,
        mentions: impl Iterator<Item = &'m Mention>,
        id: &str,
        incident: u64,
    ) -> Result<(), Fault> {
        let incident = incident.to_string();
        for mention in mentions {
            let (name, trace) = (mention.entity.to_string(), subject.trace(mention).to_string());
            let link = Link {
                alert_id: id.to_owned(),
                incident_id: incident.clone(),
                at: subject.at,
                peer: trace,
            };
            tx.link_add(&self.cx.tenant, &name, link)?;
        }
        Ok(())
    }

    /// Stores why the alert is where it is, one record per reason.
    fn explain(
        &self,
        tx: &mut Tx<'_>,
        id: &str,
        incident: u64,
        found: &Match,
        folded: bool,
    ) -> Result<(), Fault> {
        let stamp = self.stamps.next(self.cx.now, 0);
        for (index, reason) in found.reasons.iter().enumerate() {
            let name = format!("{id}-{}-{index}", found.incident);
            let doc = explanation(&name, id, found, reason, folded, &stamp.to_string());
            let new = NewRecord {
                key: Key::new(&self.cx.tenant, CORRELATIONS, name),
                parent: Some(incident.to_string()),
                doc,
                created: stamp.0,
                modified: stamp.0,
            };
            match tx.insert(new, &self.cx.caller.app_id) {
                // A part may bring the same pair together again; the first reason stands.
                Ok(_) | Err(store::StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// The alerts of an entity's links, but for one alert and what is too long ago.
fn recent<'a>(links: &'a [Link], since: i64, but: &str) -> Vec<Occurrence<'a>> {
    let others = links.iter().filter(|link| link.at >= since && link.alert_id != but);
    let read = |link: &'a Link| {
        let incident = link.incident_id.parse().ok()?;
        let trace = Trace::read(&link.peer);
        Some(Occurrence { alert: &link.alert_id, incident, at: link.at, trace })
    };
    others.filter_map(read).collect()
}

fn explanation(
    name: &str,
    alert: &str,
    found: &Match,
    reason: &Reason,
    folded: bool,
    stamp: &str,
) -> Doc {
    let rule = &reason.rule;
    let rule = if folded { format!("merge:{rule}") } else { rule.clone() };
    let Value::Object(doc) = json!({
        "id": name,
        "alertId": alert,
        "relatedAlertId": reason.related,
        "entityKind": reason.entity.kind.name(),
        "entity": reason.entity.value,
        "rule": rule,
        "weight": reason.weight,
        "score": reason.score,
        "total": found.score,
        "occurrences": reason.peers,
        "secondsApart": reason.seconds_apart,
        "mergedIncidentId": folded.then(|| found.incident.to_string()),
        "createdDateTime": stamp,
    }) else {
        return Doc::new();
    };
    doc
}

/// The assets for people, and which addresses are known to be whose.
fn assets(subject: &Subject) -> Assets {
    let of = |kind: EntityKind| {
        let mentions = subject.mentions.iter();
        mentions.filter(move |it| it.entity.kind == kind && !it.entity.value.contains('/'))
    };
    let named = |kind: EntityKind| of(kind).map(|it| it.entity.value.clone());
    let mut names: Vec<String> = named(EntityKind::Device).collect();
    if names.is_empty() {
        names.extend(named(EntityKind::PrivateIp));
    }
    if names.is_empty() {
        names.extend(named(EntityKind::User).chain(named(EntityKind::Mailbox)));
    }
    let devices = of(EntityKind::Device).map(|it| (&it.own, &it.entity.value));
    let addresses = of(EntityKind::PrivateIp).map(|it| (&it.entity.value, &it.own));
    let known = devices.chain(addresses).filter(|it| !it.0.is_empty() && !it.1.is_empty());
    let known = known.map(|(address, name)| (address.clone(), name.clone())).collect();
    Assets { names, known }
}

/// Ids rise with time, so new alerts stand at the end of every index.
fn alert_id(stamp: i64, fingerprint: Option<&str>) -> String {
    match fingerprint.and_then(|it| it.get(..8)) {
        Some(tail) => format!("ya{stamp:018}_{tail}"),
        None => format!("ya{stamp:018}_hand"),
    }
}
