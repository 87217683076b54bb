//! A router over an empty platform, with a token that may do everything.

use std::{net::SocketAddr, sync::Arc};

use auth::{
    oauth::grant::object_id,
    token::{self, Claims},
};
use axum::{Router, body::Body, extract::ConnectInfo};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use kql::{
    answer::Answer,
    hunt::{Ask, BoxFuture, HuntFault, Hunter, IngestFault, Ingested},
    types::Column,
};
use model::time::Timestamp;
use platform::{Platform, areas::hunting::HuntingOptions, directory::Directory};
use serde_json::Value;
use server::{
    address::Address,
    routes,
    state::{Limits, State},
};
use store::Store;
use tower::ServiceExt;

/// Answers every question with nothing.
struct Silent;

impl Hunter for Silent {
    fn hunt(&self, _ask: Ask) -> BoxFuture<'_, Result<Answer, HuntFault>> {
        Box::pin(async { Ok(Answer::default()) })
    }

    fn ingest<'a>(
        &'a self,
        _tenant: &'a str,
        _table: &'a str,
        _body: Box<dyn std::io::Read + Send>,
    ) -> BoxFuture<'a, Result<Ingested, IngestFault>> {
        Box::pin(async { Ok(Ingested::default()) })
    }

    fn tables(&self, _tenant: &str) -> Vec<(String, Vec<Column>)> {
        Vec::new()
    }
}

/// The only tenant.
pub const DOMAIN: &str = "contoso.example";

pub struct World {
    router: Router,
    pub token: String,
}

pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl World {
    pub async fn new(limits: &Limits) -> Self {
        let now = Timestamp::parse("2026-03-01T12:00:00Z").unwrap();
        let store = Store::memory().unwrap();
        let directory = Directory::new(store.clone());
        let keys = directory.signing_keys(now).await.unwrap();
        let made = directory.tenant_create("Contoso", DOMAIN, now).await.unwrap();
        let tenant = made.id.as_str();
        let claims = Claims {
            aud: "https://graph.microsoft.com".to_owned(),
            iss: format!("http://localhost/{tenant}/v2.0"),
            iat: now.unix_seconds(),
            nbf: now.unix_seconds(),
            exp: now.unix_seconds() + 3600,
            appid: None,
            azp: Some("app-1".to_owned()),
            app_displayname: Some("Tester".to_owned()),
            idtyp: Some("app".to_owned()),
            name: None,
            preferred_username: None,
            oid: object_id(tenant, "app-1"),
            sub: "app-1".to_owned(),
            tid: tenant.to_owned(),
            roles: auth::policy::policy().roles().into_iter().map(str::to_owned).collect(),
            scp: None,
            uti: None,
            ver: "2.0".to_owned(),
        };
        let token = token::mint(keys.signing(), &claims).unwrap();
        let hunter = Arc::new(Silent);
        let platform = Platform::new(store, hunter, HuntingOptions::default()).await.unwrap();
        let clock = Arc::new(move || now);
        let state = State::new(platform, directory, keys, Address::default(), clock);
        Self { router: routes::router(state.with_limits(limits)), token }
    }

    /// Sends a request with the token and more headers.
    pub async fn send_with(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, String)],
        body: Value,
    ) -> Answered {
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let mut request = Request::builder()
            .method(method)
            .uri(encoded(url))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .extension(ConnectInfo(peer));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.answered(request.body(body).unwrap()).await
    }

    /// Sends a request with the token; none when it is none that HTTP can carry.
    pub async fn send(&self, method: &str, url: &str, body: Body) -> Option<Answered> {
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .extension(ConnectInfo(peer))
            .body(body)
            .ok()?;
        Some(self.answered(request).await)
    }

    async fn answered(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answered { status: parts.status, headers: parts.headers, text, body }
    }
}

/// Blanks and quotes as a URL carries them.
pub fn encoded(url: &str) -> String {
    url.replace(' ', "%20").replace('"', "%22")
}
