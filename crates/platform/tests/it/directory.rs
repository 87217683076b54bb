//! Tenants, applications and keys; and every line of the policy against the platform.

use auth::{policy::policy, secret};
use model::{Version, code::Code, graph, path};
use platform::directory::Directory;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn tenants_applications_and_keys_are_kept() {
    let world = World::new().await;
    let directory = Directory::new(world.store.clone());
    let now = world.cx().now;
    let tenant = directory.tenant_create("Contoso", "Contoso.example", now).await.unwrap();
    let again = directory.tenant_create("Other", "contoso.EXAMPLE", now).await.unwrap_err();
    assert_eq!(again.code(), Code::Conflict);
    for name in [tenant.id.as_str(), "contoso.example", " CONTOSO.example "] {
        assert_eq!(directory.tenant_find(name).await.unwrap().as_ref(), Some(&tenant), "{name}");
    }
    assert_eq!(directory.tenant_find("nobody.example").await.unwrap(), None);

    let roles = vec!["SecurityAlert.Read.All".to_owned()];
    let (app, shown) = directory.app_create(&tenant.id, "tool", &roles, now).await.unwrap();
    let stored = directory.app_find(&tenant.id, &app.app_id).await.unwrap().unwrap();
    assert_eq!(stored, app);
    assert!(secret::verify(&shown, &stored.secrets[0].hash));
    assert_eq!(directory.app_find("other", &app.app_id).await.unwrap(), None);
    let second = directory.secret_add(&tenant.id, &app.app_id, now).await.unwrap();
    let stored = directory.app_list(&tenant.id).await.unwrap().remove(0);
    assert!(secret::verify(&second, &stored.secrets[1].hash));
    directory.secret_delete(&tenant.id, &app.app_id, &stored.secrets[0].id, now).await.unwrap();
    directory.roles_set(&tenant.id, &app.app_id, &[], now).await.unwrap();
    let stored = directory.app_list(&tenant.id).await.unwrap().remove(0);
    assert_eq!((stored.secrets.len(), stored.roles.len()), (1, 0));
    directory.app_delete(&tenant.id, &app.app_id, now).await.unwrap();
    assert!(directory.app_list(&tenant.id).await.unwrap().is_empty());
    let nowhere = directory.app_create("nowhere", "tool", &roles, now).await.unwrap_err();
    assert_eq!(nowhere.code(), Code::NotFound);

    let keys = directory.signing_keys(now).await.unwrap();
    let same = directory.signing_keys(now).await.unwrap();
    assert_eq!(keys.signing().kid(), same.signing().kid());
}

#[tokio::test]
async fn every_line_of_the_policy_answers_and_is_needed() {
    let mut wrong = Vec::new();
    let mut world = World::new().await;
    for rule in policy().rules().iter().filter(|it| it.versions[0] != "*") {
        let template = rule.template.replace("{id}", "x").replace("/*", "/displayName");
        for version in &rule.versions {
            let model = graph(Version::parse(version).unwrap());
            if rule.is_public() || path::resolve(model, &template).is_err() {
                continue;
            }
            let line = format!("{} /{version}{template}", rule.method).replace("/v1.0", "");
            // What only a person may do is refused to an application, whatever its roles.
            world.roles = policy().roles();
            let body = (rule.method != "GET").then(|| json!({}));
            if let Err(fault) = world.call(&line, body.clone()).await
                && !(rule.roles.is_empty() && fault.code() == Code::Forbidden)
                && matches!(fault.code(), Code::Internal | Code::MethodNotAllowed | Code::Forbidden)
            {
                wrong.push(format!("{line}: {fault}"));
            }
            world.roles = Vec::new();
            match world.call(&line, body).await {
                Err(fault) if fault.code() == Code::Forbidden => {}
                other => wrong.push(format!("{line} without a role: {other:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
