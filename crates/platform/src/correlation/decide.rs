//! The decision for one new alert: which incident it joins, which incidents it shows to be one,
//! and why.
//!
//! Pure, in two steps so that only incidents that matter need to be looked up: [`weigh`] finds the
//! strong candidates from what the store knows ([`Shared`]), [`decide`] makes a [`Verdict`] of them
//! and how they stand. Alerts are decided one after the other, so how they were batched cannot matter.
//!
//! An incident's score is a "noisy or" over facets: of each facet the best shared entity counts once
//! (three names of one machine are one machine), and different facets add up without passing 1000.
//! A repetition of the same detection joins, but it never brings two incidents together.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    entity::{Entity, Facet},
    extract::Subject,
    mention::{Mention, Role},
    pair::{Bond, compare},
    trace::Trace,
};

/// Score from which an alert belongs to an incident.
pub const JOIN: u32 = 450;
/// Score from which a second incident is found to be the same story.
pub const MERGE: u32 = 520;
/// Alerts further apart than this, in ticks, share nothing.
pub const WINDOW: i64 = 14 * 24 * HOUR;
/// How many recent alerts with an entity are looked at.
pub const LOOK_BACK: u32 = 24;
/// Peers an entity may have before it counts as a hub.
pub const PEERS: u32 = 6;
/// An incident with more alerts is never folded into another: a merge stays one small step.
pub const LARGEST_MERGED: u64 = 100;
/// Most incidents that one alert folds together.
pub const MOST_MERGES: usize = 3;
/// Most reasons kept for one membership.
pub const MOST_REASONS: usize = 4;

const HOUR: i64 = 36_000_000_000;

/// An earlier alert with the same entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The alert.
    pub alert: String,
    /// The incident it is in.
    pub incident: u64,
    /// When it happened, ticks.
    pub at: i64,
    /// What was kept of it.
    pub trace: Trace,
}

/// A mention of the new alert, with its recent past (newest first).
#[derive(Clone, Debug)]
pub struct Shared {
    /// The mention.
    pub mention: Mention,
    /// Where the entity was seen, at most [`LOOK_BACK`].
    pub recent: Vec<Occurrence>,
}

/// What matters about an incident that might be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Not resolved and not redirected. A resolved incident is history: what comes after it is a
    /// new one.
    pub open: bool,
    /// How many alerts it has.
    pub alerts: u64,
}

/// One reason for a membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The earlier alert.
    pub related: String,
    /// The incident that alert is in.
    pub incident: u64,
    /// What both have.
    pub entity: Entity,
    /// What it is evidence of.
    pub facet: Facet,
    /// One of the two alerts tells of an attempt only.
    pub attempt: bool,
    /// The rules that spoke.
    pub rule: String,
    /// The kind's weight, thousandths.
    pub weight: u32,
    /// What was left of it, thousandths.
    pub score: u32,
    /// Distinct peers of the entity; above [`PEERS`] it was damped.
    pub peers: u32,
    /// The new alert's time minus the earlier one's, whole seconds.
    pub seconds_apart: i64,
}

/// An incident with its score and reasons, best reason first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The incident.
    pub incident: u64,
    /// Thousandths.
    pub score: u32,
    /// The same without repetition: what may bring incidents together.
    pub bridge: u32,
    /// The same without attempts either. Many people try; what follows is the work of one of them.
    pub firm: u32,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// What becomes of the alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing near enough: a new incident.
    Open,
    /// It joins `into`; each of `folded` becomes part of `into` too.
    Join {
        /// Where it goes.
        into: Match,
        /// Younger incidents that turn out to be the same story.
        folded: Vec<Match>,
    },
}

/// The incidents an alert could join, strongest first, whatever their standing.
pub fn weigh(subject: &Subject, shared: &[Shared]) -> Vec<Match> {
    let mut best: BTreeMap<u64, BTreeMap<Facet, Reason>> = BTreeMap::new();
    for it in shared {
        let peers = [Role::Plain, Role::Target].map(|role| peer_count(subject, it, role));
        for occurrence in &it.recent {
            let Some(Bond { facet, weight, score, rule }) =
                compare(subject, &it.mention, occurrence)
            else {
                continue;
            };
            let aimed_at = [it.mention.role, occurrence.trace.role].contains(&Role::Target);
            let peers = peers[usize::from(aimed_at)];
            let score = if facet == Facet::Repeat { score } else { damped(score, peers) };
            if score == 0 {
                continue;
            }
            let reason = Reason {
                related: occurrence.alert.clone(),
                incident: occurrence.incident,
                entity: it.mention.entity.clone(),
                facet,
                attempt: aimed_at && facet == Facet::Place,
                rule,
                weight,
                score,
                peers,
                seconds_apart: subject.at.saturating_sub(occurrence.at) / (HOUR / 3600),
            };
            let facets = best.entry(occurrence.incident).or_default();
            match facets.get_mut(&facet) {
                Some(held) if !better(&reason, held) => {}
                Some(held) => *held = reason,
                None => {
                    facets.insert(facet, reason);
                }
            }
        }
    }
    let mut matches: Vec<Match> = best.into_iter().map(|(id, kinds)| gather(id, kinds)).collect();
    matches.retain(|it| it.score >= JOIN);
    // The strongest wins; of equals the elder.
    matches.sort_by_key(|it| (std::cmp::Reverse(it.score), it.incident));
    matches
}

