//! The identity endpoints: tokens, discovery, keys. `auth` decides; here is only the HTTP around.

use auth::{
    app::AppRecord,
    oauth::{Endpoint, answer, documents, error::OAuthError, grant, request as token_request},
    token,
};
use axum::{body::Body, response::Response};
use http::{HeaderValue, Method, Request, StatusCode, header};
use model::code::Code;
use serde_json::Value;

use crate::{gate::RETRY_AFTER, problem::Problem, request::Asked, request_body, state::State};

/// A form larger than this is no token request.
const FORM_LIMIT: usize = 64 << 10;

/// An identity endpoint with the tenant segment of its path.
#[derive(Debug, PartialEq, Eq)]
pub enum Identity<'a> {
    /// `/{tenant}/oauth2/v2.0/token` and `/{tenant}/oauth2/token`.
    Token(&'a str, Endpoint),
    /// `/{tenant}/v2.0/.well-known/openid-configuration` and the form without `v2.0`.
    OpenId(&'a str, Endpoint),
    /// `/{tenant}/discovery/v2.0/keys` and the form without `v2.0`.
    Keys,
    /// `/common/discovery/instance`.
    Instance,
}

/// The endpoint that a path names, in lower case.
pub fn endpoint<'a>(segments: &[&'a str]) -> Option<Identity<'a>> {
    Some(match *segments {
        [tenant, "oauth2", "v2.0", "token"] => Identity::Token(tenant, Endpoint::V2),
        [tenant, "oauth2", "token"] => Identity::Token(tenant, Endpoint::V1),
        [tenant, "v2.0", ".well-known", "openid-configuration"] => {
            Identity::OpenId(tenant, Endpoint::V2)
        }
        [tenant, ".well-known", "openid-configuration"] => Identity::OpenId(tenant, Endpoint::V1),
        [_, "discovery", "v2.0", "keys"] | [_, "discovery", "keys"] => Identity::Keys,
        ["common", "discovery", "instance"] => Identity::Instance,
        _ => return None,
    })
}

/// Answers it. Refusals have OAuth's flat shape, not Graph's.
pub async fn answer(
    state: &State,
    asked: &Asked,
    endpoint: Identity<'_>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let wanted = match endpoint {
        Identity::Token(..) => Method::POST,
        _ => Method::GET,
    };
    if request.method() != wanted {
        return Err(Problem::method(request.method(), wanted.as_str()));
    }
    let done = match endpoint {
        Identity::Token(tenant, version) => issue(state, asked, tenant, version, request).await?,
        Identity::OpenId(segment, version) => match tenant(state, segment).await? {
            Some(tenant) => Ok(documents::openid(&asked.base, segment, &tenant, version)),
            None => Err(OAuthError::unknown_tenant(segment)),
        },
        Identity::Keys => Ok(documents::jwks(&state.keys)),
        Identity::Instance => {
            let asked_for = request.uri().query().and_then(|query| {
                query.split('&').find_map(|pair| pair.strip_prefix("authorization_endpoint="))
            });
            let asked_for = asked_for
                .map(|text| percent_encoding::percent_decode_str(text).decode_utf8_lossy());
            documents::instance(&asked.base, asked_for.as_deref())
        }
    };
    let (status, document) = match done {
        Ok(document) => (StatusCode::OK, document),
        Err(error) => {
            let trace = &asked.trace;
            let correlation = trace.client_request_id.as_deref().and_then(|id| id.parse().ok());
            let correlation = correlation.unwrap_or(trace.request_id);
            let document = error.to_json(trace.now, trace.request_id, correlation);
            (StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST), document)
        }
    };
    let mut response = Response::new(Body::from(document.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if status == StatusCode::TOO_MANY_REQUESTS {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER));
    }
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

async fn issue(
    state: &State,
    asked: &Asked,
    segment: &str,
    endpoint: Endpoint,
    request: Request<Body>,
) -> Result<Result<Value, OAuthError>, Problem> {
    let (parts, body) = request.into_parts();
    let form = request_body::read(&parts.headers, body, FORM_LIMIT).await?;
    let basic = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let wanted = match token_request::parse(endpoint, &form, basic) {
        Ok(wanted) => wanted,
        Err(error) => return Ok(Err(error)),
    };
    let Some((tenant, app)) = application(state, segment, &wanted.client_id).await? else {
        return Ok(Err(OAuthError::unknown_tenant(segment)));
    };
    let Ok(place_to_work) = state.secrets.enter().await else { return Ok(Err(too_many())) };
    let (base, now) = (asked.base.clone(), asked.trace.now);
    let decided = tokio::task::spawn_blocking(move || {
        // Held to the end of the work, even if the client is gone before.
        let _held = place_to_work;
        let place = grant::Place { tenant: &tenant, own_url: &base, now };
        grant::authenticate(&wanted, app.as_ref(), &place).map(|grant| {
            let claims = grant.claims(&base, now);
            (grant, claims)
        })
    });
    let decided =
        decided.await.map_err(|_| Problem::new(Code::Internal, "the token was not issued"))?;
    Ok(decided.and_then(|(grant, claims)| {
        let signed = token::mint(state.keys.signing(), &claims).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            OAuthError::server_error()
        })?;
        Ok(answer::to_json(&grant, &claims, &signed))
    }))
}

/// More clients ask for tokens than secrets can be checked.
fn too_many() -> OAuthError {
    OAuthError {
        status: StatusCode::TOO_MANY_REQUESTS.as_u16(),
        error: "temporarily_unavailable",
        codes: vec![90_055],
        description: "AADSTS90055: Too many requests for tokens at once. Please try again.".into(),
    }
}

/// The tenant that a path segment names and its application of that id. `common` and
/// `organizations` mean whichever tenant has the application.
async fn application(
    state: &State,
    segment: &str,
    client_id: &str,
) -> Result<Option<(String, Option<AppRecord>)>, Problem> {
    let Some(first) = tenant(state, segment).await? else { return Ok(None) };
    if is_any(segment) {
        for tenant in state.directory.tenant_list().await? {
            if let Some(app) = state.directory.app_find(&tenant.id, client_id).await? {
                return Ok(Some((tenant.id, Some(app))));
            }
        }
        return Ok(Some((first, None)));
    }
    let app = state.directory.app_find(&first, client_id).await?;
    Ok(Some((first, app)))
}

fn is_any(segment: &str) -> bool {
    matches!(segment, "common" | "organizations")
}

/// The tenant's id for a path segment; the first tenant's documents stand for any tenant's.
async fn tenant(state: &State, segment: &str) -> Result<Option<String>, Problem> {
    if is_any(segment) {
        return Ok(state.directory.tenant_list().await?.into_iter().next().map(|tenant| tenant.id));
    }
    Ok(state.directory.tenant_find(segment).await?.map(|tenant| tenant.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_generations_have_their_paths() {
        let of = |path: &'static str| endpoint(&path.split('/').collect::<Vec<_>>());
        assert_eq!(of("t/oauth2/v2.0/token"), Some(Identity::Token("t", Endpoint::V2)));
        assert_eq!(of("t/oauth2/token"), Some(Identity::Token("t", Endpoint::V1)));
        assert_eq!(of("common/discovery/instance"), Some(Identity::Instance));
        assert_eq!(of("t/discovery/v2.0/keys"), Some(Identity::Keys));
        assert_eq!(of("metadata/endpoints"), None);
    }
}
