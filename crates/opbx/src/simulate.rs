//! `opbx simulate`: where a call would go and why, in sentences. Rings nothing, writes nothing.

mod told;

use crate::cli::SimulatedCall;
use crate::config::Config;
use crate::open;
use anyhow::{Context as _, bail};
use jiff::civil::DateTime;
use opbx_app::plans::{Compiled, compile};
use opbx_kernel::{Clock as _, Operator, Scope, SystemClock, Timestamp};
use opbx_routing::{Direction, Plan, Zone};
use opbx_store::{Store, TenantRow};
use opbx_telephony::Opening;
use opbx_telephony::simulator::{Caller, simulate};
use std::process::ExitCode;
use told::Told;

/// How long a message is that a caller leaves when nobody says.
const MESSAGE_S: u32 = 10;

pub(crate) async fn run(config: &Config, call: &SimulatedCall) -> anyhow::Result<ExitCode> {
    let opened = open::existing(config).await?;
    let tenant = chosen(&opened.store, call.tenant.as_deref()).await?;
    let mut tx = opened.store.read(&Scope::system(tenant.id, "simulate a call")).await?;
    let Compiled { plan, secrets } = compile(&mut tx).await?;
    drop(tx);
    let at = instant(call.at.as_deref(), &plan.company.zone)?;
    let opening = opening(call, &plan);
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

/// Reads a time as the company's people say it, or an instant with its offset.
fn instant(text: Option<&str>, zone: &Zone) -> anyhow::Result<Timestamp> {
    let Some(text) = text else { return Ok(SystemClock.now()) };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let expected = || format!("--at {text:?}: expected a time such as '2026-12-24 18:05', or with an offset");
    let civil: DateTime = text.parse().with_context(expected)?;
    Ok(civil.to_zoned(zone.time_zone().clone()).with_context(expected)?.timestamp())
}

fn opening(call: &SimulatedCall, plan: &Plan) -> Opening {
    let is_phone = plan.extension_by_number(call.from.trim()).is_some();
    let guessed = if is_phone { Direction::Subscriber } else { Direction::Inbound };
    Opening {
        direction: call.direction.map_or(guessed, Into::into),
        from: call.from.clone(),
        to: call.to.clone(),
        from_name: String::new(),
        token: None,
        session: None,
    }
}
