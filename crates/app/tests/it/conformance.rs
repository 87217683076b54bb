//! Every documented operation, called rightly and wrongly by `yagura conformance`, over a store in
//! which there is something of every kind, also of those that the API itself cannot make.

use std::collections::BTreeMap;

use auth::{
    oauth::{Endpoint, grant::Grant},
    token::mint,
};
use model::{
    Version,
    edm::Ty,
    model::SetDef,
    path,
    shape::{ODATA_TYPE, PRIVATE},
    time::Timestamp,
};
use platform::directory::Directory;
use serde_json::{Map, Value, json};
use store::{Key, NewRecord, Store, StoreError, Tx};

use crate::harness::{Yagura, suricata};

#[allow(dead_code)]
#[path = "../../src/commands/conformance/values.rs"]
mod values;

/// What is not yet as it must be, and why: method, template, reason. The list only shrinks.
const KNOWN: &[(&str, &str, &str)] = &[];

/// So many rows at most are of actions that are not built. The number only shrinks.
const MOST_NOT_BUILT: usize = 51;

/// So many rows at most have nothing to show: functions over what nothing stores. The number only
/// shrinks, too.
const MOST_UNSEEN: usize = 14;

/// Kinds that come about by other ways than being stored as they are, and what is inside them.
const NOT_PLANTED: &[&str] =
    &["security/alerts", "security/alerts_v2", "security/incidents", "users"];

/// Members that what is planted must have so that lists show it and operations take it: the kind,
/// the member, its value. What protects content is stored nowhere, so labels that do are not
/// evaluated.
const PLANTED: &[(&str, &str, &str)] = &[
    ("security/attackSimulation/payloads", "source", "\"tenant\""),
    ("security/collaboration/analyzedEmails", "loggedDateTime", "\"2026-01-05T10:00:00.0000000Z\""),
    ("security/informationProtection/sensitivityLabels", "hasProtection", "false"),
];

#[test]
fn every_operation_answers_as_documented() {
    let mut flags = vec!["--plain-http", "--hunting-lookback", "unlimited"];
    flags.extend(["--notify-plain-http", "--notify-network", "127.0.0.0/8"]);
    let it = Yagura::start_with(&flags);
    let store = Store::open_at(&it.address()).unwrap();
    let planted = plant(&store, it.credentials["tenant_id"].as_str().unwrap());
    let mut keys: Vec<String> = planted.iter().map(|(kind, key)| format!("{kind}={key}")).collect();
    let (person, user) = person(&it);
    keys.push(format!("users={person}"));
    let (token, weak) = (it.token(), weak_token(&it, &store));
    // Two alerts of one story, so that their incident says why.
    for number in [1, 2] {
        it.push(&token, "suricata", &suricata(number, "198.51.100.77")).expect(200);
    }
    let incidents = it.get(&token, "/v1.0/security/incidents").expect(200);
    keys.push(format!("security/incidents={}", incidents.value()[0]["id"].as_str().unwrap()));
    drop(store);
    let mut args = vec![
        "conformance",
        "--json",
        "--base",
        &it.base,
        "--token",
        &token,
        "--user-token",
        &user,
        "--weak-token",
        &weak,
    ];
    args.extend(keys.iter().flat_map(|key| ["--key", key]));
    let out = it.yagura(&args);
    let report: Value = serde_json::from_slice(&out.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)));
    println!("{:#}\n{:#}", report["areas"], report["all"]);
    documented(&report);

    let rows = report["rows"].as_array().unwrap();
    let of = |row: &Value, member: &str| row[member].as_str().unwrap().to_owned();
    println!("of these nothing was to be seen:");
    for row in rows.iter().filter(|row| row["result"] == "unseen") {
        println!("  {} {} {}", of(row, "version"), of(row, "method"), of(row, "template"));
    }
    let is_known = |row: &Value| {
        KNOWN.iter().any(|(method, path, _)| row["method"] == *method && row["template"] == *path)
    };
    let failed = rows.iter().filter(|row| row["result"] == "fail");
    let (known, new): (Vec<&Value>, Vec<&Value>) = failed.partition(|row| is_known(row));
    assert!(new.is_empty(), "{:#}", json!(new));
    let fails = |method: &str, path: &str| {
        known.iter().any(|row| row["method"] == method && row["template"] == path)
    };
    let stale = KNOWN.iter().filter(|(method, path, _)| !fails(method, path));
    let stale: Vec<_> = stale.collect();
    assert!(stale.is_empty(), "these pass now, strike them from the list: {stale:#?}");
    assert_eq!(report["all"]["skipped"], 0);

    let not_built = || rows.iter().filter(|row| row["result"] == "notBuilt");
    assert!(not_built().all(|row| row["method"] == "POST"), "{:#?}", not_built().next());
    let (not_built, unseen) = (not_built().count(), report["all"]["unseen"].as_u64().unwrap());
    assert!(not_built <= MOST_NOT_BUILT, "{not_built} are not built");
    assert!(unseen <= MOST_UNSEEN as u64, "{unseen} are unseen");
}

