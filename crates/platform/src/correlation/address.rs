//! A machine's other name: one product knows its address, another its host name.
//!
//! An alert that names both teaches which belong together, for a while, because addresses inside
//! change hands.

use super::{
    decide::Shared,
    entity::{Entity, EntityKind},
    extract::Subject,
    mention::Mention,
};

/// An address and a name said to belong together longer ago (or later) than this do not any more.
const KEPT: i64 = 24 * 36_000_000_000;
/// Other names that are added to one alert.
const MOST: usize = 3;

/// The mentions to add to an alert: of each machine that it names by one name only, the other name,
/// as the alert nearest in time that knew both said it.
pub fn other_names(subject: &Subject, shared: &[Shared<'_>]) -> Vec<Mention> {
    let mut added: Vec<Mention> = Vec::new();
    for it in shared {
        let other = match it.mention.entity.kind {
            EntityKind::Device => EntityKind::PrivateIp,
            EntityKind::PrivateIp => EntityKind::Device,
            _ => continue,
        };
        if !it.mention.own.is_empty() || it.mention.entity.value.contains('/') {
            continue;
        }
        let apart = |at: i64| subject.at.saturating_sub(at).saturating_abs();
        let taught = it.recent.iter().filter(|told| !told.trace.own.is_empty());
        let nearest = taught
            .filter(|told| apart(told.at) <= KEPT)
            .min_by_key(|told| (apart(told.at), &told.trace.own, &told.alert));
        let Some(entity) = nearest.and_then(|told| Entity::new(other, &told.trace.own)) else {
            continue;
        };
        let known = subject.mentions.iter().chain(&added).any(|it| it.entity == entity);
        if !known && added.len() < MOST {
            let own = it.mention.entity.value.clone();
            added.push(Mention { entity, own, ..it.mention.clone() });
        }
    }
    added
}
