//! Subscriptions from the handshake to the last message, with endpoints and a clock of the test.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use kql::hunt::BoxFuture;
use model::{code::Code, time::Timestamp};
use platform::{
    areas::subscriptions::{
        deliver::Deliverer,
        endpoints::{Answer, Endpoints, Message},
    },
    fault::Fault,
};
use serde_json::{Value, json};
use store::{Key, NewRecord, Store};

use crate::world::{World, alert, text};

const MINUTE: i64 = 60 * 10_000_000;
const HOUR: i64 = 60 * MINUTE;
const NOTIFY: &str = "https://soar.example/notify?key=1";
const LIFE: &str = "https://soar.example/life";

/// Endpoints that note what they get, and answer as the test says.
#[derive(Default)]
struct Listeners {
    /// The status by address; 200 where none is said. 0 is nobody at home.
    moods: Mutex<HashMap<String, u16>>,
    got: Mutex<Vec<(String, Value)>>,
    asked: Mutex<Vec<String>>,
}

impl Listeners {
    fn mood(&self, url: &str, status: u16) {
        self.moods.lock().unwrap().insert(url.to_owned(), status);
    }

    /// What an address got since it was asked last.
    fn take(&self, url: &str) -> Vec<Value> {
        let mut got = self.got.lock().unwrap();
        let (mine, others) = got.drain(..).partition(|(to, _)| to == url);
        *got = others;
        let bodies: Vec<(String, Value)> = mine;
        bodies.into_iter().flat_map(|(_, it)| it["value"].as_array().unwrap().clone()).collect()
    }
}

impl Endpoints for Listeners {
    fn may_call(&self, url: &str) -> Result<(), String> {
        if url.starts_with("https://") { Ok(()) } else { Err("must begin with https://".into()) }
    }

    fn post(&self, message: Message) -> BoxFuture<'_, Result<Answer, String>> {
        Box::pin(async move {
            let (url, token) = match message.url.split_once("validationToken=") {
                Some((url, token)) => {
                    assert!(message.media.starts_with("text/plain"), "{}", message.media);
                    let token = percent_encoding::percent_decode_str(token).decode_utf8().unwrap();
                    (url[..url.len() - 1].to_owned(), Some(token.into_owned()))
                }
                None => (message.url, None),
            };
            let mood = self.moods.lock().unwrap().get(&url).copied().unwrap_or(200);
            if mood == 0 {
                return Err("did not answer in time".to_owned());
            }
            let media = "text/plain; charset=utf-8".to_owned();
            let mut answer = Answer { status: mood, media, ..Answer::default() };
            match token {
                Some(token) => {
                    self.asked.lock().unwrap().push(url);
                    let body = if mood == 299 { "something else".to_owned() } else { token };
                    if mood == 299 {
                        answer.status = 200;
                    }
                    answer.body = body.into_bytes();
                }
                None if mood == 200 => {
                    assert!(message.media.starts_with("application/json"), "{}", message.media);
                    let body = serde_json::from_slice(&message.body).unwrap();
                    self.got.lock().unwrap().push((url, body));
                }
                None => {}
            }
            Ok(answer)
        })
    }
}

struct Stage {
    world: World,
    listeners: Arc<Listeners>,
    clock: Arc<AtomicI64>,
    deliverer: Deliverer,
}

impl Stage {
    async fn new() -> Self {
        Self::on(Store::memory().unwrap(), "node-1").await
    }

    async fn on(store: Store, node: &str) -> Self {
        let mut world = World::on(store).await;
        let listeners = Arc::new(Listeners::default());
        world.platform = world.platform.with_endpoints(listeners.clone());
        let clock = Arc::new(AtomicI64::new(world.cx().now.0));
        register(&world, "contoso", &world.roles).await;
        let deliverer = deliverer(&world, node, &clock);
        Self { world, listeners, clock, deliverer }
    }

    async fn settle(&mut self) {
        self.clock.fetch_max(self.world.cx().now.0, Ordering::Relaxed);
        self.deliverer.settle().await.unwrap();
    }

    /// Time goes on, for callers, too.
    fn later(&self, ticks: i64) {
        self.clock.fetch_add(ticks, Ordering::Relaxed);
        self.world.wait(ticks);
    }

    fn end(&self, minutes: i64) -> String {
        Timestamp(self.world.cx().now.0 + minutes * MINUTE).to_string()
    }

