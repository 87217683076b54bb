//! `yagura token`: signs in with the stored credentials and prints the bearer token; or issues one
//! that speaks for a person, which whoever owns the data directory may.

use std::process::ExitCode;

use anyhow::Context;
use auth::{token, user::Delegation};

use super::user;
use crate::{cli::directory::TokenArgs, client::Client, node};

/// Prints it.
pub fn run(args: &TokenArgs) -> anyhow::Result<ExitCode> {
    let token = match &args.user {
        Some(user) => node::runtime()?.block_on(of_person(args, user))?,
        None => Client::new(&args.place)?.token()?,
    };
    println!("{token}");
    Ok(ExitCode::SUCCESS)
}

async fn of_person(args: &TokenArgs, user: &str) -> anyhow::Result<String> {
    let scopes = user::granted(&args.scopes)?;
    let node = node::open(&node::Options::new(&args.place.data)?).await?;
    let tenant = node.tenant(args.place.access.tenant.as_deref()).await?;
    let found = node.directory.user_find(&tenant, user).await?;
    let person = found.with_context(|| format!("no user '{user}'; see `yagura user list`"))?;
    let server = args.place.server.as_deref();
    let known = node.credentials.as_ref();
    let own_url = server.or(known.map(|it| it.base_url.as_str()));
    let own_url = own_url.context("which server? give --server")?;
    let app = known.filter(|it| it.tenant_id == tenant).map(|it| it.client_id.as_str());
    let now = node::now();
    let app_id = app.unwrap_or("yagura-cli");
    let given = Delegation { tenant: &tenant, app_id, scopes: &scopes, own_url, now };
    let keys = node.directory.signing_keys(now).await?;
    token::mint(keys.signing(), &person.claims(&given))
        .context("with so many scopes a token is too long; name those that are needed")
}
