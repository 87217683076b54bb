//! What one shared entity says about two alerts.
//!
//! Worth of the kind × how much both alerts tell × the part the entity plays × time. Every rule
//! that changes the worth leaves its word in the reason.

use std::fmt;

use super::{
    decide::{Occurrence, WINDOW},
    entity::{EntityKind, Facet},
    extract::Subject,
    mention::{Mention, Role},
    telling::{moves_on, softened},
};

/// Two attempts on the same thing by different people.
const TWO_ATTEMPTS: u32 = 500;
/// An attempt, and later something on the thing it was made on.
const ATTEMPT_BEFORE: u32 = 750;
/// An attempt on a thing where something had happened before.
const ATTEMPT_AFTER: u32 = 300;
/// Half-life of an attempt: what it leads to follows soon.
const ATTEMPT_HOURS: i64 = 4;
/// Moments that count as the same moment between an attempt and what follows it.
const SLACK: i64 = 10 * 60 * 10_000_000;
/// The same rule on the same thing, about something else.
const SAME_RULE: u32 = 600;
/// A further stage on the same thing.
const NEXT_STAGE: u32 = 1_300;
/// How far apart two stages may be to strengthen each other.
const NEXT_STAGE_WITHIN: i64 = 12 * HOUR;
/// No single entity is worth more.
const MOST: u32 = 950;

const HOUR: i64 = 36_000_000_000;

/// The worth of one shared entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bond {
    /// What it is evidence of.
    pub facet: Facet,
    /// The worth of the kind, thousandths.
    pub weight: u32,
    /// What is left of it, before damping of hubs.
    pub score: u32,
    /// The rules that spoke.
    pub rule: Rule,
}

/// The rules behind a bond, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The kind's own, as in `sameDevice`.
    same: &'static str,
    /// Spoken of something hostile.
    hostile: bool,
    /// What changed the worth, with a plus before it, or nothing.
    word: &'static str,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.same.strip_prefix("same").filter(|_| self.hostile) {
            Some(what) => write!(f, "sameHostile{what}{}", self.word),
            None => write!(f, "{}{}", self.same, self.word),
        }
    }
}

/// Compares the new alert's mention with an earlier alert's; none when it says nothing.
pub fn compare(subject: &Subject, mention: &Mention, earlier: &Occurrence<'_>) -> Option<Bond> {
    let trace = &earlier.trace;
    let kind = mention.entity.kind;
    let apart = subject.at.saturating_sub(earlier.at);
    let hostile = mention.role == Role::Hostile || trace.role == Role::Hostile;
    let aimed_at = [mention.role, trace.role].map(|it| it == Role::Target);
    let facet = match kind.facet() {
        Facet::Outside if aimed_at != [false, false] => Facet::Place,
        facet => facet,
    };
    let own = kind == EntityKind::PrivateIp && !(mention.own.is_empty() && trace.own.is_empty());
    let mut weight = kind.weight();
    let mut rule = Rule { same: kind.rule(), hostile: false, word: "" };
    let both = |one: u32, other: u32| one * other / 1_000;
    let soft = both(softened(subject.telling), softened(trace.telling));
    let score = match facet {
        Facet::Repeat => weight,
        Facet::Place | Facet::Person => {
            if own {
                weight = EntityKind::Device.weight();
                rule.same = "sameDeviceAddress";
            }
            let told = weight * both(subject.telling, trace.telling) / 1_000;
            let (score, word) = lived(told, subject, earlier, aimed_at);
            rule.word = word;
            score
        }
        Facet::Outside if hostile => {
            weight = kind.hostile_weight();
            rule.hostile = true;
            weight * soft / 1_000
        }
        Facet::Outside => weight * both(subject.telling, trace.telling) / 1_000,
        Facet::Artifact | Facet::Cloud => weight * soft / 1_000,
    };
    let half_life = match (aimed_at, own) {
        ([false, false], true) => EntityKind::Device.half_life_hours(),
        ([false, false], false) => kind.half_life_hours(),
        _ => kind.half_life_hours().min(ATTEMPT_HOURS),
    };
    let score = decayed(score.min(MOST), apart, half_life);
    (score > 0).then_some(Bond { facet, weight, score, rule })
}

/// What both alerts being about the same place or person is worth, by what happened there.
fn lived(
    told: u32,
    subject: &Subject,
    earlier: &Occurrence<'_>,
    aimed_at: [bool; 2],
) -> (u32, &'static str) {
    let trace = &earlier.trace;
    let part = match aimed_at {
        [false, false] => 1_000,
        [true, true] => TWO_ATTEMPTS,
        [new_aims, _] => {
            let (attempt, other) =
                if new_aims { (subject.at, earlier.at) } else { (earlier.at, subject.at) };
            if attempt <= other.saturating_add(SLACK) { ATTEMPT_BEFORE } else { ATTEMPT_AFTER }
        }
    };
    let told = told * part / 1_000;
    let apart = subject.at.saturating_sub(earlier.at);
    let further = if apart >= 0 {
        moves_on(trace.stages, subject.stages)
    } else {
        moves_on(subject.stages, trace.stages)
    };
    if subject.detector == trace.detector {
        (told * SAME_RULE / 1_000, "+sameRule")
    } else if further && part >= ATTEMPT_BEFORE && apart.saturating_abs() <= NEXT_STAGE_WITHIN {
        (told * NEXT_STAGE / 1_000, "+nextStage")
    } else if part < 1_000 {
        (told, "+attempt")
    } else {
        (told, "")
    }
}

/// Halves per half-life, straight lines between the halvings.
fn decayed(weight: u32, apart: i64, half_life_hours: i64) -> u32 {
    let apart = apart.checked_abs().unwrap_or(i64::MAX);
    if apart > WINDOW {
        return 0;
    }
    let half_life = half_life_hours * HOUR;
    let (halvings, rest) = (apart / half_life, apart % half_life);
    let Some(base) = u32::try_from(halvings).ok().and_then(|by| weight.checked_shr(by)) else {
        return 0;
    };
    let lost = i128::from(base) * i128::from(rest) / i128::from(2 * half_life);
    base.saturating_sub(u32::try_from(lost).unwrap_or(base))
}