    fn wish(&self, change: Value) -> Value {
        let mut body = json!({
            "changeType": "created,updated,deleted", "resource": "security/alerts_v2",
            "notificationUrl": NOTIFY, "clientState": "s3cret", "expirationDateTime": self.end(600)
        });
        for (member, value) in change.as_object().unwrap() {
            body[member] = value.clone();
        }
        body
    }

    async fn subscribe(&self, change: Value) -> Result<String, Fault> {
        let wish = self.wish(change);
        match self.world.call("POST /subscriptions", Some(wish)).await? {
            platform::reply::Reply::Entity { doc, created: true, .. } => Ok(text(&doc, "id")),
            other => panic!("{other:?}"),
        }
    }

    /// What the endpoint was told: kinds and ids of things.
    fn told(&self) -> Vec<(String, String)> {
        let word = |it: &Value| it.as_str().unwrap().to_owned();
        let notes = self.listeners.take(NOTIFY);
        notes.iter().map(|it| (word(&it["changeType"]), word(&it["resourceData"]["id"]))).collect()
    }

    fn events(&self) -> Vec<String> {
        let notes = self.listeners.take(LIFE);
        notes.iter().map(|it| it["lifecycleEvent"].as_str().unwrap().to_owned()).collect()
    }
}

fn deliverer(world: &World, node: &str, clock: &Arc<AtomicI64>) -> Deliverer {
    let clock = Arc::clone(clock);
    let read = Arc::new(move || Timestamp(clock.load(Ordering::Relaxed)));
    Deliverer::new(&world.platform, node, read).unwrap()
}

/// The record of the application that `World` calls as.
async fn register(world: &World, tenant: &str, roles: &[&str]) {
    let doc = json!({
        "appId": "app-1", "tenant": tenant, "name": "Analyst tool", "roles": roles, "secrets": []
    });
    let key = Key::new(tenant, "yagura/apps", "app-1");
    let doc = doc.as_object().unwrap().clone();
    let put = move |tx: &mut store::Tx<'_>| {
        if tx.get(&key)?.is_some() {
            return tx.update(&key, doc, 2, "test", None);
        }
        tx.insert(NewRecord { key, parent: None, doc, created: 1, modified: 1 }, "test")
    };
    world.store.write(put).await.unwrap();
}

#[tokio::test]
async fn changes_are_told_once_in_order_and_with_all_that_was_asked() {
    let mut it = Stage::new().await;
    let id = it.subscribe(json!({})).await.unwrap();
    assert_eq!(*it.listeners.asked.lock().unwrap(), [NOTIFY]);
    it.settle().await;
    assert_eq!(it.told(), []);
    it.world.push(vec![alert("a", 1, "high", &["srv-1"])]).await;
    it.settle().await;
    let notes = it.listeners.take(NOTIFY);
    let first = &notes[0];
    let stored = it.world.items("GET /security/alerts_v2").await.remove(0);
    assert_eq!(first["changeType"], "created");
    assert_eq!(first["subscriptionId"], id.as_str());
    assert_eq!(first["clientState"], "s3cret");
    assert_eq!(first["tenantId"], "contoso");
    let path = format!("security/alerts_v2/{}", text(&stored, "id"));
    assert_eq!(first["resource"], path);
    assert_eq!(
        first["resourceData"],
        json!({
            "@odata.type": "#microsoft.graph.security.alert", "@odata.id": path,
            "@odata.etag": stored["@odata.etag"], "id": stored["id"]
        })
    );
    let change = json!({"status": "inProgress"});
    it.world.call(&format!("PATCH /{path}"), Some(change.clone())).await.unwrap();
    it.world.call(&format!("PATCH /{path}"), Some(change)).await.unwrap();
    it.settle().await;
    assert_eq!(it.told(), [("updated".to_owned(), text(&stored, "id"))]);
    it.settle().await;
    assert_eq!(it.told(), []);
}

