//! From an alert's document to what correlation looks at: its time, how much it tells, and what it
//! mentions in which part.
//!
//! Reads an `alerts_v2` document whichever product wrote it; what a piece of evidence names is in
//! `evidence.rs`. The order of the evidence does not matter: mentions are sorted, so the same alert
//! always says the same.

use std::collections::BTreeMap;

use model::time::Timestamp;
use serde_json::{Map, Value};

use super::{
    entity::{Entity, EntityKind, Facet},
    evidence::evidence,
    mention::{Mention, Role},
    telling::{ATTEMPT, ROUTINE, Stages, stages, telling},
    trace::Trace,
};

pub use super::evidence::evidence_type;

/// More entities than this in one alert are left out, weakest kinds first; so no alert can make
/// correlation expensive.
pub const MOST_ENTITIES: usize = 24;

/// What correlation knows of one alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// When it happened (not when it arrived), in ticks.
    pub at: i64,
    /// How much it tells, thousandths.
    pub telling: u32,
    /// How far along an intrusion it stands.
    pub stages: Option<Stages>,
    /// The rule that spoke, as a digest.
    pub detector: u32,
    /// What it mentions, sorted, each once.
    pub mentions: Vec<Mention>,
}

impl Subject {
    /// What is kept beside a link to one of its mentions.
    pub fn trace<'a>(&self, mention: &'a Mention) -> Trace<'a> {
        Trace {
            telling: self.telling,
            role: mention.role,
            stages: self.stages,
            detector: self.detector,
            own: mention.own.as_str().into(),
            peer: self.peer(mention).map(ToString::to_string).unwrap_or_default().into(),
        }
    }

    /// What joins: the mentions that are not there for people only.
    pub fn speaking(&self) -> impl Iterator<Item = &Mention> {
        self.mentions.iter().filter(|it| !it.mute)
    }

    /// The other side this alert ties a mention to: of what is aimed at who aims, of everything
    /// else the first asset that is not the thing itself under another name. Many different
    /// peers make a hub.
    pub fn peer(&self, mention: &Mention) -> Option<&Entity> {
        let of = |wanted: &dyn Fn(&Mention) -> bool| {
            self.mentions.iter().find(|it| wanted(it)).map(|it| &it.entity)
        };
        if mention.role == Role::Target {
            return of(&|it| it.role == Role::Hostile);
        }
        of(&|it| {
            it.entity.kind.is_asset()
                && it.entity != mention.entity
                && !it.entity.value.contains('/')
                && it.entity.value != mention.own
                && (it.own.is_empty() || it.own != mention.entity.value)
        })
    }
}

/// Reads an alert document; `arrived` stands in where it has no times of its own.
pub fn subject(doc: &Map<String, Value>, arrived: i64) -> Subject {
    let at = ["lastActivityDateTime", "firstActivityDateTime", "createdDateTime"]
        .iter()
        .find_map(|member| Timestamp::parse(doc.get(*member)?.as_str()?).ok())
        .map_or(arrived, |it| it.0);
    let stages = stages(doc);
    let telling = telling(doc, stages);
    let mut parts = BTreeMap::<Entity, Part>::new();
    for item in doc.get("evidence").and_then(Value::as_array).into_iter().flatten() {
        if let Value::Object(item) = item {
            let mut found = Vec::new();
            evidence(item, &mut found);
            Part::of(item).note(found, &mut parts);
        }
    }
    let rule = detector(doc);
    let mut mentions = cast(parts, telling);
    mentions.extend(detection(&rule, &mentions));
    if mentions.len() > MOST_ENTITIES {
        mentions.sort_by_key(|it| (std::cmp::Reverse(it.entity.kind.weight()), it.clone()));
        mentions.truncate(MOST_ENTITIES);
    }
    mentions.sort();
    Subject { at, telling, stages, detector: digest(&rule), mentions }
}

/// What the evidence says of one entity.
#[derive(Clone, Debug, Default)]
struct Part {
    hostile: bool,
    source: bool,
    compromised: bool,
    stopped: bool,
    /// Of an address its device, of a device its address.
    own: String,
}

