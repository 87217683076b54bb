//! A server of one's own: `Yagura::start()` makes a data directory, starts the binary on a free
//! port and signs in.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use reqwest::blocking::{Client, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const BINARY: &str = env!("CARGO_BIN_EXE_yagura");

pub struct Yagura {
    pub folder: TempDir,
    pub base: String,
    pub credentials: Value,
    pub http: Client,
    child: Option<Child>,
    flags: Vec<String>,
    /// A place on a PostgreSQL server, when the suite runs over one.
    store: Option<String>,
    variables: Vec<(String, String)>,
}

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Yagura {
    /// Plain http on a free port, an empty data directory.
    pub fn start() -> Self {
        Self::start_with(&["--plain-http", "--hunting-lookback", "unlimited"])
    }

    pub fn start_with(flags: &[&str]) -> Self {
        Self::start_in(&[], flags)
    }

    /// With environment variables of its own.
    pub fn start_in(variables: &[(&str, &str)], flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let flags: Vec<String> = flags.iter().map(ToString::to_string).collect();
        let mut it = Self {
            folder,
            base: String::new(),
            credentials: Value::Null,
            http: Client::new(),
            child: None,
            flags,
            store: store(),
            variables: variables.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
        };
        it.boot();
        it
    }

    /// Where its records are, as `serve --store` takes it.
    pub fn address(&self) -> store::Address {
        store::Address::parse(&self.store_url()).unwrap()
    }

    pub fn store_url(&self) -> String {
        let file = || format!("sqlite:{}", self.data().join("yagura.db").display());
        self.store.clone().unwrap_or_else(file)
    }

    /// Are its records on a database server, which answers later than a file?
    pub fn over_server(&self) -> bool {
        self.store.is_some()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts (again) on the same data and waits for the line that says it is ready.
    pub fn boot(&mut self) {
        let mut child = Command::new(BINARY)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(self.data())
            .args(&self.flags)
            .envs(self.store.iter().map(|it| ("YAGURA_STORE", it)))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.find(|line| line.as_ref().unwrap().contains("ready at"));
        let ready = ready.expect("the server says when it is ready").unwrap();
        ready.rsplit(' ').next().unwrap().clone_into(&mut self.base);
        self.child = Some(child);
        let text = std::fs::read_to_string(self.data().join("credentials.json")).unwrap();
        self.credentials = serde_json::from_str(&text).unwrap();
        let mut http = Client::builder();
        if let Some(path) = self.credentials["ca_file"].as_str() {
            let pem = std::fs::read(path).unwrap();
            let certificate = reqwest::Certificate::from_pem(&pem).unwrap();
            http = http.tls_certs_merge([certificate]);
        }
        self.http = http.build().unwrap();
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The command line on this server's data directory.
    pub fn yagura(&self, args: &[&str]) -> Output {
        let mut command = Command::new(BINARY);
        command.envs(self.store.iter().map(|it| ("YAGURA_STORE", it)));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.args(args).env("YAGURA_DATA", self.data()).output().unwrap()
    }

    /// A token of the first application.
    pub fn token(&self) -> String {
        let id = self.credentials["client_id"].as_str().unwrap();
        let secret = self.credentials["client_secret"].as_str().unwrap();
        self.token_of(self.credentials["tenant_id"].as_str().unwrap(), id, secret)
    }

    pub fn token_of(&self, tenant: &str, client_id: &str, secret: &str) -> String {
        let answer = self.ask_token(tenant, client_id, secret);
        answer.body["access_token"].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
    }

    pub fn ask_token(&self, tenant: &str, client_id: &str, secret: &str) -> Answer {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", secret),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let url = format!("{}/{tenant}/oauth2/v2.0/token", self.base);
        send(self.http.post(url).form(&form))
    }

    /// A token of a new application with these roles, in the first tenant or another.
    pub fn token_with(&self, roles: &[&str], tenant: Option<&str>) -> String {
        let mut args = vec!["app", "create", "--name", "test", "--json"];
        args.extend(roles.iter().flat_map(|role| ["--role", role]));
        args.extend(tenant.iter().flat_map(|tenant| ["--tenant", tenant]));
        let made: Value = serde_json::from_slice(&self.yagura(&args).stdout).unwrap();
        let of = |member: &str| made[member].as_str().unwrap().to_owned();
        self.token_of(&of("tenant_id"), &of("client_id"), &of("client_secret"))
    }

    pub fn get(&self, token: &str, path: &str) -> Answer {
        send(self.http.get(self.url(path)).bearer_auth(token))
    }

    pub fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        send(self.http.post(self.url(path)).bearer_auth(token).json(body))
    }

    pub fn patch(&self, token: &str, path: &str, body: &Value) -> Answer {
        send(self.http.patch(self.url(path)).bearer_auth(token).json(body))
    }

    /// Pushes alerts in a product's format.
    pub fn push(&self, token: &str, source: &str, body: &Value) -> Answer {
        self.post(token, &format!("/provider/v1/alerts?source={source}"), body)
    }

    pub fn hunt(&self, token: &str, query: &str) -> Answer {
        self.post(token, "/v1.0/security/runHuntingQuery", &json!({ "Query": query }))
    }

    pub fn url(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) }
    }
}

/// `YAGURA_TEST_STORE=postgres` runs every test of this suite over PostgreSQL.
fn store() -> Option<String> {
    match std::env::var("YAGURA_TEST_STORE").as_deref() {
        Ok("postgres") => crate::postgres::address(),
        _ => None,
    }
}

impl Drop for Yagura {
    fn drop(&mut self) {
        self.kill();
    }
}

pub fn send(request: RequestBuilder) -> Answer {
    let response = request.send().unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status, headers, body, text }
}

impl Answer {
    /// Panics with the whole answer when the status is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    pub fn error(&self) -> (&str, &str) {
        let text = |member: &str| self.body["error"][member].as_str().unwrap_or_default();
        (text("code"), text("message"))
    }

    pub fn value(&self) -> &Vec<Value> {
        self.body["value"].as_array().unwrap_or_else(|| panic!("{}", self.text))
    }
}

/// One Suricata alert; `number` makes it its own, `source` is the attacker.
pub fn suricata(number: u64, source: &str) -> Value {
    json!({
        "timestamp": format!(
            "2026-03-01T{:02}:{:02}:{:02}.{:06}+0000",
            number / 3600 % 24, number / 60 % 60, number % 60, number % 1_000_000
        ),
        "flow_id": 1_000_000 + number, "event_type": "alert", "in_iface": "eth0",
        "src_ip": source, "src_port": 40_000 + number % 20_000, "dest_ip": "10.1.2.3",
        "dest_port": 443, "proto": "TCP",
        "alert": {
            "action": "allowed", "gid": 1, "signature_id": 2_024_897, "rev": 3,
            "signature": "ET MALWARE Beacon to known command and control server",
            "category": "Malware Command and Control Activity Detected", "severity": 1,
            "metadata": {"mitre_technique_id": ["T1071"], "mitre_tactic_id": ["TA0011"]}
        }
    })
}

/// The workspace root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
