//! The decision for one new alert: which incident it joins, which incidents it shows to be one,
//! and why.
//!
//! Pure, in steps so that only what matters need be looked up in between: [`bonds`] finds the
//! earlier alerts that count in what the store remembers ([`Shared`]), [`weigh`] the strong
//! candidates among their incidents, and [`decide`] makes a [`Verdict`] of those and how they
//! stand. Alerts are decided one after the other, so how they were batched cannot matter.
//!
//! An incident's score is a "noisy or" over facets: of each facet the best shared entity counts once
//! (three names of one machine are one machine), and different facets add up without passing 1000.
//! A repetition of the same detection joins, but it never brings two incidents together.

use std::collections::BTreeMap;

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
/// Peers an entity may have before it counts as a hub.
pub const PEERS: u32 = 6;
/// An incident with so many alerts is full: what fits it opens the next. Nobody reads a story of a
/// hundred thousand alerts, and what a noisy machine sends must not grow one record for ever.
pub const MOST_ALERTS: u64 = 150;
/// An incident with more alerts is never folded into another: a merge stays one small step.
pub const LARGEST_MERGED: u64 = 100;
/// Most incidents that one alert folds together.
pub const MOST_MERGES: usize = 3;
/// Most reasons kept for one membership.
pub const MOST_REASONS: usize = 4;

const HOUR: i64 = 36_000_000_000;

/// An earlier alert with the same entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence<'a> {
    /// The alert.
    pub alert: &'a str,
    /// The incident it was in at first.
    pub incident: u64,
    /// When it happened, ticks.
    pub at: i64,
    /// What was kept of it.
    pub trace: Trace<'a>,
}

/// A mention of the new alert, with its recent past (newest first).
#[derive(Clone, Debug)]
pub struct Shared<'a> {
    /// The mention.
    pub mention: Mention,
    /// Where the entity was seen last, as far back as the store remembers.
    pub recent: Vec<Occurrence<'a>>,
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

impl Standing {
    /// Whether one more alert may join.
    pub fn has_room(self) -> bool {
        self.open && self.alerts < MOST_ALERTS
    }

    /// Whether all alerts of a younger incident may join.
    pub fn takes_in(self, younger: Self) -> bool {
        younger.alerts <= LARGEST_MERGED && self.alerts + younger.alerts < MOST_ALERTS
    }
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

/// An earlier alert that may be a reason.
#[derive(Clone, Copy, Debug)]
pub struct Bonded<'a> {
    mention: &'a Mention,
    /// The earlier alert.
    pub occurrence: &'a Occurrence<'a>,
    bond: Bond,
    peers: u32,
    aimed_at: bool,
}

