//! `opbx tenant`: organisations, as the installation's operator sees them.

use crate::cli::TenantCommand;
use crate::config::Config;
use crate::open;
use crate::people::tell_password;
use opbx_app::models::ResTenantStatus;
use opbx_app::operators::{self, NewTenant, TenantFacts};
use opbx_app::sessions::Role;
use opbx_store::Store;
use serde_json::json;
use std::process::ExitCode;

pub(crate) async fn run(config: &Config, command: &TenantCommand) -> anyhow::Result<ExitCode> {
    // The first tenant may be made before the server ever ran.
    let store = match command {
        TenantCommand::Create { .. } => open::ready(config).await?.store,
        _ => open::existing(config).await?.store,
    };
    let done = done(&store, command).await;
    store.close().await;
    done
}

async fn done(store: &Store, command: &TenantCommand) -> anyhow::Result<ExitCode> {
    match command {
        TenantCommand::List { json } => list(store, *json).await?,
        TenantCommand::Create { slug, name, country, time_zone, owner, json } => {
            let new = NewTenant {
                slug: slug.clone(),
                name: name.clone().unwrap_or_else(|| slug.clone()),
                country: country.clone(),
                time_zone: time_zone.clone(),
            };
            create(store, &new, owner.as_deref(), *json).await?;
        }
        TenantCommand::Suspend { slug, json } => {
            set_status(store, slug, ResTenantStatus::Suspended, *json).await?;
        }
        TenantCommand::Activate { slug, json } => {
            set_status(store, slug, ResTenantStatus::Active, *json).await?;
        }
        TenantCommand::Delete { slug, yes, json } => {
            if !yes {
                operators::tenant(store, slug).await?;
                println!("{slug} would be deleted: its calls and users refused. Say --yes to do it");
                return Ok(ExitCode::FAILURE);
            }
            set_status(store, slug, ResTenantStatus::Deleted, *json).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &Store, as_json: bool) -> anyhow::Result<()> {
    let tenants = operators::list_tenants(store).await?;
    if as_json {
        let row = |tenant: &TenantFacts| {
            json!({"id": tenant.id.get(), "slug": tenant.slug, "name": tenant.name, "status": tenant.status,
                "users": tenant.users})
        };
        println!("{}", json!(tenants.iter().map(row).collect::<Vec<_>>()));
        return Ok(());
    }
    println!("{:<24} {:<10} {:>6}  NAME", "SLUG", "STATUS", "USERS");
    for tenant in tenants {
        println!("{:<24} {:<10} {:>6}  {}", tenant.slug, tenant.status, tenant.users, tenant.name);
    }
    Ok(())
}

async fn create(store: &Store, new: &NewTenant, owner: Option<&str>, as_json: bool) -> anyhow::Result<()> {
    let tenant = operators::create_tenant(store, new).await?;
    let mut told = json!({"id": tenant.get(), "slug": new.slug, "name": new.name, "status": "active"});
    if !as_json {
        println!("{} is there", new.slug);
    }
    if let Some(email) = owner {
        let shown = operators::create_user(store, tenant, email, "Owner", Role::Owner, None).await?;
        if let Some(shown) = shown {
            if as_json {
                told["owner"] = json!({"email": shown.email, "one_time_password": shown.password});
            } else {
                tell_password(&shown, false);
            }
        }
    }
    if as_json {
        println!("{told}");
    }
    Ok(())
}

async fn set_status(store: &Store, slug: &str, status: ResTenantStatus, as_json: bool) -> anyhow::Result<()> {
    operators::set_status(store, slug, status).await?;
    if as_json {
        println!("{}", json!({"slug": slug, "status": status.as_str()}));
    } else {
        println!("{slug} is {}", status.as_str());
    }
    Ok(())
}