/// Decides for one alert from what [`weigh`] found. `incidents` says how each of them stands; one
/// that is missing counts as closed.
pub fn decide(mut matches: Vec<Match>, incidents: &BTreeMap<u64, Standing>) -> Verdict {
    matches.retain(|it| incidents.get(&it.incident).is_some_and(|standing| standing.open));
    match matches.first().cloned() {
        Some(winner) => settle(winner, matches, incidents),
        None => Verdict::Open,
    }
}

/// Of the incidents this alert binds strongly, the eldest takes the others in.
fn settle(winner: Match, matches: Vec<Match>, incidents: &BTreeMap<u64, Standing>) -> Verdict {
    // Of those that only an attempt ties in, the likeliest is taken (the first, for they are sorted).
    let mut attempts = 0;
    let mut strong: Vec<Match> = matches
        .into_iter()
        .filter(|it| {
            attempts += usize::from(it.firm < MERGE && it.bridge >= MERGE);
            it.bridge >= MERGE && (it.firm >= MERGE || attempts == 1)
        })
        .collect();
    strong.sort_by_key(|it| it.incident);
    if winner.bridge < MERGE || strong.len() < 2 {
        return Verdict::Join { into: winner, folded: Vec::new() };
    }
    let small = |it: &Match| {
        incidents.get(&it.incident).is_some_and(|standing| standing.alerts <= LARGEST_MERGED)
    };
    let elder = strong.remove(0);
    let folded: Vec<Match> = strong.into_iter().filter(small).take(MOST_MERGES).collect();
    // Two large incidents stay apart; the alert then goes where it fits best.
    if folded.is_empty() {
        return Verdict::Join { into: winner, folded };
    }
    Verdict::Join { into: elder, folded }
}

fn gather(incident: u64, facets: BTreeMap<Facet, Reason>) -> Match {
    let mut reasons: Vec<Reason> = facets.into_values().collect();
    let together = |wanted: &dyn Fn(&Reason) -> bool| {
        let rest = reasons
            .iter()
            .filter(|it| wanted(it))
            .fold(1_000, |rest, it| rest * 1_000_u32.saturating_sub(it.score) / 1_000);
        1_000 - rest
    };
    let score = together(&|_| true);
    let bridge = together(&|it| it.facet != Facet::Repeat);
    let firm = together(&|it| it.facet != Facet::Repeat && !it.attempt);
    reasons.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.entity.cmp(&b.entity)));
    reasons.truncate(MOST_REASONS);
    Match { incident, score, bridge, firm, reasons }
}

/// More score first, then nearer in time, then the earlier alert id: never the order of arrival.
fn better(new: &Reason, held: &Reason) -> bool {
    (new.score, std::cmp::Reverse(new.seconds_apart.abs()), &held.related, &held.entity)
        > (held.score, std::cmp::Reverse(held.seconds_apart.abs()), &new.related, &new.entity)
}

/// Distinct peers of the entity in its recent past, the new alert's own included. Who knocks at a
/// machine from outside and what the machine itself has to do with are counted apart.
fn peer_count(subject: &Subject, shared: &Shared, role: Role) -> u32 {
    let aims = role == Role::Target;
    let of_role = |it: Role| (it == Role::Target) == aims;
    let own = Some(&shared.mention).filter(|it| of_role(it.role));
    let own = own.and_then(|it| subject.peer(it)).map(ToString::to_string);
    let recent = shared.recent.iter().filter(|it| of_role(it.trace.role));
    let mut peers: BTreeSet<&str> = recent.map(|it| it.trace.peer.as_str()).collect();
    peers.extend(own.as_deref());
    peers.remove("");
    u32::try_from(peers.len()).unwrap_or(u32::MAX)
}

fn damped(score: u32, peers: u32) -> u32 {
    score * PEERS / peers.max(PEERS)
}
