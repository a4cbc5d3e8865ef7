//! `opbx simulate`: where a call would go and why, in sentences. Rings nothing, writes nothing.

use crate::cli::SimulatedCall;
use crate::config::Config;
use crate::open;
use anyhow::{Context as _, bail};
use opbx_app::plans::{Compiled, compile};
use opbx_app::simulation::{MESSAGE_S, Told, instant, opening};
use opbx_kernel::{Clock as _, Operator, Scope, SystemClock};
use opbx_store::{Store, TenantRow};
use opbx_telephony::simulator::{Caller, simulate};
use std::process::ExitCode;

pub(crate) async fn run(config: &Config, call: &SimulatedCall) -> anyhow::Result<ExitCode> {
    let opened = open::existing(config).await?;
    let tenant = chosen(&opened.store, call.tenant.as_deref()).await?;
    let mut tx = opened.store.read(&Scope::system(tenant.id, "simulate a call")).await?;
    let Compiled { plan, secrets } = compile(&mut tx).await?;
    drop(tx);
    let at = instant(call.at.as_deref(), &plan.company.zone, SystemClock.now()).context("--at")?;
    let opening = opening(&plan, &call.from, &call.to, call.direction.map(Into::into));
    let caller = Caller {
        answers: &call.answer,
        keys: &call.keys,
        message_s: if call.no_message {
            None
        } else {
            Some(call.message.map_or(MESSAGE_S, |length| length.0))
        },
        pin: &|room, digits| secrets.pin(room, digits),
    };
    let (steps, ledger) = simulate(&plan, &opening, at, &caller);
    let told =
        Told { tenant: &tenant.slug, plan: &plan, opening: &opening, at, steps: &steps, ledger: &ledger };
    if call.json {
        println!("{}", told.in_json());
    } else {
        print!("{}", told.in_words());
    }
    opened.store.close().await;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn chosen(store: &Store, slug: Option<&str>) -> anyhow::Result<TenantRow> {
    let mut tenants = store.tenants(&Operator::because("choose whose call is simulated")).await?;
    let slugs = tenants.iter().map(|tenant| tenant.slug.as_str()).collect::<Vec<_>>().join(", ");
    let at = match slug {
        Some(slug) => tenants.iter().position(|tenant| tenant.slug == slug),
        None if tenants.len() == 1 => Some(0),
        None if tenants.is_empty() => bail!("there is no tenant yet: start `opbx serve` once"),
        None => bail!("there is more than one tenant: choose with --tenant ({slugs})"),
    };
    let at = at.with_context(|| format!("there is no such tenant: choose with --tenant ({slugs})"))?;
    Ok(tenants.swap_remove(at))
}
