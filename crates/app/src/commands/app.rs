//! `yagura app`: applications, their roles and their secrets.

use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::json;

use crate::{
    cli::directory::{AppArgs, AppCommand, AtTenant},
    node::{self, Node},
    output,
};

/// Makes, lists, extends or removes applications of a tenant.
pub fn run(args: AppArgs) -> anyhow::Result<ExitCode> {
    node::runtime()?.block_on(async {
        match args.command {
            AppCommand::Create { at, name, roles } => {
                let roles = granted(roles)?;
                let (node, tenant) = open(&at).await?;
                let made = node.directory.app_create(&tenant, &name, &roles, node::now()).await?;
                let (app, secret) = made;
                if at.json {
                    println!(
                        "{}",
                        json!({
                            "tenant_id": tenant, "client_id": app.app_id, "client_secret": secret,
                            "name": name, "roles": roles,
                        })
                    );
                } else {
                    println!("tenant_id      {tenant}");
                    println!("client_id      {}", app.app_id);
                    println!("client_secret  {secret}");
                    println!("The secret is shown this once; only its hash is kept.");
                }
            }
            AppCommand::List { at } => {
                let (node, tenant) = open(&at).await?;
                let apps = node.directory.app_list(&tenant).await?;
                if at.json {
                    let list: Vec<_> = apps
                        .iter()
                        .map(|a| json!({"client_id": a.app_id, "name": a.name, "roles": a.roles}))
                        .collect();
                    println!("{}", json!(list));
                } else {
                    let rows = apps.into_iter().map(|a| {
                        vec![a.app_id, a.name, a.secrets.len().to_string(), a.roles.join(" ")]
                    });
                    let names = ["client", "name", "secrets", "roles"];
                    println!("{}", output::table(&names, rows));
                }
            }
            AppCommand::AddSecret { at, id } => {
                let (node, tenant) = open(&at).await?;
                let secret = node.directory.secret_add(&tenant, &id, node::now()).await?;
                if at.json {
                    println!("{}", json!({"client_id": id, "client_secret": secret}));
                } else {
                    println!("client_secret  {secret}");
                }
            }
            AppCommand::Delete { at, id } => {
                let (node, tenant) = open(&at).await?;
                node.directory.app_delete(&tenant, &id, node::now()).await?;
                println!("application {id} removed; tokens it holds end with their hour");
            }
            AppCommand::Roles => {
                for role in auth::policy::policy().roles() {
                    println!("{role}");
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The directory and the tenant that are meant.
pub async fn open(at: &AtTenant) -> anyhow::Result<(Node, String)> {
    let node = node::open(&node::Options::new(&at.data)?).await?;
    let tenant = node.tenant(at.tenant.as_deref()).await?;
    Ok((node, tenant))
}

/// Every role must be one that some operation asks for: a misspelt one would grant nothing.
fn granted(wanted: Vec<String>) -> anyhow::Result<Vec<String>> {
    let known: Vec<String> =
        auth::policy::policy().roles().iter().map(ToString::to_string).collect();
    if wanted.iter().any(|role| role == "all") {
        return Ok(known);
    }
    let find = |role: &String| known.iter().find(|k| k.eq_ignore_ascii_case(role)).cloned();
    let found: anyhow::Result<Vec<String>> = wanted
        .iter()
        .map(|role| find(role).with_context(|| format!("no role '{role}'; see `yagura app roles`")))
        .collect();
    if wanted.is_empty() {
        bail!("give at least one --role; see `yagura app roles`");
    }
    found
}
