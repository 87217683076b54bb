//! Tenants, applications, people and signing keys: ordinary records, managed here, never by the
//! API.
//!
//! Tenants and keys belong to the installation (their records have no tenant), applications and
//! people (`users.rs`) to their tenant. A secret is shown once, when it is made; what is stored is
//! its hash.

pub(crate) mod users;

use auth::{
    app::{AppRecord, AppSecret},
    keys::{KeySet, SigningKey},
    secret,
};
use model::time::Timestamp;
use serde_json::{Value, json};
use store::{Key, ListAsk, NewRecord, Store};
use uuid::Uuid;

use crate::{
    doc::{Doc, text},
    fault::Fault,
};

const TENANTS: &str = "yagura/tenants";
const APPS: &str = "yagura/apps";
const KEYS: &str = "yagura/keys";
/// Who the change log names for what is managed here.
const ACTOR: &str = "directory";
/// Most applications of a tenant, and tenants of an installation, that a list answers.
const MOST: u32 = 10_000;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// A GUID.
    pub id: String,
    /// For people.
    pub name: String,
    /// A domain name that stands for the tenant in URLs.
    pub domain: String,
}

/// The directory of an installation; clones share it.
#[derive(Clone)]
pub struct Directory {
    store: Store,
}

impl Directory {
    /// The directory kept in this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Makes a tenant. The domain name must be free.
    pub async fn tenant_create(
        &self,
        name: &str,
        domain: &str,
        now: Timestamp,
    ) -> Result<Tenant, Fault> {
        let domain = domain.trim().to_lowercase();
        if domain.is_empty() || domain.len() > 253 {
            return Err(Fault::invalid("domain", "must be a name of 1 to 253 characters"));
        }
        let id = Uuid::new_v4().to_string();
        let tenant = Tenant { id, name: name.trim().to_owned(), domain };
        let made = tenant.clone();
        self.store
            .write(move |tx| {
                let taken = tx.count(&by_domain(&tenant.domain))?;
                if taken > 0 {
                    return Err(Fault::Conflict { what: format!("tenant '{}'", tenant.domain) });
                }
                let doc = object(json!({
                    "id": tenant.id, "name": tenant.name, "domain": tenant.domain,
                    "createdDateTime": now.to_string(),
                }));
                tx.insert(record("", TENANTS, &tenant.id, doc, now), ACTOR)?;
                Ok(())
            })
            .await?;
        Ok(made)
    }

    /// The tenant of an id or a domain name.
    pub async fn tenant_find(&self, id_or_domain: &str) -> Result<Option<Tenant>, Fault> {
        let sought = id_or_domain.trim().to_lowercase();
        self.store
            .read(move |tx| {
                if let Some(record) = tx.get(&Key::new("", TENANTS, sought.as_str()))? {
                    return Ok(Some(tenant(&record.doc)));
                }
                let page = tx.list(&by_domain(&sought))?;
                Ok(page.records.first().map(|it| tenant(&it.doc)))
            })
            .await
    }

    /// Every tenant.
    pub async fn tenant_list(&self) -> Result<Vec<Tenant>, Fault> {
        self.store
            .read(|tx| {
                let page = tx.list(&all("", TENANTS))?;
                Ok(page.records.iter().map(|it| tenant(&it.doc)).collect())
            })
            .await
    }

    /// Registers an application with its first secret, which is answered this once.
    pub async fn app_create(
        &self,
        tenant: &str,
        name: &str,
        roles: &[String],
        now: Timestamp,
    ) -> Result<(AppRecord, String), Fault> {
        let (secret, stored) = new_secret().await?;
        let app = AppRecord {
            app_id: Uuid::new_v4().to_string(),
            tenant: tenant.to_owned(),
            name: name.trim().to_owned(),
            roles: roles.to_vec(),
            secrets: vec![stored],
            enabled: true,
        };
        let doc = app_doc(&app)?;
        let made = app.clone();
        self.store
            .write(move |tx| {
                if tx.get(&Key::new("", TENANTS, app.tenant.as_str()))?.is_none() {
                    return Err(Fault::absent(format!("tenant '{}'", app.tenant)));
                }
                tx.insert(record(&app.tenant, APPS, &app.app_id, doc, now), ACTOR)?;
                Ok(())
            })
            .await?;
        Ok((made, secret))
    }

    /// The application of a client id in a tenant.
    pub async fn app_find(
        &self,
        tenant: &str,
        client_id: &str,
    ) -> Result<Option<AppRecord>, Fault> {
        let key = Key::new(tenant, APPS, client_id.trim().to_lowercase());
        let record = self.store.read(move |tx| Ok::<_, Fault>(tx.get(&key)?)).await?;
        record.map(|it| app(it.doc)).transpose()
    }

    /// The applications of a tenant.
    pub async fn app_list(&self, tenant: &str) -> Result<Vec<AppRecord>, Fault> {
        let ask = all(tenant, APPS);
        let page = self.store.read(move |tx| Ok::<_, Fault>(tx.list(&ask)?)).await?;
        page.records.into_iter().map(|it| app(it.doc)).collect()
    }

    /// Gives an application another secret, which is answered this once.
    pub async fn secret_add(
        &self,
        tenant: &str,
        client_id: &str,
        now: Timestamp,
    ) -> Result<String, Fault> {
        let (secret, stored) = new_secret().await?;
        self.app_change(tenant, client_id, now, move |app| app.secrets.push(stored)).await?;
        Ok(secret)
    }

