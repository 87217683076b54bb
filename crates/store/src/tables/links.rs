//! Which alerts named which entity, and which incident each alert is in: what correlation asks.
//!
//! The questions about one entity read at most `limit` or `cap` rows that stand side by side,
//! however often the entity was seen. A link says the incident its alert began in; what moved
//! since is noted apart, so merging incidents writes one row whatever their size.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use super::digest::digest;
use crate::tx::TenantNo;
use crate::{Link, ReadTx, StoreError, Tx};

/// What a transaction has found to have moved: a batch meets the same incidents again and again.
#[derive(Default)]
pub(crate) struct Moved {
    /// Whether a tenant has any alert that moved by itself.
    alerts: HashMap<i64, bool>,
    /// Per tenant and incident, where its alerts are now if they moved.
    incidents: HashMap<i64, HashMap<String, Option<String>>>,
}

impl ReadTx<'_> {
    /// The alerts that named an entity at `since` or later: newest first, then by id downwards.
    pub fn link_recent(
        &self,
        tenant: &str,
        entity_key: &str,
        since: i64,
        limit: u32,
    ) -> Result<Vec<Link>, StoreError> {
        let Some(no) = self.tenant_no(tenant)? else { return Ok(Vec::new()) };
        let mut find = self.conn.prepare_cached(
            "SELECT alert, incident, at, peer FROM link
             WHERE tenant = ?1 AND entity = ?2 AND at >= ?3
             ORDER BY at DESC, alert DESC LIMIT ?4",
        )?;
        let rows = find.query_map(params![no.0, digest(entity_key), since, limit], |row| {
            Ok(Link {
                alert_id: row.get(0)?,
                incident_id: row.get(1)?,
                at: row.get(2)?,
                peer: row.get(3)?,
            })
        })?;
        let mut links = rows.collect::<Result<Vec<_>, _>>()?;
        for link in &mut links {
            if let Some(moved) = self.moved_alert(no, &link.alert_id)? {
                link.incident_id = moved;
            }
            if let Some(target) = self.moved_incident(no, &link.incident_id)? {
                link.incident_id = target;
            }
        }
        Ok(links)
    }

    fn moved_alert(&self, tenant: TenantNo, alert: &str) -> Result<Option<String>, StoreError> {
        let mut moved = self.moved.borrow_mut();
        let some = if let Some(some) = moved.alerts.get(&tenant.0) {
            *some
        } else {
            let mut find =
                self.conn.prepare_cached("SELECT 1 FROM moved_alert WHERE tenant = ?1 LIMIT 1")?;
            let some = find.exists([tenant.0])?;
            moved.alerts.insert(tenant.0, some);
            some
        };
        if !some {
            return Ok(None);
        }
        let mut find = self
            .conn
            .prepare_cached("SELECT incident FROM moved_alert WHERE tenant = ?1 AND alert = ?2")?;
        Ok(find.query_row(params![tenant.0, alert], |row| row.get(0)).optional()?)
    }

    fn moved_incident(
        &self,
        tenant: TenantNo,
        incident: &str,
    ) -> Result<Option<String>, StoreError> {
        let mut moved = self.moved.borrow_mut();
        let known = moved.incidents.entry(tenant.0).or_default();
        if let Some(target) = known.get(incident) {
            return Ok(target.clone());
        }
        let mut find = self.conn.prepare_cached(
            "SELECT target FROM moved_incident WHERE tenant = ?1 AND incident = ?2",
        )?;
        let target: Option<String> =
            find.query_row(params![tenant.0, incident], |row| row.get(0)).optional()?;
        known.insert(incident.to_owned(), target.clone());
        Ok(target)
    }

    /// How often an entity was named at `since` or later, counting no further than `cap`.
    pub fn link_count(
        &self,
        tenant: &str,
        entity_key: &str,
        since: i64,
        cap: u32,
    ) -> Result<u32, StoreError> {
        let Some(no) = self.tenant_no(tenant)? else { return Ok(0) };
        let mut count = self.conn.prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM link
               WHERE tenant = ?1 AND entity = ?2 AND at >= ?3 LIMIT ?4)",
        )?;
        Ok(count.query_row(params![no.0, digest(entity_key), since, cap], |row| row.get(0))?)
    }
}

impl Tx<'_> {
    /// Says that an alert, which is in an incident, named an entity. Saying it again only changes
    /// `peer`.
    pub fn link_add(
        &mut self,
        tenant: &str,
        entity_key: &str,
        alert_id: &str,
        incident_id: &str,
        at: i64,
        peer: &str,
    ) -> Result<(), StoreError> {
        self.together(|tx| {
            let no = tx.tenant_make(tenant)?;
            tx.conn
                .prepare_cached(
                    "INSERT INTO link (tenant, entity, at, alert, incident, peer)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT DO UPDATE SET peer = excluded.peer",
                )?
                .execute(params![no.0, digest(entity_key), at, alert_id, incident_id, peer])?;
            Ok(())
        })
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
            tx.conn
                .prepare_cached(
                    "INSERT INTO moved_alert (tenant, alert, incident) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET incident = excluded.incident",
                )?
                .execute(params![no.0, alert_id, incident_id])?;
            tx.forget_moved();
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
                 ON CONFLICT DO UPDATE SET target = excluded.target",
            ] {
                tx.conn.prepare_cached(text)?.execute(params![no.0, from_incident, to_incident])?;
            }
            tx.forget_moved();
            Ok(())
        })
    }
}
