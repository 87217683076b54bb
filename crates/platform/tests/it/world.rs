//! A platform with its store, a caller and a clock that the test owns.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

use auth::context::{Caller, CallerKind, OpCx};
use kql::{
    answer::Answer,
    diagnostic::{Diagnostic, Span},
    hunt::{Ask, BoxFuture, HuntFault, Hunter, IngestFault, Ingested},
    types::Column,
};
use model::{Version, graph, path, query::Options, time::Timestamp};
use platform::{
    Platform,
    areas::hunting::HuntingOptions,
    call::{Call, Method, Prefer},
    fault::Fault,
    reply::{PushReport, Reply},
};
use serde_json::{Map, Value, json};
use store::Store;

/// A hunter that notes what it was asked.
#[derive(Default)]
pub struct Noting {
    pub asked: Mutex<Vec<Ask>>,
}

impl Hunter for Noting {
    fn hunt(&self, ask: Ask) -> BoxFuture<'_, Result<Answer, HuntFault>> {
        let bad = ask.text.contains("bad");
        self.asked.lock().unwrap().push(ask);
        Box::pin(async move {
            if bad {
                let it = Diagnostic::error("KQL0101", Span::new(9, 12), "no column `bad`");
                return Err(HuntFault::Query(vec![it.help("`good` is near")]));
            }
            Ok(Answer::default())
        })
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

pub struct World {
    pub platform: Platform,
    pub store: Store,
    pub hunter: Arc<Noting>,
    pub roles: Vec<&'static str>,
    pub tenant: &'static str,
    pub kind: CallerKind,
    now: AtomicI64,
}

pub const ROLES: &[&str] = &[
    "SecurityAlert.ReadWrite.All",
    "SecurityIncident.ReadWrite.All",
    "SecurityEvents.ReadWrite.All",
    "ThreatHunting.Read.All",
    "Yagura.Alerts.Push",
];

impl World {
    pub async fn new() -> Self {
        Self::on(Store::memory().unwrap()).await
    }

    pub async fn on(store: Store) -> Self {
        let hunter = Arc::new(Noting::default());
        let options = HuntingOptions::default();
        let platform = Platform::new(store.clone(), hunter.clone(), options).await.unwrap();
        let now = Timestamp::parse("2026-03-01T12:00:00Z").unwrap().0;
        let now = AtomicI64::new(now);
        Self {
            platform,
            store,
            hunter,
            roles: ROLES.to_vec(),
            tenant: "contoso",
            kind: CallerKind::App,
            now,
        }
    }

    /// The context of the next call; a second passes between calls.
    pub fn cx(&self) -> OpCx {
        OpCx {
            caller: Caller {
                kind: self.kind,
                app_id: "app-1".to_owned(),
                name: "Analyst tool".to_owned(),
                user: None,
                roles: self.roles.iter().map(|it| (*it).to_owned()).collect(),
            },
            tenant: self.tenant.to_owned(),
            now: Timestamp(self.now.fetch_add(10_000_000, Ordering::Relaxed)),
            request_id: uuid::Uuid::new_v4(),
            client_request_id: None,
        }
    }

    /// Time passes.
    pub fn wait(&self, ticks: i64) {
        self.now.fetch_add(ticks, Ordering::Relaxed);
    }

    pub async fn call(&self, line: &str, body: Option<Value>) -> Result<Reply, Fault> {
        self.call_with(line, body, Prefer::default()).await
    }

    /// `GET /beta/security/alerts_v2?$top=1`, v1.0 when no version is named.
    pub async fn call_with(
        &self,
        line: &str,
        body: Option<Value>,
        prefer: Prefer,
    ) -> Result<Reply, Fault> {
        let (method, url) = line.split_once(' ').unwrap();
        let (version, url) = match url.strip_prefix("/beta") {
            Some(rest) => (Version::Beta, rest),
            None => (Version::V1, url),
        };
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let model = graph(version);
        let target = path::resolve(model, path).unwrap();
        let options = match target.set() {
            Some(set) => Options::parse(model, set, query)
                .map_err(|error| Fault::Wrong(error.to_string()))?,
            None => Options::default(),
        };
        let method = Method::parse(method).unwrap();
        let cx = self.cx();
        let permit = self.platform.open(&cx, Call { version, method, target, options })?;
        self.platform.run(&cx, permit, body, prefer).await
    }

    pub async fn entity(&self, line: &str) -> Map<String, Value> {
        match self.call(line, None).await.unwrap() {
            Reply::Entity { doc, .. } => doc,
            other => panic!("{other:?}"),
        }
    }

    pub async fn items(&self, line: &str) -> Vec<Map<String, Value>> {
        match self.call(line, None).await.unwrap() {
            Reply::Page { items, .. } => items,
            other => panic!("{other:?}"),
        }
    }

    pub async fn page(&self, line: &str) -> (Vec<String>, Option<String>) {
        match self.call(line, None).await.unwrap() {
            Reply::Page { items, next, .. } => {
                (items.iter().map(|it| text(it, "id")).collect(), next)
            }
            other => panic!("{other:?}"),
        }
    }

    pub async fn push(&self, items: Vec<Value>) -> PushReport {
        let items = items.into_iter().map(Ok).collect();
        self.platform.push_alerts(&self.cx(), "graph", items).await.unwrap()
    }
}

pub fn text(doc: &Map<String, Value>, member: &str) -> String {
    doc[member].as_str().unwrap_or("null").to_owned()
}

/// An alert as a Graph document, `hours` into the story, about these devices.
pub fn alert(name: &str, hours: i64, severity: &str, devices: &[&str]) -> Value {
    let at = Timestamp::parse("2026-03-01T00:00:00Z").unwrap().plus(hours * 36_000_000_000);
    let evidence: Vec<Value> = devices
        .iter()
        .map(|device| {
            json!({
                "@odata.type": "#microsoft.graph.security.deviceEvidence",
                "createdDateTime": at.to_string(),
                "verdict": "suspicious",
                "remediationStatus": "none",
                "roles": ["attacked"],
                "deviceDnsName": device,
            })
        })
        .collect();
    json!({
        "providerAlertId": name,
        "title": format!("Alert {name}"),
        "description": "Something happened.",
        "severity": severity,
        "category": "Execution",
        "serviceSource": "microsoftDefenderForEndpoint",
        "detectionSource": "antivirus",
        "productName": "Sensor",
        "firstActivityDateTime": at.to_string(),
        "lastActivityDateTime": at.to_string(),
        "mitreTechniques": ["T1059"],
        "evidence": evidence,
    })
}
