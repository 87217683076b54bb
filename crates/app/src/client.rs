//! The HTTP client behind `--server`: signs in, trusts the local authority, keeps its token fresh.

use std::{
    cell::RefCell,
    io::Read,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use reqwest::{
    Certificate,
    blocking::{Body, Client as Http, Response},
};
use serde_json::Value;

use crate::{
    cli::{Access, Place},
    credentials::Credentials,
};

/// A signed-in client of one server.
pub struct Client {
    http: Http,
    base: String,
    access: SignIn,
    token: RefCell<Option<(String, Instant)>>,
}

enum SignIn {
    Token(String),
    Secret(Credentials),
}

impl Client {
    /// A client for `--server`, or for the server that a directory's credentials name.
    pub fn new(place: &Place) -> anyhow::Result<Self> {
        let credentials = credentials(place)?;
        let base =
            place.server.clone().or_else(|| credentials.as_ref().map(|c| c.base_url.clone()));
        let base = base.context("which server? give --server, or --data with credentials.json")?;
        let ca_file: Option<PathBuf> = place.access.ca_file.clone();
        let ca_file = ca_file.or_else(|| credentials.as_ref().and_then(|c| c.ca_file.clone()));
        let access = match (&place.access.token, credentials) {
            (Some(token), _) => SignIn::Token(token.clone()),
            (None, Some(credentials)) => SignIn::Secret(credentials),
            (None, None) => bail!("no credentials; give --credentials FILE, --data DIR or --token"),
        };
        let mut builder = Http::builder().timeout(None).connect_timeout(Duration::from_secs(10));
        if let Some(path) = ca_file.filter(|_| base.starts_with("https://")) {
            let pem = std::fs::read(&path)
                .with_context(|| format!("certificate authority {}", path.display()))?;
            builder = builder.tls_certs_merge([Certificate::from_pem(&pem)?]);
        }
        let base = base.trim_end_matches('/').to_owned();
        Ok(Self { http: builder.build()?, base, access, token: RefCell::new(None) })
    }

    /// A bearer token that holds for a while yet.
    pub fn token(&self) -> anyhow::Result<String> {
        let credentials = match &self.access {
            SignIn::Token(token) => return Ok(token.clone()),
            SignIn::Secret(credentials) => credentials,
        };
        if let Some((token, until)) = &*self.token.borrow()
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let url = format!("{}/{}/oauth2/v2.0/token", self.base, credentials.tenant_id);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &credentials.client_id),
            ("client_secret", &credentials.client_secret),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let response = self.http.post(url).form(&form).send()?;
        let status = response.status();
        let answer: Value = response.json().context("the token endpoint sent no JSON")?;
        let Some(token) = answer["access_token"].as_str() else {
            bail!("sign-in refused ({status}): {}", answer["error_description"]);
        };
        let lasts = Duration::from_secs(answer["expires_in"].as_u64().unwrap_or(300) / 2);
        *self.token.borrow_mut() = Some((token.to_owned(), Instant::now() + lasts));
        Ok(token.to_owned())
    }

    /// Posts JSON and gives back the answer's bytes.
    pub fn post_json(&self, path: &str, body: &Value) -> anyhow::Result<Vec<u8>> {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(self.token()?);
        let mut answer = checked(request.json(body).send()?)?;
        let mut bytes = Vec::new();
        answer.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Posts a stream and gives back the answer's JSON.
    pub fn post_stream(
        &self,
        path: &str,
        body: impl Read + Send + 'static,
    ) -> anyhow::Result<Value> {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(self.token()?);
        let request = request.header("content-type", "application/x-ndjson");
        Ok(checked(request.body(Body::new(body)).send()?)?.json()?)
    }
}

fn checked(response: Response) -> anyhow::Result<Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let text = response.text().unwrap_or_default();
    let answer: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    match answer["error"]["message"].as_str() {
        Some(message) => bail!("{message} ({status})"),
        None => bail!("the server answered {status}"),
    }
}

/// The credentials that go with a place: the file named, or the data directory's.
pub fn credentials(place: &Place) -> anyhow::Result<Option<Credentials>> {
    let Access { credentials, token, .. } = &place.access;
    if token.is_some() && credentials.is_none() {
        return Ok(None);
    }
    match credentials {
        Some(path) => Credentials::read(path).map(Some),
        None if Credentials::path(&place.data).exists() => {
            Credentials::read(&Credentials::path(&place.data)).map(Some)
        }
        None => Ok(None),
    }
}