/// How the published rows fare, where the table of them lies beside the workspace.
fn documented(report: &Value) {
    let file = crate::harness::root().join("../shared/graph/operations.tsv");
    let Ok(table) = std::fs::read_to_string(&file) else {
        eprintln!("SKIPPED: there is no {}", file.display());
        return;
    };
    let mut results: BTreeMap<(&str, &str, &str), &str> = BTreeMap::new();
    for row in report["rows"].as_array().unwrap() {
        let of = |member: &str| row[member].as_str().unwrap();
        results.insert((of("version"), of("method"), of("template")), of("result"));
    }
    let mut lines = table.lines();
    let head: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let at = |name: &str| head.iter().position(|it| *it == name).unwrap();
    let marks = ["doc_page", "least_privilege_application", "least_privilege_delegated"].map(at);
    let mut areas: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut missing = Vec::new();
    for row in lines.map(|line| line.split('\t').collect::<Vec<_>>()) {
        if marks.iter().all(|column| row[*column].is_empty()) {
            continue;
        }
        let version = Version::parse(row[at("version")]).unwrap_or(Version::Beta);
        let (method, path) = (row[at("method")], row[at("path")]);
        let result = path::resolve(model::graph(version), &concrete(path)).ok().and_then(|it| {
            let rule = auth::policy::policy().rule(version.as_str(), method, &it.template())?;
            let template: &str = &rule.template;
            results.get(&(version.as_str(), method, template)).copied()
        });
        if result.is_none() && !matches!(path, "/$batch" | "/$metadata") {
            missing.push(format!("{version} {method} {path}"));
        }
        *areas.entry(row[at("area")]).or_default().entry(result.unwrap_or("other")).or_default() +=
            1;
    }
    println!("documented rows:");
    for (area, results) in areas {
        println!("  {area:<32} {results:?}");
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Keys and arguments in place of what stands in braces.
fn concrete(path: &str) -> String {
    let path = path
        .replace("{labelIds}", "[\"a\",\"b\"]")
        .replace("{contentFormats}", "[\"file\"]")
        .replace("{period}", "duration'P7D'");
    let mut out = String::new();
    let mut rest = path.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        out.push('1');
        rest = after.split_once('}').unwrap().1;
    }
    out + rest
}

/// A person of the tenant, by id, and a token that speaks for them with every scope.
fn person(it: &Yagura) -> (String, String) {
    let made = it.yagura(&["user", "add", "--upn", "ada@conformance.example", "--json"]);
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let id = made["id"].as_str().unwrap().to_owned();
    let token = it.yagura(&["token", "--user", &id, "--scope", "all"]);
    assert!(token.status.success(), "{}", String::from_utf8_lossy(&token.stderr));
    (id, String::from_utf8(token.stdout).unwrap().trim().to_owned())
}

/// A token of an application that holds no role.
fn weak_token(it: &Yagura, store: &Store) -> String {
    let now = now();
    let directory = Directory::new(store.clone());
    let keys = tokio::runtime::Runtime::new().unwrap().block_on(directory.signing_keys(now));
    let grant = Grant {
        endpoint: Endpoint::V2,
        tenant: it.credentials["tenant_id"].as_str().unwrap().to_owned(),
        app_id: "5e7d3c1a-0000-4000-8000-000000000001".to_owned(),
        name: "weak".to_owned(),
        roles: Vec::new(),
        resource: "https://graph.microsoft.com".to_owned(),
    };
    mint(keys.unwrap().signing(), &grant.claims(&it.base, now)).unwrap()
}

/// Stores one entity of every kind, one inside the other.
fn plant(store: &Store, tenant: &str) -> BTreeMap<String, String> {
    let tenant = tenant.to_owned();
    store
        .write_blocking(move |tx| {
            let mut planted: BTreeMap<String, String> = BTreeMap::new();
            for version in [Version::Beta, Version::V1] {
                let model = model::graph(version);
                let places = || model.sets().iter().chain(model.ones()).filter(|it| is_planted(it));
                for def in places() {
                    plant_one(tx, &tenant, version, def, &mut planted)?;
                }
                for def in places() {
                    refer(tx, &tenant, version, def, &planted)?;
                }
            }
            Ok::<_, StoreError>(planted)
        })
        .unwrap()
}

/// Is it, or anything below it, there to be called?
fn is_planted(def: &SetDef) -> bool {
    let elsewhere = NOT_PLANTED.iter().any(|kind| {
        def.kind == *kind || def.kind.strip_prefix(kind).is_some_and(|it| it.starts_with('/'))
    });
    let served = auth::policy::policy().rules().iter().any(|rule| {
        let path = rule.template.replace("/{id}", "");
        path.trim_start_matches('/').strip_prefix(&def.kind).is_some_and(|it| it.starts_with('/'))
    });
    !elsewhere && (def.single || def.facts.readable || def.facts.listable || served)
}

/// Lets a planted entity refer to others, where its navigations lead to planted ones.
fn refer(
    tx: &mut Tx<'_>,
    tenant: &str,
    version: Version,
    def: &SetDef,
    planted: &BTreeMap<String, String>,
) -> Result<(), StoreError> {
    let model = model::graph(version);
    let Some(id) = planted.get(&def.kind) else { return Ok(()) };
    let key = Key::new(tenant, def.kind.as_str(), id.as_str());
    let Some(record) = tx.get(&key)? else { return Ok(()) };
    let mut links = Map::new();
    for nav in model.ty(def.ty).navigation.iter().filter(|it| it.refers() && it.inverse.is_none()) {
        let word = nav.links.iter().find_map(|kind| Some(format!("{kind}#{}", planted.get(kind)?)));
        let Some(word) = word else { continue };
        let word = if nav.collection { json!([word]) } else { json!(word) };
        links.insert(nav.name.clone(), word);
    }
    let mut doc = record.doc;
    doc.insert(PRIVATE.to_owned(), json!({ "links": links }));
    tx.update(&key, doc, now().0, "test", None).map(|_| ())
}

fn plant_one(
    tx: &mut Tx<'_>,
    tenant: &str,
    version: Version,
    def: &SetDef,
    planted: &mut BTreeMap<String, String>,
) -> Result<(), StoreError> {
    let model = model::graph(version);
    let parent = match &def.parent {
        None => None,
        Some(kind) => match planted.get(kind) {
            Some(id) => Some(id.clone()),
            None => return Ok(()),
        },
    };
    if planted.contains_key(&def.kind) {
        return Ok(());
    }
    let (ty, mut maker) = (model.ty(def.ty), values::Maker::new(now()));
    let actual = std::iter::once(def.ty).chain(ty.derived.iter().copied());
    let actual = actual.map(|id| model.ty(id)).find(|it| !it.is_abstract).unwrap_or(ty);
    let mut doc = Map::new();
    if actual.id != ty.id {
        doc.insert(ODATA_TYPE.to_owned(), json!(actual.wire));
    }
    for property in actual.properties.iter().filter(|it| !it.is_stream()) {
        if property.ty.ty != Ty::Untyped {
            let told = PLANTED.iter().find(|(kind, member, _)| {
                (*kind, *member) == (def.kind.as_str(), property.name.as_str())
            });
            let value = match told {
                Some((_, _, value)) => serde_json::from_str(value).unwrap(),
                None => maker.of(model, &property.name, property.ty, 1),
            };
            doc.insert(property.name.clone(), value);
        }
    }
    for nav in actual.navigation.iter().filter(|it| it.embedded() && !it.collection) {
        let part = model.ty(nav.target).properties.iter();
        let part: Map<String, Value> =
            part.map(|it| (it.name.clone(), maker.of(model, &it.name, it.ty, 1))).collect();
        doc.insert(nav.name.clone(), Value::Object(part));
    }
    let number = planted.len();
    let key = format!("9b1a7e00-0000-4000-8000-{number:012}");
    if let Some(name) = ty.key.first() {
        doc.insert(name.clone(), json!(key));
    }
    // A single entity has its parent's key.
    let id = match (&parent, def.single) {
        (Some(parent), true) => parent.clone(),
        (None, true) => path::SINGLE.to_owned(),
        _ => key,
    };
    planted.insert(def.kind.clone(), id.clone());
    let at = now().0;
    // Where one may be removed, a second is left for the other version.
    let second =
        (!def.single && def.facts.deletable).then(|| id.replacen("9b1a7e00", "9b1a7e01", 1));
    for id in std::iter::once(id).chain(second) {
        let mut doc = doc.clone();
        if let Some(name) = ty.key.first().filter(|_| !def.single) {
            doc.insert(name.clone(), json!(id));
        }
        let key = Key::new(tenant, def.kind.as_str(), id);
        let parent = parent.clone();
        tx.insert(NewRecord { key, parent, doc, created: at, modified: at }, "test")?;
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "the started server's clock is this one")]
fn now() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_unix(now.as_secs().cast_signed(), 0)
}
