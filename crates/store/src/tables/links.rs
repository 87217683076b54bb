//! Which alerts named an entity last, and which incident each of them is in: what correlation asks.
//!
//! An entity has one row with its last [`REMEMBERED`] alerts, packed by `remembered.rs`. What an
//! alert costs is then a row per entity, however often the entity was seen, and a batch reads and
//! writes each row once: a transaction keeps the rows it touched and writes them at its end, in
//! order. A link says the incident its alert began in; what moved since is noted apart, so merging
//! incidents writes one row whatever their size.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::{digest::digest, remembered};
use crate::backend::value::args;
use crate::tx::TenantNo;
use crate::{Link, ReadTx, StoreError, Tx};

/// How many alerts are remembered of one entity: those with the latest moments.
pub const REMEMBERED: usize = 24;

/// What a transaction has read of links, and what it will write.
#[derive(Default)]
pub(crate) struct Links {
    entities: BTreeMap<EntityKey, Entity>,
    /// Whether a tenant has any alert that moved by itself.
    moved_alerts: HashMap<i64, bool>,
    /// Per tenant, which incidents moved.
    moved_incidents: HashMap<i64, Moved>,
}

/// Where the alerts of incidents are now, as far as it was asked.
#[derive(Default)]
struct Moved {
    known: HashMap<String, Option<String>>,
    /// Every incident that moved is known.
    whole: bool,
}

/// After so many questions a transaction reads all that moved, once...
const MANY_QUESTIONS: usize = 64;
/// ...unless it is more than this.
const MOST_MOVED: usize = 10_000;

#[derive(Default)]
struct Entity {
    links: Rc<Vec<Link>>,
    changed: bool,
}

/// A digest of an entity's name and its tenant: short, of one length, and of no use to anybody who
/// wants two names to meet. Its first half is the row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct EntityKey {
    row: i64,
    tenant: i64,
    rest: i64,
}

impl EntityKey {
    fn of(tenant: TenantNo, name: &str) -> Self {
        let whole = u128::from_be_bytes(digest(&format!("{} {name}", tenant.0)));
        let (row, rest) = ((whole >> 64) as u64, whole as u64);
        Self { row: row.cast_signed(), tenant: tenant.0, rest: rest.cast_signed() }
    }
}

impl ReadTx<'_> {
    /// The last alerts that named an entity, at most [`REMEMBERED`]: newest first, then by id
    /// downwards. Each with the incident it was in when it was linked; where it is now,
    /// [`ReadTx::incident_now`] says.
    pub fn link_recent(&self, tenant: &str, entity: &str) -> Result<Rc<Vec<Link>>, StoreError> {
        let Some(no) = self.tenant_no(tenant)? else { return Ok(Rc::default()) };
        self.entity_links(EntityKey::of(no, entity))
    }

    fn entity_links(&self, key: EntityKey) -> Result<Rc<Vec<Link>>, StoreError> {
        if let Some(known) = self.links.borrow().entities.get(&key) {
            return Ok(Rc::clone(&known.links));
        }
        let found = self.conn.row(
            "SELECT links FROM entity WHERE row = ?1 AND tenant = ?2 AND rest = ?3",
            args![key.row, key.tenant, key.rest],
            |row| Ok(remembered::read(&row.get::<Vec<u8>>(0)?)),
        )?;
        let links = match found {
            Some(Some(links)) => Rc::new(links),
            Some(None) => {
                return Err(StoreError::Corrupt { what: "the links of an entity".to_owned() });
            }
            None => Rc::default(),
        };
        let entity = Entity { links: Rc::clone(&links), changed: false };
        self.links.borrow_mut().entities.insert(key, entity);
        Ok(links)
    }

    /// The incident that an alert is in now, if it is another than its link names.
    pub fn incident_now(
        &self,
        tenant: &str,
        alert_id: &str,
        incident_id: &str,
    ) -> Result<Option<String>, StoreError> {
        let Some(no) = self.tenant_no(tenant)? else { return Ok(None) };
        let own = self.moved_alert(no, alert_id)?;
        let further = self.moved_incident(no, own.as_deref().unwrap_or(incident_id))?;
        Ok(further.or(own))
    }

    fn moved_alert(&self, tenant: TenantNo, alert: &str) -> Result<Option<String>, StoreError> {
        let known = self.links.borrow().moved_alerts.get(&tenant.0).copied();
        let some = if let Some(some) = known {
            some
        } else {
            let text = "SELECT 1 FROM moved_alert WHERE tenant = ?1 LIMIT 1";
            let some = self.conn.exists(text, args![tenant.0])?;
            self.links.borrow_mut().moved_alerts.insert(tenant.0, some);
            some
        };
        if !some {
            return Ok(None);
        }
        let text = "SELECT incident FROM moved_alert WHERE tenant = ?1 AND alert = ?2";
        self.conn.row(text, args![tenant.0, alert], |row| row.get(0))
    }

    fn moved_incident(
        &self,
        tenant: TenantNo,
        incident: &str,
    ) -> Result<Option<String>, StoreError> {
        let mut links = self.links.borrow_mut();
        let moved = links.moved_incidents.entry(tenant.0).or_default();
        if let Some(target) = moved.known.get(incident) {
            return Ok(target.clone());
        }
        if moved.whole {
            return Ok(None);
        }
        if moved.known.len() == MANY_QUESTIONS {
            let text = "SELECT incident, target FROM moved_incident WHERE tenant = ?1 LIMIT ?2";
            let all = self.conn.rows(text, args![tenant.0, MOST_MOVED as i64 + 1], |row| {
                Ok((row.get::<String>(0)?, Some(row.get::<String>(1)?)))
            })?;
            if all.len() <= MOST_MOVED {
                *moved = Moved { known: all.into_iter().collect(), whole: true };
                return Ok(moved.known.get(incident).cloned().flatten());
            }
        }
        let text = "SELECT target FROM moved_incident WHERE tenant = ?1 AND incident = ?2";
        let target: Option<String> =
            self.conn.row(text, args![tenant.0, incident], |row| row.get(0))?;
        moved.known.insert(incident.to_owned(), target.clone());
        Ok(target)
    }
}