    /// Takes a secret from an application by its id.
    pub async fn secret_delete(
        &self,
        tenant: &str,
        client_id: &str,
        secret_id: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let sought = secret_id.to_owned();
        self.app_change(tenant, client_id, now, move |app| {
            app.secrets.retain(|it| it.id != sought);
        })
        .await
    }

    /// Replaces the roles of an application.
    pub async fn roles_set(
        &self,
        tenant: &str,
        client_id: &str,
        roles: &[String],
        now: Timestamp,
    ) -> Result<(), Fault> {
        let roles = roles.to_vec();
        self.app_change(tenant, client_id, now, move |app| app.roles = roles).await
    }

    /// Removes an application.
    pub async fn app_delete(
        &self,
        tenant: &str,
        client_id: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let key = Key::new(tenant, APPS, client_id.trim().to_lowercase());
        self.store
            .write(move |tx| {
                tx.delete(&key, now.0, ACTOR, None)?;
                Ok(())
            })
            .await
    }

    /// The signing keys, newest first; the first start makes one.
    pub async fn signing_keys(&self, now: Timestamp) -> Result<KeySet, Fault> {
        if let Some(keys) = self.keys_read().await? {
            return Ok(keys);
        }
        let key = tokio::task::spawn_blocking(SigningKey::generate)
            .await
            .map_err(|error| unable("make a signing key", error))?
            .map_err(|error| unable("make a signing key", error))?;
        self.store
            .write(move |tx| {
                // Another process may have been first; then its key is the one.
                if tx.count(&all("", KEYS))? == 0 {
                    let doc = object(json!({
                        "id": key.kid(), "pem": key.to_pem(), "createdDateTime": now.to_string(),
                    }));
                    tx.insert(record("", KEYS, key.kid(), doc, now), ACTOR)?;
                }
                Ok::<_, Fault>(())
            })
            .await?;
        self.keys_read().await?.ok_or_else(|| unable("read the signing key", "there is none"))
    }

    async fn keys_read(&self) -> Result<Option<KeySet>, Fault> {
        let page = self.store.read(|tx| Ok::<_, Fault>(tx.list(&all("", KEYS))?)).await?;
        let mut records = page.records;
        records.sort_by_key(|it| std::cmp::Reverse(it.created));
        let keys: Result<Vec<SigningKey>, _> =
            records.iter().map(|it| SigningKey::from_pem(text(&it.doc, "pem"))).collect();
        Ok(KeySet::from_keys(keys.map_err(|error| unable("read the signing keys", error))?))
    }

    async fn app_change(
        &self,
        tenant: &str,
        client_id: &str,
        now: Timestamp,
        change: impl FnOnce(&mut AppRecord) + Send + 'static,
    ) -> Result<(), Fault> {
        let key = Key::new(tenant, APPS, client_id.trim().to_lowercase());
        self.store
            .write(move |tx| {
                let absent = || Fault::absent(format!("application '{}'", key.id));
                let mut it = app(tx.get(&key)?.ok_or_else(absent)?.doc)?;
                change(&mut it);
                tx.update(&key, app_doc(&it)?, now.0, ACTOR, None)?;
                Ok(())
            })
            .await
    }
}

/// A secret and what is stored of it. Hashing is slow on purpose, so it leaves the I/O threads.
async fn new_secret() -> Result<(String, AppSecret), Fault> {
    tokio::task::spawn_blocking(|| {
        let secret = secret::generate();
        let stored = AppSecret {
            id: Uuid::new_v4().to_string(),
            hint: secret::hint(&secret),
            hash: secret::hash(&secret).map_err(|error| unable("hash a secret", error))?,
            expires: None,
        };
        Ok((secret, stored))
    })
    .await
    .map_err(|error| unable("hash a secret", error))?
}

fn tenant(doc: &Doc) -> Tenant {
    let text = |member| text(doc, member).to_owned();
    Tenant { id: text("id"), name: text("name"), domain: text("domain") }
}

/// An application, read among other things.
pub(crate) fn app_in(
    tx: &store::ReadTx<'_>,
    tenant: &str,
    client_id: &str,
) -> Result<Option<AppRecord>, Fault> {
    let record = tx.get(&Key::new(tenant, APPS, client_id.to_lowercase()))?;
    record.map(|it| app(it.doc)).transpose()
}

fn app(doc: Doc) -> Result<AppRecord, Fault> {
    serde_json::from_value(Value::Object(doc))
        .map_err(|error| unable("read an application's record", error))
}

fn app_doc(app: &AppRecord) -> Result<Doc, Fault> {
    let value = serde_json::to_value(app);
    Ok(object(value.map_err(|error| unable("write an application's record", error))?))
}

fn object(value: Value) -> Doc {
    match value {
        Value::Object(doc) => doc,
        _ => Doc::new(),
    }
}

fn record(tenant: &str, kind: &str, id: &str, doc: Doc, now: Timestamp) -> NewRecord {
    let key = Key::new(tenant, kind, id);
    NewRecord { key, parent: None, doc, created: now.0, modified: now.0 }
}

fn all(tenant: &str, kind: &str) -> ListAsk {
    ListAsk { tenant: tenant.to_owned(), kind: kind.to_owned(), top: MOST, ..ListAsk::default() }
}

fn by_domain(domain: &str) -> ListAsk {
    ListAsk { extra: vec![("domain".to_owned(), Value::from(domain))], ..all("", TENANTS) }
}

fn unable(
    doing: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Fault {
    Fault::Internal { doing, source: source.into() }
}
