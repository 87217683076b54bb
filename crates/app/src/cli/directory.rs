//! The flags of what manages a data directory's tenants, applications and people, and of `token`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Place;

/// Subcommands of `tenant`.
#[derive(Debug, Args)]
pub struct TenantArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TenantCommand,
}

/// What can be done with tenants.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Make a tenant
    #[command(after_help = "Example:\n  yagura tenant create --data ./data --name Contoso \
                            --domain contoso.example")]
    Create {
        /// Data directory
        #[arg(long, env = "YAGURA_DATA", value_name = "DIR", default_value = "data")]
        data: PathBuf,
        /// What people call it
        #[arg(long)]
        name: String,
        /// Its domain name, which may stand for its id in addresses
        #[arg(long)]
        domain: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List the tenants
    #[command(after_help = "Example:\n  yagura tenant list --data ./data")]
    List {
        /// Data directory
        #[arg(long, env = "YAGURA_DATA", value_name = "DIR", default_value = "data")]
        data: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Subcommands of `app`.
#[derive(Debug, Args)]
pub struct AppArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AppCommand,
}

/// What can be done with applications.
#[derive(Debug, Subcommand)]
pub enum AppCommand {
    /// Register an application and print its secret once
    #[command(after_help = "Example:\n  yagura app create --data ./data --name soar \
                            --role SecurityIncident.Read.All --json")]
    Create {
        #[command(flatten)]
        at: AtTenant,
        /// What people call it
        #[arg(long)]
        name: String,
        /// A role it holds; may be given several times; `all` is every role
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
    },
    /// List the applications of a tenant
    #[command(after_help = "Example:\n  yagura app list --data ./data")]
    List {
        #[command(flatten)]
        at: AtTenant,
    },
    /// Add a secret to an application and print it once
    #[command(after_help = "Example:\n  yagura app add-secret --data ./data --id CLIENT_ID")]
    AddSecret {
        #[command(flatten)]
        at: AtTenant,
        /// The application's client id
        #[arg(long, value_name = "CLIENT_ID")]
        id: String,
    },
    /// Remove an application
    #[command(after_help = "Example:\n  yagura app delete --data ./data --id CLIENT_ID")]
    Delete {
        #[command(flatten)]
        at: AtTenant,
        /// The application's client id
        #[arg(long, value_name = "CLIENT_ID")]
        id: String,
    },
    /// List the roles an application can hold
    #[command(after_help = "Example:\n  yagura app roles")]
    Roles,
}

/// Subcommands of `user`.
#[derive(Debug, Args)]
pub struct UserArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// What can be done with people.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Enter a person
    #[command(after_help = "Example:\n  yagura user add --data ./data --upn ada@contoso.example \
                            --name 'Ada Park'")]
    Add {
        #[command(flatten)]
        at: AtTenant,
        /// The name to sign in with, like ada@contoso.example
        #[arg(long, value_name = "NAME@DOMAIN")]
        upn: String,
        /// What people call them [default: what stands before the @]
        #[arg(long)]
        name: Option<String>,
        /// Their mail address [default: the name to sign in with]
        #[arg(long)]
        mail: Option<String>,
    },
    /// List the people of a tenant
    #[command(after_help = "Example:\n  yagura user list --data ./data")]
    List {
        #[command(flatten)]
        at: AtTenant,
    },
    /// Remove a person
    #[command(after_help = "Example:\n  yagura user remove --data ./data ada@contoso.example")]
    Remove {
        #[command(flatten)]
        at: AtTenant,
        /// The person's id, or the name to sign in with
        #[arg(value_name = "ID|NAME@DOMAIN")]
        user: String,
    },
    /// List the scopes that a person's token can hold
    #[command(after_help = "Example:\n  yagura user scopes")]
    Scopes,
}

/// A tenant of a data directory.
#[derive(Debug, Args)]
pub struct AtTenant {
    /// Data directory
    #[arg(long, env = "YAGURA_DATA", value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// Tenant [default: the first]
    #[arg(long, env = "YAGURA_TENANT", value_name = "ID|DOMAIN")]
    pub tenant: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Flags of `token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    #[command(flatten)]
    pub place: Place,
    /// A token for this person instead of the application; on the data directory
    #[arg(long, value_name = "ID|NAME@DOMAIN", requires = "scopes")]
    pub user: Option<String>,
    /// What the person lets the token do: scopes with blanks between; `all` is every scope
    #[arg(long = "scope", value_name = "SCOPES", requires = "user")]
    pub scopes: Vec<String>,
}
