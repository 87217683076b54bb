//! `yagura user`: the people of a tenant.

use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::json;

use super::app::open;
use crate::{
    cli::directory::{UserArgs, UserCommand},
    node, output,
};

/// Enters, lists or removes people of a tenant.
pub fn run(args: UserArgs) -> anyhow::Result<ExitCode> {
    node::runtime()?.block_on(async {
        match args.command {
            UserCommand::Add { at, upn, name, mail } => {
                let (node, tenant) = open(&at).await?;
                let (name, mail, now) = (name.as_deref(), mail.as_deref(), node::now());
                let user = node.directory.user_add(&tenant, &upn, name, mail, now).await?;
                if at.json {
                    println!("{}", json!(user));
                } else {
                    println!(
                        "user {} ({}, {})",
                        user.id, user.display_name, user.user_principal_name
                    );
                }
            }
            UserCommand::List { at } => {
                let (node, tenant) = open(&at).await?;
                let users = node.directory.user_list(&tenant).await?;
                if at.json {
                    println!("{}", json!(users));
                } else {
                    let rows = users.into_iter().map(|it| {
                        let mail = it.mail.unwrap_or_default();
                        vec![it.id, it.user_principal_name, it.display_name, mail]
                    });
                    println!("{}", output::table(&["user", "signs in as", "name", "mail"], rows));
                }
            }
            UserCommand::Remove { at, user } => {
                let (node, tenant) = open(&at).await?;
                let gone = node.directory.user_remove(&tenant, &user, node::now()).await?;
                println!("user {} ({}) removed", gone.id, gone.user_principal_name);
            }
            UserCommand::Scopes => {
                for scope in auth::policy::policy().scopes() {
                    println!("{scope}");
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Every scope must be one that some operation asks for: a misspelt one would grant nothing.
pub fn granted(wanted: &[String]) -> anyhow::Result<Vec<String>> {
    let known = auth::policy::policy().scopes();
    let mut wanted = wanted.iter().flat_map(|it| it.split_whitespace()).peekable();
    if wanted.peek().is_none() {
        bail!("give at least one scope; see `yagura user scopes`");
    }
    let mut found = Vec::new();
    for scope in wanted {
        if scope == "all" {
            return Ok(known.into_iter().map(str::to_owned).collect());
        }
        let one = known.iter().find(|it| it.eq_ignore_ascii_case(scope));
        let one = one.with_context(|| format!("no scope '{scope}'; see `yagura user scopes`"))?;
        found.push((*one).to_owned());
    }
    Ok(found)
}