impl Part {
    fn of(item: &Map<String, Value>) -> Self {
        let roles = item.get("roles").and_then(Value::as_array);
        let roles: Vec<&str> = roles.into_iter().flatten().filter_map(Value::as_str).collect();
        Self {
            hostile: roles.iter().any(|it| matches!(*it, "attacker" | "commandAndControl")),
            source: roles.contains(&"source"),
            compromised: roles.contains(&"compromised"),
            stopped: matches!(text(item, "remediationStatus"), "blocked" | "prevented"),
            own: String::new(),
        }
    }

    /// Notes it for every entity one piece of evidence names.
    fn note(&self, found: Vec<Entity>, parts: &mut BTreeMap<Entity, Self>) {
        let of = |kind: EntityKind| {
            found.iter().find(move |it| it.kind == kind && !it.value.contains('/'))
        };
        let device = of(EntityKind::Device).map(|it| it.value.clone()).unwrap_or_default();
        let address = of(EntityKind::PrivateIp).map(|it| it.value.clone()).unwrap_or_default();
        for entity in found {
            let own = match entity.kind {
                EntityKind::Device if !entity.value.contains('/') => &address,
                EntityKind::PrivateIp => &device,
                _ => "",
            };
            let held = parts.entry(entity).or_default();
            held.hostile |= self.hostile;
            held.source |= self.source;
            held.compromised |= self.compromised;
            held.stopped |= self.stopped;
            if held.own.is_empty() {
                own.clone_into(&mut held.own);
            }
        }
    }
}

/// Gives every entity its role, which needs the whole cast.
fn cast(parts: BTreeMap<Entity, Part>, telling: u32) -> Vec<Mention> {
    let comes_in = |(entity, it): (&Entity, &Part)| {
        entity.kind == EntityKind::PublicIp && it.hostile && it.source
    };
    let inbound = parts.iter().any(comes_in);
    let stopped = inbound && parts.iter().any(|it| comes_in(it) && it.1.stopped);
    let role = |entity: &Entity, part: &Part| match entity.kind.facet() {
        Facet::Outside if part.hostile => Role::Hostile,
        // What a request from outside asked for is the organisation's own address or name.
        Facet::Outside if inbound && !part.source => Role::Target,
        Facet::Place | Facet::Person if inbound && !part.compromised => Role::Target,
        _ => Role::Plain,
    };
    let silent = |facet: Facet, role: Role| {
        matches!(facet, Facet::Place | Facet::Person) && telling < ROUTINE
            || role == Role::Target && (stopped || telling < ATTEMPT)
    };
    parts
        .into_iter()
        .map(|(entity, part)| {
            let role = role(&entity, &part);
            let mute = silent(entity.kind.facet(), role);
            Mention { entity, role, own: part.own, mute }
        })
        .collect()
}

/// Product and rule, or its title where a product does not name rules.
fn detector(doc: &Map<String, Value>) -> String {
    let rule = Some(text(doc, "detectorId")).filter(|it| !it.is_empty());
    let product = text(doc, "productName").split(' ').next().unwrap_or_default();
    let named = format!("{product} {}", rule.unwrap_or_else(|| text(doc, "title")));
    named.trim().to_lowercase()
}

/// The rule with the things it spoke of, at most two of a kind; none when it names no thing.
fn detection(rule: &str, mentions: &[Mention]) -> Option<Mention> {
    let of = |kind: EntityKind| {
        let named = mentions.iter().map(|it| &it.entity);
        named.filter(move |it| it.kind == kind && !it.value.contains('/')).take(2)
    };
    let mut about: Vec<&str> = of(EntityKind::Device).map(|it| it.value.as_str()).collect();
    if about.is_empty() {
        about.extend(of(EntityKind::PrivateIp).map(|it| it.value.as_str()));
    }
    for kind in [EntityKind::User, EntityKind::Mailbox, EntityKind::PublicIp] {
        about.extend(of(kind).map(|it| it.value.as_str()));
    }
    if about.is_empty() {
        return None;
    }
    let entity = Entity::new(EntityKind::Detection, &format!("{} @ {rule}", about.join(", ")))?;
    Some(Mention { entity, role: Role::Plain, own: String::new(), mute: false })
}

/// FNV-1a: short, and the same on every machine.
fn digest(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

fn text<'a>(item: &'a Map<String, Value>, member: &str) -> &'a str {
    item.get(member).and_then(Value::as_str).unwrap_or_default()
}