#[tokio::test]
async fn an_endpoint_must_confirm_and_the_wish_must_make_sense() {
    let it = Stage::new().await;
    for (mood, said) in [
        (404, "notificationUrl answered 404 instead of 200"),
        (202, "answered 202"),
        (0, "did not answer in time"),
        (299, "did not answer the decoded validation token"),
    ] {
        it.listeners.mood(NOTIFY, mood);
        let fault = it.subscribe(json!({})).await.unwrap_err();
        assert_eq!(fault.code(), Code::Unconfirmed);
        assert!(fault.to_string().contains(said), "{fault}");
    }
    it.listeners.mood(NOTIFY, 200);
    it.listeners.mood(LIFE, 500);
    let fault = it.subscribe(json!({"lifecycleNotificationUrl": LIFE})).await.unwrap_err();
    assert!(fault.to_string().contains("lifecycleNotificationUrl answered 500"), "{fault}");
    it.listeners.asked.lock().unwrap().clear();
    for (change, code) in [
        (json!({"notificationUrl": "http://soar.example"}), Code::BadRequest),
        (json!({"changeType": "moved"}), Code::BadRequest),
        (json!({"resource": "security/nothing"}), Code::BadRequest),
        (json!({"resource": "security/alerts_v2?$filter=nothing eq 1"}), Code::BadRequest),
        (json!({"resource": "security/incidents/99"}), Code::NotFound),
        (json!({"resource": "security/identities/healthIssues"}), Code::Forbidden),
        (json!({"expirationDateTime": it.end(43_201)}), Code::BadRequest),
        (json!({"expirationDateTime": it.end(-1)}), Code::BadRequest),
        (json!({"includeResourceData": true}), Code::BadRequest),
        (json!({"unheardOf": 1}), Code::BadRequest),
    ] {
        let fault = it.subscribe(change.clone()).await.unwrap_err();
        assert_eq!(fault.code(), code, "{change}: {fault}");
    }
    assert!(it.listeners.asked.lock().unwrap().is_empty(), "asked before the wish was checked");
    assert!(it.world.items("GET /subscriptions").await.is_empty());
    for _ in 0..100 {
        it.subscribe(json!({})).await.unwrap();
    }
    let fault = it.subscribe(json!({})).await.unwrap_err();
    assert_eq!(fault.code(), Code::Forbidden);
    assert!(fault.to_string().contains("100 subscriptions"), "{fault}");
}

#[tokio::test]
async fn filters_single_entities_and_kinds_of_changes_narrow_what_is_told() {
    let mut it = Stage::new().await;
    it.world.push(vec![alert("a", 1, "low", &["srv-1"]), alert("b", 1, "high", &["srv-2"])]).await;
    let incident = text(&it.world.items("GET /security/incidents").await[0], "id");
    it.subscribe(json!({"resource": "security/alerts_v2?$filter=severity eq 'high'"}))
        .await
        .unwrap();
    let one = format!("/security/incidents/{incident}");
    it.subscribe(json!({"resource": one, "changeType": "updated"})).await.unwrap();
    it.settle().await;
    assert_eq!(it.told(), [], "what was before is not told");
    it.world.push(vec![alert("c", 2, "low", &["srv-3"]), alert("d", 2, "high", &["srv-4"])]).await;
    for item in it.world.items("GET /security/incidents").await {
        let path = format!("PATCH /security/incidents/{}", text(&item, "id"));
        it.world.call(&path, Some(json!({"customTags": ["x"]}))).await.unwrap();
    }
    it.settle().await;
    let told = it.told();
    let high = it.world.items("GET /security/alerts_v2?$filter=title eq 'Alert d'").await;
    let high = text(&high[0], "id");
    assert!(told.contains(&("created".to_owned(), high.clone())), "{told:?}");
    assert!(told.contains(&("updated".to_owned(), incident.clone())), "{told:?}");
    assert!(told.iter().all(|(_, id)| *id == high || *id == incident), "{told:?}");
}

#[tokio::test]
async fn what_was_removed_is_told_if_it_matched() {
    let mut it = Stage::new().await;
    let tag = |name: &str| json!({"displayName": name});
    it.world.roles.push("eDiscovery.ReadWrite.All");
    register(&it.world, "contoso", &it.world.roles).await;
    let cases = "security/cases/ediscoveryCases";
    for resource in [cases.to_owned(), format!("{cases}?$filter=displayName eq 'yes'")] {
        it.subscribe(json!({"resource": resource, "changeType": "deleted"})).await.unwrap();
    }
    for name in ["yes", "no"] {
        it.world.call(&format!("POST /{cases}"), Some(tag(name))).await.unwrap();
    }
    let made = it.world.items(&format!("GET /{cases}")).await;
    for item in &made {
        it.world.call(&format!("DELETE /{cases}/{}", text(item, "id")), None).await.unwrap();
    }
    it.settle().await;
    let told = it.told();
    let count = |name: &str| {
        let item = made.iter().find(|it| text(it, "displayName") == name).unwrap();
        told.iter().filter(|(change, id)| change == "deleted" && *id == text(item, "id")).count()
    };
    assert_eq!((count("yes"), count("no"), told.len()), (2, 1, 3), "{told:?}");
}

