//! `yagura tenant`.

use std::process::ExitCode;

use serde_json::json;

use crate::{
    cli::directory::{TenantArgs, TenantCommand},
    node, output,
};

/// Makes or lists tenants of a data directory.
pub fn run(args: TenantArgs) -> anyhow::Result<ExitCode> {
    node::runtime()?.block_on(async {
        match args.command {
            TenantCommand::Create { data, name, domain, json: as_json } => {
                let node = node::open(&node::Options::new(&data)?).await?;
                let tenant = node.directory.tenant_create(&name, &domain, node::now()).await?;
                if as_json {
                    println!("{}", json!({"tenant_id": tenant.id, "name": name, "domain": domain}));
                } else {
                    println!("tenant {} ({name}, {domain})", tenant.id);
                }
            }
            TenantCommand::List { data, json: as_json } => {
                let node = node::open(&node::Options::new(&data)?).await?;
                let tenants = node.directory.tenant_list().await?;
                if as_json {
                    let list: Vec<_> = tenants
                        .iter()
                        .map(|t| json!({"tenant_id": t.id, "name": t.name, "domain": t.domain}))
                        .collect();
                    println!("{}", json!(list));
                } else {
                    let rows = tenants.into_iter().map(|t| vec![t.id, t.name, t.domain]);
                    println!("{}", output::table(&["tenant", "name", "domain"], rows));
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
