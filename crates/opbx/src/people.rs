//! `opbx user`: who gets into a tenant, as the installation's operator sees it.

use crate::cli::{OfTenant, UserCommand};
use crate::config::Config;
use crate::{open, simulate};
use opbx_app::operators::{self, UserFacts};
use opbx_app::owners::OneTimePassword;
use opbx_app::sessions::Role;
use opbx_kernel::TenantId;
use opbx_store::Store;
use serde_json::json;
use std::process::ExitCode;

pub(crate) async fn run(config: &Config, command: &UserCommand) -> anyhow::Result<ExitCode> {
    let store = open::existing(config).await?.store;
    let done = done(config, &store, command).await;
    store.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn done(config: &Config, store: &Store, command: &UserCommand) -> anyhow::Result<()> {
    let tenant = |of: &OfTenant| {
        let slug = of.tenant.clone();
        async move { simulate::chosen(store, slug.as_deref()).await.map(|row| row.id) }
    };
    match command {
        UserCommand::List(of) => list(store, tenant(of).await?, of.json).await,
        UserCommand::Create { email, name, role, of } => {
            let name = name.as_deref().unwrap_or(email);
            let (tenant, password) = (tenant(of).await?, config.password.clone());
            let drawn = operators::create_user(store, tenant, email, name, *role, password).await?;
            tell(email, "is there", drawn.as_ref(), of.json);
            Ok(())
        }
        UserCommand::Password { email, of } => {
            let (tenant, password) = (tenant(of).await?, config.password.clone());
            let drawn = operators::set_password(store, tenant, email, password).await?;
            tell(email, "has another password and is signed out", drawn.as_ref(), of.json);
            Ok(())
        }
        UserCommand::Deactivate { email, of } => {
            operators::set_active(store, tenant(of).await?, email, false).await?;
            tell(email, "is let out", None, of.json);
            Ok(())
        }
        UserCommand::Activate { email, of } => {
            operators::set_active(store, tenant(of).await?, email, true).await?;
            tell(email, "is let in", None, of.json);
            Ok(())
        }
    }
}

async fn list(store: &Store, tenant: TenantId, as_json: bool) -> anyhow::Result<()> {
    let users = operators::list_users(store, tenant).await?;
    let status = |user: &UserFacts| if user.active { "active" } else { "inactive" };
    let role = |user: &UserFacts| user.role.map_or("none", Role::as_str);
    if as_json {
        let row = |user: &UserFacts| {
            json!({"id": user.id.get(), "name": user.name, "email": user.email, "role": user.role.map(Role::as_str),
                "status": status(user)})
        };
        println!("{}", json!(users.iter().map(row).collect::<Vec<_>>()));
        return Ok(());
    }
    println!("{:<36} {:<10} {:<9}  NAME", "EMAIL", "ROLE", "STATUS");
    for user in &users {
        println!("{:<36} {:<10} {:<9}  {}", user.email, role(user), status(user), user.name);
    }
    Ok(())
}

fn tell(email: &str, what: &str, drawn: Option<&OneTimePassword>, as_json: bool) {
    if as_json {
        let password = drawn.map(|drawn| drawn.password.as_str());
        println!("{}", json!({"email": email, "one_time_password": password}));
        return;
    }
    println!("{email} {what}");
    if let Some(drawn) = drawn {
        tell_password(drawn, true);
    }
}

/// Shows a password to whoever asked for it, this once.
pub(crate) fn tell_password(drawn: &OneTimePassword, is_known: bool) {
    if !is_known {
        println!("{} is its owner", drawn.email);
    }
    println!("one-time password  {}", drawn.password);
}