#[tokio::test]
async fn an_endpoint_that_is_down_gets_everything_later_and_holds_up_nobody() {
    let mut it = Stage::new().await;
    let other = "https://other.example/";
    it.subscribe(json!({"changeType": "created"})).await.unwrap();
    it.subscribe(json!({"changeType": "created", "notificationUrl": other})).await.unwrap();
    it.listeners.mood(NOTIFY, 503);
    let mut pushed = 0;
    for round in 0..5 {
        it.world.push(vec![alert(&format!("a{round}"), 1, "high", &["srv-1"])]).await;
        it.settle().await;
        pushed += 1;
        it.later(7 * MINUTE);
    }
    assert_eq!(it.listeners.take(other).len(), pushed);
    assert_eq!(it.told(), []);
    it.listeners.mood(NOTIFY, 202);
    it.later(11 * MINUTE);
    it.settle().await;
    it.listeners.mood(NOTIFY, 200);
    it.settle().await;
    assert_eq!(it.told(), [], "202 has taken them");
    // A process that knows nothing goes on from what was written down.
    it.world.push(vec![alert("after", 1, "high", &["srv-1"])]).await;
    it.deliverer = deliverer(&it.world, "node-1", &it.clock);
    it.settle().await;
    assert_eq!(it.told().len(), 1);
    it.deliverer = deliverer(&it.world, "node-1", &it.clock);
    it.settle().await;
    assert_eq!(it.told(), []);
}

#[tokio::test]
async fn what_cannot_be_told_for_four_hours_is_told_to_be_missed() {
    let mut it = Stage::new().await;
    let wish = json!({"changeType": "created", "lifecycleNotificationUrl": LIFE});
    it.subscribe(wish).await.unwrap();
    it.listeners.mood(NOTIFY, 0);
    it.world.push(vec![alert("old", 1, "high", &["srv-1"])]).await;
    it.settle().await;
    it.later(3 * HOUR + 50 * MINUTE);
    it.world.push(vec![alert("new", 1, "high", &["srv-2"])]).await;
    it.settle().await;
    assert_eq!(it.events(), [""; 0]);
    it.later(20 * MINUTE);
    it.settle().await;
    assert_eq!(it.events(), ["missed"]);
    it.listeners.mood(NOTIFY, 200);
    it.later(11 * MINUTE);
    it.settle().await;
    let told = it.told();
    let new = it.world.items("GET /security/alerts_v2?$filter=title eq 'Alert new'").await;
    assert_eq!(told, [("created".to_owned(), text(&new[0], "id"))]);
    assert_eq!(it.events(), [""; 0]);
}

#[tokio::test]
async fn the_end_is_announced_put_off_and_kept() {
    let mut it = Stage::new().await;
    let end = it.end(600);
    let wish = json!({"lifecycleNotificationUrl": LIFE, "expirationDateTime": end});
    let id = it.subscribe(wish).await.unwrap();
    let path = format!("/subscriptions/{id}");
    it.settle().await;
    it.later(9 * HOUR);
    it.settle().await;
    assert_eq!(it.events(), ["reauthorizationRequired"]);
    it.settle().await;
    assert_eq!(it.events(), [""; 0]);
    it.world.call(&format!("POST {path}/reauthorize"), None).await.unwrap();
    assert_eq!(text(&it.world.entity(&format!("GET {path}")).await, "expirationDateTime"), end);
    let renewed = json!({"expirationDateTime": it.end(1)});
    it.world.call(&format!("PATCH {path}"), Some(renewed)).await.unwrap();
    it.later(44 * MINUTE);
    it.settle().await;
    assert_eq!(it.events(), ["reauthorizationRequired"], "an end was raised to 45 minutes");
    it.world.call(&format!("GET {path}"), None).await.unwrap();
    it.listeners.mood(LIFE, 0);
    it.later(2 * MINUTE);
    it.world.push(vec![alert("a", 1, "high", &["srv-1"])]).await;
    it.settle().await;
    assert_eq!(it.told(), [], "it has ended");
    // Its record waits for the last message, and nobody sees it.
    let gone = it.world.call(&format!("GET {path}"), None).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    assert!(it.world.items("GET /subscriptions").await.is_empty());
    it.listeners.mood(LIFE, 200);
    it.later(HOUR);
    it.settle().await;
    assert_eq!(it.events(), ["subscriptionRemoved"]);
    let key = Key::new("contoso", "subscriptions", id.as_str());
    let left = it.world.store.read(move |tx| tx.get(&key)).await.unwrap();
    assert_eq!(left, None);
}