/// The earlier alerts that can bring the new one into an incident, whichever incidents they are in
/// by now: what could not reach [`JOIN`] even beside the best of every other facet is left out.
pub fn bonds<'a>(subject: &Subject, shared: &'a [Shared<'a>]) -> Vec<Bonded<'a>> {
    let mut bonds = Vec::new();
    let mut best = [0; Facet::COUNT];
    for it in shared {
        let peers = [Role::Plain, Role::Target].map(|role| peer_count(subject, it, role));
        for occurrence in &it.recent {
            let Some(mut bond) = compare(subject, &it.mention, occurrence) else { continue };
            let aimed_at = [it.mention.role, occurrence.trace.role].contains(&Role::Target);
            let peers = peers[usize::from(aimed_at)];
            if bond.facet != Facet::Repeat {
                bond.score = damped(bond.score, peers);
            }
            let held = &mut best[bond.facet as usize];
            *held = bond.score.max(*held);
            if bond.score > 0 {
                bonds.push(Bonded { mention: &it.mention, occurrence, bond, peers, aimed_at });
            }
        }
    }
    bonds.retain(|it| {
        let mut scores = best;
        scores[it.bond.facet as usize] = it.bond.score;
        together(scores) >= JOIN
    });
    bonds
}

/// The incidents an alert could join, strongest first, whatever their standing. Each bond comes
/// with the incident its earlier alert is in.
pub fn weigh(subject: &Subject, bonds: &[(u64, Bonded<'_>)]) -> Vec<Match> {
    let mut best: BTreeMap<u64, BTreeMap<Facet, Reason>> = BTreeMap::new();
    for (incident, it) in bonds {
        let Bond { facet, weight, score, rule } = it.bond;
        let reason = Reason {
            related: it.occurrence.alert.to_owned(),
            incident: *incident,
            entity: it.mention.entity.clone(),
            facet,
            attempt: it.aimed_at && facet == Facet::Place,
            rule: rule.to_string(),
            weight,
            score,
            peers: it.peers,
            seconds_apart: subject.at.saturating_sub(it.occurrence.at) / (HOUR / 3600),
        };
        let facets = best.entry(*incident).or_default();
        match facets.get_mut(&facet) {
            Some(held) if !better(&reason, held) => {}
            Some(held) => *held = reason,
            None => {
                facets.insert(facet, reason);
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
    matches.retain(|it| incidents.get(&it.incident).is_some_and(|it| it.has_room()));
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
    let standing = |it: &Match| {
        incidents.get(&it.incident).copied().unwrap_or(Standing { open: false, alerts: 0 })
    };
    let elder = strong.remove(0);
    let mut grown = standing(&elder);
    let mut folded = Vec::new();
    for it in strong {
        if folded.len() < MOST_MERGES && grown.takes_in(standing(&it)) {
            grown.alerts += standing(&it).alerts;
            folded.push(it);
        }
    }
    // Two large incidents stay apart; the alert then goes where it fits best.
    if folded.is_empty() {
        return Verdict::Join { into: winner, folded };
    }
    Verdict::Join { into: elder, folded }
}

fn gather(incident: u64, facets: BTreeMap<Facet, Reason>) -> Match {
    let mut reasons: Vec<Reason> = facets.into_values().collect();
    let of = |wanted: &dyn Fn(&Reason) -> bool| {
        together(reasons.iter().filter(|it| wanted(it)).map(|it| it.score))
    };
    let score = of(&|_| true);
    let bridge = of(&|it| it.facet != Facet::Repeat);
    let firm = of(&|it| it.facet != Facet::Repeat && !it.attempt);
    reasons.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.entity.cmp(&b.entity)));
    reasons.truncate(MOST_REASONS);
    Match { incident, score, bridge, firm, reasons }
}

/// The score of facets that agree, in the order of facets: each leaves less room for doubt. It never
/// falls when one of them rises.
fn together(scores: impl IntoIterator<Item = u32>) -> u32 {
    let doubt = |rest: u32, score: u32| rest * 1_000_u32.saturating_sub(score) / 1_000;
    1_000 - scores.into_iter().fold(1_000, doubt)
}

/// More score first, then nearer in time, then the earlier alert id: never the order of arrival.
fn better(new: &Reason, held: &Reason) -> bool {
    (new.score, std::cmp::Reverse(new.seconds_apart.abs()), &held.related, &held.entity)
        > (held.score, std::cmp::Reverse(held.seconds_apart.abs()), &new.related, &new.entity)
}

/// Distinct peers of the entity in its recent past, the new alert's own included. Who knocks at a
/// machine from outside and what the machine itself has to do with are counted apart.
fn peer_count(subject: &Subject, shared: &Shared<'_>, role: Role) -> u32 {
    let aims = role == Role::Target;
    let of_role = |it: Role| (it == Role::Target) == aims;
    let own = Some(&shared.mention).filter(|it| of_role(it.role));
    let own = own.and_then(|it| subject.peer(it)).map(ToString::to_string);
    let recent = shared.recent.iter().filter(|it| of_role(it.trace.role));
    let mut peers: Vec<&str> = Vec::new();
    for peer in recent.map(|it| &*it.trace.peer).chain(own.as_deref()) {
        if !peer.is_empty() && !peers.contains(&peer) {
            peers.push(peer);
        }
    }
    u32::try_from(peers.len()).unwrap_or(u32::MAX)
}

fn damped(score: u32, peers: u32) -> u32 {
    score * PEERS / peers.max(PEERS)
}
