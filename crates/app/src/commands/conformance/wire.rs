//! The calls over HTTP, each with the token that its line of the permission table asks for.

use std::{path::Path, time::Duration};

use anyhow::Context;
use auth::policy::Policy;
use model::Version;
use reqwest::{
    Certificate, Method,
    blocking::Client,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde_json::Value;

/// Longer than any call should take.
const PATIENCE: Duration = Duration::from_secs(60);

/// In whose name a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever may: the application, or the person where only people may.
    Entitled,
    /// An application without roles.
    Weak,
    /// Nobody: no token at all.
    Nobody,
}

/// A request without its token.
#[derive(Clone, Debug)]
pub struct Request {
    pub version: Version,
    pub method: &'static str,
    /// What stands in the permission table for it.
    pub template: String,
    /// Behind the version, with the query.
    pub path: String,
    pub body: Body,
}

/// What goes along.
#[derive(Clone, Debug)]
pub enum Body {
    Nothing,
    Json(Value),
    /// Text that claims to be JSON.
    Broken(&'static str),
    /// Rows, one JSON object a line.
    Lines(String),
    Bytes,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

/// A server and the tokens it is called with.
pub struct Wire<'p> {
    pub policy: &'p Policy,
    http: Client,
    base: String,
    token: String,
    user_token: Option<String>,
    weak_token: Option<String>,
}

impl<'p> Wire<'p> {
    /// A server at `base`.
    pub fn new(
        policy: &'p Policy,
        base: &str,
        token: String,
        user_token: Option<String>,
        weak_token: Option<String>,
        ca_file: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let mut http = Client::builder().timeout(PATIENCE);
        if let Some(path) = ca_file {
            let pem = std::fs::read(path)
                .with_context(|| format!("certificate authority {}", path.display()))?;
            http = http.tls_certs_merge([Certificate::from_pem(&pem)?]);
        }
        let base = base.trim_end_matches('/').to_owned();
        Ok(Self { policy, http: http.build()?, base, token, user_token, weak_token })
    }

    /// Is there a token for calls in this name?
    pub fn can(&self, version: Version, method: &str, template: &str, who: Who) -> bool {
        self.token(version, method, template, who).is_some() || who == Who::Nobody
    }

    fn token(&self, version: Version, method: &str, template: &str, who: Who) -> Option<&str> {
        match who {
            Who::Nobody => None,
            Who::Weak => self.weak_token.as_deref(),
            Who::Entitled => {
                let rule = self.policy.rule(version.as_str(), method, template);
                let people_only =
                    rule.is_some_and(|it| it.roles.is_empty() && !it.scopes.is_empty());
                if people_only { self.user_token.as_deref() } else { Some(&self.token) }
            }
        }
    }

    /// The address of a path behind the version.
    pub fn url(&self, version: Version, path: &str) -> String {
        format!("{}/{}{path}", self.base, version.as_str())
    }

    /// Is there a token of an application without roles?
    pub fn has_weak(&self) -> bool {
        self.weak_token.is_some()
    }

    /// Makes a call.
    pub fn send(&self, request: &Request, who: Who) -> anyhow::Result<Answer> {
        let Request { version, method, template, path, body } = request;
        let token = self.token(*version, method, template, who);
        let answer = self.call(method, &self.url(*version, path), token, body);
        answer.with_context(|| request.to_string())
    }

    /// Makes a call to a path below the server's root, for an application.
    pub fn send_to(
        &self,
        method: &str,
        path: &str,
        body: &Body,
        who: Who,
    ) -> anyhow::Result<Answer> {
        let token = match who {
            Who::Entitled => Some(self.token.as_str()),
            Who::Weak => self.weak_token.as_deref(),
            Who::Nobody => None,
        };
        let answer = self.call(method, &format!("{}{path}", self.base), token, body);
        answer.with_context(|| format!("{method} {path}"))
    }

    fn call(
        &self,
        method: &str,
        url: &str,
        token: Option<&str>,
        body: &Body,
    ) -> anyhow::Result<Answer> {
        let mut call = self.http.request(Method::from_bytes(method.as_bytes())?, url);
        if let Some(token) = token {
            call = call.bearer_auth(token);
        }
        call = match body {
            Body::Nothing => call,
            Body::Json(value) => call.json(value),
            Body::Broken(text) => call.header(CONTENT_TYPE, "application/json").body(*text),
            Body::Lines(text) => {
                call.header(CONTENT_TYPE, "application/x-ndjson").body(text.clone())
            }
            Body::Bytes => {
                call.header(CONTENT_TYPE, "application/octet-stream").body(&b"conformance"[..])
            }
        };
        let answer = call.send()?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = answer.bytes()?.to_vec();
        Ok(Answer { status, headers, bytes })
    }
}

impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} /{}{}", self.method, self.version.as_str(), self.path)?;
        match &self.body {
            Body::Nothing => Ok(()),
            Body::Json(value) => write!(f, " {value}"),
            Body::Broken(text) => write!(f, " {text}"),
            Body::Lines(text) => write!(f, " {text}"),
            Body::Bytes => write!(f, " (bytes)"),
        }
    }
}

impl Answer {
    /// The body, if it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.bytes).ok()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Status and, for an error, what it says.
    pub fn brief(&self) -> String {
        let body = self.json().unwrap_or_default();
        match body["error"]["message"].as_str() {
            Some(message) => format!("{} {message}", self.status),
            None => self.status.to_string(),
        }
    }

    /// Done?
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