impl Tx<'_> {
    /// Says that an alert, which is in an incident, named an entity. Of an alert that is linked
    /// already, the later word counts.
    pub fn link_add(&mut self, tenant: &str, entity: &str, link: Link) -> Result<(), StoreError> {
        self.together(|tx| {
            let key = EntityKey::of(tx.tenant_make(tenant)?, entity);
            tx.entity_links(key)?;
            let links = tx.links_mut();
            let entity = links.entities.entry(key).or_default();
            let held = Rc::make_mut(&mut entity.links);
            held.retain(|it| it.alert_id != link.alert_id);
            let newer = |it: &Link| (it.at, &it.alert_id) > (link.at, &link.alert_id);
            held.insert(held.partition_point(newer), link);
            held.truncate(REMEMBERED);
            entity.changed = true;
            Ok(())
        })
    }

    /// Writes what was linked since.
    pub(crate) fn links_write(&mut self) -> Result<(), StoreError> {
        let conn = self.conn;
        for (key, entity) in &mut self.links_mut().entities {
            if entity.changed {
                conn.later(
                    "INSERT INTO entity (row, tenant, rest, links) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (row) DO UPDATE SET
                       tenant = excluded.tenant, rest = excluded.rest, links = excluded.links",
                    args![key.row, key.tenant, key.rest, &remembered::write(&entity.links)[..]],
                )?;
                entity.changed = false;
            }
        }
        Ok(())
    }

    /// Says which incident an alert is in from now on, whatever its links said.
    pub fn link_assign(
        &mut self,
        tenant: &str,
        alert_id: &str,
        incident_id: &str,
    ) -> Result<(), StoreError> {
        self.together(|tx| {
            let no = tx.tenant_make(tenant)?;
            tx.conn.later(
                "INSERT INTO moved_alert (tenant, alert, incident) VALUES (?1, ?2, ?3)
                 ON CONFLICT (tenant, alert) DO UPDATE SET incident = excluded.incident",
                args![no.0, alert_id, incident_id],
            )?;
            tx.links_mut().moved_alerts.remove(&no.0);
            Ok(())
        })
    }

    /// Puts every alert of one incident into another, for good: links that name the first mean the
    /// second from now on.
    pub fn links_move(
        &mut self,
        tenant: &str,
        from_incident: &str,
        to_incident: &str,
    ) -> Result<(), StoreError> {
        if from_incident == to_incident {
            return Ok(());
        }
        self.together(|tx| {
            let no = tx.tenant_make(tenant)?;
            // What was moved here before moves along, and the target itself stays where it is.
            for text in [
                "DELETE FROM moved_incident WHERE tenant = ?1 AND incident = ?3 AND ?2 <> ?3",
                "UPDATE moved_incident SET target = ?3 WHERE tenant = ?1 AND target = ?2",
                "INSERT INTO moved_incident (tenant, incident, target) VALUES (?1, ?2, ?3)
                 ON CONFLICT (tenant, incident) DO UPDATE SET target = excluded.target",
            ] {
                tx.conn.later(text, args![no.0, from_incident, to_incident])?;
            }
            tx.links_mut().moved_incidents.remove(&no.0);
            Ok(())
        })
    }
}
