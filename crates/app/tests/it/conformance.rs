//! Every documented operation, called rightly and wrongly by `yagura conformance`, over a store in
//! which there is something of every kind that the API itself cannot make.

use std::collections::{BTreeMap, BTreeSet};

use auth::token::{Claims, mint};
use model::{Version, edm::Ty, model::SetDef, path, shape::ODATA_TYPE, time::Timestamp};
use platform::directory::Directory;
use serde_json::{Map, Value, json};
use store::{Key, NewRecord, Store, StoreError, Tx};

use crate::harness::Yagura;

#[allow(dead_code)]
#[path = "../../src/commands/conformance/values.rs"]
mod values;

/// What is not yet as it must be, and why: method, template, reason. The list only shrinks.
const KNOWN: &[(&str, &str, &str)] = &[
    ("GET", "/security/attackSimulation/simulations/{id}/landingPage/*", BEHIND),
    ("GET", "/security/attackSimulation/simulations/{id}/loginPage/*", BEHIND),
    ("GET", "/security/attackSimulation/simulations/{id}/payload/*", BEHIND),
    ("GET", "/security/cases/ediscoveryCases/{id}/custodians/{id}/lastIndexOperation/*", BEHIND),
    (
        "GET",
        "/security/cases/ediscoveryCases/{id}/noncustodialDataSources/{id}/lastIndexOperation/*",
        BEHIND,
    ),
    (
        "GET",
        "/security/cases/ediscoveryCases/{id}/searches/{id}/lastEstimateStatisticsOperation/*",
        BEHIND,
    ),
    ("GET", "/security/cases/ediscoveryCases/{id}/reviewSets/{id}/files/{id}/custodian/*", BEHIND),
    ("GET", "/security/labels/retentionLabels/{id}/retentionEventType/*", BEHIND),
    ("GET", "/security/triggers/retentionEvents/{id}/retentionEventType/*", BEHIND),
    ("GET", "/security/threatIntelligence/hosts/{id}/whois/*", BEHIND),
    ("GET", "/users/{id}/informationProtection/policy/labels", ANYBODY),
    ("GET", "/users/{id}/informationProtection/policy/labels/$count", ANYBODY),
    ("GET", "/users/{id}/security/informationProtection/labelPolicySettings", ANYBODY),
    ("GET", "/users/{id}/security/informationProtection/labelPolicySettings/*", ANYBODY),
    ("GET", "/users/{id}/security/informationProtection/sensitivityLabels", ANYBODY),
    ("GET", "/users/{id}/security/informationProtection/sensitivityLabels/$count", ANYBODY),
    ("POST", "/security/tiIndicators/deleteTiIndicators", AS_TEXT),
    ("POST", "/security/tiIndicators/deleteTiIndicatorsByExternalId", AS_TEXT),
];
const BEHIND: &str = "a property behind a reference has no path of its own in the model";
const ANYBODY: &str = "any text is taken for a user, so that nobody is unknown";
const AS_TEXT: &str = "the codes of a result come as text, as published examples have them";

/// What an action may not do yet: at most so many.
const MOST_NOT_BUILT: usize = 60;

/// Kinds that come about by other ways than being stored as they are.
const NOT_PLANTED: &[&str] = &["security/alerts", "security/incidents", "users"];

#[test]
fn every_operation_answers_as_documented() {
    let it = Yagura::start();
    let store = Store::open_at(&it.address()).unwrap();
    let planted = plant(&store, it.credentials["tenant_id"].as_str().unwrap());
    let keys: Vec<String> = planted.iter().map(|(kind, key)| format!("{kind}={key}")).collect();
    let (token, user) = (it.token(), user_token(&it, &store));
    drop(store);
    let weak = it.token_with(&["Yagura.Alerts.Push"], None);
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

    let not_built = rows.iter().filter(|row| row["result"] == "notBuilt");
    let not_built: BTreeSet<(String, String)> =
        not_built.map(|row| (of(row, "method"), of(row, "template"))).collect();
    assert!(not_built.iter().all(|(method, _)| method == "POST"), "{not_built:#?}");
    assert!(not_built.len() <= MOST_NOT_BUILT, "{} are not built", not_built.len());
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

/// A token that speaks for a person with every scope.
fn user_token(it: &Yagura, store: &Store) -> String {
    let now = now();
    let directory = Directory::new(store.clone());
    let keys = tokio::runtime::Runtime::new().unwrap().block_on(directory.signing_keys(now));
    let tenant = it.credentials["tenant_id"].as_str().unwrap().to_owned();
    let person = "5e7d3c1a-0000-4000-8000-000000000001";
    let claims = Claims {
        aud: "https://graph.microsoft.com".into(),
        iss: format!("{}/{tenant}/v2.0", it.base),
        iat: now.unix_seconds(),
        nbf: now.unix_seconds(),
        exp: now.unix_seconds() + 3600,
        appid: None,
        azp: Some(it.credentials["client_id"].as_str().unwrap().into()),
        app_displayname: None,
        idtyp: None,
        oid: person.into(),
        sub: person.into(),
        tid: tenant,
        roles: Vec::new(),
        scp: Some(auth::policy::policy().scopes().join(" ")),
        uti: None,
        ver: "2.0".into(),
    };
    mint(keys.unwrap().signing(), &claims).unwrap()
}

/// Stores one entity of every kind that no POST makes, inside others of the sort.
fn plant(store: &Store, tenant: &str) -> BTreeMap<String, String> {
    let tenant = tenant.to_owned();
    store
        .write_blocking(move |tx| {
            let mut planted: BTreeMap<String, String> = BTreeMap::new();
            for version in [Version::Beta, Version::V1] {
                let model = model::graph(version);
                let places = model.sets().iter().chain(model.ones());
                for def in places.filter(|def| is_planted(version, def)) {
                    plant_one(tx, &tenant, version, def, &mut planted)?;
                }
            }
            Ok::<_, StoreError>(planted)
        })
        .unwrap()
}

/// Can the API itself not make it?
fn is_planted(version: Version, def: &SetDef) -> bool {
    let elsewhere = NOT_PLANTED.iter().any(|kind| {
        def.kind == *kind || def.kind.strip_prefix(kind).is_some_and(|it| it.starts_with('/'))
    });
    // Some kinds stand behind more than one path; what one of them makes is made.
    let last = def.kind.rsplit('/').next().unwrap();
    let made = auth::policy::policy().rules().iter().any(|rule| {
        rule.method == "POST"
            && rule.versions.iter().any(|it| it == version.as_str())
            && rule.template.rsplit('/').next() == Some(last)
    });
    !elsewhere && !made && (def.single || def.facts.readable || def.facts.listable)
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
            let value = maker.of(model, &property.name, property.ty, 1);
            doc.insert(property.name.clone(), value);
        }
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
    let key = Key::new(tenant, def.kind.as_str(), id);
    tx.insert(NewRecord { key, parent, doc, created: at, modified: at }, "test").map(|_| ())
}

#[allow(clippy::disallowed_methods, reason = "the started server's clock is this one")]
fn now() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_unix(now.as_secs().cast_signed(), 0)
}