#[tokio::test]
async fn without_the_right_nothing_is_told_until_it_is_back() {
    let mut it = Stage::new().await;
    let wish = json!({"changeType": "created", "lifecycleNotificationUrl": LIFE});
    it.subscribe(wish).await.unwrap();
    it.settle().await;
    register(&it.world, "contoso", &["SecurityIncident.Read.All"]).await;
    it.world.push(vec![alert("a", 1, "high", &["srv-1"])]).await;
    it.settle().await;
    assert_eq!(it.told(), []);
    assert_eq!(it.events(), ["reauthorizationRequired"]);
    it.world.push(vec![alert("b", 1, "high", &["srv-1"])]).await;
    it.settle().await;
    assert_eq!((it.told(), it.events()), (Vec::new(), Vec::new()));
    register(&it.world, "contoso", &["SecurityAlert.Read.All"]).await;
    it.settle().await;
    assert_eq!(it.told().len(), 2);
}

#[tokio::test]
async fn other_tenants_and_applications_are_kept_apart() {
    let mut it = Stage::new().await;
    let id = it.subscribe(json!({})).await.unwrap();
    it.world.tenant = "fabrikam";
    register(&it.world, "fabrikam", &it.world.roles).await;
    assert!(it.world.items("GET /subscriptions").await.is_empty());
    for line in ["GET", "DELETE"] {
        let fault = it.world.call(&format!("{line} /subscriptions/{id}"), None).await.unwrap_err();
        assert_eq!(fault.code(), Code::NotFound);
    }
    let other = "https://fabrikam.example/";
    it.subscribe(json!({"notificationUrl": other})).await.unwrap();
    it.world.push(vec![alert("a", 1, "high", &["srv-1"])]).await;
    it.settle().await;
    assert_eq!(it.told(), []);
    let notes = it.listeners.take(other);
    assert!(!notes.is_empty() && notes.iter().all(|it| it["tenantId"] == "fabrikam"));
    it.world.tenant = "contoso";
    it.world.call(&format!("DELETE /subscriptions/{id}"), None).await.unwrap();
    it.world.push(vec![alert("b", 1, "high", &["srv-1"])]).await;
    it.settle().await;
    assert_eq!(it.told(), [], "it was deleted");
}

#[tokio::test]
async fn of_two_nodes_one_delivers_and_the_other_takes_over() {
    let store = Store::memory().unwrap();
    let mut it = Stage::on(store, "node-1").await;
    it.subscribe(json!({"changeType": "created"})).await.unwrap();
    let mut other = deliverer(&it.world, "node-2", &it.clock);
    it.settle().await;
    it.world.push(vec![alert("a", 1, "high", &["srv-1"])]).await;
    other.settle().await.unwrap();
    assert_eq!(it.told(), []);
    it.settle().await;
    assert_eq!(it.told().len(), 1);
    // The first one hangs; its lease ends.
    it.world.push(vec![alert("b", 1, "high", &["srv-1"])]).await;
    it.later(MINUTE);
    other.settle().await.unwrap();
    assert_eq!(it.told().len(), 1);
    it.world.push(vec![alert("c", 1, "high", &["srv-1"])]).await;
    it.settle().await;
    assert_eq!(it.told(), [], "it is the other's now");
    other.settle().await.unwrap();
    assert_eq!(it.told().len(), 1);
}

#[tokio::test]
async fn many_changes_come_in_bounded_messages() {
    let mut it = Stage::new().await;
    it.subscribe(json!({"changeType": "created"})).await.unwrap();
    let alerts = (0..450).map(|n| alert(&format!("a{n}"), 1, "high", &["srv-1"]));
    it.world.push(alerts.collect()).await;
    it.settle().await;
    let sizes: Vec<usize> = {
        let got = it.listeners.got.lock().unwrap();
        got.iter().map(|(_, body)| body["value"].as_array().unwrap().len()).collect()
    };
    assert!(sizes.iter().all(|it| *it <= 100), "{sizes:?}");
    let told = it.told();
    let distinct: std::collections::HashSet<_> = told.iter().collect();
    assert_eq!((told.len(), distinct.len()), (450, 450));
}
