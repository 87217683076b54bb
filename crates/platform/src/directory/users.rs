//! The people of a tenant: who `/users/{id}` and `/me` may mean, and for whom tokens can be had.
//!
//! A person is known by an id or by the name to sign in with, which is kept in lower case. What
//! the API stores under a person carries the id.

use auth::user::UserRecord;
use model::time::Timestamp;
use serde_json::Value;
use store::{Key, ListAsk, ReadTx};
use uuid::Uuid;

use super::{ACTOR, Directory, all, object, record, unable};
use crate::{doc::Doc, fault::Fault};

/// The kind of their records.
pub(crate) const USERS: &str = "yagura/users";
/// Longest name to sign in with.
const LONGEST: usize = 320;

impl Directory {
    /// Enters a person. The name to sign in with must be free in the tenant.
    pub async fn user_add(
        &self,
        tenant: &str,
        principal_name: &str,
        name: Option<&str>,
        mail: Option<&str>,
        now: Timestamp,
    ) -> Result<UserRecord, Fault> {
        let principal_name = principal_name.trim().to_lowercase();
        let (local, domain) = principal_name.split_once('@').unwrap_or_default();
        let printable = !principal_name.contains(|it: char| it.is_whitespace() || it.is_control());
        if local.is_empty() || domain.is_empty() || !printable || principal_name.len() > LONGEST {
            let reason = "must be a name, an @ and a domain, like ada@contoso.example";
            return Err(Fault::invalid("userPrincipalName", reason));
        }
        let user = UserRecord {
            id: Uuid::new_v4().to_string(),
            display_name: name.unwrap_or(local).trim().to_owned(),
            mail: Some(mail.unwrap_or(&principal_name).trim().to_owned()),
            user_principal_name: principal_name,
        };
        let (made, tenant) = (user.clone(), tenant.to_owned());
        let doc = serde_json::to_value(&user);
        let doc = object(doc.map_err(|error| unable("write a person's record", error))?);
        self.store
            .write(move |tx| {
                if find(tx, &tenant, &user.user_principal_name)?.is_some() {
                    let what = format!("user '{}'", user.user_principal_name);
                    return Err(Fault::Conflict { what });
                }
                tx.insert(record(&tenant, USERS, &user.id, doc, now), ACTOR)?;
                Ok(())
            })
            .await?;
        Ok(made)
    }

    /// The person of an id or a name to sign in with.
    pub async fn user_find(&self, tenant: &str, user: &str) -> Result<Option<UserRecord>, Fault> {
        let (tenant, sought) = (tenant.to_owned(), user.to_owned());
        self.store.read(move |tx| find(tx, &tenant, &sought)).await
    }

    /// The people of a tenant.
    pub async fn user_list(&self, tenant: &str) -> Result<Vec<UserRecord>, Fault> {
        let ask = all(tenant, USERS);
        let page = self.store.read(move |tx| Ok::<_, Fault>(tx.list(&ask)?)).await?;
        page.records.into_iter().map(|it| user(it.doc)).collect()
    }

    /// Removes a person and answers who it was. Tokens that speak for them reach nothing of theirs
    /// from then on.
    pub async fn user_remove(
        &self,
        tenant: &str,
        user: &str,
        now: Timestamp,
    ) -> Result<UserRecord, Fault> {
        let (tenant, sought) = (tenant.to_owned(), user.to_owned());
        self.store
            .write(move |tx| {
                let absent = || Fault::absent(format!("user '{sought}'"));
                let found = find(tx, &tenant, &sought)?.ok_or_else(absent)?;
                tx.delete(&Key::new(&tenant, USERS, found.id.as_str()), now.0, ACTOR, None)?;
                Ok(found)
            })
            .await
    }
}

/// The person of an id or a name to sign in with, in either case of letters.
pub(crate) fn find(
    tx: &ReadTx<'_>,
    tenant: &str,
    sought: &str,
) -> Result<Option<UserRecord>, Fault> {
    let sought = sought.trim().to_lowercase();
    if let Some(record) = tx.get(&Key::new(tenant, USERS, sought.as_str()))? {
        return user(record.doc).map(Some);
    }
    let named = vec![("userPrincipalName".to_owned(), Value::from(sought))];
    let page = tx.list(&ListAsk { extra: named, ..all(tenant, USERS) })?;
    page.records.into_iter().next().map(|it| user(it.doc)).transpose()
}

fn user(doc: Doc) -> Result<UserRecord, Fault> {
    serde_json::from_value(Value::Object(doc))
        .map_err(|error| unable("read a person's record", error))
}
