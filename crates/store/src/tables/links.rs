//! Which alerts named which entity, and which incident each alert is in: what correlation asks.
//!
//! The questions about one entity read at most `limit` or `cap` rows, however often the entity was
//! seen. An alert's incident is said once, so that merging incidents touches one row per alert.

use rusqlite::params;

use crate::{Link, ReadTx, StoreError, Tx};

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
            "SELECT l.alert, m.incident, l.at, l.peer
             FROM link AS l CROSS JOIN member AS m ON m.tenant = l.tenant AND m.alert = l.alert
             WHERE l.tenant = ?1 AND l.entity = ?2 AND l.at >= ?3
             ORDER BY l.at DESC, l.alert DESC LIMIT ?4",
        )?;
        let rows = find.query_map(params![no.0, entity_key, since, limit], |row| {
            Ok(Link {
                alert_id: row.get(0)?,
                incident_id: row.get(1)?,
                at: row.get(2)?,
                peer: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
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
        Ok(count.query_row(params![no.0, entity_key, since, cap], |row| row.get(0))?)
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
                    "INSERT INTO link (tenant, entity, at, alert, peer) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT DO UPDATE SET peer = excluded.peer",
                )?
                .execute(params![no.0, entity_key, at, alert_id, peer])?;
            Ok(())
        })?;
        self.link_assign(tenant, alert_id, incident_id)
    }

    /// Says which incident an alert is in from now on.
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
                    "INSERT INTO member (tenant, alert, incident) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET incident = excluded.incident
                       WHERE incident <> excluded.incident",
                )?
                .execute(params![no.0, alert_id, incident_id])?;
            Ok(())
        })
    }

    /// Puts every alert of one incident into another, and answers how many there were.
    pub fn links_move(
        &mut self,
        tenant: &str,
        from_incident: &str,
        to_incident: &str,
    ) -> Result<u64, StoreError> {
        self.together(|tx| {
            let Some(no) = tx.tenant_no(tenant)? else { return Ok(0) };
            let mut put = tx.conn.prepare_cached(
                "UPDATE member SET incident = ?3 WHERE tenant = ?1 AND incident = ?2",
            )?;
            Ok(put.execute(params![no.0, from_incident, to_incident])? as u64)
        })
    }
}
