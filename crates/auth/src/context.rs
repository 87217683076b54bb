//! The operation context: made once per request or job, first argument of every call below it.

use model::time::Timestamp;
use uuid::Uuid;

use crate::token::Claims;

/// On whose behalf the caller acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// An application with its own credentials: its application roles count.
    App,
    /// A person, through an application: the scopes that were delegated to it count.
    User,
}

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// On whose behalf.
    pub kind: CallerKind,
    /// The client id of the application.
    pub app_id: String,
    /// What the caller is called, for the audit trail and for people: the person where there is one,
    /// else the application.
    pub name: String,
    /// The object id of the person, where the caller is one.
    pub user: Option<String>,
    /// The application roles it holds; for a person the delegated scopes.
    pub roles: Vec<String>,
}

impl Caller {
    /// The caller that a verified token speaks for.
    pub fn from_claims(claims: &Claims) -> Self {
        let app_id = claims.client_id().to_owned();
        let app = || claims.app_displayname.clone().unwrap_or_else(|| app_id.clone());
        let Some(scopes) = &claims.scp else {
            let (name, roles) = (app(), claims.roles.clone());
            return Self { kind: CallerKind::App, app_id, name, user: None, roles };
        };
        let named = claims.name.clone().or_else(|| claims.preferred_username.clone());
        let name = named.unwrap_or_else(app);
        let roles = scopes.split_whitespace().map(str::to_owned).collect();
        Self { kind: CallerKind::User, app_id, name, user: Some(claims.oid.clone()), roles }
    }

    /// Does the caller hold this application role, or delegated scope?
    pub fn holds(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }
}

/// What every operation knows: who asks, for which tenant, when, and under which id.
#[derive(Debug, Clone)]
pub struct OpCx {
    /// Who is calling.
    pub caller: Caller,
    /// The tenant that every key, index and log field of this operation carries.
    pub tenant: String,
    /// The one moment of this operation.
    pub now: Timestamp,
    /// The server's id of the request.
    pub request_id: Uuid,
    /// The caller's id of the request, echoed back.
    pub client_request_id: Option<String>,
}
